"""Agents in the background: further sessions on a host, with less than their parent holds and nobody to ask."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from apps.shell.boot import Kernel, Seat, new_session_id, sit
from apps.shell.host import Host
from apps.shell.people import headless
from apps.shell.settings import Settings
from kernel.call import Err, Ok
from kernel.happenings import Completed, Happening, TurnStarted
from kernel.meter import NEAR, Meter
from kernel.process import Limits, Process
from kernel.processes.agent import State
from kernel.processes.minting import handed, seat
from kernel.processes.nice import weight_of
from kernel.processes.table import Agent
from kernel.processes.turnstile import Hold
from kernel.request import End, Result, is_refusal
from kernel.resources.limits import headroom, request_limits
from kernel.rules.source import BadRules
from syscalls.caps import Cap
from syscalls.errors import BadArgument, BudgetSpent, SysError, TimedOut
from syscalls.labels import NONE, Labels

_STATES = {
    End.DONE: State.DONE,
    End.FAILED: State.FAILED,
    End.NOT_UNDERSTOOD: State.FAILED,
    End.BUDGET: State.BUDGET,
}


@dataclass(frozen=True, kw_only=True)
class Task:
    """What an agent is for, and what it may use."""

    goal: str
    """A request in words, or one call by hand (`:area.verb key=value`, `!program`)."""
    caps: frozenset[Cap] | None = None
    """What it shall hold, each covered by one of the parent's; None: all that the parent holds."""
    limits: Limits = field(default_factory=Limits)
    """For the whole agent; `wall_s` in seconds."""
    labels: Labels = NONE
    """Of what its goal was made from, and of what its parent has seen."""
    by: str = ""
    """The session that starts it; it ends with that one, unless detached."""
    owner: str = "agent"
    """Who started it: "you", "agent", "job:ID"."""
    is_detached: bool = False
    """Whether it may outlive its parent."""
    nice: int = 0
    session_id: str = ""
    """The journal's name for its session; a new one when empty."""
    meter: Meter | None = None
    """Whose budget it uses too: its parent's session; None: the host's alone."""


@dataclass(frozen=True)
class Ended:
    """What came of an agent."""

    agent: Agent
    result: Result

    @property
    def state(self) -> State:
        """How it ended."""
        return self.agent.state

    @property
    def output(self) -> str:
        """What it answered, bounded."""
        return self.agent.row.output

    @property
    def questions(self) -> tuple[str, ...]:
        """What was denied only because nobody was there to say yes; for the person to read later."""
        return self.agent.row.questions


async def background(host: Host, settings: Settings, parent: Process, task: Task) -> Ended:
    """Carry out one task as an agent of its own, and wait for its end.

    Cancelling kills it. Nothing it may do is more than `parent` holds; whatever would need a yes is denied.

    Args:
        host: where its session is opened.
        settings: those of the session it comes from.
        parent: who starts it.
        task: what is to be done.

    Raises:
        NotPermitted: `parent` does not hold what the task shall hold.
        BadArgument: there is no goal.
    """
    return await run(host, settings, parent, task, enter(host, settings, parent, task))


def enter(host: Host, settings: Settings, parent: Process, task: Task) -> Agent:
    """Put an agent into the table, ready to run. Raises as `background`."""
    child = _minted(parent, task, host.agents.next_pid())
    child.hold = Hold(host.turnstile)
    child.nice = task.nice
    limits = request_limits(settings.config.limits.process, host.size, task.limits)
    child.meter = Meter(limits, f"agent {child.pid}", above=task.meter or host.meter)
    agent = host.agents.add(
        child, task.session_id or new_session_id(), by=task.by, owner=task.owner, is_detached=task.is_detached, nice=task.nice
    )  # fmt: skip
    child.meter.tell = partial(host.agents.near, agent)
    return agent


async def run(host: Host, settings: Settings, parent: Process, task: Task, agent: Agent) -> Ended:
    """Carry out the task of an agent that was entered; it has ended when this returns or raises."""
    said: list[str] = []
    try:
        result = await _work(host, settings, parent, task, agent, said)
    except (SysError, BadRules) as error:
        failed = error if isinstance(error, SysError) else BadArgument(str(error))
        result = Result(End.FAILED, (), error=failed)
    except asyncio.CancelledError:
        host.agents.end(agent, State.KILLED, agent.row.reason or "stopped", "\n".join(said))
        raise
    except BaseException as error:
        host.agents.end(agent, State.FAILED, repr(error), "\n".join(said))
        raise
    questions = tuple(
        str(each.error) for each in result.replies if isinstance(each, Err) and is_refusal(each)
    )
    state = _STATES[result.end]
    if isinstance(result.error, TimedOut | BudgetSpent):
        state = State.BUDGET
    elif state is State.FAILED and questions:
        state = State.DENIED
    agent.labels = agent.labels.join(result.labels, *(r.labels for r in result.replies if isinstance(r, Ok)))
    reason = str(result.error) if result.error else ""
    host.agents.end(agent, state, reason, "\n".join([*said, answer_of(result)]).strip("\n"), questions)
    return Ended(agent, result)


def start(host: Host, settings: Settings, parent: Process, task: Task) -> Agent:
    """As `background`, without waiting: it ends with the session `task.by`, or with the host. Raises as `background`."""
    agent = enter(host, settings, parent, task)
    agent.task = host.group.create_task(_unattended(host, settings, parent, task, agent))
    agent.task.add_done_callback(lambda done: _forget(agent))
    return agent


def _forget(agent: Agent) -> None:
    """Let go of what an ended agent needs no more: a task that was cancelled holds every frame it was in, its drivers with them."""
    agent.task = agent.process.hold = None


async def _unattended(host: Host, settings: Settings, parent: Process, task: Task, agent: Agent) -> None:
    try:
        await run(host, settings, parent, task, agent)
    except Exception:  # a bug in one agent must not take the others with it; the table says that it failed
        logging.getLogger("aosh").exception("agent %d", agent.row.pid)


def answer_of(result: Result) -> str:
    """What an agent's request gave, as text."""
    if result.text:
        return result.text
    values = [reply.value for reply in result.replies if isinstance(reply, Ok)]
    return "".join(value.text() or f"{value.when_empty()}\n" for value in values)


async def _work(
    host: Host, settings: Settings, parent: Process, task: Task, agent: Agent, said: list[str]
) -> Result:
    own = replace(settings, timeout_s=None, max_turns=task.limits.turns or settings.max_turns)

    def make(chosen: Settings) -> Process:
        del chosen
        before, agent.process = agent.process, _minted(parent, task, agent.row.pid)
        agent.process.hold, agent.process.nice = before.hold, before.nice
        agent.process.meter = before.meter
        return agent.process

    def weight() -> float:
        return weight_of(agent.row.nice)

    opened: list[Kernel] = []

    def watch(happening: Happening) -> None:
        if isinstance(happening, TurnStarted | Completed):
            for kernel in opened:
                kernel.drivers.lend()

    people = headless(watch, said.append)
    meter = agent.process.meter
    wall_s = meter.limits.wall_s
    try:
        async with asyncio.timeout(wall_s), _watched(meter), AsyncExitStack() as seats:
            await host.turnstile.through()
            await host.admission.admit(
                f"agent {agent.row.pid}",
                lambda reason: host.agents.move(agent, State.WAITING, reason),
                partial(headroom, settings.config.limits),
            )
            async with host.opening:
                await host.turnstile.through()
                kernel = await seats.enter_async_context(
                    sit(host, own, people, Seat(agent.row.session, make=make, meter=meter, weight=weight))
                )
            opened.append(kernel)
            kernel.gate.labelling.take(task.labels)
            agent.labels = task.labels
            if agent.state in (State.READY, State.WAITING):  # it may be suspended already
                host.agents.move(agent, State.RUNNING)
            try:
                return await _asked(kernel, task)
            finally:
                agent.labels = agent.labels.join(kernel.gate.labelling.exposure.labels)
    except TimeoutError:
        raise TimedOut(f"time limit of {wall_s:g} s reached") from None


@asynccontextmanager
async def _watched(meter: Meter) -> AsyncIterator[None]:
    """Its time is told of too, though nothing else happens: when most of it has passed."""
    wall_s = meter.limits.wall_s
    if wall_s is None:
        yield
        return
    bell = asyncio.get_running_loop().call_later(NEAR * wall_s, meter.over, "wall_s")
    try:
        yield
    finally:
        bell.cancel()


async def _asked(kernel: Kernel, task: Task) -> Result:
    try:
        if task.goal.startswith((":", "!")):
            return await kernel.typed(task.goal, labels=task.labels)
        return await kernel.request(task.goal)
    except BaseException:
        await asyncio.shield(kernel.tidy())
        raise


def _minted(parent: Process, task: Task, pid: int) -> Process:
    goal = task.goal.strip()
    if not goal:
        raise BadArgument(
            f"an agent needs a goal: expected a request in words or one call, got {task.goal!r}"
        )
    caps = parent.caps if task.caps is None else task.caps
    return seat(parent.mint(pid, goal, handed(parent, caps), task.limits))
