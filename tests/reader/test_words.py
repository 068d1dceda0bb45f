"""Typed values from words; what is refused, and how."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import words
from syscalls.errors import BadArgument

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("size", "500", 500), ("size", "10 MB", 10_000_000), ("size", "1.5gb", 1_500_000_000), ("size", "2 KiB", 2_048),
        ("size", "a megabyte", 1_000_000), ("count", "five", 5), ("count", "first 3 lines", 3), ("count", "1,000", 1_000),
        ("mode", "755", "755"), ("mode", "u+x", "u+x"), ("mode", "not executable", "a-x"), ("mode", "read-only", "a-w"),
        ("glob", "python files", "*.py"), ("glob", ".md", "*.md"), ("glob", "*.txt", "*.txt"), ("glob", "report", "*report*"),
        ("glob", "budget.xlsx", "budget.xlsx"), ("boolean", "yes", True), ("boolean", "off", False), ("integer", "7", 7),
        ("number", "2.5", 2.5), ("text", "as it is", "as it is"), ("age", "2 days", 172_800), ("age", "30m", 1_800),
        ("age", "last week", 604_800), ("age", "half hour", 1_800), ("age", "90", 90),
    ],
)  # fmt: skip
def test_words_become(kind: str, text: str, value: Any) -> None:
    assert words.parse(kind, text) == value


def test_today_and_yesterday_begin_at_midnight() -> None:
    assert words.age("today", NOW) == 36_001
    assert words.age("yesterday", NOW) == 36_001 + 86_400


@pytest.mark.parametrize("kind", ["size", "age", "count", "mode", "boolean", "integer", "number"])
@pytest.mark.parametrize("text", ["", "blue", "-", "9" * 400, "inf", "nan", "\uff11\uff12 apples and"])
def test_what_is_unknown_is_refused_in_one_line(kind: str, text: str) -> None:
    try:
        words.parse(kind, text)
    except BadArgument as refused:
        assert "expected" in str(refused) and "\n" not in str(refused)


@given(st.sampled_from(sorted(words.PARSERS)), st.text(max_size=60))
def test_no_text_crashes_a_parser(kind: str, text: str) -> None:
    with suppress(BadArgument):
        words.parse(kind, text)
