"""One agent as the table knows it."""

from enum import Enum

import msgspec

MOST_OUTPUT = 16_384
"""Characters kept of what an agent said; of more, both ends."""
_CUT = "\n[...]\n"


class State(Enum):
    """Where an agent is in its life. The last six are ends."""

    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    """For a person, a turn of the mind, or room."""
    SUSPENDED = "suspended"
    DONE = "done"
    FAILED = "failed"
    DENIED = "denied"
    """Something needed a yes and nobody was there to give it."""
    KILLED = "killed"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"
    """Its kernel died under it: how far it came is in the history."""

    @property
    def is_end(self) -> bool:
        """Whether it runs no more."""
        return self not in (State.READY, State.RUNNING, State.WAITING, State.SUSPENDED)


class ProcessRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent began, or came to another state. The last row of an agent holds."""

    pid: int
    """Unique among the agents of one kernel; `session` is unique for ever."""
    session: str
    goal: str
    state: str
    started: float
    """Unix time."""
    parent: int = 1
    by: str = ""
    """The session that started it, and that it ends with unless it is detached."""
    owner: str = "agent"
    """Who started it: "you", "agent", "job:ID"."""
    reason: str = ""
    """Why it is in this state: what stopped it, or what it waits for."""
    ended: float = 0.0
    """Unix time; 0 while it runs."""
    output: str = ""
    questions: tuple[str, ...] = ()
    """What was denied only because nobody was there to say yes."""
    is_detached: bool = False
    """Whether it may outlive its parent."""
    nice: int = 0
    """From -10 to 19, 0 the usual: each step up is a fifth less of an engine and of the processors that are shared."""
    near: str = ""
    """The budget that is nearly used, in words; the latest of several."""
    used: dict[str, float] = {}
    """What it had used when it came to this state, by `kernel.meter.KINDS`; memory and processes at their most."""
    limits: dict[str, float] = {}
    """Of what, and how much, it may use."""


def shortened(text: str, most: int = MOST_OUTPUT) -> str:
    """The text, or both of its ends."""
    if len(text) <= most:
        return text
    half = (most - len(_CUT)) // 2
    return f"{text[:half]}{_CUT}{text[-half:]}"
