"""The frames between a shell and the service: length-prefixed msgpack over a Unix socket.

    shell -> service   Hello, then Ask and perhaps Cancel; or State; or Stop
    service -> shell   Welcome or Refused; Begun, Remark, Turn and Happened in any number, then Finished, Failed or Canceled

An interactive shell attaches to a session, whose prompt stands in the shell and whose loop runs in the service:

    shell -> service   Hello, Attach; then Replied, Interrupt, Cycle, Detach as the person does
    service -> shell   Welcome or Refused; Seated or Failed; then Draw, Busy, Idle, Bar, Clear, and what is to be
                       answered by Replied: Read, Press, Enter, Outside; Left or Detached at the end

A frame is a 4-byte big-endian length and one msgpack map whose `type` names it. One connection carries one
request, or one visit to a session. Whatever does not decode, or is longer than `syscalls.wire.MAX_FRAME_BYTES`, ends the connection.
"""

from typing import TYPE_CHECKING, Union

import msgspec

from apps.shell.broadcast import Begun as Told
from apps.shell.broadcast import Finished as Done
from apps.shell.events import EVENTS, Event, Init, Result
from syscalls.wire import MAX_FRAME_BYTES

PROTOCOL = 2
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


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of the session that is asked for."""

    cwd: str
    search: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    mode: str
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    is_rehearsal: bool = False
    is_bare: bool = False
    max_turns: int = 20
    max_tokens: int | None = None
    limits: tuple[str, ...] = ()
    """As `--limit` gave them."""
    remarks: tuple[str, ...] = ()


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag="ask"):
    """One request, and the settings of the session that carries it out."""

    wanted: Wanted
    prompt: str
    """As typed."""
    words: str
    """The request itself."""
    stdin: str = ""
    is_yes: bool = False
    is_verbose: bool = False
    is_quiet: bool = False
    has_events: bool = False
    """Whether anybody reads the events before the last."""
    is_drawn: bool = False
    """Whether values are to be drawn."""
    session: str = ""
    """A kept session to go on with: its id, or "-" for the latest of the same folder; a new one when empty."""


class Attach(msgspec.Struct, frozen=True, kw_only=True, tag="attach"):
    """Sit down at an interactive session."""

    wanted: Wanted
    """Of a new one; one that is there keeps its own."""
    session: str = ""
    """Its id, "-" for the one left last, of this folder where there is one; a new one when empty."""
    prompt: str = ""
    """The first request of a new one."""
    columns: int = 80
    has_colour: bool = True
    is_quiet: bool = False
    is_verbose: bool = False
    timeout_s: float | None = None
    """Of each request."""


class Replied(msgspec.Struct, frozen=True, tag="replied"):
    """The answer to `Read`, `Press`, `Enter` or `Outside`."""

    number: int
    """Which of them."""
    text: str | None
    """None where the person called it off, or leaves."""
    code: int = 0
    """The exit code of one who leaves, or of what ran outside."""
    columns: int = 80
    """Of the terminal now."""


class Interrupt(msgspec.Struct, frozen=True, tag="interrupt"):
    """Stop what is under way; the session goes on."""


class Cycle(msgspec.Struct, frozen=True, tag="cycle"):
    """Go to the next permission mode."""


class Detach(msgspec.Struct, frozen=True, tag="detach"):
    """Leave the session as it is, with what is under way."""


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """Stop the turn under way."""


class State(msgspec.Struct, frozen=True, tag="state"):
    """Say how you are."""


class Metrics(msgspec.Struct, frozen=True, tag="metrics"):
    """Tell your figures."""


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """End, in good order."""


Up = Hello | Ask | Cancel | State | Metrics | Stop | Attach | Replied | Interrupt | Cycle | Detach
Looks = State | Metrics | Stop
"""What needs no place to stand at."""


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


class Seated(msgspec.Struct, frozen=True, tag="seated"):
    """The shell sits at this session."""

    session_id: str
    cwd: str
    is_bare: bool


class Draw(msgspec.Struct, frozen=True, tag="draw"):
    """Text for the scrollback, with colours at most."""

    text: str
    is_part: bool = False
    """Whether its last line is to be gone on with."""


class Busy(msgspec.Struct, frozen=True, tag="busy"):
    """Something is under way; what, in a few words."""

    text: str


class Idle(msgspec.Struct, frozen=True, tag="idle"):
    """It is no more."""


class Bar(msgspec.Struct, frozen=True, tag="bar"):
    """The line at the bottom says this."""

    text: str


class Clear(msgspec.Struct, frozen=True, tag="clear"):
    """An empty screen."""


class Read(msgspec.Struct, frozen=True, tag="read"):
    """Let the person type a line."""

    number: int
    default: str = ""


class Press(msgspec.Struct, frozen=True, tag="press"):
    """Ask a question that one key answers."""

    number: int
    question: str
    keys: dict[str, str]
    """Key -> what it means."""
    otherwise: str


class Enter(msgspec.Struct, frozen=True, tag="enter"):
    """Let the person type an answer."""

    number: int
    prompt: str


class Outside(msgspec.Struct, frozen=True, tag="outside"):
    """Run the `!!` line that was just typed; it is journalled."""

    number: int


class Left(msgspec.Struct, frozen=True, tag="left"):
    """The session is over; the shell's exit code."""

    code: int


class Detached(msgspec.Struct, frozen=True, tag="detached"):
    """The session goes on without this shell."""

    session_id: str
    is_busy: bool


class Session(msgspec.Struct, frozen=True):
    """A session under way."""

    session_id: str
    pid: int
    """Of its shell."""
    cwd: str
    seconds: float
    """Since it began."""


class Seat(msgspec.Struct, frozen=True):
    """An interactive session."""

    session_id: str
    cwd: str
    pid: int
    """Of the shell that sits there; 0 where none does."""
    seconds: float
    """Since somebody sat down or left."""
    doing: str = ""
    """What is under way; "waits for an answer" where it is a question."""


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
    seats: tuple[Seat, ...] = ()
    """Interactive sessions."""


class Figures(msgspec.Struct, frozen=True, tag="figures"):
    """Its figures, in Prometheus' text format."""

    text: str


Question = Read | Press | Enter | Outside
Down = (
    Welcome | Refused | Begun | Remark | Turn | Happened | Finished | Failed | Canceled | Condition | Figures
    | Seated | Draw | Busy | Idle | Bar | Clear | Question | Left | Detached
)  # fmt: skip

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
