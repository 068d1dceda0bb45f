"""Where an effect really changes something: what rules say of places that a link leads to, or that lie in a moved folder.

A call is decided on by the paths it names, and a name may be a symbolic link. The driver's plan holds each place
with every link followed, since that is where it will act. The rules that ask or deny are held against those too, before
anything has changed. A folder that is moved or deleted whole is looked through where a person's rule could speak of its
content: each file by its old path and its new one. Access hangs on none of it: the driver opens beneath its roots
whatever is said here.
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

MOST_INSIDE = 200_000
"""So many names of a folder are looked at; one with more is asked about, or denied, as if each rule spoke of it."""
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
    all_stated = [
        (place, stated, f"it leads to {place!r}: {stated.reason}")
        for place, stated in policy.stated_of(declared, places, call.arguments, call.labels)
    ]
    if looks_inside(policy, declared, plan):
        all_stated += _stated_inside(policy, declared, call, plan)
    for place, stated, why in all_stated:
        if stated.verdict is Verdict.DENY:
            return msgspec.structs.replace(stated, reason=why)
        if stated.rule not in decision.questions:
            before = decision.questions if decision.verdict is Verdict.ASK else ()
            decision = asking(decision, stated.rule, why, is_first=False, never_asks=never_asks)
            # A yes for a scope holds for this place: the link may lead elsewhere by then.
            decision = msgspec.structs.replace(decision, asks=(*before, f"{stated.rule} of {place}"))
    return decision


def looks_inside(policy: Policy, declared: AnyCall, plan: Plan) -> bool:
    """Whether `reached` reads whole folders, which takes up to a second."""
    return bool(policy.book.shelf(declared).of_people) and any(step.do == "rename" for step in plan.undo)


def _stated_inside(
    policy: Policy, declared: AnyCall, call: Call, plan: Plan
) -> list[tuple[str, Decision, str]]:
    """What people's rules say of the content of folders that are moved or deleted: of each rule the first place."""
    found: dict[str, tuple[str, Decision, str]] = {}
    for count, places in enumerate(_inside(plan)):
        if count >= MOST_INSIDE:
            of_all = policy.book.shelf(declared).of_people
            why = f"more than {MOST_INSIDE:,} files are moved with it, too many to look through: "
            return [(places[0], each, why + each.reason) for each in of_all]
        for place, stated in policy.stated_of(
            declared, [(place, False) for place in places], call.arguments, call.labels, of_people=True
        ):
            found.setdefault(stated.rule, (place, stated, f"{place!r} is moved with it: {stated.reason}"))
    return sorted(found.values(), key=lambda each: each[1].verdict is not Verdict.DENY)


def _inside(plan: Plan) -> Iterator[list[str]]:
    """The content of each folder that changes its place: its old path, and the new one where that is no trash."""
    for step in plan.undo:
        if step.do != "rename" or step.to is None or os.path.islink(step.to):
            continue
        is_kept = _OWN.fullmatch(step.path) is None
        for folder, folders, files in os.walk(step.to):
            for name in (*folders, *files):
                old = f"{folder}/{name}"
                yield [old, step.path + old[len(step.to) :]] if is_kept else [old]


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
