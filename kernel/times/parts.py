"""What one stretch of a time phrase settles: a day, an hour, a zone, a distance from now."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Grain = Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTHS = "january february march april may june july august september october november december".split()

WD = r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
UNIT = r"(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|h|days?|weeks?|wks?|months?|quarters?|qtrs?|years?|yrs?)"
COUNT = r"(?:\d+(?:\.\d+)?|an?|(?:a )?couple(?: of)?|a pair of|(?:a )?few)"


@dataclass(frozen=True)
class Part:
    """One stretch understood; what it does not speak of is None."""

    day: dt.date | None = None
    grain: Grain | None = None
    clock: tuple[int, int, int] | None = None
    clock_grain: Grain = "hour"
    half: Literal["am", "pm", ""] = ""
    """am or pm where it was said or a part of the day implies it."""
    daypart: str = ""
    weekday: int | None = None
    monthday: int | None = None
    zone: dt.tzinfo | None = None
    at: dt.datetime | None = None
    """A moment told by its distance from now; the zone is the clock's."""
    is_yearless: bool = False
    is_past: bool = False
    """Said to be past: "yesterday", "3 days ago"."""


def weekday(word: str) -> int:
    """Monday is 0."""
    return next(n for n, name in enumerate(WEEKDAYS) if name.startswith(word[:3]))


def month(word: str) -> int:
    """January is 1."""
    return next(n for n, name in enumerate(MONTHS, 1) if name.startswith(word[:3]))


def year_of(text: str) -> int:
    """A year of two or four digits; two digits lie within 1970 to 2069."""
    number = int(text)
    if len(text) > 2:
        return number
    return number + (1900 if number >= 70 else 2000)


def unit(word: str) -> Grain:
    """The unit's whole name."""
    starts: tuple[tuple[str, Grain], ...] = (
        ("s", "second"), ("mi", "minute"), ("mo", "month"), ("h", "hour"), ("d", "day"), ("w", "week"),
        ("q", "quarter"), ("y", "year"),
    )  # fmt: skip
    return next(name for start, name in starts if word.startswith(start))


def count(word: str) -> float:
    """ "a" is 1, "a couple of" 2, "a few" 3."""
    if word[0].isdigit():
        return float(word)
    return 2 if "couple" in word or "pair" in word else 3 if "few" in word else 1


def step(moment: dt.datetime, number: float, of: Grain) -> dt.datetime:
    """`moment` moved by a number of units, by the calendar: a month from 31 January is 28 February.

    Raises:
        ValueError, OverflowError: no calendar reaches there.
    """
    from dateutil.relativedelta import relativedelta

    if of == "quarter":
        number, of = number * 3, "month"
    if of in ("month", "year") and number == int(number):
        months = int(number) * (12 if of == "year" else 1)
        moved: dt.datetime = moment + relativedelta(months=months)
        return moved
    seconds = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
    if of not in seconds:
        raise ValueError(f"{number:g} {of}s is no whole number of them")
    return moment + dt.timedelta(seconds=number * seconds[of])


def first_of(day: dt.date, grain: Grain) -> dt.date:
    """The first day of the week, month, quarter or year that holds `day`."""
    if grain == "week":
        return day - dt.timedelta(days=day.weekday())
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1) if grain == "year" else day


def shift(day: dt.date, number: int, of: Grain) -> dt.date:
    """A day moved by whole units."""
    return step(dt.datetime.combine(day, dt.time()), number, of).date()
