"""How a typed word becomes a field's value: by the field's JSON type, and its kind where it has one."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from apps.shell.console.words import Word
from kernel import words
from syscalls.errors import BadArgument

_YES_NO = {
    "yes": True, "true": True, "on": True, "1": True, "y": True,
    "no": False, "false": False, "off": False, "0": False, "n": False,
}  # fmt: skip
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_AGE_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)
_UNITS_S = {
    "": 1, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3_600, "hour": 3_600,
    "d": 86_400, "day": 86_400, "w": 604_800, "week": 604_800, "mo": 2_629_800, "month": 2_629_800,
    "y": 31_557_600, "year": 31_557_600,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One argument field as its schema describes it."""

    name: str
    type: str
    """JSON type: string, integer, number, boolean, array, object."""
    kind: str = ""
    """The `x-kind` of it, or of a list's items."""
    choices: tuple[str, ...] = ()
    is_required: bool = False
    is_nullable: bool = False
    items: "Field | None" = None
    """What a list holds."""

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return self.type == "array"

    @property
    def is_flag(self) -> bool:
        """Whether its bare name means yes."""
        return self.type == "boolean"

    @property
    def is_path(self) -> bool:
        """Whether it names files or folders."""
        return self.kind in ("path", "folder")

    @property
    def accepts(self) -> str:
        """What may be given, in a few words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.items:
            return f"list of {self.items.accepts}"
        return _ACCEPTS.get(self.kind) or _ACCEPTS.get(self.type) or self.type


_ACCEPTS = {
    "size": "a size such as 500, 10kB, 1.5MB or 2GiB",
    "age": "a time such as 90s, 30min, 2h, 3d, 1w or 1h30m",
    "count": "a whole number",
    "path": "a path",
    "folder": "a folder",
    "glob": "a name pattern such as *.py",
    "mode": "permissions such as 755 or u+x",
    "name": "a name",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "object": 'JSON such as {"key": 1}',
}


def fields_of(schema: Mapping[str, Any]) -> dict[str, Field]:
    """The fields of an argument schema, in declared order."""
    required = set(schema.get("required", ()))
    return {name: _field(name, part, name in required) for name, part in schema.get("properties", {}).items()}


def read_value(field: Field, given: list[Word]) -> Any:
    """The value that the words given for one field mean.

    Raises:
        BadArgument: names the field, what was given and what is accepted.
    """
    if field.is_nullable and len(given) == 1 and given[0].is_plain and given[0].value == "null":
        return None
    if field.is_list:
        return [item for word in given for item in _items(field, word)]
    if len(given) > 1:
        raise BadArgument(f"{field.name} was given {len(given)} times; it takes {field.accepts}")
    return _scalar(field, given[0])


def _items(field: Field, word: Word) -> list[Any]:
    if isinstance(word.json, list):
        return word.json
    if word.json is not None:
        return [word.json]
    item = field.items or Field(field.name, "string")
    parts = [part for part in word.value.split(",") if part] if word.key and word.is_plain else [word.value]
    return [_scalar(item, word._replace(value=part)) for part in parts]


def _scalar(field: Field, word: Word) -> Any:
    if word.json is not None:
        return word.value if field.type == "string" else word.json
    read = KINDS.get(field.kind) or _TYPES.get(field.type, str)
    try:
        return read(word.value)
    except (ValueError, KeyError, OverflowError):
        return _in_words(field, word.value)


def _in_words(field: Field, text: str) -> Any:
    """What only the kernel's vocabulary reads, such as "last week"."""
    if field.kind in KINDS:
        with suppress(BadArgument, ValueError, OverflowError):
            return words.parse(field.kind, text)
    raise BadArgument(f"{field.name}: expected {field.accepts}, got {text!r}")


def _field(name: str, part: Mapping[str, Any], is_required: bool) -> Field:
    branches = part.get("anyOf", [part])
    kinds = [branch for branch in branches if branch.get("type") != "null"]
    main = kinds[0] if kinds else part
    items = _field(name, main["items"], False) if main.get("type") == "array" and "items" in main else None
    return Field(
        name=name,
        type=main.get("type", "string" if "enum" in main else "object"),
        kind=items.kind if items else main.get("x-kind", ""),
        choices=tuple(map(str, main.get("enum", ()))),
        is_required=is_required,
        is_nullable=len(kinds) < len(branches),
        items=items,
    )


def size(text: str) -> int:
    """Bytes: powers of 1000 (kB, MB), of 1024 with an i (KiB, MiB).

    Raises:
        ValueError: no size.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    number, unit, binary = match.groups()
    factor: int = (1024 if binary else 1000) ** _POWERS[unit.lower()]
    return int(number) * factor if number.isdigit() else round(float(number) * factor)


def age(text: str) -> int:
    """Seconds, such as "2d" or "1h30m"; a bare number is seconds.

    Raises:
        ValueError: no length of time.
    """
    total, at, stripped = 0.0, 0, text.strip()
    while at < len(stripped) or not stripped:
        match = _AGE_PART.match(stripped, at)
        if match is None:
            raise ValueError(text)
        unit = match[2].lower()
        seconds = _UNITS_S.get(unit) or _UNITS_S.get(unit.removesuffix("s"))
        if seconds is None:
            raise ValueError(text)
        total += float(match[1]) * seconds
        at = match.end()
    return round(total)


def yes_no(text: str) -> bool:
    """A yes or a no.

    Raises:
        KeyError: neither.
    """
    return _YES_NO[text.lower()]


KINDS: Mapping[str, Callable[[str], Any]] = MappingProxyType({"size": size, "age": age})
"""Exact conversions by `x-kind`; they win over the JSON type's, and `kernel.words` reads the rest."""
_TYPES: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {"integer": int, "number": float, "boolean": yes_no, "object": json.loads, "array": json.loads}
)
