"""Whether a call that is well-formed may happen: allow, ask or deny, and which rule said so.

The first policy: looking inside the workspace is allowed; changing things there is allowed and
can be undone; deleting, and anything outside, is asked about. Strictest rule wins; the first
reason is shown. Permission modes tighten or loosen the middle only, never the outside.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Literal

import msgspec

from kernel.paths import Access
from kernel.process import Process
from syscalls.caps import Cap, Right, holds
from syscalls.declare import Effect
from syscalls.labels import Labels
from syscalls.table import AnyCall

TYPED = "typed-by-you"
"""The rule that lets a program run because the person at the keyboard wrote the command line."""
LANDING = "flagged-landing"
"""The rule that shows what a program changed before it lands."""


class Verdict(Enum):
    """What a rule says; the order is the strictness."""

    ALLOW = 0
    ASK = 1
    DENY = 2


VERDICT_NAMES: dict[Verdict, Literal["allow", "ask", "deny"]] = {
    Verdict.ALLOW: "allow",
    Verdict.ASK: "ask",
    Verdict.DENY: "deny",
}
"""As journal and events write them."""


class Decision(msgspec.Struct, frozen=True):
    """The outcome for one call."""

    verdict: Verdict
    rule: str
    """Name of the rule that decided, such as "outside-workspace"."""
    reason: str
    """One sentence for a person."""
    outside: tuple[Access, ...] = ()
    """Accesses no capability covers; an approval grants exactly these, for this call."""
    asks: tuple[str, ...] = ()
    """Every rule that asks, where several do; a yes answers exactly these."""

    @property
    def questions(self) -> tuple[str, ...]:
        """The rules a yes answers."""
        return self.asks or (self.rule,)


_INSIDE = Decision(Verdict.ALLOW, "inside-workspace", "it stays inside the granted folders")
_HELD = Decision(Verdict.ALLOW, "held", "the process holds every right")
_LOOKING = Decision(Verdict.ALLOW, "looking", "it changes nothing")
_NO_LABEL = Decision(Verdict.ALLOW, "labels", "no untrusted value chooses it")
_CAREFUL = (Effect.DELETE, Effect.EXEC, Effect.NET, Effect.MEMORY)
"""Effects that no untrusted value may choose unseen."""


class Mode(Enum):
    """How much a session may do without asking."""

    PLAN = "plan"
    """Look, never change."""
    ASK = "ask"
    """Changes ask."""
    ACCEPT_EDITS = "accept-edits"
    """Undoable changes inside the workspace do not ask; deletes do."""
    AUTO_SAFE = "auto-safe"
    """Everything undoable inside the workspace, deletes included."""
    DENY_UNLISTED = "deny-unlisted"
    """What would be asked is denied."""


class Policy:
    """The rules of one session."""

    def __init__(self, mode: Mode = Mode.ACCEPT_EDITS) -> None:
        self.mode = mode

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
        found = (
            self._outside(process, needed),
            self._rights(process, call, arguments),
            self._effect(call, is_typed=origin == "user" and labels.is_trusted),
            self._labels(call, labels),
        )
        worst = found[0]
        for each in found:
            if each.verdict is not worst.verdict and each.verdict.value > worst.verdict.value:
                worst = each
        if worst.verdict is Verdict.ASK:
            return self._asking(worst, found)
        if worst.verdict is Verdict.ALLOW and call.effect is Effect.EXEC:
            return found[2]
        return worst

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
            scope = str(arguments["argv"][0]) if right is Right.EXEC else call.area
            if not holds(process.caps, right, scope):
                reason = f"this process holds no right {right.value!r} on {scope!r}"
                return Decision(Verdict.DENY, "no-capability", reason)
        return _HELD

    def _effect(self, call: AnyCall, *, is_typed: bool) -> Decision:
        effect = call.effect
        if not effect.is_side_effect:
            return _LOOKING
        if self.mode is Mode.PLAN:
            return Decision(Verdict.DENY, "mode-plan", "mode plan changes nothing")
        if effect is Effect.WRITE and self.mode is not Mode.ASK:
            return Decision(Verdict.ALLOW, "undoable-write", "it can be undone")
        if effect is Effect.DELETE and self.mode is Mode.AUTO_SAFE:
            return Decision(Verdict.ALLOW, "undoable-delete", "it goes to the trash and can be undone")
        if effect is Effect.EXEC and is_typed:
            return Decision(Verdict.ALLOW, TYPED, "you typed it")
        what = "it deletes" if effect is Effect.DELETE else f"its effect is {effect.value!r}"
        return Decision(Verdict.ASK, f"asks-{effect.value}", what)

    def _labels(self, call: AnyCall, labels: Labels) -> Decision:
        if call.effect not in _CAREFUL or labels.is_trusted:
            return _NO_LABEL
        sources = ", ".join(label.source for label in labels.items if not label.trusted)
        return Decision(Verdict.ASK, "untrusted-argument", f"its arguments come from {sources}")


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
