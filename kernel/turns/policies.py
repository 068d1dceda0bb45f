"""In what order do waiting turns get the engine?

A policy gives each turn a key; the smallest goes first, and a running turn whose key is larger than a waiting one's may
have to make room. Whatever the policy, interactive turns precede the others, until one of those has waited `patience_s`.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from kernel.minds.generative.port import Ask


class Standing(msgspec.Struct):
    """What a policy knows of one turn and of its agent."""

    ask: Ask
    number: int
    """Turns count up as they arrive."""
    arrived_s: float
    waiting_s: float = 0.0
    """Time without the engine: since arrival or suspension while it waits, what that came to while it runs."""
    agent_grant: int = 0
    """When its agent last got the engine, counted in grants; 0 is never."""
    agent_virtual: float = 0.0
    """Tokens served to its agent by weight, never behind what was least when it came back from idling."""


Key = tuple[float, ...]
Policy = Callable[[Standing], Key]

AGEING_S: Final = 5.0
"""Waiting this long raises a turn as much as one unit of weight."""
LENIENT_S: Final = 30.0
"""The deadline of a turn that names none."""


def fifo(turn: Standing) -> Key:
    """First come, first served."""
    return (turn.number,)


def rr(turn: Standing) -> Key:
    """Round robin over agents: who has been without the engine for longest."""
    return (turn.agent_grant, turn.number)


def priority(turn: Standing) -> Key:
    """The largest weight; waiting counts like weight, so that nobody waits for ever."""
    return (-(turn.ask.weight + turn.waiting_s / AGEING_S), turn.number)


def fair(turn: Standing) -> Key:
    """Weighted fair: the agent that had the fewest tokens by weight.

    Source: start-time fair queueing, P. Goyal, H. Vin, H. Cheng, SIGCOMM 1996.
    """
    return (turn.agent_virtual, turn.number)


def deadline(turn: Standing) -> Key:
    """The earliest deadline."""
    allowed = LENIENT_S if turn.ask.deadline_s is None else turn.ask.deadline_s
    return (turn.arrived_s + allowed, turn.number)


POLICIES: Final[dict[str, Policy]] = {
    "fifo": fifo,
    "rr": rr,
    "priority": priority,
    "fair": fair,
    "deadline": deadline,
}


def policy(name: str) -> Policy:
    """The policy of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in POLICIES:
        raise ValueError(f"no turn policy is called {name!r}; there are {', '.join(POLICIES)}")
    return POLICIES[name]
