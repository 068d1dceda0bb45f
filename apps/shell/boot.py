"""The composition root: the one place where concrete parts are made and wired."""

import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from apps.shell.alive import is_alive, own
from apps.shell.early import FILES, MACHINE, asked_limits, documents_of, memory_of, user_process
from apps.shell.engines import Whose
from apps.shell.episodes import Episodes
from apps.shell.host import Host, open_host, plugins_of
from apps.shell.minding import Minding
from apps.shell.people import People, Talk
from apps.shell.remembering import Remembering
from apps.shell.rulebook import rules_of
from apps.shell.settings import Settings
from apps.shell.taste import FILE as MEMORY
from apps.shell.taste import Tastes
from apps.shell.upkeep import covers
from kernel.call import Err, Proposal, Reply
from kernel.drivers.jailed import Drivers
from kernel.drivers.launch import Launched
from kernel.drivers.port import Server
from kernel.drivers.route import Inside, Route, list_tools, visible
from kernel.gate import Gate
from kernel.happenings import (
    Completed,
    Eased,
    Happening,
    Held,
    Near,
    Raised,
    Requested,
    Started,
    TurnStarted,
    Watcher,
)
from kernel.jail.spec import Tier
from kernel.jail.tier import Choice
from kernel.journal.port import Journal
from kernel.journal.records import BudgetRow, RequestRow, SessionRow
from kernel.loop import End, Loop, Result, Session
from kernel.meter import SESSION, Meter, Standing
from kernel.minds.port import Mind
from kernel.models.server import ModelServer
from kernel.net.fetching import Fetcher
from kernel.oneshot.admitted import AdmittedRunner
from kernel.oneshot.admitted import Whose as RunsOf
from kernel.oneshot.port import Runner
from kernel.plugins import Plugin
from kernel.policy import Policy, RehearsedPolicy
from kernel.process import Process
from kernel.resources.limits import headroom, request_limits, session_limits
from kernel.tools.folders import sweep
from kernel.tools.programs import Finder
from kernel.tools.server import Site, Tools
from kernel.undoer import Undoer
from kernel.version import VERSION
from syscalls import tool
from syscalls.errors import DriverDied, SysError
from syscalls.labels import NONE, STDIN, USER, Labels
from syscalls.table import AnyCall, Table

if TYPE_CHECKING:
    from apps.shell.agents import Crew

__all__ = [
    "Kernel", "Seat", "boot", "names_of", "new_session_id", "plugins_of", "sit", "watch_nothing",
]  # fmt: skip


@dataclass
class Kernel:
    """One session's running parts."""

    settings: Settings
    table: Table
    gate: Gate
    loop: Loop
    journal: Journal
    drivers: Drivers
    policy: Policy
    process: Process
    session: Session
    undoer: Undoer
    plugins: list[Plugin]
    watch: Watcher
    jail: Choice
    host: Host
    """What it shares with other sessions."""
    make: Callable[[Settings], Process]
    """Makes the process of each request."""
    tastes: Tastes
    """How the person wants things shown."""
    episodes: Episodes
    """Remembers what was done."""
    meter: Meter
    """What the session has used, with all its requests and agents."""
    recovered: list[Reply] = field(default_factory=list)
    """What was rolled back at the start: effects that crashed sessions left half-done here."""
    remarks: tuple[str, ...] = ()
    """What a person should know of the rules: files that were ignored, and why."""

    @property
    def mind(self) -> Mind:
        """What it thinks with now."""
        return self.loop.mind

    @cached_property
    def menu(self) -> list[AnyCall]:
        """The calls this session's person could ever be allowed."""
        return visible(self.table, self.process)

    async def request(self, words: str, stdin: str = "") -> Result:
        """Carry out a request in words; each request has its own budget."""
        self.process = self.make(self.settings)
        return await self.loop.run(self.process, words, self.menu, stdin)

    async def typed(self, line: str, stdin: str = "", labels: Labels = NONE) -> Result:
        """Make one call typed by hand (`:area.verb key=value`, `!program arguments`); no mind is asked.

        Args:
            line: the call as sugar.
            stdin: what was piped in beside it.
            labels: sources of the line besides the person's own typing.
        """
        self.process = self.make(self.settings)
        from apps.shell.bang import shell_line  # a request in words needs neither
        from apps.shell.direct import parse

        self.session.turn += 1
        row = RequestRow(self.session.turn, line, "typed")
        self.journal.append(self.session.id, "request", row, durable=False)
        self.watch(TurnStarted(self.session.turn, line))
        labelling = self.gate.labelling
        labelling.begin(STDIN if stdin else NONE)
        try:
            spoken = shell_line(line, stdin) if line.startswith("!") else parse(self.table, line)
        except SysError as error:
            return Result(End.FAILED, (Err(error, line.split(None, 1)[0].lstrip(":!")),), error=error)
        labels = USER.join(labels, STDIN if stdin else NONE)
        self.watch(Requested(spoken.name, spoken.arguments, 1.0, labels))
        started = time.perf_counter()
        proposal = Proposal(spoken.name, spoken.arguments, labels)
        reply = await self.gate(self.process, proposal, lambda: self.watch(Started(spoken.name)))
        for label in labelling.raised():
            self.watch(Raised(label))
        self.watch(Completed(reply, time.perf_counter() - started))
        if isinstance(reply, Err):
            return Result(End.FAILED, (reply,), error=reply.error)
        self.session.remember(reply)
        return Result(End.DONE, (reply,))

    async def tidy(self) -> list[Reply]:
        """Roll back what this session left open: a cancelled turn's effect, or one whose driver died."""
        process = self.make(replace(self.settings, timeout_s=None))
        folders, own = self.settings.folders, self.session.id
        return await self.undoer.recover(process, lambda other: other != own and is_alive(folders, other))


@asynccontextmanager
async def boot(
    settings: Settings, people: People, session_id: str = "", early: Launched | None = None
) -> AsyncIterator[Kernel]:
    """A running kernel, alone on a host of its own; everything it started ends with the block, the warm mind excepted.

    Args:
        settings: what the session is started with.
        people: who sits at the front end.
        session_id: the journal's name for the session; a new one when empty.
        early: the file driver, where it was started ahead by `start_files` with the same settings.

    Raises:
        MindFailed: the mind that was asked for cannot be had.
        DeviceFailed, NoSpace, Busy: the journal cannot be written.
        BadRules: a rule file or option holds a mistake.
    """
    async with open_host(settings) as host, sit(host, settings, people, Seat(session_id, early)) as kernel:
        yield kernel


@dataclass(frozen=True)
class Seat:
    """How a session sits on a host, where it is not the usual way."""

    session_id: str = ""
    """The journal's name for the session; a new one when empty."""
    early: Launched | None = None
    """The file driver, where it was started ahead."""
    make: Callable[[Settings], Process] | None = None
    """Makes the process of each request, holding what it was minted; None: the person's own, by the settings."""
    meter: Meter | None = None
    """Counts for all that the session does; a new one when None."""
    weight: Callable[[], float] | None = None
    """Its share of an engine beside others; None: 1."""


@asynccontextmanager
async def sit(
    host: Host, settings: Settings, people: People, seat: Seat | None = None
) -> AsyncIterator[Kernel]:
    """One more session on a host. Ends with the block; what the host shares goes on.

    Without a person (`people.headless`) whatever needs a yes is denied, and the journal says that nobody was there.

    Raises:
        MindFailed, BadRules, SysError: as `boot`.
    """
    seat = seat or Seat()
    people = replace(people, watch=host.tally.watching(people.watch))
    jail, journal, folders = host.jail, host.journal, settings.folders
    session = Session(seat.session_id or new_session_id())
    plugins = await host.plugins(is_bare=settings.is_bare)
    table = host.table(plugins, is_bare=settings.is_bare)
    loaded = rules_of(settings, table)
    drivers = Drivers(
        [
            FILES,
            MACHINE,
            memory_of(folders, settings.config.memory),
            documents_of(folders),
            *(p.found.program for p in plugins if p.calls),
        ],
        str(folders.store),
        jail.start,
        host.idle,
    )
    host.drivers.add(drivers)
    meter, make = _counted(host, settings, seat, Heard(journal, session.id, people.watch), names_of(plugins))
    process = make(settings)
    with suppress(DriverDied):  # told when the first call needs it; here it only starts while we go on
        await (drivers.adopt(seat.early) if seat.early else drivers.warm(process, "file"))
    policy = (RehearsedPolicy if settings.is_rehearsal else Policy)(settings.mode, loaded.rules)
    whose = RunsOf(session.id, partial(headroom, settings.config.limits), _teller(people.watch))
    admitted = AdmittedRunner(host.runner, host.admission, host.runs, whose)
    programs = Programs(
        settings.search, str(settings.home), site_of(settings, session.id, jail), people.watch,
        admitted, jail.start, host.jobs.server(table),
    )  # fmt: skip
    sweep(str(folders.store), lambda other: is_alive(folders, other))
    try:
        minding = Minding(host, settings, Whose(session.id, seat.make is None, people.watch, seat.weight))
    except SysError:
        drivers.close()
        raise
    servers = route(table, drivers, plugins, people.talk, programs, ModelServer(minding))
    from apps.shell.agents import Crew  # it opens sessions itself, with what this module has

    gate = Gate(table, servers, policy, journal, session.id, people.approver, files=host.files)
    crew = Crew(host, settings, session.id, meter, gate.labelling, lambda: policy.mode)
    servers.add("proc", crew)
    episodes = Episodes(settings, session.id, journal, gate, lambda: make(settings))
    if seat.make is None:  # what agents and jobs do is told where it was asked for
        servers.add("mem", Remembering(drivers, episodes.catch_up))
    undoer = Undoer(gate, journal, session.id, str(folders.store), host.unfinished)
    tastes = Tastes(folders.memory, process.cwd)
    loop = Loop(gate, minding.mind, journal, session, people.clarifier, people.watch, undoer=undoer,
                remembers=(folders.memory / MEMORY).exists, taste=tastes.now,
                has_documents=partial(covers, folders.documents, (settings.cwd, *settings.extra)))  # fmt: skip
    kernel = Kernel(
        settings, table, gate, loop, journal, drivers, policy, process, session, undoer, plugins,
        people.watch, jail, host, make, tastes, episodes, meter, remarks=loaded.remarks,
    )  # fmt: skip
    minding.changed = partial(_think_with, kernel, crew, minding)
    lock = own(folders, session.id)
    try:
        journal.append(
            session.id, "session", SessionRow(process.cwd, kernel.mind.name, VERSION), durable=False
        )
        kernel.recovered = await undoer.recover(process, lambda other: is_alive(folders, other))
        yield kernel
    finally:
        host.drivers.discard(drivers)
        await host.agents.leave(session.id)
        await minding.close()
        drivers.close()
        journal.flush()
        lock.close()


class Heard:
    """Writes down how budgets stand, and passes it on."""

    def __init__(self, journal: Journal, session: str, watch: Watcher) -> None:
        self._journal, self._session, self._watch = journal, session, watch

    def __call__(self, standing: Standing) -> None:
        """A budget is nearly used, or spent."""
        row = BudgetRow(standing.whose, standing.key, standing.used, standing.limit)
        with suppress(SysError):  # that a journal is full must not end what it would have told of
            self._journal.append(self._session, "budget", row, durable=False)
        self._watch(Near(standing))


def _teller(watch: Watcher) -> Callable[[str, str], None]:
    return lambda name, why: watch(Held(name, why) if why else Eased(name))


def _counted(
    host: Host, settings: Settings, seat: Seat, heard: Heard, apps: list[str]
) -> tuple[Meter, Callable[[Settings], Process]]:
    """The session's meter, and how the process of each request is made, whose use counts there."""
    limits = session_limits(settings.config.limits.session, host.size)
    meter = seat.meter or Meter(limits, SESSION, above=host.meter, tell=heard)
    return meter, partial(_made, seat.make or partial(_person, host, apps), meter, heard)


def _person(host: Host, apps: list[str], settings: Settings) -> Process:
    """The process of one request of a person's session."""
    limits = request_limits(settings.config.limits.process, host.size, asked_limits(settings))
    return user_process(settings, apps, limits)


def _made(make: Callable[[Settings], Process], meter: Meter, tell: Heard, settings: Settings) -> Process:
    """A process whose use counts for its session, unless it counts elsewhere already."""
    process = make(settings)
    if process.meter.above is None:
        process.meter.above, process.meter.tell = meter, tell
    return process


def _think_with(kernel: Kernel, crew: "Crew", minding: Minding, mind: Mind) -> None:
    """Another mind from the next turn on, for the agents it starts too."""
    kernel.loop.mind = mind
    kernel.settings = crew.settings = replace(kernel.settings, mind=minding.name)


def new_session_id() -> str:
    """A name no other session has."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True)
class Programs:
    """What running programs needs to know of the session."""

    search: tuple[str, ...]
    home: str
    site: Site
    watch: Watcher
    runner: Runner
    tier: Tier
    jobs: Server
    """Serves what happens later."""


def site_of(settings: Settings, session: str, jail: Choice) -> Site:
    """Where programs run."""
    return Site(str(settings.folders.store), session, has_overlays=jail.has_overlays)


def names_of(plugins: list[Plugin]) -> list[str]:
    """Their namespaces."""
    return [plugin.found.name for plugin in plugins]


def route(
    table: Table, drivers: Drivers, plugins: list[Plugin], talk: Talk, programs: Programs, models: Server
) -> Route:
    """Who serves which namespace."""
    owners = {plugin.found.name: f"{plugin.found.package} {plugin.found.version}" for plugin in plugins}
    servers: dict[str, Server] = {"file": drivers, "sys": drivers, "mem": drivers, "doc": drivers}
    servers |= {plugin.found.name: drivers for plugin in plugins if plugin.calls}
    places = (programs.site.store,)
    servers["tool"] = Tools(
        Inside({"tool.list": list_tools(table, owners)}),
        drivers,
        programs.runner,
        Finder(programs.search, programs.home, places),
        programs.site,
        programs.watch,
    )
    servers[tool.fetch.name] = Fetcher(programs.tier)
    servers["sched"] = programs.jobs
    servers["ui"] = Inside(talk.handlers())
    servers["model"] = models
    return Route(servers)


def watch_nothing(happening: Happening) -> None:
    """Nobody watches."""
