"""The table of the calls a kernel knows, and the compiled checks of their arguments."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from syscalls.declare import Syscall
from syscalls.errors import BadArgument, UnknownCall

AnyCall = Syscall[Any, Any]


class Field(msgspec.Struct, frozen=True):
    """One argument as the schema describes it."""

    name: str
    kind: str
    """`x-kind`, such as "path" or "size"; else the JSON type."""
    access: str
    """"read" or "write" for paths, else empty."""
    is_list: bool
    is_required: bool

    @property
    def is_path(self) -> bool:
        """Whether its value names a file or folder."""
        return self.kind in ("path", "folder")


def argument_fields(schema: Mapping[str, Any]) -> Iterator[Field]:
    """The fields of an argument schema, in order."""
    for name, shape in schema.get("properties", {}).items():
        is_list = shape.get("type") == "array"
        core = shape.get("items", {}) if is_list else shape
        for branch in core.get("anyOf", ()):
            if branch.get("type") != "null":
                core = branch
        kind = core.get("x-kind") or ("choice" if "enum" in core else core.get("type", "string"))
        yield Field(name, kind, core.get("x-access", ""), is_list, name in schema.get("required", ()))


class Entry:
    """One call with its schema compiled once."""

    def __init__(self, call: AnyCall) -> None:
        self.call = call
        self.schema = call.schema
        self.fields = tuple(argument_fields(self.schema))
        self._validator = Draft202012Validator(self.schema)

    def check(self, arguments: object) -> None:
        """Refuse arguments that do not fit the schema.

        Raises:
            BadArgument: names the field, what was given and what would be accepted.
        """
        if not self._validator.is_valid(arguments):
            error = best_match(self._validator.iter_errors(arguments))
            raise BadArgument(f"{self.call.name}: {explain(error, self.schema)}")


class Table(Mapping[str, Entry]):
    """Calls by name. Numbers and names are unique within an area, or it refuses to be built."""

    def __init__(self, calls: Iterable[AnyCall]) -> None:
        self._entries: dict[str, Entry] = {}
        numbers: dict[tuple[str, int], str] = {}
        for call in calls:
            if call.name in self._entries:
                raise ValueError(f"two syscalls are called {call.name!r}")
            key = (call.area, call.number)
            if key in numbers:
                raise ValueError(f"{call.name!r} and {numbers[key]!r} share number {call.number}")
            numbers[key] = call.name
            self._entries[call.name] = Entry(call)

    def __getitem__(self, name: str) -> Entry:
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownCall(f"no syscall {name!r}{self._nearest(name)}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def calls(self) -> list[AnyCall]:
        """Every declaration, in table order."""
        return [entry.call for entry in self._entries.values()]

    def fingerprint(self) -> str:
        """SHA-256 over names, numbers and schemas: changes exactly when the ABI does."""
        shape = [(call.name, call.number, call.schema) for call in self.calls()]
        return hashlib.sha256(msgspec.json.encode(shape, order="sorted")).hexdigest()

    def _nearest(self, name: str) -> str:
        close = get_close_matches(name, self._entries, n=3, cutoff=0.5)
        return f"; did you mean {', '.join(close)}?" if close else "; `aosh syscalls` lists them"


def explain(error: ValidationError, schema: Mapping[str, Any]) -> str:
    """One line: the field, what was given, what would be accepted."""
    where = ".".join(str(part) for part in error.absolute_path)
    given = shorten(error.instance)
    match error.validator:
        case "additionalProperties":
            known = sorted(error.schema.get("properties", {}))
            strange = sorted(set(error.instance) - set(known))
            return f"unknown field {', '.join(map(repr, strange))}; it takes {', '.join(known) or 'none'}"
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            fields = schema.get("properties", {}) if not where else {}
            hints = [f"{name!r}{_means(fields.get(name, {}))}" for name in missing]
            return f"missing {', '.join(hints)}"
        case "type":
            return f"{where or 'arguments'}: expected {error.validator_value}, got {given}"
        case "enum":
            return f"{where}: expected {_accepts(error.schema)}, got {given}"
        case "anyOf":
            accepted = " or ".join(map(_accepts, error.validator_value))
            return f"{where}: expected {accepted}, got {given}"
        case "pattern":
            accepted = error.schema.get("description", f"text matching {error.validator_value}")
            return f"{where}: expected {accepted}, got {given}"
        case _:
            return f"{where or 'arguments'}: expected {error.validator} {error.validator_value}, got {given}"


def shorten(value: object, limit: int = 80) -> str:
    """The value's repr, cut in the middle so that an error stays one line."""
    text = repr(value)
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]}...{text[-limit // 4 :]} ({len(text)} characters)"


def _accepts(shape: Mapping[str, Any]) -> str:
    choices = ", ".join(map(repr, shape.get("enum", ())))
    return f"one of {choices}" if choices else str(shape.get("type", "a value"))


def _means(field: Mapping[str, Any]) -> str:
    about = field.get("description") or field.get("type")
    return f" ({about})" if about else ""
