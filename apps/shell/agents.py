"""Serves `proc.*` for one session: its own agents, and nobody else's."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import msgspec

from apps.shell.background import Task, start
from apps.shell.host import Host
from apps.shell.settings import Settings
from kernel.drivers.port import Answer, Prepared
from kernel.labelling import Labelling
from kernel.meter import Meter
from kernel.process import Process
from kernel.processes.minting import narrowed
from kernel.processes.table import Agent, Agents
from kernel.resources.limits import BudgetSection, limits_in
from kernel.verdicts import Mode
from syscalls import proc
from syscalls.caps import Right
from syscalls.errors import BadArgument, Busy, NotFound
from syscalls.labels import NONE
from syscalls.table import AnyCall
from syscalls.undo import Plan

MOST_RUNNING = 64
"""Agents of one kernel that run at once."""


class Crew:
    """Agents for whoever the gate lets through."""

    def __init__(
        self,
        host: Host,
        settings: Settings,
        session: str,
        meter: Meter,
        labelling: Labelling,
        mode: Callable[[], Mode],
    ) -> None:
        """A server.

        Args:
            host: where agents run.
            settings: of the session.
            session: its id; it sees the agents it started, and they end with it.
            meter: what it has used, with all it started.
            labelling: knows the labels of all that the session has taken in.
            mode: its permission mode now.
        """
        self._host = host
        self.settings = settings
        """Of the agents it starts, but for their mode."""
        self._session = session
        self._meter = meter
        self._labelling = labelling
        self._mode = mode

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """`proc.list`, `proc.wait`, `proc.budget`: labelled with all that the agents told of have seen."""
        del process
        if call is proc.list_:
            own = self._agents.under(self._session)
            labels = NONE.join(*(agent.labels for agent in own))
            return Answer(proc.Several(tuple(map(_told, own))), labels)
        if call is proc.budget and not (arguments.get("pid") or arguments.get("agent")):
            return Answer(_used(1, self._meter))
        agent = self._own(arguments)
        if call is proc.wait:
            asked = msgspec.convert(arguments, proc.WaitFor)
            with suppress(TimeoutError):
                async with asyncio.timeout(asked.timeout_s):
                    await agent.ended.wait()
            return _answer(agent)
        return Answer(_used(agent.row.pid, agent.process.meter, agent.row.ended - agent.row.started))

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Nothing happens yet, but what cannot be is refused.

        Raises:
            BadArgument, NotFound, Busy: as the call declares.
        """
        if call is proc.spawn:
            asked = msgspec.convert(arguments, proc.Spawn)
            if asked.goal.lstrip().startswith((":", "!")):
                raise BadArgument(
                    f"proc.spawn: goal: expected a request in words, got the line {asked.goal!r}"
                )
            return _Act(lambda: self._spawn(process, asked))
        agent = self._own(arguments)
        if call is proc.nice and (arguments.get("nice") is None) == (arguments.get("share") is None):
            raise BadArgument("proc.nice: expected nice (-10 to 19) or share (percent), one of the two")
        if agent.state.is_end:
            raise BadArgument(f"agent {agent.row.pid} has ended already: {agent.row.state}")
        return _Act(lambda: self._turn(call, agent, arguments))

    async def _spawn(self, process: Process, asked: proc.Spawn) -> Answer:
        if self._agents.running >= MOST_RUNNING:
            raise Busy(f"{MOST_RUNNING} agents run already, the most at once; one must end first")
        caps = frozenset(
            cap for cap in narrowed(process, asked.read, asked.write) if cap.right is not Right.PROC
        )
        most = BudgetSection(
            turns=asked.turns, calls=asked.calls, wall_s=asked.wall_s, tokens=asked.tokens, cpu_s=asked.cpu_s,
            memory_mb=asked.memory_mb, processes=asked.processes, written_mb=asked.written_mb,
            network_mb=asked.network_mb,
        )  # fmt: skip
        task = Task(
            goal=asked.goal, caps=caps, limits=limits_in(most), labels=self._labelling.exposure.labels, by=self._session,
            nice=asked.nice, meter=self._meter,
        )  # fmt: skip
        agent = start(self._host, replace(self.settings, mode=self._mode()), process, task)
        return _done(agent)

    async def _turn(self, call: AnyCall, agent: Agent, arguments: dict[str, Any]) -> Answer:
        if call is proc.kill:
            await self._agents.stop([agent], "stopped by its parent")
        elif call is proc.suspend:
            self._agents.suspend(agent)
        elif call is proc.nice:
            nice = arguments.get("nice")
            self._host.renice(agent, self._host.nice_for(agent, arguments["share"]) if nice is None else nice)
        else:
            self._agents.resume(agent)
        return _done(agent)

    @property
    def _agents(self) -> Agents:
        return self._host.agents

    def _own(self, arguments: dict[str, Any]) -> Agent:
        own = self._agents.under(self._session)
        pid, words = arguments.get("pid"), arguments.get("agent") or ""
        if not pid and not words:
            raise BadArgument("expected pid, the number of an agent, or agent, words of its goal")
        if not pid:
            return _named(own, words)
        for agent in own:
            if agent.row.pid == pid:
                return agent
        known = ", ".join(str(agent.row.pid) for agent in own) or "none"
        raise NotFound(f"this session has no agent {pid}; it has: {known}")


def _named(own: list[Agent], words: str) -> Agent:
    """The one agent whose goal has these words; of several the one that still runs."""
    stems = [word.casefold().rstrip("s") for word in words.split()]
    found = [agent for agent in own if all(_says(agent.row.goal, stem) for stem in stems)]
    running = [agent for agent in found if not agent.state.is_end] or found[-1:]
    if len(running) == 1:
        return running[0]
    known = ", ".join(f"{each.row.pid} ({each.row.goal[:40]})" for each in running or own[-20:]) or "none"
    if running:
        raise NotFound(f"several agents have {words!r} in their goals; expected a number: {known}")
    raise NotFound(f"no agent has {words!r} in its goal; this session has: {known}")


def _says(goal: str, stem: str) -> bool:
    """Whether a goal has a word, or one of the same root: "indexer" is who was told to index something."""
    text = goal.casefold()
    return stem in text or (len(stem) > 5 and stem.endswith(("er", "or")) and stem[:-2] in text)


class _Act:
    """One effect on agents that may happen."""

    plan = Plan((), ())

    def __init__(self, act: Callable[[], Awaitable[Answer]]) -> None:
        self._act = act

    async def commit(self) -> Answer:
        """Do it."""
        return await self._act()

    async def abort(self) -> None:
        """Nothing has happened."""


def _done(agent: Agent) -> Answer:
    """How an agent stands, without a word of what it read: an effect's answer is shown unlabelled."""
    return Answer(proc.One(msgspec.structs.replace(_told(agent), reason="", near="")))


def _answer(agent: Agent) -> Answer:
    return Answer(proc.One(_told(agent), agent.row.output, agent.row.questions), agent.labels)


def _told(agent: Agent) -> proc.Agent:
    row = agent.row
    return proc.Agent(
        row.pid, row.parent, row.state, row.goal, row.session, row.started, row.ended, row.owner, row.reason,
        row.nice, "" if agent.state.is_end else row.near,
    )  # fmt: skip


def _used(pid: int, meter: Meter, lasted_s: float = -1.0) -> proc.Used:
    """Args: `lasted_s` is how long it took where it has ended, else below 0."""
    used, most = meter.used, meter.limits
    return proc.Used(
        pid, int(used("turns")), int(used("calls")), lasted_s if lasted_s >= 0 else used("wall_s"),
        most.turns, most.calls, most.wall_s,
        tokens=int(used("tokens")), token_limit=most.tokens,
        cpu_s=round(used("cpu_s"), 3), cpu_limit_s=most.cpu_s,
        memory_bytes=int(used("memory_bytes")), memory_peak_bytes=int(meter.peak("memory_bytes")),
        memory_limit_bytes=most.memory_bytes,
        processes=int(used("processes")), process_limit=most.processes,
        written_bytes=int(used("written_bytes")), written_limit_bytes=most.written_bytes,
        network_bytes=int(used("network_bytes")), network_limit_bytes=most.network_bytes,
    )  # fmt: skip
