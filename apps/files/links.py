"""Resolving a path link by link, each name looked at from a descriptor, never above a granted root."""

import errno
import os
import stat

from apps.files.names import unspoken
from apps.files.places import PATH, Granted, Spot
from syscalls.errors import LinkLoop, NotFolder, NotPermitted

_MOST_LINKS = 40


def walk(granted: Granted, path: str, follow: bool) -> Spot:
    """Where the absolute `path` is after all links; with `follow` the last one too.

    A link may lead to any granted root, by a relative or an absolute path. What does not exist is
    taken as it is named, with `info` None.

    Raises:
        NotPermitted: outside the roots, or a link leads outside.
        LinkLoop, NotFolder: as they say.
        OSError: a folder on the way may not be searched.
    """
    step = _Walk(granted, path)
    try:
        return step.run(follow)
    finally:
        step.close()


class _Walk:
    """The state of one resolution."""

    def __init__(self, granted: Granted, path: str) -> None:
        self._granted = granted
        self._place, parts = granted.place_of(path)
        self._done: list[str] = []
        self._todo = parts[::-1]
        self._hops = 0
        self._via = ""
        self._own = len(parts)  # when fewer names remain, the last link's target was there
        self._folder = -1
        self._found: os.stat_result | None = None
        """What is at `_done`, where that was just looked up."""

    def run(self, follow: bool) -> Spot:
        while self._todo:
            name = self._todo.pop()
            if name == "..":
                self._up()
                continue
            name, info = self._look(name)
            if info is None:
                return self._absent(name)
            if stat.S_ISLNK(info.st_mode) and (self._todo or follow):
                self._hop(name)
                continue
            if self._todo and not stat.S_ISDIR(info.st_mode):
                shown = self._granted.shown(os.path.join(self._place.path, *self._done, name))
                raise NotFolder(f"{shown!r} is a file, not a folder; it holds nothing")
            self._enter(name)
            self._found = info
        return self._arrived()

    def close(self) -> None:
        if self._folder >= 0 and self._folder != self._place.fd:
            os.close(self._folder)
        self._folder = -1

    def _look(self, name: str) -> tuple[str, os.stat_result | None]:
        """The name as it is on disk and what is there; a shown `\\xNN` stands for its byte."""
        if self._folder < 0 and not self._done:
            self._folder = self._place.fd
        elif self._folder < 0:
            self._folder = self._granted.open_at(self._place, tuple(self._done), PATH | os.O_DIRECTORY)
        for form in dict.fromkeys((name, unspoken(name))):
            try:
                return form, os.stat(form, dir_fd=self._folder, follow_symlinks=False)
            except FileNotFoundError:
                continue
        return name, None

    def _enter(self, name: str) -> None:
        self._done.append(name)
        if self._todo:
            inner = os.open(name, PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self._folder)
            self.close()
            self._folder = inner

    def _up(self) -> None:
        self.close()
        self._found = None
        if self._done:
            self._done.pop()
        else:
            self._go(os.path.dirname(self._place.path))

    def _hop(self, name: str) -> None:
        self._hops += 1
        self._via = self._granted.shown(os.path.join(self._place.path, *self._done, name))
        if self._hops > _MOST_LINKS:
            raise LinkLoop(f"{self._via!r}: symbolic links go round in a circle")
        try:
            target = os.readlink(name, dir_fd=self._folder)
        except OSError as refusal:
            if refusal.errno != errno.EINVAL:
                raise
            self._todo.append(name)  # no link any more: look again
            return
        self._own = min(self._own, len(self._todo))
        self._todo += [part for part in reversed(target.split("/")) if part not in ("", ".")]
        if target.startswith("/"):
            self._go("/")

    def _go(self, base: str) -> None:
        """Start again from what remains below `base`, which lies above or beside the root."""
        wanted = os.path.normpath(os.path.join(base, *reversed(self._todo)))
        self.close()
        self._found = None
        try:
            self._place, parts = self._granted.place_of(wanted)
        except NotPermitted:
            raise NotPermitted(f"link {self._via!r} leads outside the granted folders") from None
        self._done, self._todo = [], parts[::-1]

    def _absent(self, name: str) -> Spot:
        dangling = self._via if len(self._todo) >= self._own else ""
        parts = [*self._done, name]
        for rest in reversed(self._todo):
            parts = parts[:-1] if rest == ".." else [*parts, rest]
        return Spot(self._place, tuple(parts), None, dangling)

    def _arrived(self) -> Spot:
        spot = Spot(self._place, tuple(self._done), self._found, self._via)
        return spot if self._found is not None else spot._replace(info=self._granted.look(spot))
