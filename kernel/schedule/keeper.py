"""Runs jobs as their moments come: sleeps until the next one, claims it, hands it on, records how it ended."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from kernel.schedule.clock import Timer
from kernel.schedule.job import End, Job, Run
from kernel.schedule.store import Store


@dataclass(frozen=True)
class Ended:
    """How one run of a job ended."""

    end: End
    output: str


class Runs(Protocol):
    """Whoever carries a job out, through the gate, with the rights and labels the job was made with and no more."""

    async def __call__(self, job: Job, run: Run) -> Ended:
        """Carry it out once; a refusal is `failed` with its reason, never an exception."""


class Keeper:
    """Keeps the jobs of one process's store. Several keepers may share one file: each moment goes to one of them."""

    def __init__(
        self,
        store: Store,
        owner: str,
        runs: Runs,
        timer: Callable[[Callable[[], None]], Timer],
        told: Callable[[Job, Run, Ended], Awaitable[None]],
    ) -> None:
        """Args: `timer` makes one that calls back; `told` hears of each end."""
        self._store = store
        self._owner = owner
        self._runs = runs
        self._told = told
        self._woken = asyncio.Event()
        self._timer = timer(self._woken.set)

    def changed(self) -> None:
        """The jobs are others now: look again for the next one."""
        self._woken.set()

    async def keep(self) -> None:
        """Run what is due, then sleep until more is; until canceled."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._woken.clear()
                    while (taken := self._store.claim(self._owner)) is not None:
                        group.create_task(self._carried_out(*taken))
                    due = self._store.next_due()
                    if due is None:
                        self._timer.disarm()
                    else:
                        self._timer.arm(due)
                    await self._woken.wait()
        finally:
            self._timer.disarm()

    async def run_due(self) -> int:
        """Run what is due now, one after another; how many ran."""
        count = 0
        while (taken := self._store.claim(self._owner)) is not None:
            await self._carried_out(*taken)
            count += 1
        return count

    async def _carried_out(self, job: Job, run: Run) -> None:
        ended = await self._runs(job, run)
        self._store.finish(run, ended.end, ended.output)
        await self._told(job, run, ended)
