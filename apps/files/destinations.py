"""Where copies and moves go: into a folder that exists, else to a new name."""

import stat
from typing import NamedTuple

from apps.files.beneath import Disk
from apps.files.places import Spot
from apps.files.targets import missing_folders
from syscalls.errors import BadArgument, Exists, IsFolder, NotFolder


class Source(NamedTuple):
    """What is copied or moved, and what it is called."""

    spot: Spot
    name: str


class Leg(NamedTuple):
    """One source and the name it gets."""

    source: Spot
    target: Spot
    """Its `info` tells what is replaced; None for nothing."""


def legs(disk: Disk, sources: list[Source], to: str, *, follow: bool) -> tuple[list[Leg], list[Spot]]:
    """The target of each source, and the folders that must be made first.

    Args:
        disk: the granted folders.
        sources: what is copied or moved.
        to: as the call has it.
        follow: whether a link at `to` stands for the file it leads to (for a folder it always does).

    Raises:
        NotFolder: several sources and `to` is a file.
        BadArgument: two sources have the same name, or a folder would go into itself.
    """
    top = disk.spot(to, write=True)
    if top.info is None and top.via:
        raise disk.missing(top)
    is_folder = top.info is not None and stat.S_ISDIR(top.info.st_mode)
    if not is_folder and not follow:
        top = disk.spot(to, follow=False, write=True)
    into = is_folder or to.endswith("/") or len(sources) > 1
    if into and not is_folder and top.info is not None:
        raise NotFolder(f"{disk.shown(to)!r} is a file; a folder is needed to hold {len(sources)} things")
    found = [Leg(source.spot, _target(disk, source.name, top, into=into)) for source in sources]
    names = [leg.target.path for leg in found]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadArgument(f"two things would become {disk.shown(twice)!r}")
    for leg in found:
        if leg.target.path.startswith(leg.source.path + "/"):
            raise BadArgument(f"{disk.shown(leg.source.path)!r} cannot go into itself")
    new = missing_folders(disk, found[0].target) if found else []
    return found, new


def _target(disk: Disk, name: str, top: Spot, *, into: bool) -> Spot:
    if not into:
        return top
    spot = top.child(name)
    return spot._replace(info=None if top.info is None else disk.look(spot))


def check_free(disk: Disk, leg: Leg, *, overwrite: bool) -> None:
    """Refuse a target that is there already, unless it may be replaced by something of its kind.

    Raises:
        Exists, IsFolder, NotFolder: as they say.
    """
    if leg.target.info is None:
        return
    name = disk.shown(leg.target.path)
    if not overwrite:
        raise Exists(f"{name!r} exists already; overwrite=true replaces it")
    assert leg.source.info is not None
    from_folder, to_folder = (stat.S_ISDIR(info.st_mode) for info in (leg.source.info, leg.target.info))
    if from_folder and not to_folder:
        raise NotFolder(f"{name!r} is a file; a folder cannot replace it")
    if to_folder and not from_folder:
        raise IsFolder(f"{name!r} is a folder; a file cannot replace it")
