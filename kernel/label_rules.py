"""What labels ask of a call, beyond what any policy says: no mode and no grant takes these away.

A value that an untrusted text may have chosen names no place to write without a yes, and untrusted
input, private data and an effect on the outside do not meet without a person.
"""

import msgspec

from kernel.call import Call
from kernel.origins import UNKNOWN, UNTRUSTED_ARGUMENT, UNTRUSTED_PATH, Origin, about
from kernel.policy import Decision, Verdict
from syscalls.declare import Effect
from syscalls.table import Entry


def swayed(entry: Entry, call: Call) -> tuple[str, str] | None:
    """The rule that asks since an untrusted text may have chosen an argument, and its reason; None where none did.

    Of a write only the places it writes to count: content from files is usual.
    """
    if not call.may_be_swayed:
        return None
    names = set(call.arguments)
    rule = UNTRUSTED_ARGUMENT
    if call.effect is Effect.WRITE:
        names = {field.name for field, _ in entry.paths if field.access == "write"} & names
        rule = UNTRUSTED_PATH
    unknown = Origin(UNKNOWN, call.labels)
    for name in call.arguments:
        origin = call.origins.get(name, unknown)
        if name in names and origin.is_swayed:
            return rule, about(name, call.arguments[name], origin)
    return None


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
    asks = tuple(dict.fromkeys((*decision.questions, rule)))
    if is_first:
        return msgspec.structs.replace(decision, rule=rule, reason=f"{reason}; {decision.reason}", asks=asks)
    return msgspec.structs.replace(decision, reason=f"{decision.reason}; {reason}", asks=asks)
