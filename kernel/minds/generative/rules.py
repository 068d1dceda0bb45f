"""A schema that `grammar.py` made, as production rules in xgrammar's EBNF: compiled in a quarter of the schema's time.

What costs is a state inside a text, for it is a mask over the whole vocabulary, and what xgrammar makes of a JSON Schema
has many: one set for every text that may not be empty. Here all texts share one right-recursive rule, and every shape,
and every field with its key, is one rule however often it occurs. No blank stands anywhere outside of texts.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

FAR = 10**15 - 1
"""Numbers are written with 15 digits at most."""
_PLAIN = r"[^\"\\\x00-\x1f]"
# No half of a surrogate pair: whatever is written has one meaning and one length.
_FIXED = {
    "hex": "[0-9a-fA-F]",
    "escape": r'["\\/bfnrt] | "u" ([0-9a-cefA-CEF] hex hex hex | [dD] [0-7] hex hex)',
    "char": rf'{_PLAIN} | "\\" escape',
    "chars": rf'"\"" | {_PLAIN} chars | "\\" escape chars',
    "some": rf'{_PLAIN} chars | "\\" escape chars',
    "text": r'"\"" chars',
    "words": r'"\"" some',
}


class Unwritable(Exception):
    """A keyword or a pattern that these rules do not say; the schema itself has to be compiled."""


@lru_cache(maxsize=32)
def rules(schema: bytes) -> str | None:
    """The rules of a schema, beginning at `root`; None where it uses what only a schema can say."""
    try:
        return _Writer(json.loads(schema)).written()
    except (Unwritable, RecursionError):
        return None


class _Writer:
    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._parts: Mapping[str, Any] = schema.get("$defs", {})
        self._names: dict[str, str] = {}

    def written(self) -> str:
        root = self._shape(self._schema)
        own = {name: body for body, name in self._names.items()}
        lines = {"root": root} | _FIXED | own
        return "\n".join(f"{name} ::= {body}" for name, body in lines.items()) + "\n"

    def _rule(self, body: str) -> str:
        return self._names.setdefault(body, f"r{len(self._names)}")

    def _shape(self, shape: Mapping[str, Any]) -> str:
        """A name, or a literal, that stands for the shape."""
        if "$ref" in shape:
            return self._shape(self._parts[str(shape["$ref"]).rpartition("/")[2]])
        if "anyOf" in shape:
            return self._choice(shape["anyOf"])
        if "enum" in shape:
            return self._rule(" | ".join([_literal(_json(value)) for value in shape["enum"]]))
        if "const" in shape:
            return _literal(_json(shape["const"]))
        return self._typed(shape)

    def _typed(self, shape: Mapping[str, Any]) -> str:
        match shape.get("type"):
            case "string":
                return self._text(shape)
            case "integer":
                return self._rule(" | ".join(_integers(shape["minimum"], shape["maximum"])))
            case "number":
                return self._rule(" | ".join(_numbers(shape.get("minimum", -FAR), shape.get("maximum", FAR))))
            case "boolean":
                return self._rule('"true" | "false"')
            case "null":
                return '"null"'
            case "array":
                return self._list(shape)
            case "object" if "properties" in shape:
                return self._record(shape)
            case "object":
                return self._map(shape)
            case other:
                raise Unwritable(other)

    def _text(self, shape: Mapping[str, Any]) -> str:
        if "pattern" in shape:
            return self._rule(rf'"\"" {_pattern(shape["pattern"])} "\""')
        least, most = shape.get("minLength", 0), shape.get("maxLength")
        if most is not None:
            return self._rule(rf'"\"" char{{{least},{max(least, most)}}} "\""')
        if least > 1:
            return self._rule(rf'"\"" char{{{least - 1}}} some')
        return "words" if least else "text"

    def _list(self, shape: Mapping[str, Any]) -> str:
        most = shape["maxItems"]
        if most == 0:
            return '"[]"'
        item = self._shape(shape["items"])
        more = self._rule(f'"," {item}')
        least = shape.get("minItems", 0)
        body = f'"[" {item} {more}{{{max(0, least - 1)},{max(0, most - 1)}}} "]"'
        return self._rule(body if least else f'{body} | "[]"')

    def _map(self, shape: Mapping[str, Any]) -> str:
        name = self._shape({"type": "string"} | shape.get("propertyNames", {}))
        field = self._rule(f'{name} ":" {self._shape(shape["additionalProperties"])}')
        most = shape["maxProperties"]
        more = self._rule(f'"," {field}')
        return self._rule(f'"{{}}" | "{{" {field} {more}{{0,{max(0, most - 1)}}} "}}"') if most else '"{}"'

    def _choice(self, branches: list[Mapping[str, Any]]) -> str:
        tags = {_tag(branch) for branch in branches}
        tag = tags.pop()
        if tags or not tag or len(branches) < 2:
            return self._rule(" | ".join([self._shape(each) for each in branches]))
        # Records that differ by the constant in their first field have their beginning in common.
        found = []
        for branch in branches:
            (_, constant), *rest = branch["properties"].items()
            _, tail = self._fields(rest, set(branch["required"]))
            found.append(f"{_literal(_json(constant['const']))} {tail}")
        return self._rule(f'{_literal("{" + _json(tag) + ":")} ({" | ".join(found)}) "}}"')

    def _record(self, shape: Mapping[str, Any]) -> str:
        if shape.get("additionalProperties") is not False:
            raise Unwritable("open record")
        begun, _ = self._fields(list(shape["properties"].items()), set(shape.get("required", ())))
        return self._rule(f'"{{" ({begun}) "}}"')

    def _fields(self, shapes: list[tuple[str, Mapping[str, Any]]], required: set[str]) -> tuple[str, str]:
        """Fields in their order, those that are not required left out at will: as a record begins, and behind others."""
        fields = [
            (self._rule(f"{_literal(_json(name) + ':')} {self._shape(each)}"), name in required)
            for name, each in shapes
        ]
        tail, begun = "", list[str]()
        for field, is_required in reversed(fields):
            # What begins with this field; what begins with a later one is possible where this one may be missing.
            begun = [f"{field} {tail}".strip()] if is_required else [f"{field} {tail}".strip(), *begun]
            tail = self._rule(f'"," {field} {tail}' if is_required else f'("," {field})? {tail}')
        if not any(is_required for _, is_required in fields):
            begun.append('""')
        return " | ".join(begun), tail


def _tag(branch: Mapping[str, Any]) -> str:
    """The name of a record's first field, where that is a constant."""
    name, shape = next(iter(branch.get("properties", {}).items()), ("", {}))
    is_closed = branch.get("additionalProperties") is False and name in branch.get("required", ())
    return name if is_closed and "const" in shape else ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _literal(text: str) -> str:
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    """One character inside quotes or brackets."""
    if char in '"\\':
        return "\\" + char
    if char in "-]^[" or not char.isprintable() or ord(char) > 126:
        return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
    return char


def _integers(low: int, high: int) -> list[str]:
    """Alternatives for the whole numbers of a range, without leading zeros."""
    found = []
    if high >= 0:
        found += _naturals(max(low, 0), high)
    if low < 0:
        found.append('"-" (' + " | ".join(_naturals(max(1, -high), -low)) + ")")
    return found


def _numbers(low: float, high: float) -> list[str]:
    """Alternatives for the numbers of a range: whole ones, and those with a fraction between two of them."""
    found = []
    for sign, least, most in (("", max(low, 0), high), ('"-" ', max(-high, 0), -low)):
        first, last = math.ceil(least), math.floor(most)
        if first <= last:
            found.append(f"{sign}({' | '.join(_naturals(first, last))})")
        if first < last:
            found.append(f'{sign}({" | ".join(_naturals(first, last - 1))}) "." [0-9]{{1,9}}')
    if not found:
        raise Unwritable("a range between two whole numbers")
    return found


def _naturals(low: int, high: int) -> list[str]:
    found, full = [], list[int]()
    for digits in range(len(str(low)), len(str(high)) + 1):
        first, last = max(low, 10 ** (digits - 1) if digits > 1 else 0), min(high, 10**digits - 1)
        if digits > 1 and (first, last) == (10 ** (digits - 1), 10**digits - 1):
            full.append(digits - 1)
        else:
            found += _of_length(str(first), str(last))
    if full:
        found.append(f"[1-9] [0-9]{{{full[0]},{full[-1]}}}")
    return found


def _of_length(first: str, last: str) -> list[str]:
    """Alternatives for the numbers from `first` to `last`, which have as many digits."""
    rest = len(first) - 1
    if first[1:] == "0" * rest and last[1:] == "9" * rest:
        return [f"[{first[0]}-{last[0]}]" + (f" [0-9]{{{rest}}}" if rest else "")]
    if first[0] == last[0]:
        return [f'"{first[0]}" ({" | ".join(_of_length(first[1:], last[1:]))})']
    low, high, found = int(first[0]), int(last[0]), list[str]()
    if first[1:] != "0" * rest:
        found += [f'"{low}" ({" | ".join(_of_length(first[1:], "9" * rest))})']
        low += 1
    if last[1:] != "9" * rest:
        found += [f'"{high}" ({" | ".join(_of_length("0" * rest, last[1:]))})']
        high -= 1
    return [*found, f"[{low}-{high}] [0-9]{{{rest}}}"] if low <= high else found


def _pattern(pattern: str) -> str:
    """A regular expression that matches a whole text, as rules over the characters of JSON."""
    try:
        parsed = list(import_module("re._parser").parse(pattern))
    except re.error:
        raise Unwritable(pattern) from None
    if parsed and str(parsed[0][0]) == "AT" and str(parsed[0][1]).startswith("AT_BEGINNING"):
        parsed = parsed[1:]
    if parsed and str(parsed[-1][0]) == "AT" and str(parsed[-1][1]).startswith("AT_END"):
        parsed = parsed[:-1]
    return _sequence(parsed)


def _sequence(nodes: Iterable[Any]) -> str:
    atoms = [_node(str(kind), value) for kind, value in nodes]
    return atoms[0] if len(atoms) == 1 else "(" + (" ".join(atoms) or '""') + ")"


def _node(kind: str, value: Any) -> str:
    match kind:
        case "LITERAL":
            return _literal(_json(chr(value))[1:-1])
        case "NOT_LITERAL":
            return rf"[^{_escaped(chr(value))}\"\\\x00-\x1f]"
        case "ANY":
            return _PLAIN
        case "IN":
            return _class(value)
        case "BRANCH":
            return "(" + " | ".join([_sequence(each) for each in value[1]]) + ")"
        case "SUBPATTERN":
            return _sequence(value[3])
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, nodes = value
            times = (int(least), None if str(most) == "MAXREPEAT" else int(most))
            short = {(0, None): "*", (1, None): "+", (0, 1): "?"}
            return _sequence(nodes) + short.get(
                times, f"{{{times[0]},{'' if times[1] is None else times[1]}}}"
            )
        case _:
            raise Unwritable(kind)


def _class(members: list[Any]) -> str:
    is_negated = str(members[0][0]) == "NEGATE"
    said = ""
    for kind, value in members[is_negated:]:
        match str(kind):
            case "LITERAL":
                low = high = value
            case "RANGE":
                low, high = value
            case "CATEGORY" if str(value) == "CATEGORY_DIGIT":
                low, high = ord("0"), ord("9")
            case other:
                raise Unwritable(other)
        if not is_negated and (low < 0x20 or low <= ord('"') <= high or low <= ord("\\") <= high):
            raise Unwritable("a character that JSON escapes")
        said += _escaped(chr(low)) + (f"-{_escaped(chr(high))}" if high > low else "")
    return rf"[^{said}\"\\\x00-\x1f]" if is_negated else f"[{said}]"
