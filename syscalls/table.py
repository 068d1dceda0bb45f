"""The table of the calls a kernel knows, and the compiled checks of their arguments."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from syscalls.declare import Syscall
from syscalls.errors import BadArgument, UnknownCall

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

AnyCall = Syscall[Any, Any]
Check = Callable[[Any], bool]
"""True only for what the JSON Schema validator accepts; False says nothing."""


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
    """One call; its schema is compiled when it is first needed."""

    def __init__(self, call: AnyCall) -> None:
        self.call = call

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The schema of its arguments."""
        return self.call.schema

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Its arguments, in order."""
        return tuple(argument_fields(self.schema))

    @cached_property
    def paths(self) -> tuple[tuple[Field, Any], ...]:
        """The arguments that name files or folders, each with what holds when it is left out."""
        shapes = self.schema.get("properties", {})
        return tuple((field, shapes[field.name].get("default")) for field in self.fields if field.is_path)

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """The arguments that name something on a host."""
        return tuple(field.name for field in self.fields if field.kind == "url")

    @cached_property
    def _is_surely_valid(self) -> Check:
        return sure(self.schema, is_root=True) or _never

    @cached_property
    def _validator(self) -> Any:
        from jsonschema import Draft202012Validator  # a tenth of a second; most calls never need it

        return Draft202012Validator(self.schema)

    def check(self, arguments: object) -> None:
        """Refuse arguments that do not fit the schema.

        Raises:
            BadArgument: names the field, what was given and what would be accepted.
        """
        if self._is_surely_valid(arguments):
            return
        try:
            misfit = self._misfit(arguments)
        except RecursionError:
            misfit = "arguments: nested too deeply to be read"
        if misfit:
            raise BadArgument(f"{self.call.name}: {misfit}")

    def _misfit(self, arguments: object) -> str:
        """What is wrong with them; empty when nothing is."""
        if self._validator.is_valid(arguments):
            return ""
        from jsonschema.exceptions import best_match

        return explain(best_match(self._validator.iter_errors(arguments)), self.schema)


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
        from difflib import get_close_matches

        shown = [known for known, entry in self._entries.items() if not entry.call.is_hidden]
        close = get_close_matches(name, shown, n=3, cutoff=0.5)
        return f"; did you mean {', '.join(close)}?" if close else "; `aosh syscalls` lists them"


def sure(schema: object, *, is_root: bool = False) -> Check | None:
    """The plain cases of a schema, compiled: fifty times faster than the validator, which decides the rest.

    Understands only what argument records use, and values of exactly JSON's types. A schema with any
    other keyword has no check, a value that may be wrong gets a False: both go to the validator.
    """
    if not isinstance(schema, dict):
        return None
    rules = {name: rule for name, rule in schema.items() if name not in _ANNOTATIONS and name[:2] != "x-"}
    if is_root:
        rules.pop("$schema", None)
    match rules:
        case {"enum": list(choices), **rest} if not rest:
            words = frozenset(each for each in choices if isinstance(each, str))
            return lambda value: type(value) is str and value in words
        case {"anyOf": list(branches), **rest} if not rest:
            return _any_of([check for check in map(sure, branches) if check is not None])
        case {"type": str(kind), **rest} if kind in _BY_TYPE:
            return _BY_TYPE[kind](rest)
        case _:
            return None


def _never(value: object) -> bool:
    return False


def _any_of(checks: list[Check]) -> Check:
    return lambda value: any(check(value) for check in checks)


def _text(rules: dict[str, Any]) -> Check | None:
    bounds, pattern = _bounds(rules, "minLength", "maxLength"), rules.pop("pattern", "")
    if rules or bounds is None or not isinstance(pattern, str):
        return None
    least, most = bounds
    if not pattern:
        return lambda value: type(value) is str and least <= len(value) <= most
    try:
        search = re.compile(pattern).search
    except re.error:
        return None
    return lambda value: type(value) is str and least <= len(value) <= most and search(value) is not None


def _whole(rules: dict[str, Any]) -> Check | None:
    bounds = _bounds(rules, "minimum", "maximum")
    if rules or bounds is None:
        return None
    least, most = bounds
    return lambda value: type(value) is int and least <= value <= most


def _bounds(rules: dict[str, Any], low: str, high: str) -> tuple[float, float] | None:
    """Both ends, taken out of `rules`; None where one is no number."""
    least, most = rules.pop(low, float("-inf")), rules.pop(high, float("inf"))
    return (least, most) if isinstance(least, int | float) and isinstance(most, int | float) else None


def _plain(kind: type) -> Callable[[dict[str, Any]], Check | None]:
    return lambda rules: None if rules else lambda value: type(value) is kind


def _list(rules: dict[str, Any]) -> Check | None:
    bounds, item = _bounds(rules, "minItems", "maxItems"), sure(rules.pop("items", None))
    if rules or bounds is None or item is None:
        return None
    least, most = bounds
    return lambda value: type(value) is list and least <= len(value) <= most and all(map(item, value))


def _record(rules: dict[str, Any]) -> Check | None:
    properties = rules.pop("properties", None)
    required = tuple(rules.pop("required", ()))
    if (
        rules.pop("additionalProperties", True) not in (True, False)
        or rules
        or not isinstance(properties, dict)
    ):
        return None
    found = {name: sure(shape) for name, shape in properties.items()}
    checks = {name: check for name, check in found.items() if check is not None}

    def check(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for name, part in value.items():
            if name not in checks or not checks[name](part):
                return False
        return all(name in value for name in required)

    return check


_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "$comment"})
_BY_TYPE: dict[str, Callable[[dict[str, Any]], Check | None]] = {
    "string": _text,
    "integer": _whole,
    "boolean": _plain(bool),
    "null": _plain(type(None)),
    "array": _list,
    "object": _record,
}


def explain(error: "ValidationError", schema: Mapping[str, Any]) -> str:
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
