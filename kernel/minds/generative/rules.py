"""A schema that `grammar.py` made, as production rules in xgrammar's EBNF: compiled in a fraction of the schema's time.

What costs is a state, for each has a mask over the whole vocabulary: every character of a key is one, and one inside a
text costs the most. So whatever occurs often is one rule: the texts, every shape, every field with its key, and the key
that all branches of a choice have in common. No blank stands anywhere outside of texts.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

FAR = 10**15 - 1
"""Numbers are written with 15 digits at most."""
_MANY = 12
"""Counts of a repetition from which it is written in blocks."""
_NOTHING = '""'
_PLAIN = r"[^\"\\\x00-\x1f]"
_SPECIAL = re.compile(r'["\\\]^[-]|[^ -~]')
# No half of a surrogate pair: whatever is written has one meaning and one length. A rule that goes on with itself is what
# xgrammar knows for a loop: the same text ended by another rule takes longer to compile (docs/decisions/0031).
_FIXED = {
    "hex": "[0-9a-fA-F]",
    "escape": r'["\\/bfnrt] | "u" ([0-9a-cefA-CEF] hex hex hex | [dD] [0-7] hex hex)',
    "char": rf'{_PLAIN} | "\\" escape',
    "some": rf'{_PLAIN} some | {_PLAIN} "\"" | "\\" escape some | "\\" escape "\""',
    "text": r'"\"\"" | words',
    "words": r'"\"" some',
    "ull": '"ull"',
    "d1": '[0-9] | ""',
} | {f"d{most}": f'[0-9] d{most - 1} | ""' for most in range(2, 15)}


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
        self._referred: dict[str, str] = {}
        self._fields_of: dict[str, dict[str, str]] = {}
        """By key: the rules of the fields that have it, with their shapes."""

    def written(self) -> str:
        root = self._shape(self._schema)
        shared = {
            name: f'"\\"" {self._rule(_literal(key[1:]))} {shape}'
            for key, fields in self._fields_of.items()
            for name, shape in fields.items()
            if len(fields) > 1
        }
        own = {name: body for body, name in self._names.items()}
        lines = {"root": root} | _FIXED | own | shared
        return "".join([f"{name} ::= {body}\n" for name, body in lines.items()])

    def _rule(self, body: str) -> str:
        return self._names.setdefault(body, f"r{len(self._names)}")

    def _shape(self, shape: Mapping[str, Any]) -> str:
        """A name, or a literal, that stands for the shape."""
        if "$ref" in shape:
            return self._part(str(shape["$ref"]).rpartition("/")[2])
        if "anyOf" in shape:
            return self._choice(shape["anyOf"])
        if "enum" in shape:
            return self._rule(" | ".join([_literal(_json(value)) for value in shape["enum"]]))
        if "const" in shape:
            return _literal(_json(shape["const"]))
        return self._typed(shape)

    def _part(self, name: str) -> str:
        found = self._referred.get(name)
        if found is None:
            found = self._referred[name] = self._shape(self._parts[name])
        return found

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
                return '"n" ull'
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
        body = f'"[" {item} {self._times(more, max(0, least - 1), most - 1)} "]"'
        return self._rule(body if least else f'{body} | "[]"')

    def _times(self, name: str, least: int, most: int) -> str:
        """The rule from `least` to `most` times. Each time is a rule, so that many are counted in blocks and what is left."""
        choices = most - least + 1
        size = next((size for size in range(math.isqrt(choices), 1, -1) if choices % size == 0), 1)
        if choices < _MANY or size == 1:
            return f"{name}{{{least},{most}}}"
        block = self._rule(" ".join([name] * size))
        first = f"{name}{{{least}}} " if least else ""
        return f"{first}{block}{{0,{choices // size - 1}}} {name}{{0,{size - 1}}}"

    def _map(self, shape: Mapping[str, Any]) -> str:
        most = shape["maxProperties"]
        if most == 0:
            return '"{}"'
        name = self._shape({"type": "string"} | shape.get("propertyNames", {}))
        field = self._rule(f'{name} ":" {self._shape(shape["additionalProperties"])}')
        more = self._rule(f'"," {field}')
        return self._rule(f'"{{}}" | "{{" {field} {self._times(more, 0, most - 1)} "}}"')

    def _choice(self, branches: list[Mapping[str, Any]]) -> str:
        tags = {_tag(branch) for branch in branches}
        tag = tags.pop()
        if tags or not tag or len(branches) < 2:
            return self._rule(" | ".join([self._shape(each) for each in branches]))
        # Records that differ by the constant in their first field have their beginning in common.
        found = _either([self._tagged(branch) for branch in branches])
        return self._rule(f'{_literal("{" + _json(tag) + ":")} {found} "}}"')

    def _tagged(self, branch: Mapping[str, Any]) -> str:
        """A record from its first value on; where one field follows, its key is not written once for each value."""
        (_, constant), *rest = branch["properties"].items()
        required = set(branch["required"])
        if len(rest) == 1 and rest[0][0] in required:
            [(name, shape)] = rest
            behind = f"{self._rule(_literal(',' + _json(name) + ':'))} {self._shape(shape)}"
        else:
            _, behind = self._fields(rest, required)
        return f"{_literal(_json(constant['const']))} {behind}"

    def _field(self, key: str, shape: str) -> str:
        name = self._rule(f"{_literal(key)} {shape}")
        self._fields_of.setdefault(key, {})[name] = shape
        return name

    def _record(self, shape: Mapping[str, Any]) -> str:
        if shape.get("additionalProperties") is not False:
            raise Unwritable("open record")
        begun, _ = self._fields(list(shape["properties"].items()), set(shape.get("required", ())))
        return self._rule(f'"{{" {_either(begun)} "}}"')

    def _fields(
        self, shapes: list[tuple[str, Mapping[str, Any]]], required: set[str]
    ) -> tuple[list[str], str]:
        """Fields in their order, those that are not required left out at will: as a record begins, and behind others."""
        fields = [
            (self._field(_json(name) + ":", self._shape(each)), name in required) for name, each in shapes
        ]
        tail, begun = "", list[str]()
        for field, is_required in reversed(fields):
            # What begins with this field; what begins with a later one is possible where this one may be missing.
            begun = [f"{field} {tail}".strip()] if is_required else [f"{field} {tail}".strip(), *begun]
            going_on = f'"," {field} {tail}'.strip()
            tail = self._rule(going_on if is_required else f"{going_on} | {tail or _NOTHING}")
        if not any(is_required for _, is_required in fields):
            begun.append(_NOTHING)
        return begun, tail


def _tag(branch: Mapping[str, Any]) -> str:
    """The name of a record's first field, where that is a constant."""
    name, shape = next(iter(branch.get("properties", {}).items()), ("", {}))
    is_closed = branch.get("additionalProperties") is False and name in branch.get("required", ())
    return name if is_closed and "const" in shape else ""


_json = json.JSONEncoder(ensure_ascii=False).encode


def _literal(text: str) -> str:
    return '"' + _escaped(text) + '"'


def _escaped(text: str) -> str:
    """Characters inside quotes or brackets."""
    return _SPECIAL.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    if char in '"\\':
        return "\\" + char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _integers(low: int, high: int) -> list[str]:
    """Alternatives for the whole numbers of a range, without leading zeros."""
    found = list[str]()
    if high >= 0:
        found += _naturals(max(low, 0), high)
    if low < 0:
        found.append(f'"-" {_either(_naturals(max(1, -high), -low))}')
    return found


def _numbers(low: float, high: float) -> list[str]:
    """Alternatives for the numbers of a range: whole ones, and those with a fraction between two of them."""
    found = []
    for sign, least, most in (("", max(low, 0), high), ('"-" ', max(-high, 0), -low)):
        first, last = math.ceil(least), math.floor(most)
        if first <= last:
            found.append(f"{sign}{_either(_naturals(first, last))}")
        if first < last:
            found.append(f'{sign}{_either(_naturals(first, last - 1))} "." [0-9] d8')
    if not found:
        raise Unwritable("a range between two whole numbers")
    return found


@lru_cache(maxsize=256)
def _naturals(low: int, high: int) -> tuple[str, ...]:
    found, full = [], list[int]()
    for digits in range(len(str(low)), len(str(high)) + 1):
        first, last = max(low, 10 ** (digits - 1) if digits > 1 else 0), min(high, 10**digits - 1)
        if digits > 1 and (first, last) == (10 ** (digits - 1), 10**digits - 1):
            full.append(digits - 1)
        else:
            found += _of_length(str(first), str(last))
    if full:
        more = full[-1] - full[0]
        found.append(f"[1-9] [0-9]{{{full[0]}}}" + (f" d{more}" if more else ""))
    return tuple(found)


def _of_length(first: str, last: str) -> list[str]:
    """Alternatives for the numbers from `first` to `last`, which have as many digits."""
    rest = len(first) - 1
    if first == last:
        return [f'"{first}"']
    if first[1:] == "0" * rest and last[1:] == "9" * rest:
        return [f"[{first[0]}-{last[0]}]" + (f" [0-9]{{{rest}}}" if rest else "")]
    if first[0] == last[0]:
        return [f'"{first[0]}" {_either(_of_length(first[1:], last[1:]))}']
    low, high, found = int(first[0]), int(last[0]), list[str]()
    if first[1:] != "0" * rest:
        found += [f'"{low}" {_either(_of_length(first[1:], "9" * rest))}']
        low += 1
    if last[1:] != "9" * rest:
        found += [f'"{high}" {_either(_of_length("0" * rest, last[1:]))}']
        high -= 1
    first_digit = f'"{low}"' if low == high else f"[{low}-{high}]"
    return [*found, f"{first_digit} [0-9]{{{rest}}}"] if low <= high else found


def _either(several: Sequence[str]) -> str:
    """One of these, as part of a sequence; a group is a rule more, so a single one is none."""
    return several[0] if len(several) == 1 else f"({' | '.join(several)})"


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
