"""The granted folders as descriptors, and how names below them are opened without following a link."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from apps.files import native
from apps.files.names import shown, spoken
from apps.files.syncs import Syncs
from apps.sdk import Grants, Root
from syscalls.errors import BadArgument, NotPermitted

SHORT_BYTES = 3500
"""Longer paths are opened in several steps; one system call takes 4095 bytes."""
PATH = os.O_PATH | os.O_CLOEXEC
_HERE = -100  # AT_FDCWD


class Place:
    """A granted root, opened at its first use."""

    def __init__(self, root: Root, *, is_store: bool = False) -> None:
        self.path = root.path
        self.prefix = root.path.rstrip("/") + "/"
        self.write = root.write
        self.is_store = is_store
        self._fd = -1

    @property
    def fd(self) -> int:
        """A descriptor of the folder itself."""
        if self._fd < 0:
            self._fd = os.open(self.path, PATH | os.O_DIRECTORY)
        return self._fd


class Spot(NamedTuple):
    """Where something is, or would be: names without links below a root."""

    place: Place
    parts: tuple[str, ...]
    """Empty for the root itself."""
    info: os.stat_result | None
    """What was there when it was looked up; None for nothing."""
    via: str = ""
    """The last link followed on the way, as shown."""

    @property
    def path(self) -> str:
        """The absolute path."""
        return self.place.prefix + "/".join(self.parts) if self.parts else self.place.path

    @property
    def address(self) -> str:
        """The path as undo steps hold it: always valid text."""
        return spoken(self.path)

    @property
    def name(self) -> str:
        """The last part."""
        return self.parts[-1]

    def child(self, name: str, info: os.stat_result | None = None) -> "Spot":
        """A name in this folder."""
        return Spot(self.place, (*self.parts, name), info)

    def above(self) -> "Spot":
        """The folder that holds it, not looked at."""
        return Spot(self.place, self.parts[:-1], None)


class Granted:
    """The granted folders."""

    def __init__(self, grants: Grants) -> None:
        self.home = grants.home
        self.store = grants.store
        places = [Place(root) for root in grants.roots]
        if grants.store is not None:
            places.append(Place(Root(grants.store, write=True), is_store=True))
        self.places = sorted(places, key=lambda place: len(place.path), reverse=True)
        self.syncs = Syncs()
        self.has_openat2 = _has_openat2()
        """Whether the system resolves beneath; else links are resolved name by name."""

    def shown(self, path: str) -> str:
        """The path as results show it."""
        return shown(path, self.home)

    def place_of(self, path: str) -> tuple[Place, list[str]]:
        """The innermost root that holds the absolute `path`, and the names below it.

        Raises:
            NotPermitted: outside all roots.
        """
        place, below = self.below(path)
        return place, [part for part in below.split("/") if part and part != "."]

    def below(self, path: str) -> tuple[Place, str]:
        """As `place_of`, with the rest of the path as it is; "." for the root itself."""
        if "\0" in path:
            raise BadArgument(f"path {path!r}: a name cannot hold a NUL character")
        for place in self.places:
            if path.startswith(place.prefix):
                return place, path[len(place.prefix) :] or "."
            if path == place.path:
                return place, "."
        raise NotPermitted(f"{self.shown(path)!r} lies outside the granted folders")

    def open_at(self, place: Place, parts: tuple[str, ...], flags: int) -> int:
        """A descriptor by names that must not be links (the last one may, with O_PATH and O_NOFOLLOW).

        Raises:
            OSError: as open(2); ELOOP or ENOTDIR where a link stands.
        """
        folder, steps = place.fd, self._steps(parts)
        for number, step in enumerate(steps):
            is_last = number == len(steps) - 1
            wanted = flags if is_last else PATH | os.O_DIRECTORY
            try:
                if self.has_openat2:
                    rules = native.BENEATH | native.NO_LINKS | native.NO_MAGIC
                    inner = native.openat2(folder, step, wanted, rules)
                else:
                    inner = os.open(step, wanted | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            finally:
                if folder != place.fd:
                    os.close(folder)
            folder = inner
        return folder

    @contextmanager
    def folder(self, spot: Spot) -> Iterator[int]:
        """A descriptor of the folder at `spot`, good for names in it until the block ends."""
        if not spot.parts:
            yield spot.place.fd
            return
        descriptor = self.open_at(spot.place, spot.parts, PATH | os.O_DIRECTORY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def look(self, spot: Spot) -> os.stat_result | None:
        """What is at `spot` now, links not followed; None for nothing."""
        try:
            if not spot.parts:
                return os.stat(spot.place.fd)
            with self.folder(spot.above()) as folder:
                return os.stat(spot.name, dir_fd=folder, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _steps(self, parts: tuple[str, ...]) -> list[str]:
        """The parts joined into as few pieces as one system call each can take."""
        if not self.has_openat2:
            return list(parts) or ["."]
        rest = os.fsencode("/".join(parts) or ".")
        steps = []
        while len(rest) > SHORT_BYTES:
            end = rest.rfind(b"/", 0, SHORT_BYTES)
            steps.append(os.fsdecode(rest[:end]))
            rest = rest[end + 1 :]
        return [*steps, os.fsdecode(rest)]


def _has_openat2() -> bool:
    try:
        os.close(native.openat2(_HERE, "/", os.O_PATH, 0))
    except OSError:
        return False
    return True
