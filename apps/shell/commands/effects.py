"""Effects for people: which one an id means, how the history looks, taking back and bringing again."""

import time
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Literal

from rich.console import RenderableType
from rich.text import Text

from apps.shell.boot import Kernel
from apps.shell.render.view import name, notice, stack, table
from kernel.call import Err
from kernel.journal.effects import Effect
from kernel.loop import End, Result
from kernel.process import Process
from syscalls.caps import Right, is_beneath
from syscalls.errors import BadArgument, NotFound, Stale, SysError
from syscalls.file_values import sentence
from syscalls.taste import ago

Verb = Literal["undo", "redo"]
SHORTEST_ID = 4
_STATES = {"done": "", "undone": "yellow", "redone": "", "failed": "dim", "open": "bold red"}


def own(effects: Sequence[Effect]) -> list[Effect]:
    """Effects that stand for themselves: those that take others back show in these's state."""
    return [effect for effect in effects if effect.undoes is None]


def here(effects: Sequence[Effect], process: Process) -> list[Effect]:
    """Those that touched the process's folders."""
    roots = process.roots(Right.FS_WRITE)
    return [
        effect
        for effect in effects
        if any(is_beneath(path, root) for path in _paths(effect) for root in roots)
    ]


def which_of(effects: Sequence[Effect], given: str, verb: Verb) -> int | str:
    """What `undo N|ID` means: a count, or the whole id that begins so.

    Raises:
        BadArgument: a count below 1.
        NotFound: no effect has that id, or it is in no state for it; says which are near.
    """
    if given.lstrip("-").isdecimal() and len(given) < SHORTEST_ID:
        if int(given) < 1:
            raise BadArgument(f"{verb} {given}: expected a number of at least 1, or an id")
        return int(given)
    ids = {effect.call_id: effect for effect in own(effects)}
    begun = [id_ for id_ in ids if len(given) >= SHORTEST_ID and id_.startswith(given)]
    if len(begun) == 1:
        return _in_state(ids[begun[0]], verb)
    if begun:
        raise NotFound(f"{given!r} begins several ids: {', '.join(begun[:5])}; give more of it")
    newest = [effect.call_id for effect in own(effects) if getattr(effect, f"is_{verb}able")][::-1]
    near = get_close_matches(given, ids, n=3, cutoff=0.5) or newest[:3]
    offer = f"; the nearest are {', '.join(near)}" if near else ""
    raise NotFound(f"no effect has the id {given!r}{offer} (`aosh history --all` lists them)")


async def turn(kernel: Kernel, verb: Verb, given: str, *, force: bool) -> Result:
    """Take back or bring again; a refusal over a changed file offers to go on all the same."""
    try:
        which = which_of(kernel.undoer.history(), given or "1", verb)
        act = kernel.undoer.undo if verb == "undo" else kernel.undoer.redo
        replies = await act(kernel.process, which, force=force)
    except SysError as error:
        return Result(End.FAILED, (), error=error)
    failed = next((reply.error for reply in replies if isinstance(reply, Err)), None)
    if isinstance(failed, Stale) and not force:
        failed = Stale(f"{failed}; --force goes on all the same, and keeps the present state for redo")
    return Result(End.DONE if failed is None else End.FAILED, tuple(replies), error=failed)


def grid(effects: Sequence[Effect], left_out: int = 0) -> RenderableType:
    """The history as a table, newest last."""
    if not effects:
        return notice("no effects yet")
    rows = table("id", "when", "what", "state", right=("when",))
    for effect in effects:
        state = name(effect.status if effect.undo or effect.status != "done" else "done, no undo")
        state.style = _STATES[effect.status]
        rows.add_row(
            name(effect.call_id, "cyan"), Text(ago(effect.ts, time.time())), name(what(effect)), state
        )
    return stack(notice(f"… {left_out} earlier ones") if left_out else None, rows)


def what(effect: Effect) -> str:
    """An effect in words."""
    changes = [sentence(change) for change in effect.plan.changes]
    more = f" and {len(changes) - 2} more" if len(changes) > 2 else ""
    return f"{effect.name}: {'; '.join(changes[:2])}{more}" if changes else effect.name


def facts(effect: Effect) -> dict[str, Any]:
    """An effect as JSON."""
    return {
        "id": effect.call_id,
        "session": effect.session,
        "ts": effect.ts,
        "call": effect.name,
        "arguments": effect.arguments,
        "changes": [sentence(change) for change in effect.plan.changes],
        "status": effect.status,
        "undoable": effect.is_undoable,
        "redoable": effect.is_redoable,
    }


def _in_state(effect: Effect, verb: Verb) -> str:
    """The effect's id.

    Raises:
        NotFound: it is in no state to be undone or redone.
    """
    if effect.is_undoable if verb == "undo" else effect.is_redoable:
        return effect.call_id
    if not effect.undo:
        raise NotFound(f"effect {effect.call_id} changed nothing that could be taken back")
    raise NotFound(f"effect {effect.call_id} is {effect.status}; there is nothing to {verb}")


def _paths(effect: Effect) -> set[str]:
    return {step.path for step in effect.undo} | {step.to for step in effect.undo if step.to is not None}
