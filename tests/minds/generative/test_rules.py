"""A grammar's schema as production rules: what they say, without the library that compiles them (see tests/vllm)."""

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.minds.generative.grammar import Bounds, compiled
from kernel.minds.generative.rules import rules
from syscalls.built_in import BUILT_IN

FAR = 10**15 - 1


def written(shape: dict[str, Any]) -> dict[str, str]:
    """The rules of a shape by name, those that all have left out."""
    found = rules(json.dumps(shape).encode())
    assert found is not None
    lines = dict(line.split(" ::= ", 1) for line in found.splitlines())
    return {name: body for name, body in lines.items() if re.fullmatch(r"root|r\d+", name)}


def accepts(shape: dict[str, Any], text: str) -> bool:
    """Whether rules without recursion match a text: spelled as they are, they are a regular expression but for quotes."""

    def plain(found: re.Match[str]) -> str:
        return found[0].replace(" ", r"\x20") if found[2] is None else re.escape(json.loads(f'"{found[2]}"'))

    own = written(shape)
    counted = re.sub(r"\bd(\d+)\b", r"[0-9]{0,\1}", own[own["root"]])
    body = re.sub(
        r'(\[(?:[^\]\\]|\\.)*\])|"((?:[^"\\]|\\.)*)"| ',
        lambda f: plain(f) if f[0] != " " else "",
        counted,
    )
    return re.fullmatch(body, text) is not None


@given(st.integers(-FAR, FAR), st.integers(0, FAR), st.integers(-FAR * 2, FAR * 2))
def test_a_range_of_whole_numbers_takes_those_within_it_and_no_others(
    low: int, size: int, number: int
) -> None:
    high = min(low + size, FAR)
    shape = {"type": "integer", "minimum": low, "maximum": high}
    assert accepts(shape, str(number)) == (low <= number <= high)
    assert accepts(shape, str(low)) and accepts(shape, str(high))
    assert not accepts(shape, f"0{abs(low)}") and not accepts(shape, "-0")


@given(st.integers(-40, 40), st.integers(-40, 40))
def test_no_number_of_a_short_range_is_missing(first: int, second: int) -> None:
    low, high = sorted((first, second))
    shape = {"type": "integer", "minimum": low, "maximum": high}
    assert [n for n in range(-60, 60) if accepts(shape, str(n))] == list(range(low, high + 1))


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"^([0-7]{3,4}|[ugo]+=r)$", ["644", "0755", "ug=r"], ["64", "07555", "=r", "6448"]),
        (
            r"^beside:[A-Za-z0-9][A-Za-z0-9._ -]*$",
            ["beside:a b-c.txt"],
            ["beside:", "beside:-", "beside:a/b"],
        ),
        (r"^[^/]+x?$", ["a^x", "é"], ["", "a/b", 'a"b', "a\\b", "a\nb"]),
        ('^a"b$', ['a\\"b'], ['a"b']),
        (r"^\d{2}$", ["07"], ["7", "x7"]),
    ],
)
def test_a_pattern_binds_the_text_between_its_quotes(pattern: str, good: list[str], bad: list[str]) -> None:
    shape = {"type": "string", "pattern": pattern}
    assert all(accepts(shape, f'"{text}"') for text in good)
    assert not any(accepts(shape, f'"{text}"') for text in bad)


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(a)\1", r"^[!-z]+$", r"\w+", r"a\b", "a^b", "("])
def test_what_rules_cannot_say_is_left_to_the_schema(pattern: str) -> None:
    assert rules(json.dumps({"type": "string", "pattern": pattern}).encode()) is None


@given(st.floats(-99, 99), st.floats(1, 99), st.floats(-200, 200))
def test_no_number_beyond_its_range_can_be_written(low: float, size: float, number: float) -> None:
    shape = {"type": "number", "minimum": low, "maximum": low + size}
    if accepts(shape, f"{number:.9f}"):
        assert low <= number <= low + size
    whole = math.ceil(low)
    assert whole == 0 or accepts(shape, str(whole))
    assert accepts({"type": "number"}, f"{number:.3f}")


@pytest.mark.parametrize(
    "shape", [{"type": "number", "minimum": 0.2, "maximum": 0.8}, {"type": "object", "properties": {}}, {}]
)
def test_a_shape_that_rules_do_not_know_is_left_to_the_schema(shape: dict[str, Any]) -> None:
    assert rules(json.dumps(shape).encode()) is None


def test_fields_come_in_their_order_and_those_not_required_may_be_left_out() -> None:
    flag = {"type": "boolean"}
    shape = {
        "type": "object",
        "properties": {"a": flag, "b": flag, "c": flag},
        "required": ["b"],
        "additionalProperties": False,
    }
    own = written(shape)
    assert own == {
        "root": "r7", "r0": '"true" | "false"', "r1": r'"\"a\":" r0', "r2": r'"\"b\":" r0', "r3": r'"\"c\":" r0',
        "r4": '"," r3 | ""', "r5": '"," r2 r4', "r6": '"," r1 r5 | r5', "r7": '"{" (r1 r5 | r2 r4) "}"',
    }  # fmt: skip


def test_a_key_that_fields_of_several_shapes_have_is_one_rule() -> None:
    kinds = [{"type": "boolean"}, {"type": "null"}, {"type": "string"}]
    records = [
        {"type": "object", "properties": {name: kind}, "required": [name], "additionalProperties": False}
        for name, kind in zip(("limit", "limit", "once"), kinds, strict=True)
    ]
    bodies = written({"anyOf": records}).values()
    key = [name for name, body in written({"anyOf": records}).items() if body == r'"limit\":"']
    assert sum(body.startswith(rf'"\"" {key[0]} ') for body in bodies) == 2
    assert r'"\"once\":" text' in bodies


def test_the_built_in_menu_can_be_written_and_each_text_is_one_rule() -> None:
    menu = [call for call in BUILT_IN if not call.is_hidden]
    found = rules(compiled(menu, Bounds()).schema)
    assert found is not None
    assert found.count('"\\"" some') == found.count(r",\"arguments\":") == 1
    assert all(f'"\\"{call.name}\\""' in found for call in menu)


@pytest.mark.parametrize(
    ("least", "most"), [(0, 5), (0, 10), (1, 16), (0, 50), (3, 50), (0, 64), (2, 65), (0, 97)]
)
def test_a_list_holds_as_many_as_it_may_and_no_more(least: int, most: int) -> None:
    shape = {"type": "array", "items": {"const": 1}, "minItems": least, "maxItems": most}
    own = {name: body for name, body in written(shape).items() if name != "root"}
    (body,) = (body for body in own.values() if "]" in body)
    names = [(name, f"({inner})") for name, inner in own.items() if inner != body]
    for name, inner in reversed(names):  # a block is made of what stands before it
        body = re.sub(rf"\b{name}\b", inner.replace("\\", r"\\"), body)
    pattern = re.sub(r'"([^"]*)"| ', lambda found: re.escape(found[1] or ""), body)
    takes = [size for size in range(most + 3) if re.fullmatch(pattern, "[" + ",".join("1" * size) + "]")]
    assert takes == list(range(least, most + 1))
