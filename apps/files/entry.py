"""What a name on disk is, as records: listing entries, kinds, owners, fingerprints."""

import os
import pwd
import stat
from functools import lru_cache
from grp import getgrgid

from apps.files.names import spoken
from apps.files.places import Granted, Spot
from apps.files.walk import Found
from syscalls.file_values import Entry
from syscalls.kinds import FileKind
from syscalls.undo import Print


def kind_of(mode: int) -> FileKind:
    """file, folder, link or other."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "other"


def mode_of(info: os.stat_result) -> str:
    """Permissions in octal, such as "644"."""
    return f"{stat.S_IMODE(info.st_mode):o}".zfill(3)


@lru_cache(maxsize=256)
def owner_of(uid: int) -> str:
    """The user's name, or the number where the machine does not tell."""
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OSError):
        return str(uid)


@lru_cache(maxsize=256)
def group_of(gid: int) -> str:
    """The group's name, or the number."""
    try:
        return getgrgid(gid).gr_name
    except (KeyError, OSError):
        return str(gid)


def target_of(granted: Granted, spot: Spot) -> str | None:
    """Where a link points, as written; None for anything else."""
    if spot.info is None or not stat.S_ISLNK(spot.info.st_mode):
        return None
    try:
        with granted.folder(spot.above()) as folder:
            return os.readlink(spot.name, dir_fd=folder)
    except OSError:
        return None


def entry_of(granted: Granted, found: Found) -> Entry:
    """The listing entry of something found."""
    info = found.info
    target = target_of(granted, found.spot)
    return Entry(
        path=granted.shown(found.spot.path),
        kind=kind_of(info.st_mode),
        size_bytes=info.st_size,
        modified=info.st_mtime,
        mode=mode_of(info),
        owner=owner_of(info.st_uid),
        target=None if target is None else spoken(target),
        depth=found.depth,
    )


def print_of(info: os.stat_result | None) -> Print:
    """The fingerprint of what is there."""
    if info is None:
        return Print("absent")
    return Print(kind_of(info.st_mode), info.st_size, info.st_mtime_ns, info.st_ino)
