"""The leaderboard's matching rule, the files' reading, and three cases with the real engine."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals import bfcl
from evals.ast_match import Call, matches


def function(required: tuple[str, ...] = (), **kinds: str | dict[str, Any]) -> dict[str, Any]:
    properties = {name: kind if isinstance(kind, dict) else {"type": kind} for name, kind in kinds.items()}
    return {
        "name": "f",
        "description": "",
        "parameters": {"properties": properties, "required": list(required)},
    }


def is_right(given: dict[str, Any], accepted: dict[str, Any], schema: dict[str, Any]) -> bool:
    return matches([("f", given)], [{"f": accepted}], [schema])


def test_a_value_among_the_accepted_is_right() -> None:
    assert is_right({"n": 5}, {"n": [4, 5]}, function(n="integer"))
    assert not is_right({"n": 6}, {"n": [4, 5]}, function(n="integer"))


def test_a_whole_number_stands_for_a_decimal_one_but_not_the_other_way_round() -> None:
    assert is_right({"n": 5}, {"n": [5.0]}, function(n="float"))
    assert not is_right({"n": 5.0}, {"n": [5]}, function(n="integer"))


def test_a_truth_value_is_no_number() -> None:
    assert not is_right({"n": True}, {"n": [1]}, function(n="integer"))


@pytest.mark.parametrize("said", ["New York, NY", "new york ny", "New-York/NY"])
def test_strings_are_compared_without_case_and_light_punctuation(said: str) -> None:
    assert is_right({"s": said}, {"s": ["New York NY"]}, function(s="string"))


def test_an_argument_may_be_left_out_only_where_that_is_accepted() -> None:
    assert is_right({}, {"s": ["", "a"]}, function(s="string"))
    assert not is_right({}, {"s": ["a"]}, function(s="string"))
    assert not is_right({}, {"s": ["", "a"]}, function(("s",), s="string"))


def test_an_argument_nobody_expects_is_wrong() -> None:
    assert not is_right({"s": "a", "t": "b"}, {"s": ["a"]}, function(s="string", t="string"))


def test_lists_are_equal_in_order_and_type() -> None:
    numbers = function(n={"type": "array", "items": {"type": "float"}})
    assert is_right({"n": [1.0, 2.0]}, {"n": [[1.0, 2.0]]}, numbers)
    assert not is_right({"n": [2.0, 1.0]}, {"n": [[1.0, 2.0]]}, numbers)
    assert not is_right({"n": [1, 2]}, {"n": [[1.0, 2.0]]}, numbers)
    assert is_right(
        {"n": ["A b"]}, {"n": [["ab"]]}, function(n={"type": "array", "items": {"type": "string"}})
    )


def test_objects_match_field_by_field() -> None:
    box = function(o="dict")
    assert is_right({"o": {"min": 3}}, {"o": [{"min": [3], "max": ["", 4]}]}, box)
    assert not is_right({"o": {"min": 3, "top": 4}}, {"o": [{"min": [3]}]}, box)
    assert not is_right({"o": {}}, {"o": [{"min": [3]}]}, box)


def test_lists_of_objects_match_in_order() -> None:
    rows = function(r={"type": "array", "items": {"type": "dict"}})
    assert is_right({"r": [{"a": "X"}, {"a": "y"}]}, {"r": [[{"a": ["x"]}, {"a": ["y"]}]]}, rows)
    assert not is_right({"r": [{"a": "y"}]}, {"r": [[{"a": ["x"]}, {"a": ["y"]}]]}, rows)


def test_a_variable_is_accepted_in_place_of_a_value() -> None:
    assert is_right({"n": "count"}, {"n": ["count"]}, function(n="integer"))


def test_several_calls_match_in_any_order_one_to_one() -> None:
    schema = [function(n="integer")]
    expected = [{"f": {"n": [1]}}, {"f": {"n": [2]}}]
    calls: list[Call] = [("f", {"n": 2}), ("f", {"n": 1})]
    assert matches(calls, expected, schema)
    assert not matches(calls[:1], expected, schema)
    assert not matches([calls[0], calls[0]], expected, schema)


def test_where_no_call_is_right_any_call_is_wrong() -> None:
    assert matches([], [], [function()])
    assert not matches([("f", {})], [], [function()])


def test_an_unknown_function_is_wrong() -> None:
    assert not matches([("g", {})], [{"f": {}}], [function()])


def cases_in(base: Path) -> None:
    rows = [
        {
            "id": f"simple_{n}",
            "question": [[{"role": "user", "content": f"do {n}"}]],
            "function": [function()],
        }
        for n in range(4)
    ]
    base.joinpath("simple.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    answers = [{"id": "simple_1", "ground_truth": [{"f": {}}]}]
    base.joinpath("simple_answers.jsonl").write_text("\n".join(map(json.dumps, answers)), encoding="utf-8")


def test_a_split_is_the_even_or_the_odd_cases(tmp_path: Path) -> None:
    cases_in(tmp_path)
    assert [case.id for case in bfcl.load(tmp_path, "simple", "even")] == ["simple_0", "simple_2"]
    odd = bfcl.load(tmp_path, "simple", "odd", limit=1)
    assert [(case.id, case.expected) for case in odd] == [("simple_1", [{"f": {}}])]


def test_the_direct_menu_changes_nothing_but_the_names_of_types() -> None:
    case = bfcl.Case(
        "x", "do", [function(n={"type": "tuple", "items": {"type": "float"}, "default": []})], []
    )
    (tool,) = json.loads(bfcl.plain_menu(case))
    assert tool["parameters"]["properties"] == {
        "n": {"type": "array", "items": {"type": "number"}, "default": []}
    }


def test_without_the_files_the_suite_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AOSH_DATA", str(tmp_path))
    assert bfcl.main([]) == 0
    assert "skipped" in capsys.readouterr().err


async def test_a_recorded_answer_is_not_asked_for_again(tmp_path: Path) -> None:
    case = bfcl.Case("x_0", "do 5", [function(("n",), n="integer")], [{"f": {"n": [5]}}])
    envelope = {"function_calls": [{"name": "f", "arguments": {"n": 5}}], "confidence": 0.9, "seconds": 0.2}
    key = bfcl.key_of(bfcl.plain_menu(case), case.text)
    record = tmp_path / "record.jsonl"
    record.write_text(json.dumps([key, envelope | {"wall": 0.5}]) + "\n", encoding="utf-8")
    (trace,) = await bfcl.measured([case], record)
    assert trace.direct.right
    assert trace.adapter.bound_seconds >= 0.5
    assert "direct   right 100.0%" in bfcl.report("simple", [trace])


@pytest.mark.slow
@pytest.mark.engine
async def test_the_real_engine_answers_both_ways() -> None:
    base = bfcl.folder()
    if base is None:
        pytest.skip("no bfcl folder under AOSH_DATA or ../shared/data")
    traces = await bfcl.measured(bfcl.load(base, "simple_python", limit=3), None)
    assert [trace.adapter.right for trace in traces] == [True, True, True]
