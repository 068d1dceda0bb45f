"""Words for the past name a stretch that has begun."""

import datetime as dt

import pytest

from kernel.times.past import stretch_of
from syscalls.errors import BadArgument

NOW = dt.datetime(2026, 11, 25, 15, 30, tzinfo=dt.UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("said", "first", "end"),
    [
        ("yesterday", "2026-11-24", "2026-11-25"), ("today", "2026-11-25", "2026-11-26"),
        ("this morning", "2026-11-25", "2026-11-26"), ("last night", "2026-11-24", "2026-11-25"),
        ("this week", "2026-11-23", "2026-11-26"), ("last week", "2026-11-16", "2026-11-23"),
        ("on monday", "2026-11-23", "2026-11-24"), ("on friday", "2026-11-20", "2026-11-21"),
        ("3 days ago", "2026-11-22", "2026-11-23"), ("last month", "2026-10-01", "2026-11-01"),
        ("the day before yesterday", "2026-11-23", "2026-11-24"),
    ],
)  # fmt: skip
def test_a_stretch_of_the_past(said: str, first: str, end: str) -> None:
    found = stretch_of(said, NOW)
    assert (found.start.date().isoformat(), found.end.date().isoformat()) == (first, end)


@pytest.mark.parametrize("said", ["last blursday", "tomorrow", "", "\x00"])
def test_what_names_none_says_what_would(said: str) -> None:
    with pytest.raises(BadArgument, match="expected a time such as 'yesterday'"):
        stretch_of(said, NOW)
