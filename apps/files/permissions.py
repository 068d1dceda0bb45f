"""Serving file.mode."""

import stat

from apps.files.acts import Act, SetMode
from apps.files.beneath import Disk
from apps.files.effect import carry_out
from apps.files.globs import expand
from apps.files.modes import changed_mode
from apps.files.places import Spot
from apps.files.store import Store
from apps.files.walk import beneath
from apps.sdk import Context, Effecting
from syscalls.file import SetMode as SetModeArgs
from syscalls.file_values import Changed
from syscalls.undo import Change

_MOST_SHOWN = 1000


def mode(ctx: Context, a: SetModeArgs) -> Effecting[Changed]:
    """Change permissions; of a link, those of what it points to."""
    disk, store = ctx.once(Disk), ctx.once(Store)
    acts: list[Act] = []
    changes: list[Change] = []
    seen: set[str] = set()
    for path in expand(disk, a.paths):
        top = disk.existing(path, write=True)
        spots = [top]
        if a.recursive and top.info is not None and stat.S_ISDIR(top.info.st_mode):
            with disk.naming(path):
                spots += [found.spot for found in beneath(disk, top, hidden=True)]
        # What a folder holds before the folder itself: afterwards it might be closed.
        for spot in reversed([each for each in spots if _has_mode(each) and each.path not in seen]):
            seen.add(spot.path)
            _add(disk, spot, a.mode, acts, changes)
    return (yield from carry_out(disk, store, acts, _shortened(changes)))


def _has_mode(spot: Spot) -> bool:
    return spot.info is not None and (stat.S_ISREG(spot.info.st_mode) or stat.S_ISDIR(spot.info.st_mode))


def _add(disk: Disk, spot: Spot, wanted: str, acts: list[Act], changes: list[Change]) -> None:
    assert spot.info is not None
    new = changed_mode(wanted, spot.info.st_mode)
    octal = f"{new:o}".zfill(3)
    if new == stat.S_IMODE(spot.info.st_mode):
        changes.append(Change("same", disk.shown(spot.path), note=f"mode {octal}"))
        return
    acts.append(SetMode(disk, spot, new))
    was = f"{stat.S_IMODE(spot.info.st_mode):o}".zfill(3)
    changes.append(Change("mode", disk.shown(spot.path), octal, note=f"was {was}"))


def _shortened(changes: list[Change]) -> list[Change]:
    """Of very many, the changes before those that are so already."""
    if len(changes) <= _MOST_SHOWN:
        return changes
    return [change for change in changes if change.what != "same"]
