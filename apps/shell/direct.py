"""`:area.verb key=value`: one syscall typed by hand, without a mind.

    :file.read README.md              bare first words fill the required fields, then path fields
    :file.find name=*.py larger=10MB  values are read by the field's type and kind
    :file.list hidden order=size      a bare name of a yes/no field switches it on
    :file.delete a.txt b.txt          lists by more words, a repeated key, commas or JSON
    :file   and   :                   list the calls

Pure functions of (table, text). `unparse` is the inverse; what it writes is inert on a terminal.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from apps.shell.console.values import Field, fields_of, read_value
from apps.shell.console.words import Word, split
from apps.shell.render.escape import IN_LINE, json_safe
from syscalls.errors import BadArgument
from syscalls.table import Entry, Table

LIST_CALL = "tool.list"
_SIMPLE = re.compile(r"[\w./~*?@%+:^-]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHORT_ESCAPE = re.compile(r"\\(.)")
_LONG = {"b": "\\u0008", "f": "\\u000c"}
"""`\b` and `\f` mean themselves in sugar (they are common in regular expressions)."""


class Spoken(NamedTuple):
    """What a line of sugar says."""

    name: str
    arguments: dict[str, Any]


def parse(table: Table, text: str) -> Spoken:
    """The call a line of sugar means, checked against its schema.

    Args:
        table: the calls there are.
        text: the line, with or without the leading colon.

    Raises:
        UnknownCall: no call of that name; the nearest are named.
        BadArgument: a word does not fit; the text says what would be accepted.
    """
    name, rest = (*text.strip().removeprefix(":").split(None, 1), "", "")[:2]
    area = name.removesuffix(".")
    if not area or (not rest and any(known.startswith(f"{area}.") for known in table)):
        return Spoken(LIST_CALL, {"area": area} if area else {})
    entry = table[name]
    try:
        arguments = _arguments(entry, split(rest))
    except BadArgument as problem:
        raise BadArgument(f"{name}: {problem}") from None
    entry.check(arguments)
    if _SURROGATE.search(json.dumps(arguments, ensure_ascii=False)):
        raise BadArgument(f"{name}: expected valid UTF-8 text, got bytes that are none")
    return Spoken(name, arguments)


def unparse(name: str, arguments: Mapping[str, Any]) -> str:
    """The canonical line of a call, without the colon: `parse` gives the same call again."""
    return " ".join([name, *(f"{key}={write_value(value)}" for key, value in arguments.items())])


def write_value(value: object) -> str:
    """One value as sugar: JSON, with every invisible character escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json_safe(_SHORT_ESCAPE.sub(lambda match: _LONG.get(match[1], match[0]), text))


def quote(text: str) -> str:
    """A word as a person would type it: bare where that is safe, else in double quotes."""
    return text if _SIMPLE.fullmatch(text) and not IN_LINE.search(text) else write_value(text)


def _arguments(entry: Entry, words: list[Word]) -> dict[str, Any]:
    fields = fields_of(entry.schema)
    given: dict[str, list[Word]] = {}
    bare: list[Word] = []
    for word in words:
        if word.key:
            given.setdefault(_known(word.key, fields), []).append(word)
        elif word.is_plain and word.value in fields and fields[word.value].is_flag:
            given.setdefault(word.value, []).append(word._replace(value="yes"))
        else:
            bare.append(word)
    given |= _placed(bare, fields, set(given))
    return {key: read_value(fields[key], share) for key, share in given.items()}


def _known(key: str, fields: Mapping[str, Field]) -> str:
    if key in fields:
        return key
    raise BadArgument(
        f"unknown field {key!r}; it takes {', '.join(fields) or 'none'} "
        "(put the word in quotes where = belongs to it)"
    )


def _placed(bare: list[Word], fields: Mapping[str, Field], taken: set[str]) -> dict[str, list[Word]]:
    """Bare words by the field they fill: required ones in order, then path fields.

    A list takes every word that the required fields after it leave over, as `cp a b c to` does.
    """
    free = [field for field in fields.values() if field.name not in taken]
    required = [field for field in free if field.is_required]
    order = required + [field for field in free if not field.is_required and field.is_path]
    placed: dict[str, list[Word]] = {}
    left = list(bare)
    for at, field in enumerate(order):
        if not left:
            break
        waiting = len(required) - at - 1 if field.is_required else 0
        count = max(1, len(left) - max(0, waiting)) if field.is_list else 1
        placed[field.name], left = left[:count], left[count:]
    if left:
        takes = ", ".join(f"{field.name}=" for field in free if field.name not in placed)
        raise BadArgument(
            f"one word too many: {left[0].value!r}; say which field it is ({takes or 'none is left'}) "
            "or put text with spaces in quotes"
        )
    return placed
