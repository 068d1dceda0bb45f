"""A syscall is declared once, as a signature; what is wrong with one is said when it is declared."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from syscalls.built_in import BUILT_IN
from syscalls.caps import Right
from syscalls.declare import Area, Args, Document, Effect, Example, Hint, Nothing, Undo, Value
from syscalls.errors import NotFound
from syscalls.table import AnyCall


class Greet(Args):
    """Whom to greet."""

    name: str
    loudly: bool = False


class Greeting(Value, frozen=True):
    """What was said."""

    words: str


door = Area("door", "For these tests")


def declared(signature: Callable[..., Any], *hints: Hint) -> AnyCall:
    return door.call(1, effect=Effect.NONE, hints=hints)(signature)


def test_a_declaration_holds_all_that_was_said() -> None:
    @door.call(
        7,
        effect=Effect.WRITE,
        rights=(Right.UI,),
        undo=Undo.RESTORE,
        raises=(NotFound,),
        label="app",
        is_hidden=True,
    )
    def greet_(a: Greet) -> Greeting:
        """Say hello.

        In some words.
        """
        raise NotImplementedError

    assert (greet_.name, greet_.number, greet_.effect) == ("door.greet", 7, Effect.WRITE)
    assert (greet_.args, greet_.value) == (Greet, Greeting)
    assert greet_.summary == "Say hello."
    assert greet_.doc == "Say hello.\n\nIn some words."
    assert (greet_.rights, greet_.undo, greet_.raises) == ((Right.UI,), Undo.RESTORE, (NotFound,))
    assert (greet_.label, greet_.is_hidden) == ("app", True)


def no_record(name: str) -> Greeting:
    raise NotImplementedError


def no_value(a: Greet) -> str:
    raise NotImplementedError


def no_result(a: Greet) -> None:
    raise NotImplementedError


def two_records(a: Greet, b: Nothing) -> Greeting:
    raise NotImplementedError


def record_and_more(a: Greet, often: int) -> Greeting:
    raise NotImplementedError


def nothing_at_all() -> Greeting:
    raise NotImplementedError


@pytest.mark.parametrize(
    "signature", [no_record, no_value, no_result, two_records, record_and_more, nothing_at_all]
)
def test_a_signature_of_another_shape_is_refused(signature: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"declare it as \(a: SomeArgs\) -> SomeValue"):
        declared(signature)


def greet(a: Greet) -> Greeting:
    raise NotImplementedError


@pytest.mark.parametrize(
    "hint",
    [
        Hint("greet", "Greet.", slots={"nmae": "who"}),
        Hint("greet", "Greet.", slots={"name": "who"}, needs=("nmae",)),
        Hint("greet", "Greet.", fixed={"nmae": "Ana"}),
        Hint("greet", "Greet.", examples=(Example("greet Ana", {"nmae": "Ana"}),)),
    ],
    ids=["slot", "need", "fixed", "example"],
)
def test_a_hint_that_speaks_of_an_unknown_field_is_refused(hint: Hint) -> None:
    with pytest.raises(TypeError, match=r"greet: hint 'greet' names unknown fields \['nmae'\]"):
        declared(greet, hint)


def test_the_schema_is_closed_and_says_what_is_required() -> None:
    schema = declared(greet).schema
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["name"]
    assert schema["properties"] == {
        "name": {"type": "string"},
        "loudly": {"type": "boolean", "default": False},
    }


def test_an_argument_record_refuses_a_field_it_does_not_have() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `nmae`"):
        msgspec.convert({"name": "Ana", "nmae": "Ana"}, Greet)


def test_a_value_is_plain_text_and_speaks_of_no_files_unless_it_says_so() -> None:
    assert Greeting("hello").text() == '{"words":"hello"}'
    assert Greeting("hello").paths() == ()


def test_the_document_of_a_plugin_prints_a_line_a_field() -> None:
    assert Document({"celsius": 20, "sky": "clear"}).text() == "celsius: 20\nsky: clear\n"


@pytest.mark.parametrize("effect", list(Effect))
def test_only_looking_and_talking_leave_nothing_behind(effect: Effect) -> None:
    assert effect.is_side_effect is (effect not in (Effect.NONE, Effect.READ))


each_call = pytest.mark.parametrize("call", [pytest.param(call, id=call.name) for call in BUILT_IN])


@each_call
def test_every_schema_is_closed_self_contained_and_valid_2020_12(call: AnyCall) -> None:
    for schema in (call.schema, call.result_schema):
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["type"] == "object"
        Draft202012Validator.check_schema(schema)
        assert {ref for ref in references(schema) if not ref.startswith("#/$defs/")} == set()
    assert call.schema["additionalProperties"] is False


@each_call
def test_every_call_with_defaults_alone_fits_its_own_schema(call: AnyCall) -> None:
    schema = call.schema
    shapes = msgspec.json.decode(msgspec.json.encode(schema["properties"])).items()
    defaults = {name: shape["default"] for name, shape in shapes if "default" in shape}
    errors = Draft202012Validator(schema).iter_errors(defaults)
    assert {error.validator for error in errors} <= {"required"}


@each_call
def test_every_effect_says_how_it_is_undone(call: AnyCall) -> None:
    assert (call.undo is Undo.NOTHING) is not call.effect.is_side_effect


@each_call
def test_a_hint_needs_only_what_it_has_slots_for_and_leaves_nothing_required_unsaid(call: AnyCall) -> None:
    for hint in call.hints:
        assert set(hint.needs) <= set(hint.slots), hint.tool
        assert set(call.schema.get("required", ())) <= {*hint.slots, *hint.fixed}, hint.tool


@each_call
def test_the_examples_of_a_hint_fill_its_slots(call: AnyCall) -> None:
    for hint in call.hints:
        assert hint.examples, hint.tool
        for example in hint.examples:
            assert set(example.arguments) <= set(hint.slots), example.request


@each_call
def test_what_a_hint_fixes_fits_the_schema(call: AnyCall) -> None:
    for hint in call.hints:
        errors = Draft202012Validator(call.schema).iter_errors(hint.fixed)
        assert {error.validator for error in errors} <= {"required"}, hint.tool


def test_no_two_hints_share_a_tool_name() -> None:
    tools = [hint.tool for call in BUILT_IN for hint in call.hints]
    assert sorted(tools) == sorted(set(tools))


def references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
        return own + [ref for part in schema.values() for ref in references(part)]
    return [ref for part in schema for ref in references(part)] if isinstance(schema, list) else []
