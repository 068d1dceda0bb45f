"""How every file effect runs: plan, wait for the kernel, do all acts or none, report what takes them back."""

from collections.abc import Iterable, Sequence

import msgspec

from apps.files.acts import Act, folder_step
from apps.files.beneath import Disk
from apps.files.entry import print_of
from apps.files.names import unspoken
from apps.files.places import Spot
from apps.files.steps import Reverter
from apps.files.store import Store
from apps.files.twins import relinks
from apps.oserrors import explained
from apps.sdk import Effected, Effecting
from syscalls.errors import DeviceFailed, SysError
from syscalls.file_values import Changed
from syscalls.undo import Change, Done, Plan, Step


def carry_out(
    disk: Disk,
    store: Store,
    acts: Sequence[Act],
    changes: Iterable[Change],
    diff: str = "",
    flags: tuple[str, ...] = (),
) -> Effecting[Changed]:
    """Yield the plan; when resumed, do the acts in order.

    Raises:
        SysError: one act failed; those before it were taken back.
    """
    changed = tuple(changes)
    times = _times(disk, acts)
    for each in acts:
        each.joins = relinks(disk, each)
    yield Plan(changed, times + _steps(acts), diff, flags)
    with store.locked(), disk.syncs.together(len(acts)):
        for number, act in enumerate(acts):
            try:
                act.do()
            except (OSError, SysError) as failure:
                name = disk.shown(act.spot.path)
                error = explained(failure, name) if isinstance(failure, OSError) else failure
                if number > 0:
                    _take_back(disk, store, times + _steps(acts[:number]), error)
                raise error from None
        undo = tuple(_settled(disk, step) for step in times + _steps(acts))
    return Effected(Changed(changed), Done(tuple(step for step in undo if not _is_spent(step))))


def _steps(acts: Sequence[Act]) -> tuple[Step, ...]:
    return tuple(step for act in acts for step in (*act.steps, *act.joins))


def _times(disk: Disk, acts: Sequence[Act]) -> tuple[Step, ...]:
    """Steps, taken last of all, that give the folders around the changes their times back."""
    folders: dict[str, Spot] = {}
    for act in acts:
        for spot in act.folders():
            folders.setdefault(spot.path, spot)
    found = []
    for spot in folders.values():
        info = disk.look(spot)
        if info is not None and not spot.place.is_store:
            found.append(folder_step("times", spot._replace(info=info), {}))
    return tuple(found)


def _settled(disk: Disk, step: Step) -> Step:
    place, parts = disk.place_of(unspoken(step.path))
    return msgspec.structs.replace(step, expect=print_of(disk.look(Spot(place, tuple(parts), None))))


def _is_spent(step: Step) -> bool:
    """Whether the step only cleaned up after a crash: what it removes is not there."""
    return step.do == "remove" and step.expect is not None and step.expect.kind == "absent"


def _take_back(disk: Disk, store: Store, steps: tuple[Step, ...], error: SysError) -> None:
    for step in reversed(steps):
        try:
            act = Reverter(disk, store).act_for(step)
            if act is not None:
                act.do()
        except (OSError, SysError) as second:
            raise DeviceFailed(f"{error}; and taking it back failed: {second}") from None
