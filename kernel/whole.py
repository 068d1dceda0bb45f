"""A draft with several effects is made whole or not at all: what was done before a failure is taken back."""

from collections.abc import Mapping, Sequence

from kernel.call import Err, Ok, Proposal, Reply
from kernel.gate import Gate
from kernel.minds.port import Drafted, From
from kernel.policy import Verdict
from kernel.process import Process
from kernel.undoer import Undoer
from syscalls.errors import NotPermitted, SysError
from syscalls.table import AnyCall


def effects_among(calls: Sequence[Drafted], menu: Mapping[str, AnyCall]) -> tuple[Drafted, ...]:
    """The calls of a draft that change something."""
    return tuple(each for each in calls if each.name in menu and menu[each.name].effect.is_side_effect)


def is_asked_about(gate: Gate, process: Process, calls: Sequence[Drafted]) -> bool:
    """Whether policy would ask about any of them; what an earlier reply will fill is not known yet."""
    for each in calls:
        if any(isinstance(value, From) for value in each.arguments.values()):
            continue
        try:
            entry, call = gate.decode(process, Proposal(each.name, each.arguments, origin="mind"))
        except SysError:
            continue
        if gate.authorise(process, entry, call).verdict is Verdict.ASK:
            return True
    return False


async def taken_back(undoer: Undoer, process: Process, made: Sequence[Reply], failed: Err) -> Err:
    """The failure, once the effects made before it are taken back, newest first; its text says so.

    What cannot be taken back, and what a failing undo leaves, is named.
    """
    done = [
        each for each in made if isinstance(each, Ok) and each.changes is not None and each.changes.changes
    ]
    kept: list[str] = []
    count = 0
    for each in reversed([one for one in done if one.call.effect.is_side_effect]):
        error = await _undone(undoer, process, each)
        count += error is None
        if error is not None:
            kept.append(f"{each.call.name} stays: {error}")
    if not count and not kept:
        return failed
    parts = [str(failed.error)]
    if count:
        parts.append(
            f"the {count} change{'s' * (count > 1)} made before it {'were' if count > 1 else 'was'} taken back"
        )
    return Err(type(failed.error)("; ".join([*parts, *kept])), failed.name, failed.call, failed.decision)


async def _undone(undoer: Undoer, process: Process, made: Ok) -> SysError | None:
    """Why an effect could not be taken back; None when it was."""
    if made.changes is None or not made.changes.undo:
        return (
            None if made.changes is None or all(c.what == "same" for c in made.changes.changes) else _NO_WAY
        )
    try:
        (reply,) = await undoer.undo(process, made.call.id)
    except SysError as error:
        return error
    return reply.error if isinstance(reply, Err) else None


_NO_WAY = NotPermitted("it cannot be undone")
