"""Going through folders by descriptor: sorted, without following links, however deep they are."""

import os
import stat
from collections.abc import Callable, Iterator
from typing import NamedTuple

from apps.files.names import is_hidden
from apps.files.places import Granted, Spot


class Found(NamedTuple):
    """Something below the folder a walk began at."""

    spot: Spot
    """Its `info` is filled in."""
    depth: int
    """0 for the folder's direct content."""

    @property
    def info(self) -> os.stat_result:
        """What it is."""
        assert self.spot.info is not None
        return self.spot.info

    @property
    def is_folder(self) -> bool:
        """Whether it can hold something."""
        return stat.S_ISDIR(self.info.st_mode)


Unread = list[str]
"""Absolute paths of folders that could not be looked into."""


def inside(granted: Granted, folder: Spot, *, hidden: bool) -> list[Spot]:
    """The direct content of a folder in byte order of names.

    Raises:
        OSError: it may not be read, or is no folder any more.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK
    descriptor = granted.open_at(folder.place, folder.parts, flags)
    found = []
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                if not hidden and is_hidden(entry.name):
                    continue
                try:
                    found.append(folder.child(entry.name, entry.stat(follow_symlinks=False)))
                except FileNotFoundError:
                    continue  # removed while we looked
    finally:
        os.close(descriptor)
    found.sort(key=lambda spot: os.fsencode(spot.name))
    return found


def beneath(
    granted: Granted,
    top: Spot,
    *,
    hidden: bool,
    depth: int | None = None,
    unread: Unread | None = None,
    enters: Callable[[Spot], bool] = lambda spot: True,
) -> Iterator[Found]:
    """Everything below a folder, each folder before what it holds.

    Args:
        granted: the granted folders.
        top: the folder; not itself part of the walk.
        hidden: also names that begin with a dot, and what lies below them.
        depth: so many levels; 1 is the direct content.
        unread: collects folders below `top` that may not be read; without it they raise.
        enters: whether to go into a folder that was found.

    Raises:
        OSError: `top`, or without `unread` any folder, may not be read.
    """
    levels = [iter(inside(granted, top, hidden=hidden))]
    while levels:
        spot = next(levels[-1], None)
        if spot is None:
            levels.pop()
            continue
        found = Found(spot, len(levels) - 1)
        yield found
        if not found.is_folder or (depth is not None and len(levels) >= depth) or not enters(spot):
            continue
        try:
            levels.append(iter(inside(granted, spot, hidden=hidden)))
        except (FileNotFoundError, NotADirectoryError):
            continue  # gone, or no folder any more
        except OSError:
            if unread is None:
                raise
            unread.append(spot.path)


def notice(unread: Unread) -> str:
    """A few words on what could not be read; empty for nothing."""
    if not unread:
        return ""
    return f"{len(unread)} folder{'s' * (len(unread) > 1)} could not be read"
