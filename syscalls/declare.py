"""How a syscall is declared: one signature, from which everything else is derived.

    file = Area("file", "Files and folders")

    @file.call(1, effect=Effect.READ, raises=FILE_ERRORS, hints=(Hint(...),))
    def read(a: Read) -> Text:
        \"\"\"The text of a file.\"\"\"

`read` is then a `Syscall[Read, Text]`: name and number, JSON Schemas, rights, manual page, menu
entry and completion come from it and are written nowhere else. A declaration has no body: whoever
serves it (a jailed driver, the kernel, the console) registers a handler of the same signature.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any, Generic, TypeVar, dataclass_transform, get_type_hints

import msgspec

from syscalls.caps import Right
from syscalls.errors import SysError
from syscalls.taste import Taste


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Args(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every argument record: closed, so that a mind's typo is heard."""


class Value(msgspec.Struct, frozen=True):
    """Base of every result record."""

    def text(self) -> str:
        """The value as plain lines: for pipes, for files, for a mind's next turn."""
        return msgspec.json.encode(self).decode()

    def as_wanted(self, taste: Taste, now: float) -> str:
        """`text`, with sizes, dates and times as the person wants them.

        Args:
            taste: what is wanted.
            now: Unix seconds, for "3 days ago".
        """
        del taste, now
        return self.text()

    def taken(self) -> str:
        """The text that a later step takes of it.

        Raises:
            SysError: there is none, or not all of it.
        """
        return self.text()

    def when_empty(self) -> str:
        """What to say where `text` is empty: an answer is never silence."""
        return "nothing to show"

    def paths(self) -> tuple[str, ...]:
        """The files and folders the value speaks of: what "them" means on the next turn."""
        return ()


class Document(Value, frozen=True):
    """The value of a plugin's call, whose record type the kernel does not know."""

    data: dict[str, Any]

    def text(self) -> str:
        """`name: value` lines."""
        return "".join(f"{name}: {value}\n" for name, value in self.data.items())


class Nothing(Args):
    """The argument record of a call that takes none."""


A = TypeVar("A", bound=Args)
V = TypeVar("V", bound=Value)


class Effect(Enum):
    """What class of effect a call has; policy and confidence thresholds differ by it."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    EXEC = "exec"
    NET = "net"
    MEMORY = "memory"
    SCHEDULE = "schedule"

    @property
    def is_side_effect(self) -> bool:
        """Whether something outlives the reply."""
        return self not in (Effect.NONE, Effect.READ)


class Undo(Enum):
    """How an effect is taken back."""

    NOTHING = "nothing to undo"
    RESTORE = "the pre-image is put back"
    TRASH = "taken out of the trash"
    MOVE_BACK = "moved back"
    ANOTHER = "another call takes it back; the reply says which"
    IMPOSSIBLE = "cannot be undone"


@dataclass(frozen=True, slots=True)
class Example:
    """A request in words and the arguments it means.

    Values are the user's own words; a mind's adapter turns them into typed values by kind.
    """

    request: str
    arguments: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hint:
    """One way a user asks for a call: the tool a small mind sees. A call may have several."""

    tool: str
    """A name users would say, such as "biggest_files"."""
    says: str
    """One terse line; every token costs a small mind time."""
    slots: dict[str, str] = field(default_factory=dict)
    """Argument field -> a few words for the mind. Fields left out stay at their default."""
    needs: tuple[str, ...] = ()
    """Slots the mind must fill."""
    fixed: dict[str, Any] = field(default_factory=dict)
    """Arguments this wording implies, such as `{"order": "size"}`."""
    triggers: tuple[str, ...] = ()
    cue: str = ""
    """Regular expression some part of the request must match; for variants told apart by one word."""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Syscall(Generic[A, V]):
    """A declared call: the value that all other parts of aosh are built from."""

    area: str
    verb: str
    number: int
    """Unique for ever within the ABI; a plugin's are unique within its namespace."""
    args: type[A]
    value: type[V]
    doc: str
    effect: Effect
    rights: tuple[Right, ...]
    """Rights needed besides those its path arguments imply."""
    undo: Undo
    raises: tuple[type[SysError], ...]
    hints: tuple[Hint, ...]
    label: str
    """What the result is labelled with: "file" (each path read), "tool" (what others on the machine chose), "app" (a
    plugin), or "kernel" (nobody else)."""
    is_hidden: bool
    """Whether minds never see it (kernel and shell only)."""
    given: tuple[dict[str, Any], dict[str, Any]] | None = None
    """Argument and result schema of a plugin's call, whose records live in the plugin's process."""
    name: str = field(init=False)
    """`area.verb`; made once, for the gate asks six times a call."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.area}.{self.verb}")

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.doc.partition("\n")[0]

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the arguments, closed and self-contained; shared, so never changed."""
        return self.given[0] if self.given else closed_schema(self.args)

    @property
    def result_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the value; shared, so never changed."""
        return self.given[1] if self.given else closed_schema(self.value)


@cache
def closed_schema(record: type[Any]) -> dict[str, Any]:
    """JSON Schema of a record with the root object inlined; nested records stay under `$defs`.

    Made once a record, since that takes half a millisecond: the mapping is shared.
    """
    (root,), parts = msgspec.json.schema_components([record], ref_template="#/$defs/{name}")
    schema = dict(parts.pop(record.__name__)) if "$ref" in root else dict(root)
    schema.pop("title", None)
    doc = schema.pop("description", None)
    head: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if doc:
        head["description"] = doc
    return head | schema | ({"$defs": parts} if parts else {})


@dataclass(frozen=True, slots=True)
class Area:
    """A namespace of calls and the decorator that declares them."""

    name: str
    doc: str

    def call(
        self,
        number: int,
        *,
        effect: Effect,
        rights: tuple[Right, ...] = (),
        undo: Undo = Undo.NOTHING,
        raises: tuple[type[SysError], ...] = (),
        hints: tuple[Hint, ...] = (),
        label: str = "kernel",
        is_hidden: bool = False,
    ) -> Callable[[Callable[[A], V]], Syscall[A, V]]:
        """Turn a signature `(a: Record) -> Value` into a `Syscall`.

        Raises:
            TypeError: the signature has not this shape, or a hint names an unknown field.
        """

        def declare(signature: Callable[[A], V]) -> Syscall[A, V]:
            args, value = records_of(signature)
            check_hints(signature.__name__, args, hints)
            return Syscall(
                area=self.name, verb=signature.__name__.rstrip("_"), number=number, args=args, value=value,
                doc=inspect.getdoc(signature) or "", effect=effect, rights=rights, undo=undo,
                raises=raises, hints=hints, label=label, is_hidden=is_hidden,
            )  # fmt: skip

        return declare


def records_of(signature: Callable[..., Any]) -> tuple[type[Any], type[Any]]:
    """The argument and value records of a one-argument function.

    Raises:
        TypeError: not one annotated `Args` argument and a `Value` result.
    """
    types = get_type_hints(signature, include_extras=True)
    value = types.pop("return", None)
    records = [kind for kind in types.values() if isinstance(kind, type) and issubclass(kind, Args)]
    is_alone = len(records) == len(inspect.signature(signature).parameters) == 1
    if not is_alone or not (isinstance(value, type) and issubclass(value, Value)):
        name = getattr(signature, "__name__", "?")
        raise TypeError(f"{name}: declare it as (a: SomeArgs) -> SomeValue, got {types!r} -> {value!r}")
    return records[0], value


def check_hints(name: str, args: type[Args], hints: tuple[Hint, ...]) -> None:
    """Refuse hints that speak of fields the record does not have."""
    known = set(args.__struct_fields__)
    for hint in hints:
        used = {*hint.slots, *hint.needs, *hint.fixed}
        for example in hint.examples:
            used |= set(example.arguments)
        if used - known:
            raise TypeError(f"{name}: hint {hint.tool!r} names unknown fields {sorted(used - known)}")
