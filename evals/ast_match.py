"""Is a list of calls the expected one? The rule the function calling leaderboard scores single turns by.

Expected: one `{function: {argument: [accepted values]}}` a call; "" among the accepted ones means the
argument may be left out. Calls match in any order, one to one. A value must have the declared type (a
whole number stands for a decimal one) and be among the accepted; strings are compared without case,
spaces and light punctuation. `Source:` the Berkeley Function Calling Leaderboard's AST evaluation.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Call", "matches"]

Call = tuple[str, Mapping[str, Any]]
"""A function's name and its arguments."""

TYPES: dict[str, type] = {
    "string": str, "any": str, "integer": int, "float": float, "number": float, "boolean": bool,
    "array": list, "tuple": list, "dict": dict, "object": dict,
}  # fmt: skip
"""Declared type -> the Python type a value must have."""

OMITTED = ""
"""Among accepted values: the argument may be missing."""


def matches(
    calls: Sequence[Call], expected: Sequence[Mapping[str, Any]], functions: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether each call is one of the expected, and none of those is left over.

    Args:
        calls: what was proposed.
        expected: what is accepted; empty where no call is right.
        functions: the schemas the request came with, for the declared types.
    """
    if len(calls) != len(expected):
        return False
    schemas = {each["name"]: each for each in functions}
    free = list(calls)
    for answer in expected:
        found = next((call for call in free if _fits(call, answer, schemas)), None)
        if found is None:
            return False
        free.remove(found)
    return True


def _fits(call: Call, answer: Mapping[str, Any], schemas: Mapping[str, Mapping[str, Any]]) -> bool:
    name, given = call
    if name not in answer or name not in schemas:
        return False
    accepted, parameters = answer[name], schemas[name]["parameters"]
    if any(each not in given for each in parameters.get("required", ())):
        return False
    if any(each not in given and OMITTED not in values for each, values in accepted.items()):
        return False
    declared = parameters["properties"]
    return all(
        each in declared and each in accepted and _accepts(declared[each], value, accepted[each])
        for each, value in given.items()
    )


def _accepts(schema: Mapping[str, Any], value: Any, accepted: Sequence[Any]) -> bool:
    """Whether one argument's value has its type and is among the accepted."""
    wanted, said = TYPES[schema["type"]], value
    if wanted is float and type(value) is int:
        value = float(value)
    answers: list[Any] = [each for each in accepted if each != OMITTED]
    answer_type = type(answers[0]) if answers else wanted
    if type(value) is not wanted and type(value) is not answer_type:
        return False
    if answer_type is not wanted:
        return value in accepted
    if wanted is dict:
        return any(_same_fields(value, each) for each in answers)
    if wanted is list and schema.get("items", {}).get("type") in ("dict", "object"):
        return any(_same_rows(said, each) for each in answers if isinstance(each, list))
    if wanted is list:
        item = TYPES.get(schema.get("items", {}).get("type", ""))
        return any(_same_list(said, each, item) for each in answers if isinstance(each, list))
    return _plain(value) in [_plain(each) for each in accepted]


def _same_list(value: Sequence[Any], accepted: Sequence[Any], item: type | None) -> bool:
    """Equal, each element of the declared type or of the type the accepted ones have."""
    allowed = {item, *map(type, accepted)} - {None}
    return _plain(list(value)) == _plain(list(accepted)) and all(type(each) in allowed for each in value)


def _same_rows(value: Sequence[Any], accepted: Sequence[Any]) -> bool:
    return len(value) == len(accepted) and all(map(_same_fields, value, accepted))


def _same_fields(value: Any, accepted: Mapping[str, Sequence[Any]]) -> bool:
    """Whether an object's fields are each among theirs."""
    if not isinstance(value, dict) or any(key not in accepted for key in value):
        return False
    if any(key not in value and OMITTED not in each for key, each in accepted.items()):
        return False
    return all(_plain(each) in [_plain(one) for one in accepted[key]] for key, each in value.items())


def _plain(value: Any) -> Any:
    """A string as it is compared; within a list, its strings."""
    if isinstance(value, str):
        return re.sub(r"[ ,./\-_*^]", "", value).lower().replace("'", '"')
    return [_plain(each) for each in value] if isinstance(value, list) else value
