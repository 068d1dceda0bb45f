"""Serving file.copy."""

import hashlib
import os
import stat
from collections.abc import Sequence

from apps.files.acts import Act, MakeFolder, Put, PutLink
from apps.files.beneath import Disk, special
from apps.files.destinations import Leg, Source, check_free, legs
from apps.files.effect import carry_out
from apps.files.folder_acts import FinishFolder
from apps.files.globs import expand
from apps.files.meta import Meta
from apps.files.places import Spot
from apps.files.store import Store
from apps.files.targets import check_replaceable, make_folders
from apps.files.trees import copy_file, link_target
from apps.files.walk import beneath
from apps.sdk import Context, Effecting
from syscalls.errors import BadArgument, IsFolder, NotFolder, TooBig
from syscalls.file import Copy
from syscalls.file_values import Changed
from syscalls.undo import Change

_MOST = 50_000
_MOST_NAMED = 64


def copy(ctx: Context, a: Copy) -> Effecting[Changed]:
    """Copy files or whole folders, with modes, times and links.

    A link that is named itself stands for the file it leads to; links within folders stay links.
    """
    disk, store = ctx.once(Disk), ctx.once(Store)
    sources = [_source(disk, path) for path in expand(disk, a.paths)]
    for path in _places(sources):
        ctx.came_from(path)
    found, new = legs(disk, sources, a.to, follow=True)
    acts, changes = make_folders(disk, new)
    for leg in found:
        if leg.target.info is not None and leg.target.path == leg.source.path:
            raise BadArgument(f"{disk.shown(a.to)!r} is the same as what is copied; give a new name")
        check_free(disk, leg, overwrite=a.overwrite)
        copied = _Copied(disk, store)
        copied.add(leg)
        acts += copied.acts + copied.finishing[::-1]
        changes.append(copied.change(leg))
    return (yield from carry_out(disk, store, acts, changes))


def _places(sources: Sequence[Source]) -> set[str]:
    """The sources' real paths; of very many the folders they are in."""
    if len(sources) <= _MOST_NAMED:
        return {source.spot.path for source in sources}
    return {os.path.dirname(source.spot.path) for source in sources}


def _source(disk: Disk, path: str) -> Source:
    """What is copied: behind a link the file, under the link's name; else the link itself."""
    spot = disk.existing(path, follow=False)
    name = os.path.basename(spot.path)
    assert spot.info is not None
    if stat.S_ISLNK(spot.info.st_mode):
        behind = disk.spot(path)
        if behind.info is not None and stat.S_ISREG(behind.info.st_mode):
            return Source(behind, name)
    return Source(spot, name)


class _Copied:
    """The acts of one source."""

    def __init__(self, disk: Disk, store: Store) -> None:
        self._disk = disk
        self._store = store
        self.acts: list[Act] = []
        self.finishing: list[Act] = []
        self._files = self._size = self._skipped = 0

    def add(self, leg: Leg) -> None:
        source = leg.source
        assert source.info is not None
        self._add_one(source, leg.target, is_asked=True)
        if not stat.S_ISDIR(source.info.st_mode):
            return
        with self._disk.naming(source.path):
            for found in beneath(self._disk, source, hidden=True):
                parts = leg.target.parts + found.spot.parts[len(source.parts) :]
                self._add_one(found.spot, self._look(leg, parts), is_asked=False)
                if len(self.acts) > _MOST:
                    name = self._disk.shown(source.path)
                    raise TooBig(f"{name!r} holds more than {_MOST} things; copy its parts one by one")

    def change(self, leg: Leg) -> Change:
        notes = []
        if leg.source.info is not None and stat.S_ISDIR(leg.source.info.st_mode):
            notes.append(f"{self._files} file{'s' * (self._files != 1)}")
        if leg.target.info is not None:
            notes.append("replaces what was there")
        if self._skipped:
            notes.append(f"left out: {self._skipped} that are neither file, folder nor link")
        shown = self._disk.shown
        return Change("copied", shown(leg.source.path), shown(leg.target.path), self._size, "; ".join(notes))

    def _look(self, leg: Leg, parts: tuple[str, ...]) -> Spot:
        spot = Spot(leg.target.place, parts, None)
        return spot if leg.target.info is None else spot._replace(info=self._disk.look(spot))

    def _add_one(self, source: Spot, target: Spot, *, is_asked: bool) -> None:
        assert source.info is not None
        mode = source.info.st_mode
        if stat.S_ISDIR(mode):
            self._folder(source, target)
        elif target.info is not None and stat.S_ISDIR(target.info.st_mode):
            raise IsFolder(f"{self._disk.shown(target.path)!r} is a folder; a file cannot replace it")
        elif stat.S_ISLNK(mode):
            self._files += 1
            times = (source.info.st_atime_ns, source.info.st_mtime_ns)
            self.acts.append(PutLink(self._disk, self._store, target, link_target(self._disk, source), times))
        elif stat.S_ISREG(mode):
            self._file(source, target)
        elif is_asked:
            raise BadArgument(f"{self._disk.shown(source.path)!r} is a {special(mode)}; it cannot be copied")
        else:
            self._skipped += 1

    def _folder(self, source: Spot, target: Spot) -> None:
        if target.info is None:
            self.acts.append(MakeFolder(self._disk, target, Meta(mode=0o700)))
            self.finishing.append(FinishFolder(self._disk, target, source))
        elif not stat.S_ISDIR(target.info.st_mode):
            raise NotFolder(f"{self._disk.shown(target.path)!r} is a file; a folder cannot replace it")

    def _file(self, source: Spot, target: Spot) -> None:
        assert source.info is not None
        if target.info is not None:
            check_replaceable(self._disk, target)
        self._files += 1
        self._size += source.info.st_size
        disk = self._disk

        def fill(new: int) -> None:
            copy_file(disk, source, new)

        made = None if target.info is None else _digest(disk, source)
        mode = Meta(mode=source.info.st_mode & 0o7777)
        self.acts.append(Put(disk, self._store, target, fill, mode, made))


def _digest(disk: Disk, spot: Spot) -> str:
    with disk.reading(spot.path) as file, open(file.fd, "rb", closefd=False, buffering=0) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
