"""Copying and removing whole trees by descriptor, for moves across file systems."""

import os
import stat
from contextlib import suppress

from apps.files.beneath import Disk, special
from apps.files.content import copy_all
from apps.files.meta import meta_of, put_meta
from apps.files.places import Spot
from apps.files.walk import beneath
from syscalls.errors import BadArgument

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def copy_tree(disk: Disk, source: Spot, target: Spot) -> None:
    """Copy a file, link or folder with all it holds to a name that is free; modes, times, links kept.

    Raises:
        BadArgument: a pipe, socket or device is among it.
        OSError: no room, or something may not be read.
    """
    assert source.info is not None
    copy_one(disk, source, target)
    if not stat.S_ISDIR(source.info.st_mode):
        return
    folders = [(source, target)]
    for found in beneath(disk, source, hidden=True):
        to = Spot(target.place, target.parts + found.spot.parts[len(source.parts) :], None)
        copy_one(disk, found.spot, to)
        if found.is_folder:
            folders.append((found.spot, to))
    for old, new in reversed(folders):
        finish_folder(disk, old, new)


def copy_one(disk: Disk, source: Spot, target: Spot) -> None:
    """Copy one file or link, or make an empty folder that is still its owner's alone."""
    assert source.info is not None
    mode = source.info.st_mode
    with disk.folder(target.above()) as folder:
        if stat.S_ISDIR(mode):
            os.mkdir(target.name, 0o700, dir_fd=folder)
        elif stat.S_ISLNK(mode):
            os.symlink(link_target(disk, source), target.name, dir_fd=folder)
            with suppress(PermissionError):
                times = (source.info.st_atime_ns, source.info.st_mtime_ns)
                os.utime(target.name, ns=times, dir_fd=folder, follow_symlinks=False)
        elif stat.S_ISREG(mode):
            new = os.open(target.name, _NEW, 0o600, dir_fd=folder)
            try:
                copy_file(disk, source, new)
            finally:
                os.close(new)
        else:
            raise BadArgument(f"{disk.shown(source.path)!r} is a {special(mode)}; it cannot be copied")


def copy_file(disk: Disk, source: Spot, new: int) -> None:
    """Content, mode, times, attributes of a regular file, into an open empty one."""
    old = disk.open_at(source.place, source.parts, os.O_RDONLY | os.O_NONBLOCK)
    try:
        copy_all(old, new)
        put_meta(new, meta_of(old))
    finally:
        os.close(old)


def link_target(disk: Disk, link: Spot) -> str:
    """Where a link points, as written."""
    with disk.folder(link.above()) as folder:
        return os.readlink(link.name, dir_fd=folder)


def finish_folder(disk: Disk, source: Spot, target: Spot) -> None:
    """Mode, times and attributes of a folder, once its content is there."""
    old = disk.open_at(source.place, source.parts, _FOLDER)
    try:
        new = disk.open_at(target.place, target.parts, _FOLDER)
        try:
            put_meta(new, meta_of(old))
        finally:
            os.close(new)
    finally:
        os.close(old)


def remove_tree(disk: Disk, top: Spot) -> None:
    """Remove what a copy replaced or a failure left; what cannot be removed stays."""
    info = disk.look(top)
    if info is None:
        return
    folders = [top] if stat.S_ISDIR(info.st_mode) else []
    if folders:
        _open_up(disk, top)
        for found in beneath(disk, top, hidden=True, unread=[], enters=lambda spot: _open_up(disk, spot)):
            if found.is_folder:
                folders.append(found.spot)
            else:
                _unlink(disk, found.spot)
    else:
        _unlink(disk, top)
    for spot in reversed(folders):
        with suppress(OSError), disk.folder(spot.above()) as folder:
            os.rmdir(spot.name, dir_fd=folder)


def _unlink(disk: Disk, spot: Spot) -> None:
    with suppress(OSError), disk.folder(spot.above()) as folder:
        os.unlink(spot.name, dir_fd=folder)


def _open_up(disk: Disk, spot: Spot) -> bool:
    """Let the owner into a folder that is about to go."""
    with suppress(OSError):
        descriptor = disk.open_at(spot.place, spot.parts, _FOLDER)
        try:
            os.fchmod(descriptor, 0o700)
        finally:
            os.close(descriptor)
    return True
