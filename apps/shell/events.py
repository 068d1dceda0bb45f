"""The events of a scripted session: one JSON object a line, or one final object.

`Stream` stamps and orders them: exactly one `init` first and one `result` last, also when the
session crashes or is interrupted. Where they go is an `Emitter`'s matter (`console.emitters`).
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Protocol

import msgspec

from apps.shell.event import VERSION, Event
from apps.shell.resource_events import (
    BudgetExceeded,
    BudgetWarning,
    ResourceResumed,
    ResourceSample,
    ResourceWaiting,
)
from syscalls.errors import SysError

__all__ = [
    "EVENTS", "VERSION", "ApprovalRequested", "ApprovalResolved", "BudgetExceeded", "BudgetWarning", "Emitter", "Event",
    "Failed", "Init", "LabelRaised", "Message", "PlanUpdated", "PolicyDecision", "PreflightStep", "ResourceResumed",
    "ResourceSample", "ResourceWaiting", "Result", "Spent", "Stream", "Subtype", "SyscallCompleted", "SyscallOutput",
    "SyscallRequested", "SyscallStarted", "Tells", "TurnStarted", "outcome_of", "schema",
]  # fmt: skip


class Init(Event, frozen=True, tag="init"):
    """The session is ready; always first."""

    version: str
    """Of aosh."""
    cwd: str
    mind: str
    """Name of the mind, with its model where it has one."""
    permission_mode: str
    jail: str
    """Tier the drivers run in."""
    syscalls: tuple[str, ...] = ()
    """Names of the visible calls."""


class TurnStarted(Event, frozen=True, tag="turn.started"):
    """A request was taken up."""

    request: str


class Message(Event, frozen=True, tag="message"):
    """Words of the mind as it writes them; the parts of one turn that are no asides concatenate to what the answer says.

    Where the result is an error they are what was written until then.
    """

    delta: str
    is_anew: bool = False
    """The parts of this turn before it are dropped: the mind began anew."""
    is_aside: bool = False
    """Said on the way, beside calls; no part of the answer."""


class SyscallRequested(Event, frozen=True, tag="syscall.requested"):
    """A call goes to the gate."""

    id: str
    name: str
    args: dict[str, Any]
    confidence: float | None = None
    """0 to 1; None where no mind proposed it."""
    labels: tuple[str, ...] = ()
    """Untrusted sources behind the arguments."""


class PolicyDecision(Event, frozen=True, tag="policy.decision"):
    """What policy said of a call."""

    id: str
    decision: Literal["allow", "ask", "deny"]
    rule: str
    reason: str


class ApprovalRequested(Event, frozen=True, tag="approval.requested"):
    """Somebody is asked to allow a call."""

    id: str
    call: str
    """The exact canonical call on one line."""
    digest: str
    """SHA-256 the approval is bound to."""
    reason: str
    reversible: bool = True
    """Whether the effect can be taken back."""


class ApprovalResolved(Event, frozen=True, tag="approval.resolved"):
    """The answer to that."""

    id: str
    choice: Literal["once", "scope", "no", "edit", "nobody"]


class SyscallStarted(Event, frozen=True, tag="syscall.started"):
    """A call was let through and is being carried out."""

    id: str
    name: str


class SyscallOutput(Event, frozen=True, tag="syscall.output"):
    """A program that the call runs has printed something; the parts of a stream concatenate."""

    id: str
    name: str
    stream: Literal["stdout", "stderr"]
    text: str
    """Untrusted. Bytes that are no UTF-8 as `\\xNN`."""


class PlanUpdated(Event, frozen=True, tag="plan.updated"):
    """Several effects are about to be made, all or none."""

    calls: tuple[str, ...]
    """Each on one line, in order."""
    is_asked: bool
    """Whether policy asks about any of them."""


class SyscallCompleted(Event, frozen=True, tag="syscall.completed"):
    """A call has its reply."""

    id: str
    name: str
    status: Literal["ok", "denied", "error"]
    seconds: float
    value: Any = None
    """The result record, when ok."""
    error: str = ""
    """`SYMBOL: text`, when not ok."""
    code: int = 0
    effects: tuple[str, ...] = ()
    """One sentence a change."""
    undo_token: str = ""
    """What `aosh undo` takes; empty when there is nothing to take back."""


class LabelRaised(Event, frozen=True, tag="label.raised"):
    """Untrusted or private data of a source new to the session came in."""

    source: str
    """Such as `file:/w/notes.txt`, `stdin`, `app:NAME`; untrusted text."""
    private: bool = False
    """Whether it is private; all that is raised is untrusted but for private data of trusted sources."""


class Failed(Event, frozen=True, tag="error"):
    """Something went wrong outside a call."""

    code: int
    symbol: str
    message: str


class Spent(msgspec.Struct, frozen=True):
    """What a session used."""

    turns: int = 0
    calls: int = 0
    tokens: int = 0
    """Tokens that models read and wrote."""
    seconds: float = 0.0
    prompt_tokens: int = 0
    """Of these, read by the mind."""
    cached_tokens: int = 0
    """Of those, found in its engine's prefix cache."""


Subtype = Literal[
    "success", "error", "denied", "not_understood", "budget", "labels", "interrupted", "timeout", "crash"
]


class PreflightStep(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a dry run."""

    when: Literal["looked", "would", "then"]
    """It was made, since it changes nothing; or it would be; or it would come after that."""
    call: str
    """The call on one line."""
    decision: Literal["allow", "ask", "deny", "later"]
    """What policy says; `later` where the arguments are not known before."""
    rule: str
    reason: str
    changes: tuple[str, ...] = ()
    """What it would change, one sentence each."""
    grants: tuple[str, ...] = ()
    """Options that would answer the question beforehand."""


class Result(Event, frozen=True, tag="result"):
    """How the session ended; always last."""

    subtype: Subtype
    is_error: bool
    result: str = ""
    """The answer as text."""
    exit_code: int = 0
    permission_denials: tuple[str, ...] = ()
    """The calls that were denied."""
    usage: Spent = Spent()
    effects: tuple[str, ...] = ()
    """Every change that was made, one sentence each."""
    cites: tuple[str, ...] = ()
    """The calls whose replies a mind's words rest on, as its words number them from [1]."""
    labels: tuple[str, ...] = ()
    """Untrusted sources that a mind's words can come from; such words are text and nothing else."""
    preflight: tuple[PreflightStep, ...] = ()
    """With `--dry-run`: the calls, what policy says of them, and what is missing."""


EVENTS = (
    Init, TurnStarted, Message, SyscallRequested, PolicyDecision, ApprovalRequested, ApprovalResolved, SyscallStarted,
    SyscallOutput, ResourceWaiting, ResourceResumed, ResourceSample, BudgetWarning, BudgetExceeded, PlanUpdated,
    SyscallCompleted, LabelRaised, Failed, Result,
)  # fmt: skip


class Emitter(Protocol):
    """Where stamped events go."""

    def emit(self, event: Event) -> None:
        """Take one event; never blocks for long, never raises when the reader is gone."""
        ...


class Tells(Protocol):
    """Where a session's events are told, in order: a `Stream`, or the way to one in another process."""

    def turn(self, turn_id: str) -> None:
        """Events from here on belong to this turn."""
        ...

    def emit(self, event: Event) -> None:
        """One event, still without its stamp."""
        ...


class Stream:
    """A session's events in order; leaving the block without a result emits one.

    with Stream(JsonLines(sys.stdout.buffer), session_id, time.time, init) as stream:
        stream.turn("1")
        stream.emit(TurnStarted(request="..."))
        stream.emit(Result(subtype="success", is_error=False))
    """

    def __init__(self, emitter: Emitter, session_id: str, clock: Callable[[], float], init: Init) -> None:
        self._emitter = emitter
        self._session_id = session_id
        self._clock = clock
        self._init = init
        self._turn_id = ""
        self._seq = 0
        self._has_ended = False
        self._started = 0.0
        self._calls = 0
        self._turns = 0
        self._effects: list[str] = []
        self._denials: list[str] = []

    def __enter__(self) -> "Stream":
        self._started = self._clock()
        self._send(self._init)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._has_ended:
            self._turn_id = ""
            self.emit(outcome_of(error))

    def turn(self, turn_id: str) -> None:
        """Events from here on belong to this turn; "" ends it."""
        self._turn_id = turn_id

    def emit(self, event: Event) -> None:
        """Stamp and send one event. What a `Result` leaves empty is filled from the events before it.

        Raises:
            RuntimeError: a second `Init`, or anything after the `Result`.
        """
        if self._has_ended or isinstance(event, Init):
            raise RuntimeError(f"{type(event).__name__} out of order")
        if isinstance(event, Result):
            self._has_ended = True
            event = self._completed(event)
        self._count(event)
        self._send(event)

    def _send(self, event: Event) -> None:
        stamped = msgspec.structs.replace(
            event, seq=self._seq, ts=self._clock(), session_id=self._session_id, turn_id=self._turn_id
        )
        self._seq += 1
        self._emitter.emit(stamped)

    def _count(self, event: Event) -> None:
        if isinstance(event, TurnStarted):
            self._turns += 1
        elif isinstance(event, SyscallCompleted):
            self._calls += 1
            self._effects += event.effects
            if event.status == "denied":
                self._denials.append(event.name)

    def _completed(self, result: Result) -> Result:
        spent = msgspec.structs.replace(
            result.usage, turns=self._turns, calls=self._calls, seconds=self._clock() - self._started
        )
        return msgspec.structs.replace(
            result,
            effects=result.effects or tuple(self._effects),
            permission_denials=result.permission_denials or tuple(self._denials),
            usage=spent,
        )


def outcome_of(error: BaseException | None) -> Result:
    """The result of a session that ended without saying so."""
    if error is None:
        return Result(
            subtype="error", is_error=True, result="the session ended without a result", exit_code=1
        )
    if isinstance(error, SysError):
        return Result(subtype="error", is_error=True, result=f"{error.symbol}: {error}", exit_code=1)
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "CancelledError":
        return Result(subtype="interrupted", is_error=True, result="interrupted", exit_code=130)
    if isinstance(error, TimeoutError):
        return Result(subtype="timeout", is_error=True, result="out of time", exit_code=124)
    return Result(subtype="crash", is_error=True, result=f"{type(error).__name__}: {error}", exit_code=1)


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one event; published as docs/events.schema.json."""
    (root,), parts = msgspec.json.schema_components([_union()], ref_template="#/$defs/{name}")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "aosh event"}
    return head | root | {"$defs": parts}


def _union() -> Any:
    union: Any = EVENTS[0]
    for kind in EVENTS[1:]:
        union |= kind
    return union
