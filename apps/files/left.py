"""A file or folder that a program left apart: what it is, without the marks that the overlay puts on it."""

import hashlib
import os
import stat
from functools import partial
from typing import NamedTuple

from apps.files.acts import Act, Put
from apps.files.beneath import Disk
from apps.files.content import copy_all
from apps.files.meta import Meta, put_meta, xattrs_of
from apps.files.places import Spot
from apps.files.store import Store
from syscalls.undo import Step

_MARK = "user.overlay."
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Left(NamedTuple):
    """A regular file."""

    digest: str
    meta: Meta
    """Without the time of the last look."""


def left_of(disk: Disk, spot: Spot) -> Left:
    """Content, mode, time and attributes of a file.

    Raises:
        PermissionError: it may not be read.
    """
    descriptor = disk.open_at(spot.place, spot.parts, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    with open(descriptor, "rb", buffering=0) as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Left(digest, _meta(descriptor))


def put_left(disk: Disk, store: Store, place: Spot, left: Spot, known: Left) -> Put:
    """The act that brings a file into the workspace."""
    assert left.info is not None
    meta = known.meta._replace(atime_ns=left.info.st_atime_ns)
    return Put(disk, store, place, partial(_fill, disk, left), meta, known.digest)


class FinishLeft(Act):
    """A folder made by the same effect gets mode, times and attributes of the one the program left."""

    changes_names = False

    def __init__(self, disk: Disk, spot: Spot, left: Spot) -> None:
        super().__init__(disk, spot)
        self._left = left
        self.steps = (Step(do="mode", path=spot.address, mode=0o700, kind="folder"),)

    def do(self) -> None:
        source = self.disk.open_at(self._left.place, self._left.parts, _FOLDER)
        try:
            info = os.fstat(source)
            meta = _meta(source)._replace(atime_ns=info.st_atime_ns)
        finally:
            os.close(source)
        with self.opened(os.O_RDONLY | os.O_DIRECTORY) as target:
            put_meta(target, meta)


def is_hiding(disk: Disk, folder: Spot) -> bool:
    """Whether an overlay's folder hides all that was below it."""
    return _mark(disk, folder, "opaque") == b"y"


def was_below(disk: Disk, spot: Spot) -> bool:
    """Whether an overlay took a file from below, rather than that it was made new."""
    return _mark(disk, spot, "origin") is not None


def _mark(disk: Disk, spot: Spot, name: str) -> bytes | None:
    if spot.info is None or stat.S_ISLNK(spot.info.st_mode):
        return None
    try:
        descriptor = disk.open_at(spot.place, spot.parts, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.getxattr(descriptor, _MARK + name)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _meta(descriptor: int) -> Meta:
    info = os.fstat(descriptor)
    xattrs = {name: raw for name, raw in xattrs_of(descriptor).items() if not name.startswith(_MARK)}
    return Meta(stat.S_IMODE(info.st_mode), info.st_mtime_ns, None, xattrs)


def _fill(disk: Disk, left: Spot, target: int) -> None:
    source = disk.open_at(left.place, left.parts, os.O_RDONLY | os.O_NONBLOCK)
    try:
        copy_all(source, target)
    finally:
        os.close(source)
