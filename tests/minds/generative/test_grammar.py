"""Whatever matches a menu's grammar decodes to calls that the gate's check accepts."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kernel.minds.generative.decoding import Malformed, decoded
from kernel.minds.generative.grammar import Bounds, Grammars, compiled
from kernel.minds.generative.port import Piece
from kernel.minds.generative.rules import rules
from kernel.minds.port import From
from syscalls.built_in import BUILT_IN
from syscalls.caps import Right
from syscalls.declare import Effect, Syscall, Undo
from syscalls.table import AnyCall, Entry, Table

MENU: tuple[AnyCall, ...] = tuple(call for call in BUILT_IN if not call.is_hidden)
TABLE = Table(MENU)
SMALL = Bounds(calls=3, text=20, string=12, items=3)
SCHEMA = json.loads(compiled(MENU, SMALL).schema)
VALIDATOR = Draft202012Validator(SCHEMA)


def instances(shape: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What matches a schema of the few keywords that grammars are made of."""
    match shape:
        case {"const": value}:
            return st.just(value)
        case {"enum": values}:
            return st.sampled_from(values)
        case {"$ref": name}:
            return instances(parts[name.rpartition("/")[2]], parts)
        case {"anyOf": branches}:
            return st.one_of([instances(each, parts) for each in branches])
    return typed(shape, parts)


def typed(shape: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What matches a schema with a type."""
    match shape["type"]:
        case "string" if "pattern" in shape:
            return st.from_regex(shape["pattern"])
        case "string":
            return st.text(min_size=shape.get("minLength", 0), max_size=shape.get("maxLength", 9))
        case "integer":
            return st.integers(shape["minimum"], shape["maximum"])
        case "number":
            return st.floats(shape.get("minimum", -1e9), shape.get("maximum", 1e9))
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(
                instances(shape["items"], parts),
                min_size=shape.get("minItems", 0),
                max_size=shape["maxItems"],
            )
        case "object":
            return records(shape, parts)
        case _:
            return st.none()


def records(shape: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "properties" not in shape:
        names = instances({"type": "string", "maxLength": 5, **shape.get("propertyNames", {})}, parts)
        return st.dictionaries(names, instances(shape["additionalProperties"], parts), max_size=3)
    fields = {name: instances(each, parts) for name, each in shape["properties"].items()}
    needed = {name: field for name, field in fields.items() if name in shape["required"]}
    return st.fixed_dictionaries(
        needed, optional={name: field for name, field in fields.items() if name not in needed}
    )


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(instances(SCHEMA, SCHEMA["$defs"]))
def test_what_matches_the_grammar_decodes_to_calls_that_fit(answer: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(answer)
    draft = decoded(Piece(json.dumps(answer)), TABLE, 0.9)
    assert [call.name for call in draft.calls] == [call["name"] for call in answer["calls"]]
    for call in draft.calls:
        given_ = {name: v for name, v in call.arguments.items() if not isinstance(v, From)}
        if len(given_) == len(call.arguments):
            TABLE[call.name].check(call.arguments)


def test_the_property_bites_where_the_grammar_is_wider_than_the_gate() -> None:
    wide = json.dumps({"calls": [{"name": "file.read", "arguments": {"path": ""}}], "text": "", "done": True})
    assert not VALIDATOR.is_valid(json.loads(wide))
    with pytest.raises(Malformed, match="path"):
        decoded(Piece(wide), TABLE, 0.9)


def bounds_missing(shape: Any) -> list[Any]:
    """Parts of a schema without an end."""
    if isinstance(shape, list):
        return [found for each in shape for found in bounds_missing(each)]
    if not isinstance(shape, dict):
        return []
    found = [each for value in shape.values() for each in bounds_missing(value)]
    match shape.get("type"):
        case "string" if "maxLength" not in shape and "pattern" not in shape and "enum" not in shape:
            found.append(shape)
        case "array" if "maxItems" not in shape:
            found.append(shape)
        case "object" if shape.get("additionalProperties") is not False and "maxProperties" not in shape:
            found.append(shape)
    return found


def test_every_part_is_closed_bounded_and_free_of_references_to_itself() -> None:
    assert bounds_missing(SCHEMA) == []
    assert "$ref" not in json.dumps(SCHEMA["$defs"])


def test_by_default_only_the_length_of_texts_is_left_to_the_engine() -> None:
    schema = json.loads(compiled(MENU, Bounds()).schema)
    missing = bounds_missing(schema)
    assert missing
    assert {each["type"] for each in missing} == {"string"}
    assert b"maxLength" not in compiled(MENU, Bounds()).schema
    assert not re.search(rb"\{\d+,\d{2,}\}", compiled(MENU, Bounds()).schema)


def test_a_menu_is_compiled_once_and_in_the_order_of_names() -> None:
    grammars = Grammars()
    first = grammars.of(MENU)
    assert grammars.of(MENU) is first
    assert grammars.of(tuple(MENU)).key == first.key
    assert compiled(tuple(reversed(MENU)), Bounds()).schema == first.schema
    assert grammars.of(MENU[:5]).key != first.key
    names = re.findall(rb'"const":"([a-z]+\.[a-z_]+)"', first.schema)
    assert names == sorted(names)
    assert len(names) == len(MENU)


def test_without_calls_nothing_but_text_can_be_said() -> None:
    schema = json.loads(compiled((), SMALL).schema)
    check = Draft202012Validator(schema)
    assert check.is_valid({"calls": [], "text": "no", "done": True})
    assert not check.is_valid({"calls": [None], "text": "no", "done": True})


def plugin(schema: dict[str, Any]) -> AnyCall:
    known = MENU[0]
    return Syscall(
        area="odd", verb="call", number=1, args=known.args, value=known.value, doc="Odd.", effect=Effect.READ,
        rights=(Right.TOOL,) if hasattr(Right, "TOOL") else (), undo=Undo.NOTHING, raises=(), hints=(), label="app",
        is_hidden=False, given=(schema, {"type": "object"}),
    )  # fmt: skip


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"type": ["string", "null"]},
        {"type": "object"},
        {"type": "array"},
        {"$ref": "#/$defs/Node"},
        {"oneOf": [{"type": "integer"}, {"type": "string"}]},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/Node"}}},
    ],
)
def test_open_and_endless_shapes_of_apps_are_closed_and_end(shape: dict[str, Any]) -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "value": {"type": "integer"}}}
    call = plugin(
        {
            "type": "object",
            "properties": {"x": shape},
            "required": [],
            "additionalProperties": False,
            "$defs": {"Node": node},
        }
    )
    schema = json.loads(compiled((call,), SMALL).schema)
    assert bounds_missing(schema) == []
    check = Entry(call)

    @settings(max_examples=6, deadline=None, database=None)
    @given(instances(schema, schema.get("$defs", {})))
    def holds(answer: dict[str, Any]) -> None:
        for drafted in decoded(Piece(msgspec.json.encode(answer).decode()), {"odd.call": check}, 0.9).calls:
            check.check(drafted.arguments)

    holds()


def test_a_list_that_must_be_longer_than_the_bound_is_as_long_as_it_must() -> None:
    call = plugin({"type": "object", "properties": {"rows": {"type": "array", "minItems": 100}}})
    grammar = compiled([call], Bounds())
    (shape,) = (part for part in json.loads(grammar.schema)["$defs"].values() if part.get("type") == "array")
    assert (shape["minItems"], shape["maxItems"]) == (100, 100)
    assert rules(grammar.schema) is not None
