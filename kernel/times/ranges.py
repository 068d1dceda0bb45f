"""Lengths and stretches of time: "2 and a half hours"; "from monday to friday", "between 3 and 5 pm"."""

import datetime as dt
import re
from dataclasses import dataclass

from kernel.times.instants import Instant, read_instant
from kernel.times.parts import COUNT, UNIT, count, step, unit
from kernel.times.spoken import plain

_PIECE = re.compile(
    rf"(?:(?:a )?(?P<q>quarter of an|half an?|3[- ]quarters of an) (?P<unit2>hours?|day|min(?:ute)?|year)"
    rf"|(?P<n>{COUNT})(?P<and> and (?:an? )?half)? ?(?P<unit>{UNIT})(?P<andhalf> and (?:a )?half)?)(?:,| and)?(?: |$)"
)
_PARTS = {"q": 0.25, "h": 0.5, "3": 0.75}
_BETWEEN = re.compile(
    r"(?:from |between )?(?P<first>.+?) ?(?:\bto\b|\buntil\b|\btill\b|\bthrough\b|\band\b|-|–) ?(?P<last>.+)"
)


@dataclass(frozen=True)
class Range:
    """From one moment up to another, the end not included."""

    start: dt.datetime
    end: dt.datetime


def read_duration(text: str) -> dt.timedelta | None:
    """A length told in seconds to weeks; None where it is none, or has no fixed length (months, years)."""
    said, total, start = plain(text).removeprefix("for ").removeprefix("about "), dt.timedelta(), 0
    while start < len(said):
        found = _PIECE.match(said, start)
        if not found:
            return None
        of = unit(found["unit"] or found["unit2"])
        if of in ("month", "quarter", "year"):
            return None
        number = _PARTS[found["q"][0]] if found["q"] else count(found["n"])
        number += 0.5 if found["and"] or found["andhalf"] else 0
        epoch = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
        try:
            total += step(epoch, number, of) - epoch
        except (ValueError, OverflowError):
            return None
        start = found.end()
    return total or None


def read_range(text: str, now: dt.datetime) -> Range | None:
    """The stretch a phrase names: two moments, or a day, week, month or year as a whole.

    Args:
        text: the phrase alone.
        now: the user's clock, aware.
    """
    whole = read_instant(text, now)
    if whole is not None and whole.grain not in ("second", "minute", "hour"):
        return Range(whole.at, step(whole.at, 1, whole.grain))
    found = _BETWEEN.fullmatch(text.strip().lower())
    if not found:
        return None
    first, last = found["first"], found["last"]
    if re.search(r"\d ?[ap]m$", last) and re.fullmatch(r"(?:at )?\d{1,2}(?::\d\d)?", first):
        first += last[-2:]
    one = _hourly(first, now)
    two = one and _hourly(last, one.at)
    return Range(one.at, _end(two)) if one and two and one.at < _end(two) else None


def _hourly(text: str, now: dt.datetime) -> Instant | None:
    return read_instant(text, now) or read_instant(f"at {text}", now)


def _end(last: Instant) -> dt.datetime:
    """A day named as the end belongs to the stretch."""
    return step(last.at, 1, last.grain) if last.grain not in ("second", "minute", "hour") else last.at
