"""What may be said of a call, and the modes a session may be in."""

from enum import Enum
from typing import Literal

import msgspec

from kernel.paths import Access


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
"""As journal, events and rule files write them."""


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
    """What would be asked is denied; what a rule allows is not asked."""


class Decision(msgspec.Struct, frozen=True):
    """The outcome for one call."""

    verdict: Verdict
    rule: str
    """Name of the rule that decided, such as "outside-workspace" or "user:keep-secrets"."""
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
