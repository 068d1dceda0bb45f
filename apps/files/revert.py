"""Serving file.revert: undo, and redo, which is undo of it."""

from apps.files.acts import Act
from apps.files.beneath import Disk
from apps.files.effect import carry_out
from apps.files.names import unspoken
from apps.files.steps import Reverter
from apps.files.store import Store
from apps.files.told import FOLDER, told
from apps.sdk import Context, Effecting
from syscalls.errors import NotPermitted
from syscalls.file_kernel import Revert
from syscalls.file_values import Changed
from syscalls.undo import Change, Step


def revert(ctx: Context, a: Revert) -> Effecting[Changed]:
    """Take an effect back, its steps last to first.

    Raises:
        Stale: a file was changed since; nothing was done.
    """
    disk, store = ctx.once(Disk), ctx.once(Store)
    _check_named(disk, a)
    reverter = Reverter(disk, store, force=a.force)
    acts: list[Act] = []
    changes = []
    for step in reversed(a.steps):
        with disk.naming(unspoken(step.path)):
            act = reverter.act_for(step)
        if act is not None:
            acts.append(act)
            changes += _change(disk, step, act)
    return (yield from carry_out(disk, store, acts, told(changes)))


def _check_named(disk: Disk, a: Revert) -> None:
    """Refuse steps on paths that the gate was not shown.

    Raises:
        NotPermitted: a step's path is neither in `paths` nor in the store.
    """
    moved = {step.to for step in a.steps if step.do == "rename" and step.to}
    touched = {step.path for step in a.steps} | moved
    for path in touched - set(a.paths):
        if not disk.place_of(path)[0].is_store:
            raise NotPermitted(
                f"{disk.shown(unspoken(path))!r} is in the undo steps but not among the paths named"
            )


def _change(disk: Disk, step: Step, act: Act) -> list[Change]:
    """How one step reads; times go without saying."""
    shown = disk.shown(unspoken(step.path))
    match step.do:
        case "times" | "relink":
            return []
        case "remove":
            return [Change("removed", shown, note=FOLDER if step.kind == "folder" else "")]
        case "rename":
            assert step.to is not None
            to = disk.shown(unspoken(step.to))
            if disk.store is not None and step.path.startswith(f"{disk.store}/"):
                return [Change("created", to, note="back from the trash")]
            if disk.store is not None and step.to.startswith(f"{disk.store}/"):
                return [Change("removed", shown, note="to the trash")]
            return [Change("moved", shown, to)]
        case "mode":
            return [Change("mode", shown, f"{step.mode:o}".zfill(3))]
        case "restore":
            is_new = act.spot.info is None
            note = FOLDER if is_new and step.kind == "folder" else "put back"
            return [Change("created" if is_new else "modified", shown, note=note)]
        case "cut":
            return [Change("modified", shown, note="added lines taken off")]
        case _:
            return [Change("modified", shown, note="lines added again")]
