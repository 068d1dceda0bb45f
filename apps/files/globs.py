"""From paths and globs to the things they name."""

import os
import re
import stat
from collections.abc import Callable, Iterable

from apps.files.beneath import Disk
from apps.files.names import by_name, compiled, is_hidden, is_pattern, nearest, spoken
from apps.files.places import Spot
from apps.files.walk import beneath, inside
from syscalls.errors import NotFound, SysError, TooBig

_MOST = 100_000


def expand(disk: Disk, paths: Iterable[str]) -> list[str]:
    """Absolute paths of existing things, each once, in the order asked for.

    A name that exists stands for itself, whatever characters it has. In a glob `*`, `?` and `[...]`
    match within a name, `**` any number of folders; hidden names only where the pattern shows the dot.

    Raises:
        NotFound: a name or a glob stands for nothing; the text names the nearest names.
    """
    return list(spots(disk, paths))


def spots(disk: Disk, paths: Iterable[str]) -> dict[str, Spot]:
    """As `expand`, with where each path leads, its last link not followed, and what is there."""
    found: dict[str, Spot] = {}
    for path in paths:
        for each, spot in _one(disk, path):
            found.setdefault(each, spot)
        if len(found) > _MOST:
            raise TooBig(f"{disk.shown(path)!r} stands for more than {_MOST} names; name a folder instead")
    return found


def _one(disk: Disk, path: str) -> list[tuple[str, Spot]]:
    spot = disk.spot(path, follow=False)
    if spot.info is not None:
        return [(path.rstrip("/") or "/", spot)]
    if not is_pattern(path):
        raise disk.missing(spot)
    parts = path.strip("/").split("/")
    fixed = next(number for number, part in enumerate(parts) if is_pattern(part))
    base = "/" + "/".join(parts[:fixed])
    top = disk.existing(base)
    matched = {spot.path: spot for spot in _match(disk, top, parts[fixed:])}
    if not matched:
        raise NotFound(f"nothing matches {disk.shown(path)!r}{_near(disk, top, parts[-1])}")
    return [(name, matched[name]) for name in sorted(matched, key=by_name)]


def _match(disk: Disk, top: Spot, parts: list[str]) -> list[Spot]:
    """Everything below `top` whose names fit the parts one by one."""
    level = {top.path: top}
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        step = _below if part == "**" else _named(part)
        following: dict[str, Spot] = {}
        for spot in level.values():
            for each in step(disk, spot):
                if is_last or _is_folder(each):
                    following.setdefault(each.path, each)
            if part == "**" and not is_last:
                following.setdefault(spot.path, spot)
        level = following
        if len(level) > _MOST:
            raise TooBig(f"the pattern {part!r} fits more than {_MOST} names")
    return list(level.values())


def _below(disk: Disk, spot: Spot) -> Iterable[Spot]:
    return [found.spot for found in beneath(disk, spot, hidden=False, unread=[])]


def _named(part: str) -> Callable[[Disk, Spot], Iterable[Spot]]:
    fits = compiled(part).match

    def step(disk: Disk, spot: Spot) -> Iterable[Spot]:
        try:
            names = inside(disk, spot, hidden=is_hidden(part))
        except OSError:
            return []
        return [each for each in names if fits(spoken(each.name))]

    return step


def _is_folder(spot: Spot) -> bool:
    return spot.info is not None and stat.S_ISDIR(spot.info.st_mode)


def _near(disk: Disk, top: Spot, last: str) -> str:
    try:
        names = [spot.name for spot in inside(disk, top, hidden=False)]
    except (OSError, SysError):
        return ""
    return nearest(re.sub(r"[*?\[\]]", "", last), names) or _some(names)


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(spoken(name)) for name in names[:5])
    return f"; there is {shown}{' ...' if len(names) > 5 else ''}" if names else "; the folder is empty"


def files_below(disk: Disk, path: str, fits: Callable[[str], bool], *, hidden: bool = False) -> list[str]:
    """The regular files of a folder that fit by name, or the file itself.

    Raises:
        SysError: it is not there, or neither file nor folder.
    """
    spot = disk.existing(path)
    assert spot.info is not None
    if not stat.S_ISDIR(spot.info.st_mode):
        return [path]
    with disk.naming(path):
        walk = beneath(disk, spot, hidden=hidden, unread=[])
        return [
            os.path.join(path, *found.spot.parts[len(spot.parts) :])
            for found in walk
            if stat.S_ISREG(found.info.st_mode) and fits(found.spot.name)
        ]
