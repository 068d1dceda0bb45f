"""Keeps a session's jobs while it lives: what was missed is told, what is due is run, by this process or another."""

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from syscalls.errors import SysError

if TYPE_CHECKING:
    from apps.shell.boot import Kernel
    from apps.shell.host import Host

KEEP_AFTER_S = 0.2
"""The prompt stands first."""


async def keep_jobs(kernel: "Kernel", note: Callable[[str], None]) -> None:
    """Run jobs as their moments come, until canceled. A store that cannot be had is told, and nothing more.

    Args:
        kernel: a session of the process that waits.
        note: gets what a person should read.
    """
    await asyncio.sleep(KEEP_AFTER_S)
    if kernel.settings.is_ephemeral:
        return
    from apps.shell.bell import listening
    from apps.shell.jobruns import cut_off, keeper_of, told_of
    from kernel.schedule.job import Job, Run
    from kernel.schedule.keeper import Ended

    async def told(job: Job, run: Run, ended: Ended) -> None:
        note(told_of(job, run, ended))

    shelf = kernel.host.jobs
    try:
        for line in cut_off(kernel.host):
            note(line)
        if late := overdue(kernel.host):
            note(late.partition(";")[0])
        keeper = keeper_of(kernel.host, kernel.settings, kernel.session.id, told)
    except SysError as error:
        note(f"jobs are not kept in this shell: {error}")
        return
    shelf.keeper = keeper
    try:
        with ExitStack() as stack:
            with suppress(OSError):  # jobs of other processes are then seen when one of ours is due
                stack.enter_context(listening(kernel.settings.folders.jobs, keeper.changed))
            await keeper.keep()
    finally:
        shelf.keeper = None


def overdue(host: "Host") -> str:
    """A line on jobs whose time has passed with nobody there; empty where there are none, or none can be had."""
    if not host.jobs.has_any:
        return ""
    try:
        late = host.jobs.store.overdue(time.time())
    except SysError:
        return ""
    if not late:
        return ""
    names = ", ".join(repr(name) for name in late[:3]) + (
        f" and {len(late) - 3} more" if len(late) > 3 else ""
    )
    return f"missed while no aosh was open: {names}; `aosh jobs due` runs what is due, as does an open shell"
