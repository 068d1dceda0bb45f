"""What the kernel tells whoever watches a turn. The front end turns these into lines or JSON events."""

from typing import Any, Protocol

import msgspec

from kernel.call import Reply
from kernel.minds.port import Draft


class TurnStarted(msgspec.Struct, frozen=True):
    """The mind is being asked."""

    turn: int
    request: str


class Thought(msgspec.Struct, frozen=True):
    """The mind has drafted."""

    turn: int
    draft: Draft


class Requested(msgspec.Struct, frozen=True):
    """A call goes to the gate."""

    name: str
    arguments: dict[str, Any]
    confidence: float


class Completed(msgspec.Struct, frozen=True):
    """The gate has answered."""

    reply: Reply
    seconds: float


Happening = TurnStarted | Thought | Requested | Completed


class Watcher(Protocol):
    """Somebody who watches. Must not block."""

    def __call__(self, happening: Happening) -> None:
        """Something happened."""
        ...
