"""Serving file.list, file.tree and file.find."""

import re
import stat
import time
from collections.abc import Callable, Iterable

import msgspec

from apps.files.beneath import Disk
from apps.files.entry import entry_of, kind_of, owner_of
from apps.files.modes import matches_mode
from apps.files.names import by_name, matcher
from apps.files.places import Spot
from apps.files.walk import Found, Unread, beneath, inside, notice
from apps.sdk import Context
from syscalls.errors import NotFolder
from syscalls.file import Find, List, Tree
from syscalls.file_values import Listing
from syscalls.kinds import Order

Test = Callable[[Found], bool]

_ORDERS: dict[Order, Callable[[Found], tuple[int, bytes]]] = {
    "name": lambda found: (0, by_name(found.spot.path)),
    "size": lambda found: (-found.info.st_size, by_name(found.spot.path)),
    "smallest": lambda found: (found.info.st_size, by_name(found.spot.path)),
    "newest": lambda found: (-found.info.st_mtime_ns, by_name(found.spot.path)),
    "oldest": lambda found: (found.info.st_mtime_ns, by_name(found.spot.path)),
}


def list_(ctx: Context, a: List) -> Listing:
    """The content of one folder."""
    disk = ctx.once(Disk)
    top = folder_at(disk, a.path)
    ctx.came_from(a.path)
    fits = matcher(a.name)
    with disk.naming(a.path):
        spots = inside(disk, top, hidden=a.hidden or _asks_hidden(a.name))
    found = [Found(spot, 0) for spot in spots if fits(spot.name)]
    if a.kind is not None:
        found = [each for each in found if kind_of(each.info.st_mode) == a.kind]
    return _listing(disk, a.path, found, a.order, a.limit)


def tree(ctx: Context, a: Tree) -> Listing:
    """A folder and all below, each folder followed by its content."""
    disk = ctx.once(Disk)
    top = folder_at(disk, a.path)
    ctx.came_from(a.path)
    unread: Unread = []
    with disk.naming(a.path):
        walk = beneath(disk, top, hidden=a.hidden, depth=a.depth, unread=unread)
        shown, total = [], 0
        for found in walk:
            total += 1
            if total <= a.limit:
                shown.append(entry_of(disk, found))
    return Listing(disk.shown(a.path), tuple(shown), total, _cut(len(shown), total, unread))


def find(ctx: Context, a: Find) -> Listing:
    """What fulfils all conditions below a folder."""
    disk = ctx.once(Disk)
    top = folder_at(disk, a.path)
    ctx.came_from(a.path)
    tests = list(_tests(disk, a))
    unread: Unread = []
    with disk.naming(a.path):
        walk = beneath(disk, top, hidden=a.hidden or _asks_hidden(a.name), depth=a.depth, unread=unread)
        found = [each for each in walk if all(test(each) for test in tests)]
    listing = _listing(disk, a.path, found, a.order, a.limit, unread)
    counted = {"file": "files", "folder": "folders", "link": "links"}.get(a.kind or "", "entries")
    return msgspec.structs.replace(listing, counted=counted) if a.counts else listing


def folder_at(disk: Disk, path: str) -> Spot:
    """The folder at `path`, links followed.

    Raises:
        NotFolder: something else is there.
    """
    spot = disk.existing(path)
    assert spot.info is not None
    if not stat.S_ISDIR(spot.info.st_mode):
        raise NotFolder(f"{disk.shown(path)!r} is a file, not a folder")
    return spot


def _tests(disk: Disk, a: Find) -> Iterable[Test]:
    """The conditions asked for, cheap ones first."""
    if a.kind is not None:
        yield lambda found: kind_of(found.info.st_mode) == a.kind
    if a.name is not None:
        fits = matcher(a.name)
        yield lambda found: fits(found.spot.name)
    yield from _size_tests(a)
    yield from _age_tests(a)
    if a.owner is not None:
        yield lambda found: a.owner in (str(found.info.st_uid), owner_of(found.info.st_uid))
    if a.mode is not None:
        wanted = a.mode
        yield lambda found: matches_mode(wanted, found.info.st_mode)
    if a.empty:
        yield lambda found: _is_empty(disk, found)


def _size_tests(a: Find) -> Iterable[Test]:
    larger, smaller = a.larger, a.smaller
    if larger is not None:
        yield lambda found: found.info.st_size > larger
    if smaller is not None:
        yield lambda found: found.info.st_size < smaller


def _age_tests(a: Find) -> Iterable[Test]:
    now, newer, older = time.time(), a.newer, a.older
    if newer is not None:
        yield lambda found: found.info.st_mtime >= now - newer
    if older is not None:
        yield lambda found: found.info.st_mtime <= now - older


def _is_empty(disk: Disk, found: Found) -> bool:
    if not found.is_folder:
        return stat.S_ISREG(found.info.st_mode) and found.info.st_size == 0
    try:
        return not inside(disk, found.spot, hidden=True)
    except OSError:
        return False


def _listing(
    disk: Disk, path: str, found: list[Found], order: Order, limit: int, unread: Unread | None = None
) -> Listing:
    total = len(found)
    found.sort(key=_ORDERS[order])
    entries = tuple(entry_of(disk, each) for each in found[:limit])
    return Listing(disk.shown(path), entries, total, _cut(len(entries), total, unread or []))


def _cut(shown: int, total: int, unread: Unread) -> str:
    parts = [f"first {shown} of {total}"] if shown < total else []
    return "; ".join([*parts, *filter(None, [notice(unread)])])


def _asks_hidden(glob: str | None) -> bool:
    """Whether the pattern itself begins with a dot, as in `.env`."""
    return glob is not None and re.match(r"\.", glob) is not None
