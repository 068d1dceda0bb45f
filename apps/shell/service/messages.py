"""The frames between a shell and the service: length-prefixed msgpack over a Unix socket.

    shell -> service   Hello, then Ask and perhaps Cancel; or State; or Stop
    service -> shell   Welcome or Refused; Begun, Remark, Turn and Happened in any number, then Finished, Failed or Canceled

A frame is a 4-byte big-endian length and one msgpack map whose `type` names it. One connection carries one
request. Whatever does not decode, or is longer than `syscalls.wire.MAX_FRAME_BYTES`, ends the connection.
"""

from typing import TYPE_CHECKING, Union

import msgspec

from apps.shell.broadcast import Begun as Told
from apps.shell.broadcast import Finished as Done
from apps.shell.events import EVENTS, Event, Init, Result
from syscalls.wire import MAX_FRAME_BYTES

PROTOCOL = 1
"""Grows when the frames change."""
_HEADER_BYTES = 4

if TYPE_CHECKING:
    Happening = Event
else:
    Happening = Union[tuple(kind for kind in EVENTS if kind not in (Init, Result))]  # noqa: UP007 - made of a tuple


class Place(msgspec.Struct, frozen=True):
    """Where the shell stands: what the service must share with it, or it is not the one to ask."""

    folders: tuple[str, ...]
    """State, data, runtime and config; "" for one that is not there."""
    cwd: str
    identity: tuple[int, int]
    """Device and inode of `cwd` as the shell sees it."""
    home: str
    umask: int
    gid: int
    mind: str
    """The mind asked for."""


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """Who calls. Always first."""

    version: str
    """Of aosh."""
    place: Place | None = None
    """Where the shell stands; None of one that only looks after the service."""
    protocol: int = PROTOCOL


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag="ask"):
    """One request, and the settings of the session that carries it out."""

    cwd: str
    prompt: str
    """As typed."""
    words: str
    """The request itself."""
    stdin: str = ""
    search: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    mode: str
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    is_rehearsal: bool = False
    is_bare: bool = False
    is_yes: bool = False
    is_verbose: bool = False
    is_quiet: bool = False
    has_events: bool = False
    """Whether anybody reads the events before the last."""
    is_drawn: bool = False
    """Whether values are to be drawn."""
    max_turns: int = 20
    session: str = ""
    """A kept session to go on with: its id, or "-" for the latest of the same folder; a new one when empty."""
    remarks: tuple[str, ...] = ()


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """Stop the turn under way."""


class State(msgspec.Struct, frozen=True, tag="state"):
    """Say how you are."""


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """End, in good order."""


Up = Hello | Ask | Cancel | State | Stop


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """Go on."""

    version: str
    pid: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """This service is not the one for this shell, which starts alone."""

    reason: str
    is_told: bool = False
    """Whether the person is told: it is nothing the settings account for."""


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """A session was opened."""

    told: Told


class Remark(msgspec.Struct, frozen=True, tag="remark"):
    """A line for stderr; untrusted text."""

    line: str


class Turn(msgspec.Struct, frozen=True, tag="turn"):
    """Events from here on belong to this turn."""

    turn_id: str


class Happened(msgspec.Struct, frozen=True, tag="happened"):
    """An event, still without its stamp."""

    event: Happening


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """What came of the request."""

    done: Done


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """There is no result; the exit code and why."""

    code: int
    message: str


class Canceled(msgspec.Struct, frozen=True, tag="canceled"):
    """The turn was stopped, and what it left open is rolled back."""


class Session(msgspec.Struct, frozen=True):
    """A session under way."""

    session_id: str
    pid: int
    """Of its shell."""
    cwd: str
    seconds: float
    """Since it began."""


class Condition(msgspec.Struct, frozen=True, tag="condition"):
    """How the service is."""

    version: str
    pid: int
    mind: str
    jail: str
    seconds: float
    """Since it started."""
    served: int
    """Requests so far."""
    idle_drivers: int
    sessions: tuple[Session, ...] = ()
    kept: tuple[str, ...] = ()
    """Sessions that can be gone on with."""


Down = Welcome | Refused | Begun | Remark | Turn | Happened | Finished | Failed | Canceled | Condition

_encoder = msgspec.msgpack.Encoder()
up = msgspec.msgpack.Decoder(Up)
down = msgspec.msgpack.Decoder(Down)


def frame(message: Up | Down) -> bytes:
    """One frame, header included.

    Raises:
        ValueError: it would be too long.
        UnicodeEncodeError: a text holds what no frame can carry.
    """
    body = _encoder.encode(message)
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"frame of {len(body)} bytes; at most {MAX_FRAME_BYTES}")
    return len(body).to_bytes(_HEADER_BYTES, "big") + body
