"""Whether a call that is well-formed may happen: allow, ask or deny, and which rule said so.

The first policy: looking inside the workspace is allowed; changing things there is allowed and
can be undone; deleting, and anything outside, is asked about. Strictest rule wins; the first
reason is shown. Permission modes tighten or loosen the middle only, never the outside.

Rules that people write come on top (`kernel.rules`). One that asks or denies counts like any other.
One that allows answers a single question: whether an effect of this class may happen here. It never
stands in for a capability, never answers for an untrusted value, and never lifts what another rule
asks or what mode plan denies.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from kernel.paths import Access
from kernel.process import Process
from kernel.rules.book import Book, Given, Shelf, Touched
from kernel.rules.patterns import URL
from kernel.rules.rule import Rule
from kernel.verdicts import VERDICT_NAMES, Decision, Mode, Verdict
from syscalls.caps import Cap, Right, holds
from syscalls.declare import Effect, Undo
from syscalls.hosts import target_of
from syscalls.labels import Labels
from syscalls.table import AnyCall
from syscalls.urls import parts_of

__all__ = [
    "LANDING", "TYPED", "VERDICT_NAMES", "Decision", "Mode", "Policy", "RehearsedPolicy", "Spoken", "Verdict",
    "covered",
]  # fmt: skip

TYPED = "typed-by-you"
"""The rule that lets a program run because the person at the keyboard wrote the command line."""
LANDING = "flagged-landing"
"""The rule that shows what a program changed before it lands."""

_INSIDE = Decision(Verdict.ALLOW, "inside-workspace", "it stays inside the granted folders")
_HELD = Decision(Verdict.ALLOW, "held", "the process holds every right")
_GRANTED = Decision(Verdict.ALLOW, "granted-host", "its host is granted")
_LOOKING = Decision(Verdict.ALLOW, "looking", "it changes nothing")
_NO_LABEL = Decision(Verdict.ALLOW, "labels", "no untrusted value chooses it")
DEFAULT_SPACE = {"mem.store": "user"}
"""The space that a call speaks of where its arguments name none; else all of them."""
_CAREFUL = (Effect.DELETE, Effect.EXEC, Effect.NET, Effect.MEMORY, Effect.SCHEDULE)
"""Effects that no untrusted value may choose unseen."""


_WHAT = {Effect.DELETE: "it deletes", Effect.MEMORY: "it changes what is remembered"}


class Spoken(NamedTuple):
    """One rule's word on a call, for explanations."""

    verdict: Verdict
    rule: str
    reason: str
    origin: str
    """Where it is written."""


class Policy:
    """The rules of one session."""

    def __init__(self, mode: Mode = Mode.ACCEPT_EDITS, rules: Iterable[Rule] = ()) -> None:
        """Args: `rules` are those that people wrote, and those that guard them."""
        self.mode = mode
        self.book = Book(rules)

    def decide(
        self,
        process: Process,
        call: AnyCall,
        arguments: dict[str, Any],
        needed: list[Access],
        labels: Labels,
        *,
        origin: str = "mind",
    ) -> Decision:
        """The strictest verdict over all rules."""
        shelf = self.book.shelf(call)
        found = self._built_in(process, call, arguments, needed, labels, origin=origin)
        effect = found[2]
        if shelf.stating or (shelf.allowing and effect.verdict is Verdict.ASK):
            found = self._with_rules(shelf, Given(arguments, labels, self.mode), found)
        worst = found[0]
        for each in found:
            if each.verdict is not worst.verdict and each.verdict.value > worst.verdict.value:
                worst = each
        if worst.verdict is Verdict.ASK:
            return self._asking(worst, found)
        if worst is _INSIDE and call.effect is Effect.EXEC:
            return effect
        return worst

    def _with_rules(self, shelf: Shelf, given: Given, found: tuple[Decision, ...]) -> tuple[Decision, ...]:
        """What people's rules add; one that allows answers only what the effect class asks."""
        outside, rights, effect, labels = found
        stated = shelf.stated(given)
        if effect.verdict is Verdict.ASK and (allowed := shelf.allowed(given)):
            return (*stated, allowed, outside, rights, labels)
        return (*stated, outside, rights, effect, labels)

    def stated_of(
        self,
        call: AnyCall,
        places: Iterable[tuple[str, bool]],
        arguments: dict[str, Any],
        labels: Labels,
        *,
        of_people: bool = False,
    ) -> list[tuple[str, Decision]]:
        """What the rules that ask or deny, by `touches`, say of places a call changes under other names.

        Args:
            call: the declaration.
            places: absolute paths without links, and whether what lies beneath is changed as well.
            arguments: canonical.
            labels: of the call.
            of_people: leave the built-in rules out.
        """
        shelf, given = self.book.shelf(call), Given(arguments, labels, self.mode)
        return [
            (place, decision)
            for place, is_tree in dict.fromkeys(places)
            for decision in shelf.stated_of(Touched(place, is_tree, True, False), given, of_people=of_people)
        ]

    def spoken(
        self,
        process: Process,
        call: AnyCall,
        arguments: dict[str, Any],
        needed: list[Access],
        labels: Labels,
        *,
        origin: str = "mind",
    ) -> list[Spoken]:
        """Every rule that has something to say of a call: people's whose conditions hold, and the built-in."""
        given = Given(arguments, labels, self.mode)
        found = [
            Spoken(rule.verdict, rule.id, rule.reason, str(rule.origin))
            for rule in self.book.shelf(call).holding(given)
        ]
        built_in = self._built_in(process, call, arguments, needed, labels, origin=origin)
        return found + [Spoken(each.verdict, each.rule, each.reason, "built-in") for each in built_in]

    def _built_in(
        self,
        process: Process,
        call: AnyCall,
        arguments: dict[str, Any],
        needed: list[Access],
        labels: Labels,
        *,
        origin: str,
    ) -> tuple[Decision, ...]:
        """What the built-in rules say: of places, rights, the effect's class and labels, in this order."""
        return (
            self._outside(process, needed),
            self._rights(process, call, arguments),
            self._effect(process, call, arguments, is_typed=origin == "user" and labels.is_trusted),
            self._labels(call, labels),
        )

    def _asking(self, worst: Decision, found: Sequence[Decision]) -> Decision:
        if self.mode is Mode.DENY_UNLISTED:
            return Decision(Verdict.DENY, worst.rule, f"{worst.reason}; mode deny-unlisted never asks")
        asks = tuple([each.rule for each in found if each.verdict is Verdict.ASK])
        outside = next((each.outside for each in found if each.outside), ())
        return Decision(worst.verdict, worst.rule, worst.reason, outside, asks)

    def _outside(self, process: Process, needed: list[Access]) -> Decision:
        missing = tuple([access for access in needed if not covered(process.caps, *access)])
        if not missing:
            return _INSIDE
        paths = ", ".join(repr(path) for _, path in missing[:3])
        return Decision(
            Verdict.ASK, "outside-workspace", f"{paths} lies outside the granted folders", missing
        )

    def _rights(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Decision:
        for right in call.rights:
            if (
                right is Right.NET and call.given is None
            ):  # what is not held of it is asked about, with the effect
                continue
            scope = _scope(right, call, arguments)
            if not holds(process.caps, right, scope):
                reason = f"this process holds no right {right.value!r} on {scope!r}"
                return Decision(Verdict.DENY, "no-capability", reason)
        return _HELD

    def _effect(
        self, process: Process, call: AnyCall, arguments: dict[str, Any], *, is_typed: bool
    ) -> Decision:
        effect = call.effect
        if not effect.is_side_effect:
            return _LOOKING
        if self.mode is Mode.PLAN:
            return Decision(Verdict.DENY, "mode-plan", "mode plan changes nothing")
        if effect is Effect.WRITE and self.mode is not Mode.ASK:
            return Decision(Verdict.ALLOW, "undoable-write", "it can be undone")
        if effect is Effect.DELETE and self.mode is Mode.AUTO_SAFE:
            return Decision(Verdict.ALLOW, "undoable-delete", "it goes to the trash and can be undone")
        if effect is Effect.MEMORY and call.undo is Undo.ANOTHER and self.mode is not Mode.ASK:
            return Decision(Verdict.ALLOW, "remembering", "it can be forgotten again")
        if effect is Effect.EXEC and is_typed:
            return Decision(Verdict.ALLOW, TYPED, "you typed it")
        is_canceled = call.undo is Undo.ANOTHER and not _is_line(arguments)
        if effect is Effect.SCHEDULE and self.mode is not Mode.ASK and (is_typed or is_canceled):
            return Decision(
                Verdict.ALLOW, "cancellable-job", "it can be canceled, and may do no more than now"
            )
        if Right.NET in call.rights and call.given is None:
            return _reach(process, str(arguments[URL]))
        what = _WHAT.get(effect, f"its effect is {effect.value!r}")
        return Decision(Verdict.ASK, f"asks-{effect.value}", what)

    def _labels(self, call: AnyCall, labels: Labels) -> Decision:
        if call.effect not in _CAREFUL or labels.is_trusted:
            return _NO_LABEL
        sources = ", ".join(label.source for label in labels.items if not label.trusted)
        return Decision(Verdict.ASK, "untrusted-argument", f"its arguments come from {sources}")


def _scope(right: Right, call: AnyCall, arguments: dict[str, Any]) -> str:
    """What a right must be held on: a program, a space of the memory, or the call's own area."""
    if right is Right.EXEC:
        return str(arguments["argv"][0])
    if right is Right.MEMORY:
        return str(arguments.get("space", DEFAULT_SPACE.get(call.name, "all")))
    return call.area


def _is_line(arguments: dict[str, Any]) -> bool:
    """Whether a job is a call or a program's line: it runs as typed, so a person must have typed or seen it."""
    return str(arguments.get("what", "")).lstrip().startswith((":", "!"))


def _reach(process: Process, url: str) -> Decision:
    """A host that is granted may be reached; another is asked about before anybody is told of the call."""
    _, host, port, _ = parts_of(url)
    target = target_of(host, port)
    if holds(process.caps, Right.NET, target):
        return _GRANTED
    reason = f"it reaches {target}, which is not granted; what grants it: --allow-host {target} or --allow 'tool.fetch({target})'"
    return Decision(Verdict.ASK, "asks-net", reason, ((Right.NET, target),))


class RehearsedPolicy(Policy):
    """The same policy, in which every effect it would allow asks: what is asked can be shown and not done."""

    def decide(
        self,
        process: Process,
        call: AnyCall,
        arguments: dict[str, Any],
        needed: list[Access],
        labels: Labels,
        *,
        origin: str = "mind",
    ) -> Decision:
        """As `Policy.decide`, but for effects that are allowed."""
        decision = super().decide(process, call, arguments, needed, labels, origin=origin)
        if decision.verdict is Verdict.ALLOW and call.effect.is_side_effect:
            return Decision(Verdict.ASK, decision.rule, decision.reason, decision.outside)
        return decision


def covered(caps: frozenset[Cap], right: Right, path: str) -> bool:
    """As `holds` for a file right; the usual canonical path is compared as text, which costs a tenth."""
    if right.is_path and path[:1] == "/" != path[1:2] and ".." not in path:
        for cap in caps:
            root = cap.scope
            if (
                cap.right is right
                and root
                and (path == root or path.startswith(root if root[-1] == "/" else f"{root}/"))
            ):
                return True
    return holds(caps, right, path)
