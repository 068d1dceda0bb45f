"""The measured targets of words for time hold on the data."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from evals.times import _utc, instants, is_right, ours, recurrences, rule_is_right, timeless
from kernel.times.resolve import resolve

DATA = Path(os.environ.get("AOSH_DATA", "../shared/data"))
pytestmark = pytest.mark.skipif(not (DATA / "time").is_dir(), reason="the time data are not here")


def test_instants_reach_their_target() -> None:
    cases = instants(DATA)
    right = sum(is_right(*case, ours) for case in cases)
    assert right / len(cases) >= 0.85


def test_every_recurrence_is_read_right() -> None:
    assert [
        row["text"]
        for row in recurrences(DATA)
        if not rule_is_right(row["expected"], row["text"], _utc(row["now"]))
    ] == []


def test_false_readings_stay_under_two_percent() -> None:
    texts, now = timeless(DATA), instants(DATA)[0][3]
    assert sum(resolve(text, now, ZoneInfo("UTC")).kind != "none" for text in texts) / len(texts) < 0.02
