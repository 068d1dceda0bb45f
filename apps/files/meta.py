"""Mode, times, owner and attributes of a file: taken from it, and put on another by descriptor.

The jail refuses every change of these that names a path.
"""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

from syscalls.undo import Step


class Meta(NamedTuple):
    """What a file is besides its content. None: leave as the system made it."""

    mode: int | None = None
    mtime_ns: int | None = None
    atime_ns: int | None = None
    xattrs: Mapping[str, bytes] = MappingProxyType({})
    owner: tuple[int, int] | None = None
    """User and group id."""


def meta_of(fd: int, *, times: bool = True) -> Meta:
    """Everything of an open file or folder; without `times` they stay the new file's own."""
    info = os.fstat(fd)
    mtime, atime = (info.st_mtime_ns, info.st_atime_ns) if times else (None, None)
    return Meta(stat.S_IMODE(info.st_mode), mtime, atime, xattrs_of(fd), (info.st_uid, info.st_gid))


def meta_from(step: Step) -> Meta:
    """What an undo step recorded."""
    return Meta(step.mode, step.mtime_ns, step.atime_ns, step.xattrs)


def xattrs_of(fd: int) -> dict[str, bytes]:
    """Extended attributes; empty where the file system has none."""
    found = {}
    with suppress(OSError):
        for name in os.listxattr(fd):
            with suppress(OSError):
                found[name] = os.getxattr(fd, name)
    return found


def put_meta(fd: int, meta: Meta) -> None:
    """Make an open file or folder like `meta`: the mode surely, owner and attributes as far as allowed."""
    if meta.owner is not None and meta.owner != (os.fstat(fd).st_uid, os.fstat(fd).st_gid):
        with suppress(OSError):
            os.fchown(fd, *meta.owner)
    for name, value in meta.xattrs.items():
        with suppress(OSError):
            os.setxattr(fd, name, value)
    if meta.mode is not None and stat.S_IMODE(os.fstat(fd).st_mode) != meta.mode:
        os.fchmod(fd, meta.mode)
    if meta.mtime_ns is not None:
        os.utime(fd, ns=(meta.atime_ns or meta.mtime_ns, meta.mtime_ns))
