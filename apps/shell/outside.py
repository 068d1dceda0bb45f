"""`!!line`: a program run outside the jail, as the person, with the terminal. Journalled; nothing undoes it."""

import os
import time
from collections.abc import Awaitable, Callable

from kernel.journal.port import Journal
from kernel.journal.records import IntentRow, OutcomeRow, RequestRow
from syscalls.undo import Change, Plan

NAME = "shell.outside"
"""What the journal calls it: it is no syscall, and no mind can ask for it."""


async def run_outside(
    journal: Journal,
    session: str,
    turn: int,
    line: str,
    cwd: str,
    run: Callable[[str, str], Awaitable[int]],
) -> int:
    """Run `line` in `cwd` by `run`; its exit code, or minus the signal that ended it.

    Raises:
        NoSpace, Busy, DeviceFailed: the journal takes no row, so nothing was run.
    """
    identity = os.urandom(6).hex()
    arguments = {"line": line, "cwd": cwd}
    journal.append(session, "request", RequestRow(turn, f"!!{line}", "outside"), durable=False)
    plan = Plan((Change("runs", line, note="outside the jail; cannot be undone"),), ())
    journal.append(session, "intent", IntentRow(identity, NAME, arguments, plan), durable=True)
    started = time.perf_counter()
    try:
        return await run(line, cwd)
    finally:
        seconds = time.perf_counter() - started
        journal.append(session, "outcome", OutcomeRow(identity, NAME, True, seconds=seconds), durable=True)
