"""The values that travel through the gate: what is proposed, what was decided, what came back."""

import copy
import hashlib
from enum import Enum
from typing import Any, Protocol

import msgspec

from kernel.origins import RULE_OF_TWO, UNKNOWN, Origin
from kernel.paths import Access
from kernel.policy import Decision
from syscalls.caps import Right
from syscalls.declare import Effect, Value
from syscalls.errors import LabelStop, SysError
from syscalls.labels import NONE, USER, Labels
from syscalls.undo import Plan


class Proposal(msgspec.Struct, frozen=True):
    """A call somebody wants made. Untrusted until the gate has decoded it."""

    name: str
    arguments: dict[str, Any]
    labels: Labels = USER
    """Join over the sources of the arguments."""
    origin: str = "user"
    """"user" (typed by hand), "mind", "kernel", or "app:NAME"."""
    turns: str = ""
    """The effect this one takes back or brings again; set by undo only."""
    origins: dict[str, Origin] = {}
    """Argument -> where its value came from, where a mind proposed it."""


class Call(msgspec.Struct, frozen=True):
    """A proposal that passed decoding."""

    id: str
    """Unique within the journal."""
    name: str
    arguments: dict[str, Any]
    """Canonical: absolute paths, schema-valid."""
    effect: Effect
    needed: tuple[Access, ...]
    labels: Labels
    origin: str
    turns: str = ""
    origins: dict[str, Origin] = {}

    @property
    def digest(self) -> str:
        """SHA-256 over name and canonical arguments; an approval is bound to it."""
        body = msgspec.json.encode([self.name, self.arguments], order="sorted")
        return hashlib.sha256(body).hexdigest()

    @property
    def is_swayed(self) -> bool:
        """Whether an untrusted text may have chosen what it does, or for a write the place."""
        if not self.may_be_swayed:
            return False
        unknown = Origin(UNKNOWN, self.labels)
        return any(self.origins.get(name, unknown).is_swayed for name in self._chosen_with_care())

    @property
    def may_be_swayed(self) -> bool:
        """Whether an untrusted text had any part in it; for the most part its content alone."""
        return self.origin not in ("user", "kernel") and not self.labels.is_trusted

    def _chosen_with_care(self) -> list[str]:
        """The arguments by which no text of others may choose what happens; of a write those that say where."""
        if self.effect is not Effect.WRITE:
            return list(self.arguments) if self.effect.is_side_effect else []
        written = {path for right, path in self.needed if right is Right.FS_WRITE}
        return [name for name, value in self.arguments.items() if _names_one_of(written, value)]

    def sealed(self) -> "Call":
        """The same call with arguments that nobody else holds: what is asked about cannot change since."""
        return msgspec.structs.replace(self, arguments=copy.deepcopy(self.arguments))

    def line(self) -> str:
        """The exact call on one line, as an approval shows it (not escaped)."""
        words = [f"{key}={_word(value)}" for key, value in self.arguments.items()]
        return " ".join([self.name, *words])


def _names_one_of(paths: set[str], value: object) -> bool:
    for each in value if isinstance(value, list) else (value,):
        if isinstance(each, str) and (each.rstrip("/") or "/") in paths:
            return True
    return False


def _word(value: object) -> str:
    return msgspec.json.encode(value).decode()


class Ok(msgspec.Struct, frozen=True):
    """A call that was carried out."""

    call: Call
    value: Value
    labels: Labels = NONE
    changes: Plan | None = None
    """For effects: what was planned, and done."""


class Err(msgspec.Struct, frozen=True):
    """A call that was refused or failed."""

    error: SysError
    name: str
    call: Call | None = None
    decision: Decision | None = None


Reply = Ok | Err


class Approval(msgspec.Struct, frozen=True):
    """What a person is asked to allow."""

    call: Call
    digest: str
    decision: Decision
    plan: Plan | None
    scope: str
    """What "yes for this scope" would cover, in words; empty when there is no such offer."""
    is_reversible: bool = True
    """Whether the effect can be taken back, as far as is known before it happens."""


class Choice(Enum):
    """A person's answer to an approval."""

    ONCE = "once"
    SCOPE = "scope"
    NO = "no"
    EDIT = "edit"
    """No to this call; the person will propose it changed."""


class Approver(Protocol):
    """Whoever may say yes."""

    is_present: bool
    """Whether anybody can be asked at all."""

    async def approve(self, approval: Approval) -> Choice:
        """The person's answer; NO where nobody answers."""
        ...


class NoApprover:
    """Headless: nobody there means no."""

    is_present = False

    async def approve(self, approval: Approval) -> Choice:
        """Always no."""
        del approval
        return Choice.NO


class AlwaysYes:
    """Says yes to permissions, for scripted sessions that were told to.

    Never to meaning, to what an untrusted text may have chosen, or to all three of the rule of two:
    those need somebody who looks.
    """

    is_present = True

    async def approve(self, approval: Approval) -> Choice:
        """Yes, once.

        Raises:
            LabelStop: it takes a person.
        """
        call, rules = approval.call, approval.decision.questions
        if RULE_OF_TWO in rules or call.is_swayed:
            raise LabelStop(
                f"{call.name}: {approval.decision.reason}; `--yes` does not cover that, a person must see it"
            )
        return Choice.ONCE
