"""What a running kernel tells of itself to its own user: records of `apps.shell.door`."""

from typing import Literal

import msgspec


class Asked(msgspec.Struct, frozen=True):
    """One question, or one thing to do with an agent."""

    do: Literal["look", "kill", "suspend", "resume", "nice"]
    pid: int = 0
    """Of the agent."""
    nice: int = 0
    """The niceness it shall have."""


class AgentSeen(msgspec.Struct, frozen=True):
    """One agent that runs, or ended within the last minute."""

    pid: int
    state: str
    goal: str
    owner: str
    started: float
    """Unix time."""
    nice: int = 0
    reason: str = ""
    near: str = ""
    """The budget that is nearly used."""
    used: dict[str, float] = {}
    """By `kernel.meter.KINDS`; of memory and processes the most at one time."""
    limits: dict[str, float] = {}
    memory_bytes: int = 0
    """Of its programs now."""
    programs: int = 0
    session: str = ""


class ProgramSeen(msgspec.Struct, frozen=True):
    """One program that runs."""

    name: str
    session: str
    process: int
    """The agent's number; 1 is a person's request or a job."""
    memory_bytes: int
    cpu_s: float
    processes: int
    nice: int
    """The system's."""
    why_paused: str = ""


class Seen(msgspec.Struct, frozen=True):
    """One kernel at one moment."""

    kernel: int
    """The pid of its process."""
    agents: tuple[AgentSeen, ...] = ()
    programs: tuple[ProgramSeen, ...] = ()
    tokens: int = 0
    """Of models, since it started."""
    turns_running: int = 0
    """On shared engines; likewise below."""
    turns_waiting: int = 0
    waiting_for_room: int = 0
    """Programs, agents and models that have not begun."""
    held: int = 0
    """Agents and programs that are paused while memory is short."""


class Said(msgspec.Struct, frozen=True):
    """What came of something to do; empty where it was done."""

    error: str = ""
