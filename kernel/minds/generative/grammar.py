"""The JSON Schema of an answer, made from the live menu: what matches it decodes to well-formed calls.

    {"calls": [{"name": "file.read", "arguments": {"path": "a.txt"}}, ...], "text": "...", "done": true}

Each call is one branch with a constant name. Records are closed, lists and numbers bounded; nothing here is
wider than what the gate accepts but for one thing: the length of texts is bounded by the engine's `max_tokens`
and not by the grammar, unless `Bounds` says so. A counted repetition is a state for each count, and a mask over
the vocabulary for each state: xgrammar took 10 s for the built-in menu with lengths and 0.07 s without. Equal
shapes are written once, under `$defs`, for the same reason. An argument may be the reply of an earlier call
instead of a value: `{"$reply": 0, "part": "paths"}`.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from syscalls.table import AnyCall

MOST_REPLIES = 63
"""Highest number of a reply that can be named."""
_MOST_MENUS = 32
_EXACT = 10**15 - 1
_BESIDE = "^beside:[A-Za-z0-9][A-Za-z0-9._ -]*$"
_COPIED = ("type", "enum", "const", "pattern", "minLength", "minItems", "minimum", "maximum")
_COUNTED = re.compile(r"\{(\d+),(\d*)\}")
_MOST_COUNTED = 8
_SCALARS = ("string", "integer", "boolean", "null")


class Bounds(msgspec.Struct, frozen=True):
    """How long an answer and its parts may be."""

    calls: int = 16
    text: int = 0
    """Characters of the answer's own text; 0 leaves its length to `max_tokens`."""
    string: int = 0
    """Characters of a text argument; likewise."""
    items: int = 64
    """Elements of a list."""
    depth: int = 8
    """Levels of a record; what is deeper is left out."""


class Grammar(msgspec.Struct, frozen=True):
    """A menu's grammar."""

    key: str
    """SHA-256 of the menu and the bounds: engines cache what they compile by it."""
    schema: bytes
    """Canonical JSON."""


class Grammars:
    """Grammars by menu; a menu is compiled once."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._kept: OrderedDict[tuple[AnyCall, ...], Grammar] = OrderedDict()

    def of(self, menu: tuple[AnyCall, ...]) -> Grammar:
        """The grammar of a menu. Calls compare by identity: a reloaded app's calls are new ones."""
        found = self._kept.get(menu)
        if found is None:
            found = compiled(menu, self.bounds)
            self._kept[menu] = found
            if len(self._kept) > _MOST_MENUS:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(menu)
        return found


def compiled(menu: Iterable[AnyCall], bounds: Bounds) -> Grammar:
    """The grammar of these calls, in the order of their names."""
    shared = _Shared()
    branches = [_branch(call, bounds, shared) for call in sorted(menu, key=lambda call: call.name)]
    calls: dict[str, Any] = {"type": "array", "items": {"anyOf": branches}, "maxItems": bounds.calls}
    if not branches:
        calls = {"type": "array", "items": {"type": "null"}, "maxItems": 0}
    answer = _closed(
        {
            "calls": calls,
            "text": _text({}, bounds.text),
            "done": {"type": "boolean"},
        }
    )
    if shared.parts:
        answer["$defs"] = shared.parts
    # The order of properties is the order of generation: calls come before the words about them.
    schema = msgspec.json.encode(answer)
    return Grammar(hashlib.sha256(schema).hexdigest(), schema)


class _Shared:
    """Shapes that several arguments have: each is compiled once."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, Any]] = {}
        self._names: dict[bytes, str] = {}

    def of(self, shape: dict[str, Any]) -> dict[str, Any]:
        """A reference to the shape; what is short is left as it is."""
        if shape.get("type") in ("boolean", "null"):
            return shape
        name = self._names.setdefault(msgspec.json.encode(shape), f"t{len(self._names)}")
        self.parts[name] = shape
        return {"$ref": f"#/$defs/{name}"}


def _closed(properties: dict[str, Any], required: Iterable[str] | None = None) -> dict[str, Any]:
    names = list(properties) if required is None else [name for name in properties if name in set(required)]
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def _branch(call: AnyCall, bounds: Bounds, shared: _Shared) -> dict[str, Any]:
    schema = call.schema
    parts = schema.get("$defs", {})
    arguments = {}
    for name, shape in schema.get("properties", {}).items():
        bounded = _bounded(shape, parts, bounds, bounds.depth)
        if bounded is not None:
            arguments[name] = shared.of(_or_reply(bounded, shape))
    record = _closed(arguments, schema.get("required", ()))
    return _closed({"name": {"const": call.name}, "arguments": record})


def _or_reply(bounded: dict[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    """The value, or the reply of an earlier call where a reply can give such a value."""
    named = part_of(shape)
    if not named:
        return bounded
    if named == "path":
        part: dict[str, Any] = {"anyOf": [{"const": "path"}, {"type": "string", "pattern": _BESIDE}]}
    else:
        part = {"const": named}
    number = {"type": "integer", "minimum": -1, "maximum": MOST_REPLIES}
    reply = _closed({"$reply": number, "part": part})
    return {"anyOf": [*bounded.get("anyOf", [bounded]), reply]}


def part_of(shape: Mapping[str, Any]) -> str:
    """Which part of a reply fits an argument: "paths", "path", "text", or none."""
    branches = [branch for branch in shape.get("anyOf", [shape]) if branch.get("type") != "null"]
    core = branches[0] if len(branches) == 1 else {}
    if core.get("type") == "array":
        is_paths = core.get("items", {}).get("x-kind") in ("path", "folder")
        return "paths" if is_paths else ""
    if core.get("x-kind") in ("path", "folder"):
        return "path"
    return "text" if core.get("x-kind") == "text" else ""


def _bounded(
    shape: Mapping[str, Any], parts: Mapping[str, Any], bounds: Bounds, depth: int
) -> dict[str, Any] | None:
    """The shape without annotations, closed and bounded; None where nothing of it can be said within `depth`."""
    if depth <= 0:
        return None
    if "$ref" in shape:
        known = parts.get(str(shape["$ref"]).rpartition("/")[2])
        return _bounded(known, parts, bounds, depth - 1) if isinstance(known, dict) else None
    for several in ("anyOf", "oneOf"):
        if several in shape:
            found = [_bounded(each, parts, bounds, depth - 1) for each in shape[several]]
            branches = [each for each in found if each is not None]
            return {"anyOf": branches} if branches else None
    if "enum" in shape or "const" in shape:
        return {name: shape[name] for name in ("enum", "const") if name in shape}
    kinds = shape.get("type", _SCALARS)
    if isinstance(kinds, list | tuple):
        found = [_bounded({**shape, "type": kind}, parts, bounds, depth - 1) for kind in kinds]
        branches = [each for each in found if each is not None]
        return {"anyOf": branches} if branches else None
    return _of_type(str(kinds), shape, parts, bounds, depth)


def _of_type(
    kind: str, shape: Mapping[str, Any], parts: Mapping[str, Any], bounds: Bounds, depth: int
) -> dict[str, Any] | None:
    same = {name: shape[name] for name in _COPIED if name in shape} | {"type": kind}
    match kind:
        case "string":
            return _text(same, min(shape.get("maxLength", bounds.string), bounds.string))
        case "integer":
            return same | {
                "minimum": max(shape.get("minimum", -_EXACT), -_EXACT),
                "maximum": min(shape.get("maximum", _EXACT), _EXACT),
            }
        case "array":
            items = _bounded(shape.get("items", {}), parts, bounds, depth - 1)
            if items is None:
                return None
            most = min(shape.get("maxItems", bounds.items), bounds.items)
            return same | {"items": items, "maxItems": max(shape.get("minItems", 0), most)}
        case "object":
            return _record(shape, parts, bounds, depth)
        case _:
            return same


def _text(shape: dict[str, Any], most: int) -> dict[str, Any]:
    """A text; no engine binds pattern and length together, and the pattern says more."""
    if "pattern" in shape:
        return shape | {"pattern": _COUNTED.sub(_uncounted, shape["pattern"])}
    return shape | {"type": "string"} | ({"maxLength": most} if most else {})


def _uncounted(found: re.Match[str]) -> str:
    """A counted repetition, without its end where that is far."""
    least, most = int(found[1]), int(found[2] or 0)
    if 0 < most <= _MOST_COUNTED:
        return found[0]
    return {0: "*", 1: "+"}.get(least, f"{{{least},}}")


def _record(
    shape: Mapping[str, Any], parts: Mapping[str, Any], bounds: Bounds, depth: int
) -> dict[str, Any] | None:
    properties = {}
    for name, each in shape.get("properties", {}).items():
        bounded = _bounded(each, parts, bounds, depth - 1)
        if bounded is not None:
            properties[name] = bounded
    if any(name not in properties for name in shape.get("required", ())):
        return None
    rest = shape.get("additionalProperties", True)
    if properties or rest is False:
        return _closed(properties, shape.get("required", ()))
    values = _bounded(rest if isinstance(rest, dict) else {}, parts, bounds, depth - 1)
    if values is None:
        return _closed({})
    opened = {name: shape[name] for name in ("propertyNames",) if name in shape}
    most = min(shape.get("maxProperties", bounds.items), bounds.items)
    return {"type": "object", "additionalProperties": values, "maxProperties": most, **opened}
