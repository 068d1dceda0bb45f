"""Other names of a file (hard links): what changes the file in place changes them too, and so must undo."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress

from apps.files.acts import Act, Replacing, SetMode, Times
from apps.files.appends import Cut, Extend
from apps.files.beneath import Disk
from apps.files.meta import xattrs_of
from apps.files.places import Spot
from apps.files.walk import beneath
from syscalls.undo import Step

_MOST_LOOKED_AT = 100_000
"""Names looked at for the other names of one file."""


def relinks(disk: Disk, act: Act) -> tuple[Step, ...]:
    """For an act on a file in place: the steps, done before those of the act, that join its other names to it again.

    Until then an edit or a trip through the trash may have parted them.
    """
    spot, info = act.spot, act.spot.info
    if (
        not isinstance(act, SetMode | Extend | Cut)
        or info is None
        or not stat.S_ISREG(info.st_mode)
        or info.st_nlink < 2
    ):
        return ()
    return tuple(Step(do="relink", path=twin.address, to=spot.address) for twin in _twins(disk, spot, info))


def _twins(disk: Disk, spot: Spot, info: os.stat_result) -> Iterator[Spot]:
    """The other names in the granted folders that may be changed, as far as they are found in time."""
    left, looked_at = info.st_nlink - 1, 0
    for place in disk.places:
        if place.is_store or not place.write:
            continue
        for found in beneath(disk, Spot(place, (), None), hidden=True):
            looked_at += 1
            if looked_at > _MOST_LOOKED_AT:
                return
            if os.path.samestat(found.info, info) and found.spot.path != spot.path:
                yield found.spot
                left -= 1
                if not left:
                    return


class Relink(Replacing):
    """A name stands for the file of another name again. Nothing takes it back: content and all else stay."""

    changes_names = False

    def __init__(self, disk: Disk, spot: Spot, twin: Spot) -> None:
        super().__init__(disk, spot)
        self._twin = twin
        self._temp = spot.above().child(f".aosh-{os.urandom(8).hex()}.tmp")
        self.steps = (Step(do="remove", path=self._temp.address),)

    def do(self) -> None:
        if not is_alike(self.disk, self.spot, self._twin):
            return
        above = self.spot.above()
        with self.disk.folder(above) as here:
            before = os.fstat(here)
        with suppress(OSError), self.disk.folder(self._twin.above()) as source:
            with self.replacing(self._temp) as folder:
                os.link(
                    self._twin.name,
                    self._temp.name,
                    src_dir_fd=source,
                    dst_dir_fd=folder,
                    follow_symlinks=False,
                )
            Times(self.disk, above, before.st_mtime_ns, before.st_atime_ns).do()


def is_alike(disk: Disk, one: Spot, other: Spot) -> bool:
    """Whether two names stand for two files that are the same in all that undo gives back."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY
    with suppress(OSError):
        first = disk.open_at(one.place, one.parts, flags)
        try:
            second = disk.open_at(other.place, other.parts, flags)
            try:
                return _are_alike(first, second)
            finally:
                os.close(second)
        finally:
            os.close(first)
    return False


def _are_alike(first: int, second: int) -> bool:
    a, b = os.fstat(first), os.fstat(second)
    if os.path.samestat(a, b) or not (stat.S_ISREG(a.st_mode) and stat.S_ISREG(b.st_mode)):
        return False
    if (a.st_mode, a.st_uid, a.st_gid, a.st_size, a.st_mtime_ns) != (
        b.st_mode, b.st_uid, b.st_gid, b.st_size, b.st_mtime_ns,
    ):  # fmt: skip
        return False
    return xattrs_of(first) == xattrs_of(second) and _digest(first) == _digest(second)


def _digest(descriptor: int) -> bytes:
    with open(descriptor, "rb", closefd=False, buffering=0) as stream:
        return hashlib.file_digest(stream, "sha256").digest()
