"""What labels ask of a call, beyond what any policy says: no mode and no grant takes these away.

A value that an untrusted text may have chosen names no place to write without a yes, and untrusted
input, private data and an effect on the outside do not meet without a person.
"""

import msgspec

from kernel.call import Call
from kernel.origins import WORDS, How, Origin
from kernel.policy import Decision, Verdict
from syscalls.declare import Effect
from syscalls.labels import Labels
from syscalls.table import Entry

SHOWN_CHARACTERS = 80


def swayed_path(entry: Entry, call: Call) -> tuple[str, Origin] | None:
    """The first argument that says where to write and that an untrusted text may have chosen."""
    if call.effect is not Effect.WRITE or call.labels.is_trusted or call.origin in ("user", "kernel"):
        return None
    for field, _ in entry.paths:
        if field.access == "write" and field.name in call.arguments:
            origin = call.origins.get(field.name) or Origin(How.UNSAID, call.labels)
            if origin.is_swayed:
                return field.name, origin
    return None


def about(name: str, value: object, origin: Origin) -> str:
    """One argument, its value and where it came from, in one clause."""
    sources = ", ".join(source_words(origin.labels)) or "nobody else"
    return f"{name}={shortened(value)} is {WORDS[origin.how]} ({sources})"


def shortened(value: object) -> str:
    """A value as JSON, cut in the middle."""
    text = msgspec.json.encode(value).decode()
    if len(text) <= SHOWN_CHARACTERS:
        return text
    half = SHOWN_CHARACTERS // 2
    return f"{text[:half]}…{text[-half:]}"


def source_words(labels: Labels, most: int = 3) -> list[str]:
    """The sources that are not the user's own."""
    found = [label.source for label in labels.items if not label.trusted or label.private]
    return [*found[:most], f"{len(found) - most} more"] if len(found) > most else found


def asking(decision: Decision, rule: str, reason: str, *, is_first: bool, never_asks: bool) -> Decision:
    """The decision with one question more.

    Args:
        decision: what policy said.
        rule: the rule that asks.
        reason: its sentence.
        is_first: whether it is named before policy's own question.
        never_asks: whether what would be asked is denied.
    """
    if decision.verdict is Verdict.DENY:
        return decision
    if never_asks:
        return Decision(Verdict.DENY, rule, f"{reason}; mode deny-unlisted never asks")
    if decision.verdict is Verdict.ALLOW:
        return msgspec.structs.replace(decision, verdict=Verdict.ASK, rule=rule, reason=reason, asks=(rule,))
    asks = (*decision.questions, rule)
    if is_first:
        return msgspec.structs.replace(decision, rule=rule, reason=f"{reason}; {decision.reason}", asks=asks)
    return msgspec.structs.replace(decision, reason=f"{decision.reason}; {reason}", asks=asks)
