"""What is remembered from one session to the next: facts and preferences of the person and the project."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from syscalls import mem_hints as hints
from syscalls.caps import Right
from syscalls.declare import Area, Args, Effect, Undo, Value
from syscalls.errors import (
    BadArgument,
    Busy,
    DeviceFailed,
    NoSpace,
    NotFound,
    NotPermitted,
    NotText,
    Sensitive,
    SysError,
    TooBig,
)
from syscalls.kinds import Pattern

mem = Area("mem", "Memory")

Space = Literal["user", "project"]
"""user: the person's, everywhere. project: of the working folder only."""
Spaces = Literal["all", "user", "project"]
Said = Annotated[str, Meta(min_length=1, max_length=65_536, extra_json_schema={"x-kind": "text"})]
"""What is remembered, at most 64 Ki characters and bytes."""
Identity = Annotated[int, Meta(ge=1, le=2**53)]
Sources = Annotated[tuple[str, ...], Meta(max_length=512)]


class Remember(Args):
    """What to keep in mind."""

    text: Said
    kind: Literal["fact", "preference"] = "fact"
    space: Space = "user"
    force: bool = False
    """Also what looks like a password, key or token."""
    sources: Sources = ()
    """The untrusted places it comes from. The kernel fills this from the labels, whatever is given."""
    private: bool = False
    """Likewise: whether any of it is private."""


class Recall(Args):
    """What to look for."""

    text: Pattern
    """A question, or words."""
    space: Spaces = "all"
    limit: Annotated[int, Meta(ge=1, le=100)] = 5
    history: bool = False
    """Also what was replaced by something newer."""
    sure: bool = False
    """Only what is almost certainly meant."""


class Listed(Args):
    """Which memories."""

    space: Spaces = "all"
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    """The newest."""
    history: bool = False


class Reword(Args):
    """A memory and what it says from now on."""

    id: Identity
    text: Said
    space: Spaces = "all"
    force: bool = False
    sources: Sources = ()
    """As of mem.store; likewise `private`."""
    private: bool = False


class Forget(Args):
    """A memory, by its number or by what it is about."""

    id: Annotated[int, Meta(ge=0, le=2**53)] = 0
    """Its number; 0 where `about` says which."""
    about: Annotated[str, Meta(max_length=4096, extra_json_schema={"x-kind": "text"})] = ""
    space: Spaces = "all"


class Pin(Args):
    """A memory to keep in front."""

    id: Identity
    pinned: bool = True
    """False: no longer."""
    space: Spaces = "all"


class Memory(msgspec.Struct, frozen=True):
    """One thing remembered."""

    id: int
    said: str
    kind: str
    space: str
    made: float
    """Unix seconds."""
    pinned: bool = False
    why: str = ""
    """Why it was found."""
    sources: tuple[str, ...] = ()
    """Untrusted places it comes from; empty of what the person said."""
    replaced_by: int | None = None

    @property
    def line(self) -> str:
        """What it says, in one line; what others wrote is quoted."""
        if not self.sources:
            return self.said
        return f"{', '.join(self.sources)} says (not trusted): {self.said!r}"

    @property
    def day(self) -> str:
        """The day it was made, by UTC."""
        return datetime.fromtimestamp(self.made, UTC).date().isoformat()


class Memories(Value, frozen=True):
    """What was found, best or newest first."""

    items: tuple[Memory, ...]

    def text(self) -> str:
        """A line each."""
        return "".join(f"{each.line}\n" for each in self.items)

    def when_empty(self) -> str:
        """An honest no."""
        return "nothing is remembered of that"


Did = Literal["remembered", "known", "updated", "forgotten", "pinned", "unpinned"]


class Kept(Value, frozen=True):
    """What is remembered now, or was forgotten."""

    id: int
    said: str
    did: Did
    replaces: int | None = None

    def text(self) -> str:
        """One sentence, and how to take it back."""
        return f"{self.did} as memory {self.id}: {self.said!r}{_TAKEN_BACK[self.did].format(self.id)}\n"


_TAKEN_BACK = {
    "remembered": "; `aosh memory forget {0}` takes it back",
    "known": " (it was before)",
    "updated": "; what it said before is kept as history",
    "forgotten": "; it is gone from the memory for good",
    "pinned": "",
    "unpinned": "",
}
_BASE: tuple[type[SysError], ...] = (BadArgument, DeviceFailed, Busy, NoSpace, NotPermitted)
_RIGHTS = (Right.MEMORY,)


@mem.call(
    1, effect=Effect.MEMORY, rights=_RIGHTS, undo=Undo.ANOTHER, raises=(*_BASE, TooBig, NotText, Sensitive),
    hints=hints.STORE,
)  # fmt: skip
def store(a: Remember) -> Kept:
    """Remember a fact or a preference."""


@mem.call(2, effect=Effect.READ, rights=_RIGHTS, raises=_BASE, hints=hints.RECALL)
def recall(a: Recall) -> Memories:
    """What is remembered of something, best first.

    By words and by meaning; each hit says why it was found. Empty where nothing is known of it.
    """


@mem.call(3, effect=Effect.READ, rights=_RIGHTS, raises=_BASE, hints=hints.LIST)
def list_(a: Listed) -> Memories:
    """Everything that is remembered, newest first."""


@mem.call(
    4, effect=Effect.MEMORY, rights=_RIGHTS, undo=Undo.ANOTHER,
    raises=(*_BASE, NotFound, TooBig, NotText, Sensitive),
)  # fmt: skip
def update(a: Reword) -> Kept:
    """Let a memory say something else; what it said before is kept as history."""


@mem.call(
    5, effect=Effect.MEMORY, rights=_RIGHTS, undo=Undo.IMPOSSIBLE, raises=(*_BASE, NotFound),
    hints=hints.FORGET,
)  # fmt: skip
def forget(a: Forget) -> Kept:
    """Remove a memory for good.

    By number, or by what it is about where that means a single one; else the likely ones are named.
    """


@mem.call(6, effect=Effect.MEMORY, rights=_RIGHTS, undo=Undo.ANOTHER, raises=(*_BASE, NotFound))
def pin(a: Pin) -> Kept:
    """Keep a memory in front, or no longer."""


CALLS = (store, recall, list_, update, forget, pin)
