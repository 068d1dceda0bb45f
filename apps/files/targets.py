"""What an effect is aimed at: spots that may be changed, folders on the way, warnings about links."""

import os
import stat

from apps.files.acts import Act, MakeFolder
from apps.files.beneath import Disk
from apps.files.places import Spot
from syscalls.errors import AccessDenied, NotFolder, NotPermitted
from syscalls.undo import Change


def missing_folders(disk: Disk, spot: Spot) -> list[Spot]:
    """The folders above `spot` that do not exist, outermost first.

    Raises:
        NotFolder: a file stands in the way.
    """
    missing: list[Spot] = []
    above = spot.above()
    while above.parts:
        info = disk.look(above)
        if info is not None:
            if not stat.S_ISDIR(info.st_mode):
                raise NotFolder(f"{disk.shown(above.path)!r} is a file, not a folder; it holds nothing")
            break
        missing.append(above)
        above = above.above()
    return missing[::-1]


def make_folders(disk: Disk, spots: list[Spot]) -> tuple[list[Act], list[Change]]:
    """The acts that make folders, and how they read."""
    acts: list[Act] = [MakeFolder(disk, spot) for spot in spots]
    return acts, [Change("created", disk.shown(spot.path), note="folder") for spot in spots]


def check_replaceable(disk: Disk, spot: Spot) -> None:
    """Refuse to replace a file that is protected against writing.

    Raises:
        AccessDenied: no write permission, which a rename would bypass.
    """
    info = spot.info
    assert info is not None
    if stat.S_ISLNK(info.st_mode):
        return
    name = disk.shown(spot.path)
    if not info.st_mode & 0o222:
        raise AccessDenied(f"{name!r} is read-only; file.mode u+w first")
    with disk.folder(spot.above()) as folder:
        if not os.access(spot.name, os.W_OK, dir_fd=folder, effective_ids=True):
            raise AccessDenied(f"{name!r} may not be written by you; file.mode u+w if it is yours")


def check_removable(disk: Disk, spot: Spot) -> None:
    """Refuse to take away a granted folder, or one that holds another or aosh's store.

    Raises:
        NotPermitted: it is one of these.
    """
    name = disk.shown(spot.path)
    if not spot.parts:
        raise NotPermitted(f"{name!r} is a granted folder itself; name what lies in it")
    for place in disk.places:
        if place.path.startswith(spot.path + "/"):
            held = "aosh's own undo store" if place.is_store else f"the granted folder {place.path!r}"
            raise NotPermitted(f"{name!r} holds {held}; name what lies in it")


def hard_link_note(info: os.stat_result) -> str:
    """A warning where the file has other names that keep the old content; else empty."""
    others = info.st_nlink - 1
    if others < 1:
        return ""
    return (
        "the other hard link keeps the old content"
        if others == 1
        else f"{others} other hard links keep the old content"
    )
