"""One moment from words: the parts of the phrase, joined, against the user's clock and zone."""

import datetime as dt
import re
from dataclasses import dataclass, replace

from kernel.times.days import days_in, read_day
from kernel.times.hours import read_bare, read_hour
from kernel.times.parts import COUNT, UNIT, WD, Grain, Part, count, first_of, step, unit, weekday
from kernel.times.spoken import plain

_FILLER = re.compile(
    r"(?:on|at|the|of|in|for|during|around|about|approximately|by|from|starting|and|,|-)(?= |$)|,"
)
_FROM = re.compile(rf"(?P<n>{COUNT}) (?P<unit>{UNIT}) (?P<way>from|after|before) (?P<rest>.+)")
_WEEK_OF = re.compile(r"(?:the )?week of (?P<rest>.+)")
_NTH_AFTER = re.compile(
    rf"(?:the )?(?P<nth>\d+)(?:st|nd|rd|th) (?P<wd>{WD}) (?P<way>after|before) (?P<rest>.+)"
)
_CLOSEST = re.compile(rf"the (?:(?P<nth>\d+)(?:st|nd|rd|th) )?closest (?P<wd>{WD}) to (?P<rest>.+)")

_PIECE = re.compile(r"(\d+(?:\.\d+)?) ?(h(?:ours?|rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)(?![a-z])")
_PIECES = rf"{_PIECE.pattern}(?:(?: and|,)? ?{_PIECE.pattern})*".replace("(\\d", "(?:\\d").replace(
    " ?(h", " ?(?:h"
)
_SPAN = re.compile(rf"(?:in|within|after) (?P<span>{_PIECES})|(?P<span2>{_PIECES}) from (?:right )?now")
_SECONDS = {"h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Instant:
    """A moment, how exactly it was told, and what else the words may mean."""

    at: dt.datetime
    """Aware, in the user's zone."""
    grain: Grain
    others: tuple[dt.datetime, ...] = ()
    """Other readings of the same words: "at 5" in the morning and in the evening."""


def read_instant(text: str, now: dt.datetime) -> Instant | None:
    """The moment a phrase speaks of; None where any of it is something else.

    Args:
        text: the phrase alone, such as "next tuesday at noon".
        now: the user's clock, aware.
    """
    said = plain(text)
    try:
        return _anchored(said, now) or _joined(_parts(said, now), now) or _spanned(said, now)
    except (ValueError, OverflowError):
        return None


def _anchored(said: str, now: dt.datetime) -> Instant | None:
    """Phrases that lean on another moment: "two days after christmas", "the week of october 6th"."""
    for pattern, make in (
        (_FROM, _from),
        (_WEEK_OF, _week_of),
        (_NTH_AFTER, _nth_after),
        (_CLOSEST, _closest),
    ):
        found = pattern.fullmatch(said)
        base = read_instant(found["rest"], now) if found else None
        if found and base:
            return make(found, base)
    return None


def _spanned(said: str, now: dt.datetime) -> Instant | None:
    """A distance told in pieces or short: "in 1 hour and 30 minutes", "in 1h30m", "in 10m"."""
    if not (found := _SPAN.fullmatch(said)):
        return None
    pieces = _PIECE.findall(found["span"] or found["span2"])
    seconds = sum(float(number) * _SECONDS[of[0]] for number, of in pieces)
    return Instant(now + dt.timedelta(seconds=seconds), "second")


def _from(found: re.Match[str], base: Instant) -> Instant | None:
    if found["rest"].startswith(("now", "right now")) or re.match(r"^\d|12:00", found["rest"]):
        return None
    number = count(found["n"]) * (-1 if found["way"] == "before" else 1)
    return replace(base, at=step(base.at, number, unit(found["unit"])))


def _week_of(found: re.Match[str], base: Instant) -> Instant | None:
    monday = first_of(base.at.date(), "week")
    return Instant(_at(monday, dt.time(), base.at), "week")


def _nth_after(found: re.Match[str], base: Instant) -> Instant | None:
    way = -1 if found["way"] == "before" else 1
    gap = (way * (weekday(found["wd"]) - base.at.weekday())) % 7 or 7
    return replace(base, at=base.at + dt.timedelta(days=way * (gap + 7 * (int(found["nth"]) - 1))))


def _closest(found: re.Match[str], base: Instant) -> Instant | None:
    near = [base.at + dt.timedelta(days=n) for n in range(-21, 22)]
    ranked = sorted(
        (day for day in near if day.weekday() == weekday(found["wd"])), key=lambda day: abs(day - base.at)
    )
    return replace(base, at=ranked[int(found["nth"] or 1) - 1])


def _parts(said: str, now: dt.datetime) -> list[Part]:
    """The phrase's parts in order; empty where a word belongs to none.

    A bare number counts as an hour only beside a day or a part of the day.
    """
    found: list[Part] = []
    start, bare = 0, 0
    while start < len(said):
        if said[start] == " ":
            start += 1
            continue
        read = _longest(read_hour(said, start), read_day(said, start, now))
        if read is None and (filler := _FILLER.match(said, start)):
            start = filler.end()
            continue
        if read is None and (read := read_bare(said, start)):
            bare += 1
        if read is None:
            return []
        found.append(read[0])
        start = read[1]
    if bare and (bare > 1 or len(found) == 1):
        return []
    return found


def _longest(one: tuple[Part, int] | None, other: tuple[Part, int] | None) -> tuple[Part, int] | None:
    if one is None or other is None:
        return one or other
    return one if one[1] >= other[1] else other


def _joined(parts: list[Part], now: dt.datetime) -> Instant | None:
    """One moment of all parts; None where two of them contradict each other."""
    if not parts:
        return None
    whole = _merged(parts)
    if whole is None:
        return None
    if whole.at is not None and whole.clock is None:
        return Instant(whole.at, whole.grain or "second") if whole.weekday is None else None
    if whole.at is not None:
        whole = replace(whole, day=whole.at.date(), at=None)
    day = _day(whole, now)
    if day is None and whole.daypart == "tonight":
        day = now.date()
    if whole.clock is None:
        return _whole_day(whole, day, now)
    return _timed(whole, day, now)


def _merged(parts: list[Part]) -> Part | None:
    whole = Part()
    for part in parts:
        for name in ("day", "at", "clock", "weekday", "monthday", "zone", "daypart"):
            value, before = getattr(part, name), getattr(whole, name)
            if value in (None, ""):
                continue
            if before not in (None, "") and before != value and name != "daypart":
                return None
            whole = replace(whole, **{name: value})
        whole = replace(
            whole,
            grain=part.grain or whole.grain,
            clock_grain=part.clock_grain if part.clock else whole.clock_grain,
            half=part.half or whole.half,
            is_yearless=part.is_yearless or whole.is_yearless,
            is_past=part.is_past or whole.is_past,
        )
    return whole


def _day(whole: Part, now: dt.datetime) -> dt.date | None:
    """The day spoken of.

    Raises:
        ValueError: there is none such in the next years.
    """
    today = now.date()
    if whole.day is not None and whole.weekday is not None:
        return _with_weekday(whole, whole.day)
    if whole.day is not None and whole.monthday is not None:
        return whole.day.replace(day=whole.monthday)
    if whole.day is not None:
        return whole.day
    if whole.monthday is not None:
        for ahead in range(1500):
            day = today + dt.timedelta(days=ahead)
            if day.day == whole.monthday and whole.weekday in (None, day.weekday()):
                return day
        raise ValueError(f"no month has a day {whole.monthday}")
    if whole.weekday is not None:
        return today + dt.timedelta(days=(whole.weekday - today.weekday()) % 7 or (0 if whole.clock else 7))
    return None


def _with_weekday(whole: Part, day: dt.date) -> dt.date:
    """A date that falls on the weekday said with it: the year is the nearest that fits."""
    if day.weekday() == whole.weekday:
        return day
    if not whole.is_yearless:
        raise ValueError(f"{day} is no such weekday")
    for year in (day.year - 1, *range(day.year + 1, day.year + 12)):
        if day.month == 2 and day.day == 29 and days_in(dt.date(year, 2, 1)) < 29:
            continue
        if day.replace(year=year).weekday() == whole.weekday:
            return day.replace(year=year)
    raise ValueError(f"{day:%d %B} falls on no such weekday")


_STARTS = {"morning": 6, "afternoon": 13, "evening": 18, "night": 20, "tonight": 20}


def _whole_day(whole: Part, day: dt.date | None, now: dt.datetime) -> Instant | None:
    if whole.daypart:
        moment = _at(day or now.date(), dt.time(_STARTS[whole.daypart]), now)
        return Instant(moment, "hour")
    if day is None or whole.zone is not None:
        return None
    return Instant(_at(day, dt.time(), now), whole.grain if whole.day and whole.grain else "day")


def _timed(whole: Part, day: dt.date | None, now: dt.datetime) -> Instant | None:
    assert whole.clock is not None
    hour, minute, second = whole.clock
    local = now.astimezone(whole.zone) if whole.zone else now
    if whole.half == "pm" and hour < 12:
        hour += 12
    if whole.daypart in ("evening", "night", "tonight") and whole.clock[:2] == (12, 0):
        hour = 24
    hours = [hour] if whole.half or hour == 24 else [hour % 12, hour % 12 + 12]
    if day is not None:
        moments = [_clocked(day, each, minute, second, local) for each in hours]
        chosen = 1 if len(moments) > 1 and (hour % 12 < 7 or hour == 12) else 0
        if (
            whole.weekday is not None
            and whole.day is None
            and whole.monthday is None
            and moments[-1] <= local
        ):
            moments = [moment + dt.timedelta(days=7) for moment in moments]
        if day == local.date() and len(moments) > 1 and moments[chosen] <= local < moments[-1]:
            chosen = 1
    else:
        moments = [_next(each, minute, second, local) for each in hours]
        chosen = min(range(len(moments)), key=lambda n: moments[n])
        if len(moments) > 1 and 1 <= hour < 7 and moments[1].date() == local.date():
            chosen = 1  # nobody means five at night without saying so
    at, *others = [moments[chosen], *(moment for moment in moments if moment != moments[chosen])]
    return Instant(
        at.astimezone(now.tzinfo), whole.clock_grain, tuple(each.astimezone(now.tzinfo) for each in others)
    )


def _next(hour: int, minute: int, second: int, local: dt.datetime) -> dt.datetime:
    moment = _clocked(local.date(), hour, minute, second, local)
    if moment <= local:
        moment = _clocked(local.date() + dt.timedelta(days=1), hour, minute, second, local)
    return moment


def _clocked(day: dt.date, hour: int, minute: int, second: int, local: dt.datetime) -> dt.datetime:
    if hour >= 24:
        day, hour = day + dt.timedelta(days=1), hour - 24
    return _at(day, dt.time(hour, minute, second), local)


def _at(day: dt.date, time: dt.time, like: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(day, time, like.tzinfo)
