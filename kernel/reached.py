"""Where an effect really changes something: what rules say of places that a link leads to.

A call is decided on by the paths it names, and a name may be a symbolic link. The driver's plan holds each place
with every link followed, since that is where it will act. The rules that ask or deny are held against those too, before
anything has changed. Access hangs on none of it: the driver opens beneath its roots whatever is said here.
"""

import os
import re
from collections.abc import Iterator, Sequence

import msgspec

from kernel.call import Call
from kernel.label_rules import asking
from kernel.policy import Decision, Policy
from kernel.verdicts import Mode, Verdict
from syscalls.table import AnyCall
from syscalls.undo import Plan

_OWN = re.compile(r".*/(?:trash/[0-9a-f]{16}/[^/]+|\.aosh-[0-9a-f]{16}\.tmp)", re.S)
"""Where deleted things are kept, and new ones are made before they get their name: no places of the user's."""


def reached(policy: Policy, declared: AnyCall, call: Call, decision: Decision, plan: Plan) -> Decision:
    """The decision, with what rules say of the places of a plan that the call does not name.

    Args:
        policy: the rules.
        declared: the call's declaration; the kernel's own calls name each place already.
        call: as it was decided on.
        decision: by the paths it names.
        plan: what will be done.
    """
    if declared.is_hidden:
        return decision
    named = [path.rstrip("/") or "/" for _, path in call.needed]
    found = list(_places(plan))
    if decision.outside:
        found += [(_real(place), is_tree) for place, is_tree in found]
    places = [(place, is_tree) for place, is_tree in found if not _is_named(place, named)]
    never_asks = policy.mode is Mode.DENY_UNLISTED
    for place, stated in policy.stated_of(declared, places, call.arguments, call.labels):
        why = f"it leads to {place!r}: {stated.reason}"
        if stated.verdict is Verdict.DENY:
            return msgspec.structs.replace(stated, reason=why)
        if stated.rule not in decision.questions:
            before = decision.questions if decision.verdict is Verdict.ASK else ()
            decision = asking(decision, stated.rule, why, is_first=False, never_asks=never_asks)
            # A yes for a scope holds for this place: the link may lead elsewhere by then.
            decision = msgspec.structs.replace(decision, asks=(*before, f"{stated.rule} of {place}"))
    return decision


def more_asked(decision: Decision, approved: Decision) -> Decision:
    """What of a decision is still to be asked once another one was approved."""
    asks = tuple(each for each in decision.questions if each not in approved.questions)
    return msgspec.structs.replace(decision, asks=asks, outside=())


def _places(plan: Plan) -> Iterator[tuple[str, bool]]:
    """Each place that changes, and whether all beneath it does."""
    for step in plan.undo:
        if step.do == "times":
            continue
        is_tree = step.do == "rename"
        if not _OWN.fullmatch(step.path):
            yield step.path, is_tree
        if is_tree and step.to and not _OWN.fullmatch(step.to):
            yield step.to, is_tree


def _real(place: str) -> str:
    """The place with all links above it followed; of one outside the granted folders the driver follows some unsaid."""
    return os.path.join(os.path.realpath(os.path.dirname(place)), os.path.basename(place))


def _is_named(place: str, named: Sequence[str]) -> bool:
    """Whether it is one of the paths a call names, or a folder made on the way there."""
    return any(path == place or path.startswith(f"{place}/") for path in named)
