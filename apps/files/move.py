"""Serving file.move and file.delete."""

import stat

from apps.files.acts import Act, preimage
from apps.files.beneath import Disk
from apps.files.destinations import Leg, Source, check_free, legs
from apps.files.effect import carry_out
from apps.files.globs import expand
from apps.files.moves import Rename, into_trash
from apps.files.places import Spot
from apps.files.store import Store
from apps.files.targets import check_removable, make_folders
from apps.files.walk import beneath
from apps.sdk import Context, Effecting
from syscalls.file import Delete, Move
from syscalls.file_values import Changed
from syscalls.undo import Change

_MOST_COUNTED = 100_000


def move(ctx: Context, a: Move) -> Effecting[Changed]:
    """Move or rename files or folders; a link moves itself, not what it points to."""
    disk, store = ctx.once(Disk), ctx.once(Store)
    sources = [Source(spot, spot.name) for spot in _tops(disk, a.paths)]
    found, new = legs(disk, sources, a.to, follow=False)
    found, same = _apart(found)
    acts, changes = make_folders(disk, new if found else [])
    changes += [Change("same", disk.shown(leg.source.path)) for leg in same]
    for leg in found:
        check_free(disk, leg, overwrite=a.overwrite)
        acts += _moving(disk, store, leg)
        note = "replaces what was there" if leg.target.info is not None else ""
        changes.append(Change("moved", disk.shown(leg.source.path), disk.shown(leg.target.path), note=note))
    return (yield from carry_out(disk, store, acts, changes))


def delete(ctx: Context, a: Delete) -> Effecting[Changed]:
    """Put files or folders into the trash."""
    disk, store = ctx.once(Disk), ctx.once(Store)
    acts: list[Act] = []
    changes = []
    for spot in _tops(disk, a.paths):
        acts.append(into_trash(disk, store, spot))
        changes.append(_removed(disk, spot))
    return (yield from carry_out(disk, store, acts, changes))


def _tops(disk: Disk, paths: tuple[str, ...]) -> list[Spot]:
    """What is named and may be taken away; not what lies in a folder that is named too."""
    found: dict[str, Spot] = {}
    for path in expand(disk, paths):
        spot = disk.existing(path, follow=False, write=True)
        check_removable(disk, spot)
        found[spot.path] = spot
    return [spot for path, spot in found.items() if not _is_held(path, found)]


def _is_held(path: str, found: dict[str, Spot]) -> bool:
    above = path.rpartition("/")[0]
    while above:
        if above in found:
            return True
        above = above.rpartition("/")[0]
    return False


def _apart(found: list[Leg]) -> tuple[list[Leg], list[Leg]]:
    """Legs that go somewhere, and those that are there already."""
    same = [leg for leg in found if leg.source.path == leg.target.path]
    return [leg for leg in found if leg not in same], same


def _moving(disk: Disk, store: Store, leg: Leg) -> list[Act]:
    target = leg.target
    if target.info is None:
        return [Rename(disk, store, leg.source, target)]
    if stat.S_ISDIR(target.info.st_mode):
        return [into_trash(disk, store, target), Rename(disk, store, leg.source, target._replace(info=None))]
    return [Rename(disk, store, leg.source, target, (preimage(disk, store, target),))]


def _removed(disk: Disk, spot: Spot) -> Change:
    assert spot.info is not None
    shown = disk.shown(spot.path)
    if not stat.S_ISDIR(spot.info.st_mode):
        return Change("removed", shown, size_bytes=spot.info.st_size, note="to the trash")
    files = size = 0
    for number, found in enumerate(beneath(disk, spot, hidden=True, unread=[])):
        files += not found.is_folder
        size += 0 if found.is_folder else found.info.st_size
        if number >= _MOST_COUNTED:
            return Change("removed", shown, note=f"folder with more than {files} files, to the trash")
    what = f"folder with {files} file{'s' * (files != 1)}" if files else "empty folder"
    return Change("removed", shown, size_bytes=size, note=f"{what}, to the trash")
