"""Every agent of one kernel; each change is a row in the journal, so that the next kernel knows them."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from kernel.journal.port import Journal
from kernel.journal.records import BudgetRow
from kernel.meter import Standing
from kernel.process import Process
from kernel.processes.agent import ProcessRow, State, shortened
from syscalls.errors import BadArgument, NotFound
from syscalls.labels import NONE, Labels

KIND = "process"
FIRST_PID = 2
"""1 is the person at the console."""
MOST_ENDED = 1_000
"""Agents that ended and are still listed."""


@dataclass
class Agent:
    """One agent of this kernel."""

    row: ProcessRow
    process: Process
    labels: Labels = NONE
    """Of what it was shown: they join into whatever its parent reads of it."""
    task: "asyncio.Task[object] | None" = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def state(self) -> State:
        """Where it is in its life."""
        return State(self.row.state)


class Agents:
    """The process table."""

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.time) -> None:
        """Args: `clock` gives Unix time."""
        self._journal = journal
        self._clock = clock
        self._agents: dict[int, Agent] = {}
        self._next = 0
        self.watchers: list[Callable[[Agent], None]] = []
        """Told of each agent that came to another state."""

    def next_pid(self) -> int:
        """A number that no agent in the journal has."""
        if not self._next:
            known = (row.record().pid for row in self._journal.rows(kinds=(KIND,)))
            self._next = max(known, default=FIRST_PID - 1) + 1
        self._next += 1
        return self._next - 1

    def add(self, process: Process, session: str, **facts: object) -> Agent:
        """A new agent, ready to run. Args: `facts` are further fields of its row."""
        row = ProcessRow(
            process.pid, session, process.goal, State.READY.value, self._clock(), process.parent or 1,
            **facts,  # type: ignore[arg-type]  # fields of the row, checked by msgspec's constructor
        )  # fmt: skip
        agent = self._agents[process.pid] = Agent(row, process)
        self._write(agent)
        self._forget()
        return agent

    def move(self, agent: Agent, state: State, reason: str = "") -> None:
        """Bring an agent to another state; one that has ended stays so."""
        if agent.state.is_end or agent.state is state:
            return
        agent.row = msgspec.structs.replace(agent.row, state=state.value, reason=reason)
        self._write(agent)

    def end(
        self, agent: Agent, state: State, reason: str = "", output: str = "", questions: tuple[str, ...] = ()
    ) -> None:
        """An agent ended; a second end changes nothing."""
        if agent.state.is_end:
            return
        agent.row = msgspec.structs.replace(
            agent.row, state=state.value, reason=reason, ended=self._clock(), output=shortened(output),
            questions=questions,
        )  # fmt: skip
        self._write(agent)

    def change(self, agent: Agent, **facts: object) -> None:
        """Change further fields of an agent's row, such as `nice`."""
        agent.row = msgspec.structs.replace(agent.row, **facts)
        self._write(agent)

    def near(self, agent: Agent, standing: Standing) -> None:
        """A budget of an agent is nearly used, or spent."""
        row = BudgetRow(standing.whose, standing.key, standing.used, standing.limit)
        self._journal.append(agent.row.session, "budget", row, durable=False)
        if not agent.state.is_end:
            self.change(agent, near=standing.text())

    def get(self, pid: int) -> Agent:
        """The agent of that number.

        Raises:
            NotFound: there is none.
        """
        try:
            return self._agents[pid]
        except KeyError:
            known = ", ".join(str(each.row.pid) for each in self if not each.state.is_end)
            raise NotFound(f"there is no agent {pid}; running now: {known or 'none'}") from None

    def __iter__(self) -> Iterator[Agent]:
        """Every agent, oldest first."""
        return iter(tuple(self._agents.values()))

    def under(self, session: str) -> list[Agent]:
        """The agents that a session started, oldest first; those on which they themselves wait are not among them."""
        return [agent for agent in self if agent.row.by == session]

    async def stop(self, agents: Iterable[Agent], reason: str) -> None:
        """Kill agents and wait until they are gone. Those below them go first, unless they are detached."""
        chosen = [agent for agent in agents if not agent.state.is_end and agent.task is not None]
        for agent in chosen:
            agent.row = msgspec.structs.replace(agent.row, reason=reason)
            if agent.task is not None:
                agent.task.cancel()
        for agent in chosen:
            if agent.task is not None:
                await asyncio.wait([agent.task])
            self.end(agent, State.KILLED, reason)  # one that had not begun could not say so itself

    async def leave(self, session: str) -> None:
        """A session ends, and with it all it started; not what was detached on purpose."""
        await self.stop(
            [each for each in self.under(session) if not each.row.is_detached], "its parent ended"
        )

    def suspend(self, agent: Agent, reason: str = "it waits until it is resumed") -> None:
        """Let an agent make no further call until `resume`; what is under way ends."""
        if agent.process.hold is None or agent.state.is_end:
            raise BadArgument(f"agent {agent.row.pid} is {agent.row.state}: expected one that runs")
        agent.process.hold.clear()
        self.move(agent, State.SUSPENDED, reason)

    def resume(self, agent: Agent) -> None:
        """Let a suspended agent go on."""
        if agent.process.hold is None or agent.state is not State.SUSPENDED:
            raise BadArgument(f"agent {agent.row.pid} is {agent.row.state}: expected one that is suspended")
        agent.process.hold.set()
        self.move(agent, State.RUNNING)

    @property
    def running(self) -> int:
        """How many have not ended."""
        return sum(not agent.state.is_end for agent in self)

    def _write(self, agent: Agent) -> None:
        meter = agent.process.meter
        agent.row = msgspec.structs.replace(agent.row, used=meter.figures(), limits=meter.limited())
        self._journal.append(agent.row.session, KIND, agent.row, durable=False)
        if agent.state.is_end:
            agent.ended.set()
        for watcher in tuple(self.watchers):
            watcher(agent)

    def _forget(self) -> None:
        ended = [pid for pid, agent in self._agents.items() if agent.state.is_end]
        for pid in ended[: max(0, len(ended) - MOST_ENDED)]:
            del self._agents[pid]


def told(journal: Journal, is_alive: Callable[[str], bool]) -> list[ProcessRow]:
    """Every agent the journal knows, oldest first, as it stands now.

    Args:
        journal: of this user.
        is_alive: whether the session of that id runs. One that does not, and has no end, was interrupted.
    """
    last: dict[str, ProcessRow] = {}
    for row in journal.rows(kinds=(KIND,)):
        last[row.session] = row.record()
    return [_as_it_stands(row, is_alive) for row in last.values()]


def settle(journal: Journal, is_alive: Callable[[str], bool]) -> list[ProcessRow]:
    """Write down which agents of dead kernels were interrupted; those that were not known to be so before."""
    found = []
    last: dict[str, ProcessRow] = {}
    for row in journal.rows(kinds=(KIND,)):
        last[row.session] = row.record()
    for old in last.values():
        now = _as_it_stands(old, is_alive)
        if now is not old:
            journal.append(now.session, KIND, now, durable=False)
            found.append(now)
    return found


def _as_it_stands(row: ProcessRow, is_alive: Callable[[str], bool]) -> ProcessRow:
    if State(row.state).is_end or is_alive(row.session):
        return row
    reason = f"its kernel ended while it was {row.state}; what it had changed is in the history"
    return msgspec.structs.replace(row, state=State.INTERRUPTED.value, reason=reason)
