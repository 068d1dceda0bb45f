"""A decision and an answer as the journal keeps them, and as whoever asked gets them."""

import hashlib
from typing import Any

import msgspec

from kernel.call import Call
from kernel.drivers.port import Answer
from kernel.journal.records import DecisionRow, OutcomeRow
from kernel.policy import VERDICT_NAMES, Decision
from syscalls.declare import Document, Value
from syscalls.errors import DriverDied, SysError, to_wire
from syscalls.labels import Labels
from syscalls.table import Entry


def decision_row(call: Call, decision: Decision, approved_by: str) -> DecisionRow:
    """What the journal says of a decision."""
    return DecisionRow(
        call.id,
        call.name,
        call.arguments,
        VERDICT_NAMES[decision.verdict],
        decision.rule,
        decision.reason,
        approved_by,
        call.labels,
        call.origins,
        call.origin,
    )


def outcome_row(
    call: Call, error: SysError | None, answer: Answer | None, seconds: float, labels: Labels
) -> OutcomeRow:
    """What the journal says of an end."""
    undo = answer.undo if answer else ()
    wire_error = to_wire(error) if error else None
    return OutcomeRow(call.id, call.name, error is None, wire_error, undo, seconds, digest_of(answer), labels)


def digest_of(answer: Answer | None) -> str:
    """SHA-256 of the value as msgpack; empty where there is none."""
    if answer is None:
        return ""
    raw = answer.value if isinstance(answer.value, msgspec.Raw) else msgspec.msgpack.encode(answer.value)
    return hashlib.sha256(raw).hexdigest()


def typed(entry: Entry, value: Any) -> Value:
    """The typed record for what a server returned; a plugin's becomes a `Document`.

    Raises:
        DriverDied: it is not what the call declares.
    """
    if isinstance(value, msgspec.Raw):
        try:
            if entry.call.given is not None:
                return Document(msgspec.msgpack.decode(value, type=dict[str, Any]))
            result: Value = msgspec.msgpack.decode(value, type=entry.call.value)
        except msgspec.DecodeError as misfit:
            raise DriverDied(f"the answer to {entry.call.name} is not what it declares: {misfit}") from None
        return result
    assert isinstance(value, Value)
    return value
