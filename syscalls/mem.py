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
Kinds = Literal["all", "fact", "preference", "episode"]
"""preference: how the person wants things. episode: what was done in an earlier session."""
Identity = Annotated[int, Meta(ge=1, le=2**53)]
Which = Annotated[int, Meta(ge=0, le=2**53)]
"""A memory's number; 0 where words say which."""
About = Annotated[str, Meta(max_length=4096, extra_json_schema={"x-kind": "text"})]
Moment = Annotated[int, Meta(ge=0, le=10**11)]
"""Unix seconds; 0 where it is left open."""
Sources = Annotated[tuple[str, ...], Meta(max_length=512)]


class Remember(Args):
    """What to keep in mind."""

    text: Said
    kind: Literal["fact", "preference", "episode"] = "fact"
    space: Space = "user"
    pinned: bool = False
    """Keep it in front."""
    made: Moment = 0
    """When it was so; now when 0."""
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
    kind: Kinds = "all"
    limit: Annotated[int, Meta(ge=1, le=100)] = 5
    history: bool = False
    """Also what was replaced by something newer."""
    sure: bool = False
    """Only what is almost certainly meant."""
    pinned: bool = False
    """Before it, whatever is pinned, and all preferences."""


class Listed(Args):
    """Which memories."""

    space: Spaces = "all"
    kind: Kinds = "all"
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    """The newest."""
    history: bool = False
    since: Moment = 0
    until: Moment = 0
    """Before this."""
    when: Annotated[str, Meta(max_length=100, extra_json_schema={"x-kind": "text"})] = ""
    """Both in words, such as "yesterday" or "last week"; settled against the user's clock."""


class Reword(Args):
    """A memory and what it says from now on."""

    text: Said
    id: Which = 0
    about: About = ""
    """What it is about, where there is no number: the sentence that is corrected."""
    space: Spaces = "all"
    force: bool = False
    sources: Sources = ()
    """As of mem.store; likewise `private`."""
    private: bool = False


class Forget(Args):
    """A memory, by its number or by what it is about; or every one that fits."""

    id: Which = 0
    about: About = ""
    space: Spaces = "all"
    kind: Kinds = "all"
    every: bool = False
    """All that are of this kind and, where `about` is given, almost certainly about it."""


class Pin(Args):
    """A memory to keep in front."""

    id: Which = 0
    pinned: bool = True
    """False: no longer."""
    about: About = ""
    space: Spaces = "all"


class Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A memory from elsewhere, with all that belongs to it."""

    text: Said
    kind: Literal["fact", "preference", "episode"] = "fact"
    made: float = 0.0
    """Unix seconds; now when 0."""
    expires: float = 0.0
    """Unix seconds from which on it is not recalled; never when 0."""
    pinned: bool = False
    thread: str = ""
    sources: tuple[str, ...] = ()
    """Untrusted places it came from then."""
    private: bool = False
    replaces: Which = 0
    """A memory that is here already and that it takes the place of."""
    replaces_item: Which = 0
    """Likewise one of the same list, counted from 1."""


class Load(Args):
    """Memories to keep, all or none."""

    items: Annotated[tuple[Carried, ...], Meta(min_length=1, max_length=500)]
    """What was replaced stands before what replaced it."""
    space: Space = "user"
    force: bool = False
    """Also what looks like a password, key or token."""
    sources: Sources = ()
    """Of all of them; as of mem.store, likewise `private`."""
    private: bool = False


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
    expires: float | None = None
    """Unix seconds from which on it is not recalled."""
    private: bool = False
    thread: str = ""
    """Of which conversation; empty for none."""

    @property
    def line(self) -> str:
        """What it says, in one line; what others wrote is quoted."""
        if not self.sources:
            return self.said
        return f"{', '.join(self.sources)} says (not trusted): {self.said!r}"

    @property
    def marks(self) -> str:
        """What is to be known of it besides: "" or such as " (preference, pinned)"."""
        marks = [self.kind] if self.kind != "fact" else []
        marks += ["pinned"] if self.pinned else []
        marks += [f"replaced by {self.replaced_by}"] if self.replaced_by else []
        return f" ({', '.join(marks)})" if marks else ""

    @property
    def day(self) -> str:
        """The day it was made, by UTC."""
        return datetime.fromtimestamp(self.made, UTC).date().isoformat()


class Memories(Value, frozen=True):
    """What was found, best or newest first."""

    items: tuple[Memory, ...]
    numbered: bool = False
    """Whether each is shown with its number and kind."""

    def text(self) -> str:
        """A line each."""
        if self.numbered:
            return "".join(f"{each.id}: {each.line}{each.marks}\n" for each in self.items)
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
    effect: str = ""
    """What follows from it, in a sentence."""

    def text(self) -> str:
        """One sentence, what follows from it, and how to take it back."""
        if not self.id:
            return f"{self.did}: {self.said}{_TAKEN_BACK[self.did].format(self.id)}\n"
        as_ = " as" if self.did in ("remembered", "known") else ""
        replaced = (
            f", in place of memory {self.replaces}" if self.replaces and self.did == "remembered" else ""
        )
        effect = f"; {self.effect}" if self.effect else ""
        return f"{self.did}{as_} memory {self.id}{replaced}: {self.said!r}{effect}{_TAKEN_BACK[self.did].format(self.id)}\n"


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

    By number, or by what it is about where that means a single one; else the likely ones are named. Or every one
    that fits.
    """


@mem.call(6, effect=Effect.MEMORY, rights=_RIGHTS, undo=Undo.ANOTHER, raises=(*_BASE, NotFound))
def pin(a: Pin) -> Kept:
    """Keep a memory in front, or no longer."""


class Loaded(Value, frozen=True):
    """The numbers under which all of the list are kept now, in its order; what was here already keeps its own."""

    ids: tuple[int, ...]

    def text(self) -> str:
        """How many."""
        return f"{len(self.ids)} memories are there now\n"


@mem.call(
    7, effect=Effect.MEMORY, rights=_RIGHTS, undo=Undo.ANOTHER, is_hidden=True,
    raises=(*_BASE, NotFound, TooBig, NotText, Sensitive),
)  # fmt: skip
def load(a: Load) -> Loaded:
    """Keep memories that were exported, with their history, times and pins.

    Only the front end makes it, for a person who named the file.
    """


def memories_in(value: object) -> tuple[int, ...]:
    """The numbers of the memories that a value speaks of."""
    if isinstance(value, Memories):
        return tuple(each.id for each in value.items)
    return (value.id,) if isinstance(value, Kept) and value.id and value.did != "forgotten" else ()


CALLS = (store, recall, list_, update, forget, pin, load)
