"""What does a journal row say? One record per kind; the body of a row is the record as msgpack.

Fields may be added with a default and are never removed: old journals stay readable.
"""

from typing import Any, Literal

import msgspec

from kernel.minds.port import Draft
from kernel.origins import Origin
from kernel.processes.agent import ProcessRow
from syscalls.errors import WireError
from syscalls.labels import NONE, Labels
from syscalls.undo import Plan, Step


class SessionRow(msgspec.Struct, frozen=True):
    """A session began."""

    cwd: str
    mind: str
    version: str
    """Of aosh."""


class RequestRow(msgspec.Struct, frozen=True):
    """Somebody asked for something."""

    turn: int
    text: str
    source: str
    """How it came: "words", "typed" by hand, "schedule:ID" ..."""


class DraftRow(msgspec.Struct, frozen=True):
    """What a mind answered."""

    turn: int
    mind: str
    draft: Draft


class DecisionRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the gate made of one call."""

    call_id: str
    name: str
    arguments: dict[str, Any]
    verdict: Literal["allow", "ask", "deny"]
    rule: str = ""
    """Which rule decided."""
    reason: str = ""
    approved_by: str = ""
    """Who said yes; empty where nobody was asked or the answer was no."""
    labels: Labels = NONE
    """Join over the arguments."""
    origins: dict[str, Origin] = {}
    """Argument -> where its value came from; empty for what nobody drafted."""
    origin: str = ""
    """Who wanted it: "user", "mind", "kernel" or "app:NAME"."""


class IntentRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """An effect is about to happen. Durable before it does."""

    call_id: str
    """Unique in the whole journal, for ever: `undo` names effects of other sessions by it."""
    name: str
    arguments: dict[str, Any]
    plan: Plan
    labels: Labels = NONE
    """Join over the arguments."""


class OutcomeRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a call ended: kind `outcome`; `reply` is an old kind for calls without effect.

    The last one of an effect holds. An effect without one, or whose driver died (`DriverDied`),
    is open: nobody knows what it did.
    """

    call_id: str
    name: str
    ok: bool
    error: WireError | None = None
    undo: tuple[Step, ...] = ()
    """The plan's steps with `expect` filled in; where empty, the plan's own hold."""
    seconds: float = 0.0
    digest: str = ""
    """SHA-256 of the value as msgpack, hex."""
    labels: Labels = NONE
    """What the files it wrote hold from elsewhere; empty where all of it is the user's own."""


class LookRow(msgspec.Struct, frozen=True):
    """A call without effect that was allowed unasked and answered: both halves at once.

    Written where the answer came before the decision was on the disk; else, and for whatever was
    asked about or failed, there are two rows.
    """

    decision: DecisionRow
    outcome: OutcomeRow


class UndoneRow(msgspec.Struct, frozen=True):
    """The call `by` takes back `effect`, or brings it again when it was taken back.

    Written just before the intent of `by`, so that one flush makes both durable; it holds from the
    moment `by` has ended well. Where `by` has no intent it holds at once.
    """

    effect: str
    by: str


class GrantRow(msgspec.Struct, frozen=True):
    """A person's yes for a scope was given, answered for a call, or was taken back."""

    number: int
    """Within the session."""
    act: Literal["given", "used", "revoked"]
    scope: str
    """In words."""
    call_id: str = ""
    """The call it was given at or used for."""


class LabelRow(msgspec.Struct, frozen=True):
    """Untrusted or private data of sources the session had not seen before came in."""

    call_id: str
    """The call it came in by; empty for what came with a request, or from the session before."""
    labels: Labels


class EpisodeRow(msgspec.Struct, frozen=True):
    """What sessions did is about to be remembered, up to these rows; durable before it is, so that it never is twice."""

    upto: dict[str, int]
    """Session -> `seq` of the last of its rows that is told."""


class NoteRow(msgspec.Struct, frozen=True):
    """A remark for whoever reads the journal."""

    text: str


class BudgetRow(msgspec.Struct, frozen=True):
    """A budget was nearly used (80 %), or spent."""

    whose: str
    """"this request", "this session", "agent N"."""
    key: str
    """As `kernel.meter.KINDS` names it."""
    used: float
    limit: float


Record = (
    SessionRow
    | RequestRow
    | DraftRow
    | DecisionRow
    | IntentRow
    | OutcomeRow
    | LookRow
    | UndoneRow
    | GrantRow
    | NoteRow
    | LabelRow
    | EpisodeRow
    | ProcessRow
    | BudgetRow
)

KINDS: dict[str, type[Record]] = {
    "session": SessionRow,
    "request": RequestRow,
    "draft": DraftRow,
    "decision": DecisionRow,
    "intent": IntentRow,
    "outcome": OutcomeRow,
    "reply": OutcomeRow,
    "look": LookRow,
    "undone": UndoneRow,
    "grant": GrantRow,
    "note": NoteRow,
    "label": LabelRow,
    "episode": EpisodeRow,
    "process": ProcessRow,
    "budget": BudgetRow,
}
"""Rows of other kinds are read back as plain mappings. Looks stay out of the way of undo."""

DECISION_KINDS = ("decision", "look")
"""The rows that say what was decided."""
OUTCOME_KINDS = ("outcome", "reply", "look")
"""The rows that say how calls ended."""

_decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(record) for kind, record in KINDS.items()
}
_plain = msgspec.msgpack.Decoder(dict[str, Any])


def decode(kind: str, body: bytes) -> Any:
    """The record of a row's body; a plain mapping where `kind` has no record.

    Raises:
        msgspec.DecodeError: the body is not what its kind promises.
    """
    return _decoders.get(kind, _plain).decode(body)


def decision_in(record: Any) -> DecisionRow | None:
    """What a record of `DECISION_KINDS` says was decided; None for any other."""
    if isinstance(record, LookRow):
        return record.decision
    return record if isinstance(record, DecisionRow) else None


def outcome_in(record: Any) -> OutcomeRow | None:
    """What a record of `OUTCOME_KINDS` says of an end; None for any other."""
    if isinstance(record, LookRow):
        return record.outcome
    return record if isinstance(record, OutcomeRow) else None
