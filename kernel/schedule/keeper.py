"""Runs jobs as their moments come: sleeps until the next one, claims it, hands it on, records how it ended."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from kernel.schedule.clock import Timer
from kernel.schedule.job import End, Job, Run
from kernel.schedule.store import Store
from syscalls.errors import SysError

RETRY_S = 5.0
"""When the jobs could not be read or written, they are tried again after so long."""


@dataclass(frozen=True)
class Ended:
    """How one run of a job ended."""

    end: End
    output: str


class Runs(Protocol):
    """Whoever carries a job out, through the gate, with the rights and labels the job was made with and no more."""

    async def __call__(self, job: Job, run: Run) -> Ended:
        """Carry it out once; a refusal is `failed` with its reason, never an exception."""


async def tell_nobody(job: Job, run: Run, ended: Ended) -> None:
    """Nobody is told of an end."""


def nothing_left() -> None:
    """No other process can have died."""


@dataclass(frozen=True)
class Around:
    """What a keeper tells and asks its surroundings."""

    told: Callable[[Job, Run, Ended], Awaitable[None]] = tell_nobody
    """Hears of each end."""
    settle: Callable[[], None] = nothing_left
    """Settles what dead processes left, before each look."""
    trouble: Callable[[str], None] = field(default=lambda line: None)
    """Hears why the jobs cannot be kept just now."""
    clock: Callable[[], float] = time.time


class Keeper:
    """Keeps the jobs of one process's store. Several keepers may share one file: each moment goes to one of them."""

    def __init__(
        self,
        store: Store,
        owner: str,
        runs: Runs,
        timer: Callable[[Callable[[], None]], Timer],
        around: Around | None = None,
    ) -> None:
        """Args: `owner` is a name whose life other processes can check; `timer` makes one that calls back."""
        self._store = store
        self._owner = owner
        self._runs = runs
        self._around = around or Around()
        self._woken = asyncio.Event()
        self._timer = timer(self._woken.set)
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._asked: set[int] = set()
        """Runs that somebody asked to stop."""

    def changed(self) -> None:
        """The jobs are others now: look again for the next one, and for what shall stop."""
        self._woken.set()

    async def keep(self) -> None:
        """Run what is due, then sleep until more is; until canceled. Runs under way are stopped then."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._woken.clear()
                    self._look(group)
                    await self._woken.wait()
        finally:
            self._timer.close()

    async def run_due(self) -> int:
        """Run what is due now; how many ran."""
        count = 0
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._woken.clear()
                    self._around.settle()
                    count += self._claimed(group)
                    self._stop_asked()
                    if not self._under_way:
                        return count
                    await self._woken.wait()
        finally:
            self._timer.close()

    def _look(self, group: asyncio.TaskGroup) -> None:
        try:
            self._around.settle()
            self._claimed(group)
            self._stop_asked()
            due = self._store.next_due()
        except SysError as error:
            self._around.trouble(f"the jobs cannot be kept now, and are tried again: {error}")
            due = self._around.clock() + RETRY_S
        if due is None:
            self._timer.disarm()
        else:
            self._timer.arm(due)

    def _claimed(self, group: asyncio.TaskGroup) -> int:
        count = 0
        while (taken := self._store.claim(self._owner)) is not None:
            count += 1
            job, run = taken
            self._under_way[run.number] = group.create_task(self._carried_out(job, run))
        return count

    def _stop_asked(self) -> None:
        for number in self._store.log.to_stop(self._owner):
            if number in self._under_way and number not in self._asked:
                self._asked.add(number)
                self._under_way[number].cancel()

    async def _carried_out(self, job: Job, run: Run) -> None:
        try:
            ended = await self._end_of(job, run)
            await self._recorded(run, ended)
            await self._around.told(job, run, ended)
        finally:
            del self._under_way[run.number]
            self._asked.discard(run.number)
            self._woken.set()

    async def _end_of(self, job: Job, run: Run) -> Ended:
        try:
            return await self._runs(job, run)
        except asyncio.CancelledError:
            if run.number in self._asked:
                return Ended("stopped", "stopped while it ran; what it had changed can be undone\n")
            self._store.give_up(run)
            raise
        except Exception:  # a bug in one run must not take the other jobs with it
            logging.getLogger("aosh").exception("job %s", job.id)
            return Ended("failed", "a bug in aosh ended this run\n")

    async def _recorded(self, run: Run, ended: Ended) -> None:
        """Write down an end; where the disk does not take it, again until it does: the job waits for it."""
        while True:
            try:
                self._store.finish(run, ended.end, ended.output)
                return
            except SysError as error:
                self._around.trouble(f"the end of a job cannot be written down yet: {error}")
                await asyncio.sleep(RETRY_S)
