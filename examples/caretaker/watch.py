"""Hears of jobs, drivers and the disk, and proposes through the gate what would mend them."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack

from apps.shell.bell import listening
from apps.shell.boot import Kernel
from examples.caretaker.findings import Finding, of_deaths, of_disk, of_jobs
from kernel.call import Err, Proposal, Reply
from kernel.processes.table import KIND
from kernel.resources.sampler import Sampler
from kernel.schedule.server import infos_of
from syscalls.errors import DriverDied
from syscalls.sched import JobInfo

NAME = "app:caretaker"
RECENT_S = 3600.0
"""Deaths of drivers longer ago are no trouble of now."""
BACK_ROWS = 10_000
"""So much of the journal is read at the start."""


class Caretaker:
    """Watches one user's aosh from a session of its own."""

    def __init__(self, kernel: Kernel, say: Callable[[str], None], least_percent: float = 5.0) -> None:
        """Args: `say` gets what a person should read; a disk is almost full below `least_percent`."""
        self._kernel = kernel
        self._say = say
        self._least_percent = least_percent
        self._told: set[str] = set()
        self._deaths: list[tuple[float, str, str]] = []
        self._owners: dict[str, str] = {}
        self._seq = max(0, kernel.journal.head().seq - BACK_ROWS)
        self._woken = asyncio.Event()

    async def watch(self) -> None:
        """Look at whatever happens, until canceled: a job ended, a process died, a second went by for the disk."""
        sampler = Sampler()
        with ExitStack() as stack:
            stack.enter_context(listening(self._kernel.settings.folders, self._woken.set))
            stack.callback(sampler.listen(lambda sample: self._woken.set()))
            stack.callback(sampler.close)
            while True:
                self._woken.clear()
                await self.look()
                await self._woken.wait()

    async def look(self) -> list[Reply]:
        """Propose a mend for each trouble that is new; what came of it."""
        found = self._found()
        self._told &= {each.key for each in found}
        replies = []
        for finding in found:
            if finding.key not in self._told:
                self._told.add(finding.key)
                replies += await self._proposed(finding)
        return replies

    async def _proposed(self, finding: Finding) -> list[Reply]:
        self._say(finding.what)
        if not finding.call:
            return []
        proposal = Proposal(finding.call, finding.arguments, origin=NAME)
        reply = await self._kernel.gate(self._kernel.make(self._kernel.settings), proposal)
        self._say(f"not done: {reply.error}" if isinstance(reply, Err) else f"done: {reply.call.line()}")
        return [reply]

    def _found(self) -> list[Finding]:
        self._read()
        self._deaths = [each for each in self._deaths if time.time() - each[0] < RECENT_S]
        found = of_deaths([(session, name) for _, session, name in self._deaths], self._owners)
        if not self._kernel.host.jobs.has_any:
            return found + self._disks(())
        store = self._kernel.host.jobs.store
        jobs = infos_of(store)
        said = {job.id: run.output.strip() for job in jobs if job.failures for run in store.log.of(job.id, 1)}
        going = sorted(
            (job for job in jobs if job.running), key=lambda job: -store.log.of(job.id, 1)[0].started
        )
        return found + of_jobs(jobs, said) + self._disks(going)

    def _disks(self, going: Iterable[JobInfo]) -> list[Finding]:
        going = tuple(going)
        places = {str(self._kernel.settings.cwd), str(self._kernel.settings.folders.state)}
        return [
            each
            for place in sorted(places)
            for room in [shutil.disk_usage(place)]
            for each in of_disk(place, room.free, room.total, self._least_percent, going)
        ]

    def _read(self) -> None:
        """What the journal says since the look before: whose driver died, and who runs for whom."""
        for row in self._kernel.journal.rows(kinds=("outcome", KIND), after=self._seq):
            self._seq = max(self._seq, row.seq)
            record = row.record()
            if row.kind == KIND:
                self._owners[row.session] = record.owner
            elif record.error is not None and record.error.code == DriverDied.code:
                self._deaths.append((row.ts, row.session, record.name))
