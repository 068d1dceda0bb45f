"""What several sessions share, and what outlives each of them: one host a process, one session or many on it.

Made in order of need: the first session's file driver must not wait for what that session does not use.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from weakref import WeakSet

from apps.shell.door import Door
from apps.shell.early import prepare
from apps.shell.engines import Engines, Whose
from apps.shell.jobs import JobShelf
from apps.shell.minds import mind_of
from apps.shell.service.metrics import Registry
from apps.shell.service.tally import Tally
from apps.shell.settings import Folders, Settings
from kernel.drivers.idle import IdleDrivers
from kernel.drivers.jailed import Drivers
from kernel.jail.tier import Choice, choose
from kernel.journal.port import Journal
from kernel.journal.unfinished import Unfinished
from kernel.meter import NO_LIMITS, Meter
from kernel.minds.port import Mind
from kernel.oneshot.later import LaterRunner
from kernel.oneshot.oversight import Runs
from kernel.plugins import Found, Plugin, discover, load
from kernel.processes.nice import nice_of, weight_of
from kernel.processes.steward import Steward
from kernel.processes.table import Agent, Agents
from kernel.processes.turnstile import Turnstile
from kernel.provenance import Provenance
from kernel.resources.admission import Admission
from kernel.resources.limits import headroom, size_of
from kernel.resources.room import room
from syscalls.built_in import BUILT_IN
from syscalls.table import Table


class Host:
    """The shared half of the composition root; `apps.shell.boot.sit` opens sessions on it."""

    def __init__(self, settings: Settings, jail: Choice, journal: Journal) -> None:
        """Args: `settings` are those it was started with; sessions bring their own, of the same user's folders."""
        self.settings = settings
        self.folders = settings.folders
        self.jail = jail
        self.journal = journal
        self.files = Provenance()
        """What files hold from elsewhere."""
        self.unfinished = Unfinished(journal)
        """What crashed sessions may have left half-done."""
        self.idle = IdleDrivers()
        """Drivers that no session uses now."""
        self.runner = LaterRunner(jail.start)
        """Runs programs, each in a jail of its own."""
        self.runs = Runs()
        """The programs that run now."""
        self.admission = Admission(room, partial(headroom, settings.config.limits))
        """Where programs, agents and models of all sessions wait for room, in one line."""
        self.meter = Meter(NO_LIMITS, "this host")
        """What all sessions together have used."""
        self.size = size_of(settings.folders.store)
        self.agents = Agents(journal)
        """Agents in the background; each one is a session of its own (`apps.shell.background`)."""
        self.steward = Steward(self.agents, self.runs, room, partial(headroom, settings.config.limits))
        """Suspends some of it while memory is short."""
        self.group = asyncio.TaskGroup()
        """Where they run."""
        self.opening = asyncio.Semaphore(1)
        """Held while an agent's session is opened: two hundred opened side by side take longer, and delay others more."""
        self.turnstile = Turnstile()
        """What agents pass before they begin, and before each of their calls."""
        self.metrics = Registry()
        """Figures for `aosh serve --metrics` and `aosh metrics`."""
        self.tally = Tally()
        """What its sessions did so far."""
        self.drivers: WeakSet[Drivers] = WeakSet()
        """Those of the open sessions."""
        self.jobs = JobShelf(settings)
        """What happens later."""
        self.engines = Engines(self.admission)
        """Models that were loaded, for all sessions."""
        self._minds: dict[tuple[str, str], Mind] = {}
        self._own: list[Mind] = []
        """Minds that one session has to itself."""
        self._found: list[Found] = []
        self._plugins: list[Plugin] = []
        self._tables: dict[bool, Table] = {}

    async def plugins(self, *, is_bare: bool) -> list[Plugin]:
        """Every plugin installed now, described; none for a bare session."""
        if is_bare:
            return []
        if (found := discover()) != self._found:
            self._plugins = await plugins_of(self.folders, self.jail, found)
            self._found = found
            self._tables.pop(False, None)
        return self._plugins

    def table(self, plugins: list[Plugin], *, is_bare: bool) -> Table:
        """The calls of a session that has these plugins."""
        if is_bare not in self._tables:
            self._tables[is_bare] = Table((*BUILT_IN, *(call for plugin in plugins for call in plugin.calls)))
        return self._tables[is_bare]

    def mind(self, settings: Settings, whose: Whose) -> Mind:
        """The mind a session asked for: shared, unless it keeps something of one request for the next.

        Raises:
            MindFailed: it cannot be had.
        """
        key = (settings.mind, settings.base_url)
        found = self._minds.get(key)
        if found is None:
            found = mind_of(settings, self.jail, self.engines, whose)
            if found.has_memory:
                self._own.append(found)
            else:
                self._minds[key] = found
        return found

    def nice_for(self, agent: Agent, share: int) -> int:
        """The niceness that gives an agent so many percent of what all running agents share now."""
        others = sum(
            weight_of(each.row.nice) for each in self.agents if each is not agent and not each.state.is_end
        )
        return nice_of(share / (100 - share) * (others or 1.0))

    def renice(self, agent: Agent, nice: int) -> None:
        """Give an agent another niceness: its next turns and programs have it, and what runs of it now."""
        agent.process.nice = nice
        self.agents.change(agent, nice=nice)
        for run in self.runs.of(agent.process):
            run.renice()

    async def leave(self, mind: Mind) -> None:
        """A session has done with its mind; what others use goes on."""
        if any(mind is each for each in self._own):
            self._own = [each for each in self._own if each is not mind]
            await mind.close()

    async def close(self) -> None:
        """End what runs. No session may be open any more."""
        self.steward.close()
        for mind in (*self._own, *self._minds.values()):
            await mind.close()
        await self.engines.close()
        await self.runner.close()
        self.idle.close()
        self.jobs.close()
        self.journal.close()


@asynccontextmanager
async def open_host(settings: Settings) -> AsyncIterator[Host]:
    """A host; everything it started ends with the block, the warm mind excepted.

    Raises:
        DeviceFailed, NoSpace, Busy: the journal cannot be written.
    """
    prepare(settings.folders)
    jail = choose(settings.folders.state)
    host = Host(settings, jail, open_journal(settings))
    await (
        host.group.__aenter__()
    )  # not `async with`: an error of the block is to leave it as it is, ungrouped
    door = Door(host)
    try:
        yield host
    finally:
        await door.close()
        await host.agents.stop(host.agents, "its kernel ended")
        await host.group.__aexit__(None, None, None)
        await host.close()


def open_journal(settings: Settings) -> Journal:
    """The user's journal, or one in memory."""
    if settings.is_ephemeral:
        from kernel.journal.ram import RamJournal

        return RamJournal()
    from kernel.journal.sqlite import SqliteJournal

    return SqliteJournal.open(settings.folders.journal)


async def plugins_of(places: Folders, jail: Choice, found: list[Found] | None = None) -> list[Plugin]:
    """Every installed plugin, or those `found`, described."""
    taken = frozenset(call.area for call in BUILT_IN)
    return [
        await load(each, places.apps, taken, jail.start) for each in (discover() if found is None else found)
    ]
