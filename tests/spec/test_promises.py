"""Every promise has its test; a test that was renamed or lost is missed here."""

import ast
from pathlib import Path

import pytest

from tests.spec.promises import PROMISES

TESTS = Path(__file__).parents[1]


def names_in(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            found.add(node.name)
    return found


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_is_held_by_a_test_that_is_there(name: str) -> None:
    file, _, test = PROMISES[name].held_by.partition("::")
    found = names_in(TESTS / file)
    assert test in found if test else found


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_is_one_sentence(name: str) -> None:
    area, _, rest = name.partition(".")
    assert area
    assert rest
    assert PROMISES[name].text.endswith(".")
    assert len(PROMISES[name].text) <= 100
