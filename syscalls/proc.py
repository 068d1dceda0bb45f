"""Agents in the background: start one, look at them, stop them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from syscalls.caps import Right
from syscalls.declare import Area, Args, Effect, Example, Hint, Nothing, Undo, Value
from syscalls.errors import BadArgument, Busy, NotFound, NotPermitted
from syscalls.kinds import ReadFolder, WriteFolder
from syscalls.sys import human

proc = Area("proc", "Agents in the background")

Pid = Annotated[int, Meta(ge=2, le=2**31)]
Nice = Annotated[int, Meta(ge=-10, le=19)]
Named = Annotated[str, Meta(max_length=200)]
Goal = Annotated[str, Meta(min_length=1, max_length=8_192)]


class Spawn(Args):
    """What an agent is for, and how much less than its parent it may do."""

    goal: Goal
    """A request in words."""
    read: Annotated[tuple[ReadFolder, ...], Meta(max_length=100)] = ()
    """The only folders it may read; none here and in `write`: all its parent may."""
    write: Annotated[tuple[WriteFolder, ...], Meta(max_length=100)] = ()
    """The only folders it may change, and read; none where only `read` is given."""
    turns: Annotated[int, Meta(ge=1, le=1_000)] = 20
    """Times the mind may be asked."""
    calls: Annotated[int, Meta(ge=1, le=100_000)] = 500
    """Calls it may make."""
    wall_s: Annotated[int, Meta(ge=1, le=86_400)] = 3_600
    """Seconds until it is stopped."""
    tokens: Annotated[int, Meta(ge=1, le=1 << 40)] | None = None
    """Tokens that models may read and write for it; likewise below: None is what config.toml says."""
    cpu_s: Annotated[int, Meta(ge=1, le=1 << 30)] | None = None
    """Processor seconds of its programs."""
    memory_mb: Annotated[int, Meta(ge=1, le=1 << 30)] | None = None
    """Megabytes (2**20 bytes) of its programs at one time."""
    processes: Annotated[int, Meta(ge=1, le=4_096)] | None = None
    """Of its programs, alive at one time."""
    written_mb: Annotated[int, Meta(ge=1, le=1 << 30)] | None = None
    """Megabytes it may put on the disk."""
    network_mb: Annotated[int, Meta(ge=1, le=1 << 30)] | None = None
    """Megabytes it may fetch."""
    nice: Nice = 0
    """From -10 to 19: each step up is a fifth less of what is shared."""


class Agent(msgspec.Struct, frozen=True):
    """One agent."""

    pid: int
    parent: int
    state: str
    """ready, running, waiting, suspended; or its end: done, failed, denied, killed, budget."""
    goal: str
    session: str
    """The journal's name for what it does."""
    started: float
    """Unix time."""
    ended: float = 0.0
    """Unix time; 0 while it runs."""
    owner: str = ""
    reason: str = ""
    """What stopped it, or what it waits for."""
    nice: int = 0
    near: str = ""
    """The budget that is nearly used, in words."""


class One(Value, frozen=True):
    """An agent, and what it said so far."""

    agent: Agent
    output: str = ""
    """What it answered, of much both ends; empty while it runs."""
    questions: tuple[str, ...] = ()
    """What was denied only because nobody was there to say yes."""

    def text(self) -> str:
        """How it stands, then what it answered."""
        lines = [line_of(self.agent), *(f"it would have asked: {each}" for each in self.questions)]
        return "".join(f"{line}\n" for line in lines) + self.output


class Several(Value, frozen=True):
    """Agents, oldest first."""

    items: tuple[Agent, ...]

    def text(self) -> str:
        """One line an agent."""
        return "".join(f"{line_of(each)}\n" for each in self.items)

    def when_empty(self) -> str:
        """What to say where there is none."""
        return "no agents in the background"


class Used(Value, frozen=True):
    """What an agent, or a session with all its agents, has used of what it may use; a limit of None is none."""

    pid: int
    """1 is the session."""
    turns: int
    calls: int
    wall_s: float
    """Since it began."""
    turn_limit: int | None = None
    call_limit: int | None = None
    wall_limit_s: float | None = None
    tokens: int = 0
    token_limit: int | None = None
    cpu_s: float = 0.0
    """Processor seconds of its programs."""
    cpu_limit_s: float | None = None
    memory_bytes: int = 0
    """Of its programs now."""
    memory_peak_bytes: int = 0
    """The most at one time."""
    memory_limit_bytes: int | None = None
    processes: int = 0
    """Of its programs, alive now."""
    process_limit: int | None = None
    written_bytes: int = 0
    """That its changes left on the disk."""
    written_limit_bytes: int | None = None
    network_bytes: int = 0
    network_limit_bytes: int | None = None

    def text(self) -> str:
        """One line a budget."""
        plain = "{:g}".format
        rows = (
            ("turns", self.turns, self.turn_limit, plain),
            ("calls", self.calls, self.call_limit, plain),
            ("tokens", self.tokens, self.token_limit, plain),
            ("time", self.wall_s, self.wall_limit_s, _seconds),
            ("processor time", self.cpu_s, self.cpu_limit_s, _seconds),
            ("memory, at most", self.memory_peak_bytes, self.memory_limit_bytes, _size),
            ("processes now", self.processes, self.process_limit, plain),
            ("written", self.written_bytes, self.written_limit_bytes, _size),
            ("network", self.network_bytes, self.network_limit_bytes, _size),
        )
        return "".join(
            f"{key}: {show(used)} of {'no limit' if most is None else show(most)}{_share(used, most)}\n"
            for key, used, most, show in rows
        )


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _size(size: float) -> str:
    return human(int(size))


def _share(used: float, most: float | None) -> str:
    return f" ({100 * used / most:.0f} %)" if most and used else ""


def line_of(agent: Agent) -> str:
    """An agent in one line."""
    said = [each for each in (agent.reason, agent.near, f"nice {agent.nice}" if agent.nice else "") if each]
    why = f" ({'; '.join(said)})" if said else ""
    return f"agent {agent.pid}\t{agent.state}\t{agent.goal}{why}"


class Which(Args):
    """Which agent: its number, or words of its goal."""

    pid: Pid | None = None
    agent: Named = ""
    """Words of its goal that no other running agent's has; used where there is no number."""


class NiceOf(Which):
    """Which agent, and how much of what is shared it shall have. One of `nice` and `share` is given."""

    nice: Nice | None = None
    """From -10 to 19, 0 the usual: each step up is a fifth less of a shared engine and of the processors."""
    share: Annotated[int, Meta(ge=1, le=95)] | None = None
    """Percent of what is shared by all that runs now."""


class WaitFor(Which):
    """Which agent, and how long to wait for its end."""

    timeout_s: Annotated[int, Meta(ge=0, le=55)] = 30
    """Seconds; then it is told as it stands."""


class BudgetOf(Which):
    """Whose budget: an agent's; where none is named, this session's, with all its agents."""


_RIGHTS = (Right.PROC,)
_ABOUT_ONE = (NotFound, BadArgument)


@proc.call(
    1, effect=Effect.SCHEDULE, rights=_RIGHTS, undo=Undo.IMPOSSIBLE, raises=(BadArgument, NotPermitted, Busy)
)
def spawn(a: Spawn) -> One:
    """Start an agent in the background that carries out one request in words.

    It holds at most what its parent holds, starts no agents itself, has nobody to ask (what would need a yes is
    denied) and ends with its parent.
    """


@proc.call(
    2,
    effect=Effect.READ,
    rights=_RIGHTS,
    hints=(
        Hint(
            tool="list_agents",
            cue=r"\bagents?\b",
            says="List agents in the background.",
            triggers=("agents", "running agents", "background agents"),
            examples=(
                Example("list my agents"),
                Example("which agents are running"),
                Example("show the agents in the background"),
                Example("list running agents"),
            ),
        ),
    ),
)
def list_(a: Nothing) -> Several:
    """The agents of this session and how each one stands."""


@proc.call(3, effect=Effect.READ, rights=_RIGHTS, raises=_ABOUT_ONE)
def wait(a: WaitFor) -> One:
    """Wait until an agent has ended; what it answered. Its labels become those of whoever reads that."""


@proc.call(
    4,
    effect=Effect.SCHEDULE,
    rights=_RIGHTS,
    undo=Undo.IMPOSSIBLE,
    raises=_ABOUT_ONE,
    hints=(
        Hint(
            tool="stop_agent",
            cue=r"\bagent\b",
            says="Stop an agent in the background.",
            slots={"pid": "agent number"},
            needs=("pid",),
            triggers=("stop agent", "kill agent", "end agent"),
            examples=(
                Example("stop agent 3", {"pid": "3"}),
                Example("kill agent 2", {"pid": "2"}),
                Example("stop the agent 12", {"pid": "12"}),
            ),
        ),
    ),
)
def kill(a: Which) -> One:
    """Stop an agent now. What it had changed stays, and can be undone."""


@proc.call(
    5,
    effect=Effect.SCHEDULE,
    rights=_RIGHTS,
    undo=Undo.IMPOSSIBLE,
    raises=_ABOUT_ONE,
    hints=(
        Hint(
            tool="pause_agent",
            cue=r"\bagent\b",
            says="Let an agent in the background wait.",
            slots={"pid": "agent number"},
            needs=("pid",),
            triggers=("pause agent",),
            examples=(Example("pause agent 3", {"pid": "3"}),),
        ),
    ),
)
def suspend(a: Which) -> One:
    """Let an agent wait until it is resumed: its programs are paused, and it makes no further call."""


@proc.call(
    6,
    effect=Effect.SCHEDULE,
    rights=_RIGHTS,
    undo=Undo.IMPOSSIBLE,
    raises=_ABOUT_ONE,
    hints=(
        Hint(
            tool="resume_agent",
            cue=r"\bagent\b",
            says="Let a waiting agent go on.",
            slots={"pid": "agent number"},
            needs=("pid",),
            triggers=("resume agent",),
            examples=(Example("resume agent 3", {"pid": "3"}),),
        ),
    ),
)
def resume(a: Which) -> One:
    """Let a suspended agent go on."""


@proc.call(
    7,
    effect=Effect.READ,
    rights=_RIGHTS,
    raises=_ABOUT_ONE,
    hints=(
        Hint(
            tool="budget_used",
            cue=r"\bbudgets?\b|\blimits?\b",
            says="Show what was used of what may be used.",
            triggers=("budget", "my limits", "how much is used up"),
            examples=(
                Example("what are my limits"),
                Example("how much of my budget is used"),
                Example("show the budget of this session"),
            ),
        ),
    ),
)
def budget(a: BudgetOf) -> Used:
    """What an agent or this session has used: turns, tokens, time, processors, memory, disk and network."""


@proc.call(
    8,
    effect=Effect.SCHEDULE,
    rights=_RIGHTS,
    undo=Undo.ANOTHER,
    raises=_ABOUT_ONE,
    hints=(
        Hint(
            tool="agent_share",
            cue=r"\bagents?\b|\b(?:half|quarter|third|percent|priority)\b",
            says="Give an agent more or less of the machine.",
            slots={"agent": "words of its goal", "pid": "agent number", "share": "percent of the machine"},
            needs=("share",),
            triggers=("share of the machine", "priority of an agent", "half the machine"),
            examples=(
                Example("give the indexer half the machine", {"agent": "indexer", "share": "50"}),
                Example("give agent 3 a quarter of the cpu", {"pid": "3", "share": "25"}),
            ),
        ),
    ),
)
def nice(a: NiceOf) -> One:
    """Give an agent more or less of a shared engine and of the processors."""


CALLS = (spawn, list_, wait, kill, suspend, resume, budget, nice)
