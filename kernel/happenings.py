"""What the kernel tells whoever watches a turn. The front end turns these into lines or JSON events."""

from typing import Any, Literal, Protocol

import msgspec

from kernel.call import Reply
from kernel.meter import Standing
from kernel.minds.port import Draft, Drafted
from kernel.resources.sampler import Sample
from syscalls.labels import NONE, Label, Labels


class TurnStarted(msgspec.Struct, frozen=True):
    """The mind is being asked."""

    turn: int
    request: str


class Thought(msgspec.Struct, frozen=True):
    """The mind has drafted."""

    turn: int
    draft: Draft


class Said(msgspec.Struct, frozen=True):
    """The mind has written some more of its words; they concatenate to its draft's text. Untrusted."""

    turn: int
    delta: str
    is_anew: bool = False
    """What it wrote before, of this draft, is dropped."""
    results: tuple[int, ...] = ()
    """The replies that words can cite: the request's, counted from 0, that are results."""


class Requested(msgspec.Struct, frozen=True):
    """A call goes to the gate."""

    name: str
    arguments: dict[str, Any]
    confidence: float
    labels: Labels = NONE
    """Join over the arguments."""


class Started(msgspec.Struct, frozen=True):
    """The gate has let a call through, and it is being carried out."""

    name: str
    place: int = 0
    """Which of the calls that were requested and are not completed, counted from 0."""


class Raised(msgspec.Struct, frozen=True):
    """Untrusted or private data of a source new to the session came in."""

    label: Label


class Completed(msgspec.Struct, frozen=True):
    """The gate has answered."""

    reply: Reply
    seconds: float


class Output(msgspec.Struct, frozen=True):
    """A program that a call runs has printed something. Untrusted: escape it before it is shown."""

    name: str
    """The call."""
    stream: Literal["stdout", "stderr"]
    text: str
    """A part of it, not always whole lines; bytes that are no UTF-8 as `\\xNN`."""


class Planned(msgspec.Struct, frozen=True):
    """A draft holds several effects; they are about to be made, all or none."""

    calls: tuple[Drafted, ...]
    is_asked: bool
    """Whether policy asks about any of them."""


class Held(msgspec.Struct, frozen=True):
    """Something is about to begin, or was paused under way, and waits because the machine lacks the room."""

    name: str
    """What waits. Untrusted: escape it before it is shown."""
    reason: str


class Eased(msgspec.Struct, frozen=True):
    """What was held, or paused under way, goes on."""

    name: str
    """Untrusted: escape it before it is shown."""


class Near(msgspec.Struct, frozen=True):
    """A budget is nearly used, or spent."""

    standing: Standing


class Sampled(msgspec.Struct, frozen=True):
    """What the machine and the session's process trees use now; told only where it was asked for."""

    sample: Sample


Happening = (
    TurnStarted
    | Said
    | Thought
    | Planned
    | Requested
    | Started
    | Held
    | Eased
    | Near
    | Sampled
    | Output
    | Completed
    | Raised
)


class Watcher(Protocol):
    """Somebody who watches. Must not block."""

    def __call__(self, happening: Happening) -> None:
        """Something happened."""
        ...
