"""Words for time: ours beside each library that is installed. `python -m evals time --help`.

Instants: every single-moment line of duckling's English corpus with a value, right when equal at the corpus's
grain. Recurrences: every line of recurrent's own tests, right when each part of the rule is equal. False
readings: texts without a time (CLINC150's out-of-scope texts and duckling's negatives) read as one, whole.
"""

import argparse
import datetime as dt
import importlib
import importlib.util
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kernel.times.instants import read_instant
from kernel.times.parts import Grain, first_of
from kernel.times.recurrences import Recurrence, read_recurrence
from kernel.times.resolve import resolve

Read = Callable[[str, dt.datetime], dt.datetime | None]
_COARSE = ("week", "month", "quarter", "year")


def at_grain(moment: dt.datetime, grain: Grain) -> dt.datetime:
    """The wall time cut to its grain."""
    wall = moment.replace(tzinfo=None, microsecond=0)
    if grain in _COARSE:
        return dt.datetime.combine(first_of(wall.date(), grain), dt.time())
    cut: dict[str, dict[str, Any]] = {
        "second": {},
        "minute": {"second": 0},
        "hour": {"second": 0, "minute": 0},
    }
    return wall.replace(**cut.get(grain, {"second": 0, "minute": 0, "hour": 0}))


def is_right(text: str, grain: Grain, value: str, now: dt.datetime, read: Read) -> bool:
    """Whether a reader finds the corpus's moment."""
    found = read(text, now)
    return found is not None and at_grain(found, grain) == dt.datetime.fromisoformat(value)


def rule_is_right(expected: dict[str, Any] | str, text: str, now: dt.datetime) -> bool:
    """Whether our rule has every part that is expected, and no exception is missing."""
    if isinstance(expected, str):
        found = read_instant(text, now)
        return found is not None and found.at.replace(tzinfo=None) == dt.datetime.fromisoformat(expected)
    rule = read_recurrence(text, now)
    return rule is not None and all(_has(rule, name, value) for name, value in expected.items())


def _has(rule: Recurrence, name: str, value: Any) -> bool:
    if name == "dtstart":
        return bool(rule.start[:10].replace("-", "") == value)
    if name == "until":
        return bool(rule.parts.get("UNTIL", "")[:8] == value)
    if name == "exdate":
        wanted = [each if isinstance(each, str) else f"{each[1]}-{each[0]:02d}" for each in value]
        return list(rule.skipped) == wanted
    return rule.parts.get(name.upper()) == str(value).upper()


def ours(text: str, now: dt.datetime) -> dt.datetime | None:
    """Our reader."""
    found = read_instant(text, now)
    return found.at if found else None


def _dateparser(text: str, now: dt.datetime) -> dt.datetime | None:
    wall: Any = {"RELATIVE_BASE": now.replace(tzinfo=None), "PREFER_DATES_FROM": "future"}
    found: dt.datetime | None = importlib.import_module("dateparser").parse(
        text, languages=["en"], settings=wall
    )
    return found


def _parsedatetime(text: str, now: dt.datetime) -> dt.datetime | None:
    calendar = importlib.import_module("parsedatetime").Calendar()
    found, status = calendar.parseDT(text, sourceTime=now.replace(tzinfo=None))
    return found if status else None


def _recurrent(text: str, now: dt.datetime) -> dt.datetime | None:
    event = importlib.import_module("recurrent.event_parser").RecurringEvent(
        now_date=now.replace(tzinfo=None)
    )
    found = event.parse(text)
    return found if isinstance(found, dt.datetime) else None


def _dateutil(text: str, now: dt.datetime) -> dt.datetime | None:
    found: dt.datetime = importlib.import_module("dateutil.parser").parse(
        text, default=now.replace(tzinfo=None, hour=0, minute=0)
    )
    return found


READERS: dict[str, Read] = {
    "ours": ours, "dateparser": _dateparser, "parsedatetime": _parsedatetime, "recurrent": _recurrent, "dateutil": _dateutil,
}  # fmt: skip


def forgiving(read: Read) -> Read:
    """A library that raises has found nothing."""

    def tried(text: str, now: dt.datetime) -> dt.datetime | None:
        try:
            return read(text, now)
        except (ValueError, TypeError, OverflowError, AttributeError, IndexError, KeyError):
            return None

    return tried


def instants(data: Path) -> list[tuple[str, Grain, str, dt.datetime]]:
    """Text, grain, value and reference of each single moment."""
    rows = map(json.loads, (data / "time/duckling_time_en.jsonl").read_text("utf-8").splitlines())
    return [
        (row["text"], row["grain"], row["value"], dt.datetime.fromisoformat(row["reference_time"]))
        for row in rows
        if row["kind"] == "datetime" and row["locale_file"] == "EN" and "value" in row
    ]


def recurrences(data: Path) -> list[dict[str, Any]]:
    """The lines of `recurrent`'s own tests."""
    return [json.loads(line) for line in (data / "time/recurrent_even.jsonl").read_text("utf-8").splitlines()]


def timeless(data: Path) -> list[str]:
    """Texts that name no time as a whole."""
    rows = map(json.loads, (data / "phrasing/clinc150.jsonl").read_text("utf-8").splitlines())
    negative: list[str] = json.loads((data / "time/duckling_time_en_negative.json").read_text("utf-8"))
    return [row["text"] for row in rows if row["part"].startswith("oos")] + negative


def main(args: list[str]) -> int:
    """Print the table; 0 where ours reaches its targets."""
    parser = argparse.ArgumentParser(
        prog="aosh eval time", description="words for time, ours beside libraries"
    )
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("AOSH_DATA", "../shared/data")))
    parser.add_argument("--misses", action="store_true", help="list what ours reads otherwise")
    options = parser.parse_args(args)
    if not (options.data / "time").is_dir():
        print(
            f"no time data in {str(options.data)!r}; name its folder by --data or AOSH_DATA", file=sys.stderr
        )
        return 2
    warnings.simplefilter("ignore")
    cases, nothing = instants(options.data), timeless(options.data)
    print(f"{'reader':14} {'instants':>14} {'false readings':>16} {'CPU ms a text':>14}")
    for name, read in READERS.items():
        if name != "ours" and importlib.util.find_spec(name) is None:
            print(f"{name:14} not installed")
            continue
        print(_row(name, forgiving(read), cases, nothing))
    rules = recurrences(options.data)
    wrong = [
        row["text"] for row in rules if not rule_is_right(row["expected"], row["text"], _utc(row["now"]))
    ]
    print(f"recurrences: {len(rules) - len(wrong)} of {len(rules)} {wrong or ''}")
    if options.misses:
        print(
            *(text for text, grain, value, now in cases if not is_right(text, grain, value, now, ours)),
            sep="\n",
        )
    return 0


def _utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def _row(name: str, read: Read, cases: list[tuple[str, Grain, str, dt.datetime]], nothing: list[str]) -> str:
    read("tomorrow", cases[0][3])  # what it imports is not its time a text
    started = time.process_time()
    right = sum(is_right(text, grain, value, now, read) for text, grain, value, now in cases)
    spent = (time.process_time() - started) * 1000 / len(cases)
    now = cases[0][3]
    if name == "ours":
        false = sum(resolve(text, now, ZoneInfo("UTC")).kind != "none" for text in nothing)
    else:
        false = sum(read(text, now) is not None for text in nothing)
    return f"{name:14} {right:>4} {right / len(cases):7.1%}  {false:>8} {false / len(nothing):6.1%}  {spent:>13.2f}"
