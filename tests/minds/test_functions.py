"""The adapter for arbitrary functions: what the engine is shown, what is made of its answer."""

import json
from typing import Any

import pytest

from kernel.minds.needle import functions
from kernel.minds.needle.coerce import choice, is_said, listed, numbers, parameters, typed
from kernel.minds.needle.marks import iso, marks
from kernel.minds.needle.mend import fit, runs, spelled
from kernel.minds.needle.split import repeated


def schema(
    name: str = "f", about: str = "", needs: str = "", **kinds: str | dict[str, Any]
) -> dict[str, Any]:
    properties = {each: kind if isinstance(kind, dict) else {"type": kind} for each, kind in kinds.items()}
    body = {"type": "dict", "properties": properties, "required": needs.split()}
    return {"name": name, "description": about, "parameters": body}


def fitted(function: dict[str, Any], given: dict[str, Any], text: str) -> dict[str, Any]:
    return fit(parameters(function), given, text).arguments


def again(function: dict[str, Any], given: dict[str, Any], text: str) -> list[dict[str, Any]]:
    return repeated(parameters(function), given, text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a base of 10 units and 0.5 m", [10, 0.5]),
        ("$1.2M, 500,000 and 3 million", [1_200_000, 500_000, 3_000_000]),
        ("three cats and twenty dogs", [3, 20]),
        ("5% of 8.854 x 10^-12", [5, 8.854e-12]),
        ("on May 3rd at 10:30, case XY1234, x^2", []),
        ("from -3 to 4.5", [-3, 4.5]),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, values: list[float]) -> None:
    assert [each.value for each in numbers(text)] == values
    assert [each.unit for each in numbers("5 meters, 3%, 7")] == ["meter", "%", ""]


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("integer", "5 units", 5),
        ("integer", "five", 5),
        ("integer", 5.0, 5),
        ("integer", 5.5, None),
        ("float", 3, 3.0),
        ("boolean", "yes", True),
        ("boolean", "maybe", None),
        ("string", " 'Paris', ", "Paris"),
        ("string", 7, "7"),
        ("string", None, None),
        ("dict", {"a": 1}, {"a": 1}),
        ("dict", "a", None),
    ],
)
def test_a_value_becomes_its_declared_type_or_nothing(kind: str, raw: Any, value: Any) -> None:
    found = typed(parameters(schema(x=kind))["x"], raw, "")
    assert found == value and type(found) is type(value)


def test_a_list_is_made_of_words_joined_by_and() -> None:
    declared = parameters(schema(x={"type": "array", "items": {"type": "string"}}))["x"]
    assert typed(declared, "red, green and blue", "") == ["red", "green", "blue"]
    assert listed("[1, 2]") == ["1", "2"]


def test_percent_is_a_fraction_unless_percent_is_asked_for() -> None:
    text = "at an interest of 5%"
    asks = {"type": "float", "description": "rate in percentage"}
    assert typed(parameters(schema(x="float"))["x"], 5.0, text) == 0.05
    assert typed(parameters(schema(x=asks))["x"], 5.0, text) == 5.0
    assert typed(parameters(schema(x="integer"))["x"], 5, text) == 5


def test_a_choice_is_met_by_its_beginning_and_by_nothing_else() -> None:
    colours = ("Light Blue", "AA", "Aa", "aa")
    assert choice(colours, "light-blue") == "Light Blue"
    assert choice(colours, "light") == "Light Blue"
    assert choice(colours, "Aa") == "Aa"
    assert choice(colours, "green") is None


def test_said_is_what_the_request_holds() -> None:
    text = "Area of a triangle with base 10, height five and 5% in New York, sorted"
    said: list[Any] = [10, 5, 0.05, "new york", ["New York", 10], {"a": 10}]
    assert [is_said(each, text) for each in said] == [True] * len(said)
    unsaid: list[Any] = [11, "Boston", ["Boston"], {}, "x"]
    assert [is_said(each, text) for each in unsaid] == [False] * len(unsaid)
    assert is_said(True, text, "sorted ascending") and not is_said(True, text, "verbose")


def test_an_optional_guess_is_dropped_and_a_required_one_is_named() -> None:
    function = schema(needs="city", city="string", days="integer", verbose="boolean")
    found = fit(
        parameters(function), {"city": "Oslo", "days": 3, "verbose": True, "odd": 1}, "Weather in Paris"
    )
    assert (found.arguments, found.guessed, found.missing) == ({"city": "Oslo"}, ("city",), ())
    assert fit(parameters(function), {}, "Weather").missing == ("city",)


def test_sides_come_in_the_order_of_the_request() -> None:
    function = schema(needs="side1 side2 side3", side1="integer", side2="integer", side3="integer")
    given = {"side1": 3, "side2": 5, "side3": 6}
    assert fitted(function, given, "sides 3, 4 and 5") == {"side1": 3, "side2": 4, "side3": 5}


def test_the_one_number_left_fills_the_one_open_place() -> None:
    function = schema(needs="height weight", height="float", weight="integer")
    assert fitted(function, {"weight": 60}, "60 kg and 5.6 feet") == {"weight": 60, "height": 5.6}


def test_a_cut_off_number_is_completed() -> None:
    function = schema(needs="height weight", height="float", weight="integer")
    text = "first 6 feet and 80 kg, then 5.6 feet and 60 kg"
    assert fitted(function, {"height": 5.0, "weight": 60}, text) == {"height": 5.6, "weight": 60}


def test_a_number_after_its_arguments_name_is_that_arguments() -> None:
    function = schema(needs="inductance capacitance", inductance="float", capacitance="float")
    text = "a capacitance of 100 and an inductance of 50"
    assert fitted(function, {"inductance": 100, "capacitance": 50}, text) == {
        "inductance": 50.0,
        "capacitance": 100.0,
    }


def test_years_go_where_years_are_asked_for() -> None:
    function = schema(
        needs="year1 sum1 year2 sum2", year1="integer", sum1="integer", year2="integer", sum2="integer"
    )
    given = {"year1": 2019, "sum1": 11, "year2": 2020, "sum2": 180}
    assert fitted(function, given, "$1M in 2019 and $1.2M in 2020") == {
        "year1": 2019, "sum1": 1_000_000, "year2": 2020, "sum2": 1_200_000,
    }  # fmt: skip


def test_an_optional_number_the_request_names_is_filled() -> None:
    function = schema(needs="time", time="integer", acceleration="float")
    text = "5 seconds, accelerating by 9.8"
    assert fitted(function, {"time": 5}, text) == {"time": 5, "acceleration": 9.8}


def test_a_list_of_numbers_is_the_one_in_the_request() -> None:
    function = schema(needs="flows", flows={"type": "array", "items": {"type": "float"}})
    given = {"flows": [-100.0, 100.0, 40.0]}
    assert fitted(function, given, "cash flows of -$100, $40 and $60")["flows"] == [-100.0, 40.0, 60.0]
    assert [[each.value for each in run] for run in runs("1, 2 and 3; at 4 then 5")] == [[1, 2, 3]]


def test_a_list_of_choices_holds_all_the_request_names() -> None:
    fields = {
        "type": "array",
        "items": {"type": "string", "enum": ["Personal Info", "Job History", "Payroll"]},
    }
    text = "Personal Info and Job History of 345"
    given = {"fields": ["Personal Info", "Personal Info"]}
    assert fitted(schema(fields=fields), given, text) == {"fields": ["Personal Info", "Job History"]}


@pytest.mark.parametrize(
    ("value", "text", "whole"),
    [
        ("s6034464", "SNP ID rs6034464.", "rs6034464"),
        ("AGTCGATCGAACGTACG", "'AGTCGATCGACGTACG'", "AGTCGATCGACGTACG"),
        ("Van Gogh's painting Starry Night", "Van Gogh's painting 'Starry Night' now", "Starry Night"),
        ("No 28473", "Case No 28473", "28473"),
        ("Apple", "Apple stock", "Apple"),
    ],
)
def test_a_string_is_spelled_as_in_the_request(value: str, text: str, whole: str) -> None:
    assert spelled(value, text) == whole


def test_two_lists_go_together_respectively() -> None:
    function = schema(needs="artist duration", artist="string", duration="integer")
    text = "Play Taylor Swift and Maroon 5 for 20 minutes and 15 minutes respectively"
    assert again(function, {"artist": "Taylor Swift", "duration": 20}, text) == [
        {"artist": "Taylor Swift", "duration": 20},
        {"artist": "Maroon 5", "duration": 15},
    ]


def test_two_lists_are_crossed_otherwise() -> None:
    function = schema(needs="team season", team="string", season="integer")
    found = again(function, {"team": "Lakers", "season": 2018}, "Wins of Lakers and Bulls in 2018 and 2020")
    assert len(found) == 4 and {"team": "Bulls", "season": 2020} in found


def test_whole_sets_repeat_the_pattern() -> None:
    function = schema(needs="height weight", height="float", weight="integer")
    text = "BMI of one 6 feet tall and 80 kg, also of one 5.6 feet tall and 60 kg"
    found = again(function, {"height": 6.0, "weight": 80}, text.replace("one ", "a person "))
    assert found == [{"height": 6.0, "weight": 80}, {"height": 5.6, "weight": 60}]


def test_a_list_varies_one_place_and_the_rest_stays() -> None:
    function = schema(needs="payment rate years", payment="integer", rate="float", years="integer")
    given = {"payment": 1000, "rate": 0.05, "years": 10}
    found = again(function, given, "$1000 per year at 5%, for 10, 20 and 30 years")
    assert [each["years"] for each in found] == [10, 20, 30]
    assert {each["rate"] for each in found} == {0.05}


def test_listed_words_and_choices_and_dates_and_rows_repeat() -> None:
    copper = schema(needs="metal", metal="string")
    assert len(again(copper, {"metal": "copper"}, "resistance of copper, iron and zinc")) == 3
    mode = schema(needs="mode", mode={"type": "string", "enum": ["easy", "hard"]})
    modes = again(mode, {"mode": "easy"}, "save in easy mode and in hard mode")
    assert [each["mode"] for each in modes] == ["easy", "hard"]
    day = schema(needs="day", day="string")
    days = again(day, {"day": "2022-05-03"}, "a flight on May 3rd 2022 and another on May 18th 2022")
    assert [each["day"] for each in days] == ["2022-05-03", "2022-05-18"]
    row = schema(needs="n", n={"type": "array", "items": {"type": "integer"}})
    assert again(row, {"n": [1, 2]}, "mean of [1, 2] and of [3, 4]") == [{"n": [1, 2]}, {"n": [3, 4]}]


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("distance from Paris to London", {"a": "Paris", "b": "London"}),
        ("weather in Boston, MA", {"a": "Boston"}),
        ("the triangle with base 10 and height 5", {"base": 10, "height": 5}),
        ("", {"base": 10}),
    ],
)
def test_one_call_stays_one(text: str, given: dict[str, Any]) -> None:
    assert again(schema(a="string", b="string", base="integer", height="integer"), given, text) == [given]


def test_marks_do_not_overlap() -> None:
    found = marks({}, {}, "What is 'New York' on May 3, 2022 for Bob Dylan and 7 cats in XY1234?")
    assert [mark.sort for mark in found] == ["quoted", "date", "name", "number cat", "code"]
    assert iso("May 3rd, 2022") == "2022-05-03" and iso("tomorrow") == "tomorrow"


LCM = schema("math.lcm", "Least common multiple of two numbers.", "num1 num2", num1="integer", num2="integer")
ROOT = schema("math.sqrt", "Square root of a number.", "num", num="float")


def answer(
    name: str, arguments: dict[str, Any], confidence: float = 0.8, withheld: bool = False
) -> dict[str, Any]:
    calls = [{"name": name, "arguments": arguments}]
    return {"suppressed_calls" if withheld else "function_calls": calls, "confidence": confidence}


def test_the_menu_is_valid_json_schema() -> None:
    (tool,) = json.loads(functions.menu([ROOT]))
    assert tool["parameters"]["type"] == "object"
    assert tool["parameters"]["properties"]["num"]["type"] == "number"


def test_the_function_the_words_name_is_shown_alone() -> None:
    assert functions.shortlist([ROOT, LCM], "Least common multiple of 18 and 12") == [LCM]
    assert functions.shortlist([ROOT, LCM], "18 and 12") == [ROOT, LCM]


def test_a_withheld_call_is_used_when_it_fits() -> None:
    envelope = answer("math.lcm", {"num1": 18, "num2": "12"}, 0.2, withheld=True)
    found = functions.interpret([LCM], '"LCM, the least common multiple of 18 and 12"', envelope)
    assert found.calls == (functions.Called("math.lcm", {"num1": 18, "num2": 12}),)
    assert 0 < found.confidence < 1


def test_nothing_is_called_for_another_request() -> None:
    envelope = answer("math.sqrt", {"num": 9.0}, 0.1)
    assert functions.interpret([ROOT], "Who won the final in Madrid?", envelope).calls == ()
    assert functions.interpret([ROOT], "hello", {}).calls == ()


def test_a_said_call_is_kept_over_a_made_up_one() -> None:
    both = [
        {"name": "math.lcm", "arguments": {"num1": 1, "num2": 7}},
        {"name": "math.sqrt", "arguments": {"num": 9}},
    ]
    found = functions.interpret(
        [LCM, ROOT], "Square root of the number 9", {"function_calls": both, "confidence": 0.6}
    )
    assert [each.name for each in found.calls] == ["math.sqrt"]


async def test_all_functions_are_shown_where_the_likeliest_brings_no_call() -> None:
    asked = []

    async def ask(menu: str, text: str) -> dict[str, Any]:
        asked.append(len(json.loads(menu)))
        return answer("math.lcm", {"num1": 18, "num2": 12}) if len(asked) > 1 else {"function_calls": []}

    found = await functions.understand(ask, [ROOT, LCM], "Least common multiple of 18 and 12")
    assert asked == [1, 2] and [each.name for each in found.calls] == ["math.lcm"]
