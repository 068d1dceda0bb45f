"""Recurrences: words become the parts of an RFC 5545 rule (`recurrent`), moments come from the rule (`dateutil`).

Hours and shorter count real time from the start; days and longer count the wall clock of the zone. A
wall time that daylight saving skips happens when the clock has jumped, one it repeats happens once, the first time.
"""

import datetime as dt
import re
import warnings
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from kernel.times.hours import read_hour
from kernel.times.parts import WD, WEEKDAYS, weekday
from kernel.times.spoken import plain

DEFAULT_HOUR = 9
"""Of a day told without an hour."""
_PART_HOURS = {"morning": 8, "afternoon": 14, "evening": 18, "night": 21}
_CUE = re.compile(
    rf"\b(?:every ?(?:day|one)?|each|daily|hourly|weekly|monthly|yearly|annually|once an? \w+|weekdays|weekends|{WD}s|(?:beginning|start|end) of each)\b|\bthe \d+(?:st|nd|rd|th) of every\b"
)
_ALLOWED = re.compile(
    rf"(?:{WD}s?|wednsdays?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|\d[\d:/,.-]*(?:st|nd|rd|th|am|pm|a|p|x)?|every|everyday|each|daily|hourly|weekly|monthly|"
    r"yearly|annually|once|twice|a|an|the|other|of|on|in|at|and|or|from|to|through|until|till|starting|start|beginning|end|except|for|up|next|last|"
    r"tomorrow|today|secs?|seconds?|mins?|minutes?|hours?|days?|weeks?|weekdays?|weekends?|months?|years?|times?|occurrences?|am|pm|o'clock|noon|midnight|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|first|second|third|fourth|fifth|half|quarter|past|morning|afternoon|evening|night|[-,])"
)  # fmt: skip
_AT = re.compile(
    r"(?:^|\s)(?:at\s+|@\s*)(?P<when>.+?)(?=$|\s+(?:on|every|each|until|till|starting|except|from|for|daily|weekly|monthly)\b)"
    r"|(?:^|\s)(?P<bare>\d{1,2}(?::\d\d)?\s?[ap]m|\d{1,2}:\d\d)(?=$|\s)"
)
_MISREAD = re.compile(rf"\b(?:every|each) {WD}s? (?:the )?\d+(?:st|nd|rd|th)\b|\bon the hour\b")
"""What `recurrent` takes for something else: a Friday the 13th, the full hour."""
_BUT = re.compile(
    rf"\b(?:every ?day|each day|daily) except (?:for |on )?(?P<days>{WD}s?(?:(?:,| and| or|, and) (?:on )?{WD}s?)*)(?=$| at | until )"
)
"""Left-out weekdays, of which `recurrent` leaves out the first date only."""
_REAL_TIME = ("SECONDLY", "MINUTELY", "HOURLY")


class Recurrence(msgspec.Struct, frozen=True):
    """A rule that names many moments."""

    rule: str
    """RFC 5545 parts, such as `FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;BYHOUR=9;BYMINUTE=0`; no DTSTART."""
    start: str
    """First moment that may count, ISO 8601, wall clock of the zone."""
    skipped: tuple[str, ...] = ()
    """Days (`2010-01-02`), moments or months (`2010-05`) left out."""

    @property
    def parts(self) -> dict[str, str]:
        """The rule's parts by name."""
        return dict(part.split("=", 1) for part in self.rule.split(";"))

    def after(self, moment: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
        """The first moment of the rule after `moment` (aware); None where the rule has ended.

        Args:
            moment: aware.
            zone: whose wall clock the rule speaks of.
        """
        from dateutil.rrule import rrulestr

        start = dt.datetime.fromisoformat(self.start)
        if self.parts["FREQ"] in _REAL_TIME and "BYHOUR" not in self.parts:
            return self._real_after(moment, start.replace(tzinfo=zone), zone)
        rule = rrulestr(self.rule, dtstart=start, cache=False)
        wall = moment.astimezone(zone).replace(tzinfo=None) - dt.timedelta(hours=3)
        for _ in range(5000):
            following: dt.datetime | None = rule.after(wall)
            if following is None:
                return None
            wall = following
            found = on_the_clock(wall, zone)
            if found > moment and not self._skips(wall):
                return found
        return None

    def _real_after(self, moment: dt.datetime, start: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
        """Every so many seconds of real time from the start, by arithmetic: a year away costs nothing."""
        parts = self.parts
        size = {"SECONDLY": 1, "MINUTELY": 60, "HOURLY": 3600}[parts["FREQ"]] * int(parts["INTERVAL"])
        passed = (moment - start).total_seconds()
        number = max(0, int(passed // size) + 1)
        for _ in range(100_000):
            found = (start.astimezone(dt.UTC) + dt.timedelta(seconds=number * size)).astimezone(zone)
            wall = found.replace(tzinfo=None)
            if ("UNTIL" in parts and wall > _until(parts["UNTIL"])) or number >= int(
                parts.get("COUNT", 1 << 60)
            ):
                return None
            if not self._skips(wall):
                return found
            number += 1
        return None

    def _skips(self, wall: dt.datetime) -> bool:
        text = wall.isoformat(timespec="seconds")
        return any(text == each or text[: len(each)] == each for each in self.skipped)


def on_the_clock(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """A wall time as a moment: the first where it comes twice; where it is skipped, when the clock has jumped."""
    found = wall.replace(tzinfo=zone, fold=0)
    there = found.astimezone(dt.UTC).astimezone(zone)
    if there.replace(tzinfo=None) == wall:
        return found
    # A skipped time read with fold=0 lands as far behind the gap as it lay within it; the gap's end is its first moment.
    before = found.utcoffset() or dt.timedelta()
    after = wall.replace(tzinfo=zone, fold=1).utcoffset() or dt.timedelta()
    low, high = (
        (wall - max(before, after) - dt.timedelta(hours=1)).replace(tzinfo=dt.UTC),
        there.astimezone(dt.UTC),
    )
    old = low.astimezone(zone).utcoffset()
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == old else (low, middle)
    return high.replace(microsecond=0).astimezone(zone)


def read_recurrence(text: str, now: dt.datetime) -> Recurrence | None:
    """The rule a phrase names; None where it names none or a word of it is something else.

    Args:
        text: the phrase alone, such as "every weekday at 9".
        now: the user's clock, aware.

    Raises:
        ValueError: the rule would have no moment or no end of them at once ("every 0 seconds").
    """
    said = _simpler(text)
    if _MISREAD.search(said):
        return None
    if not _CUE.search(said) or not all(map(_is_known, re.findall(r"[\w:/.'-]+", said))):
        return None
    head, mark, tail = said.partition(" except")
    head, clock, part = _hour_out_of(head)
    params = _asked(head + mark + tail, now)
    if params is None:
        return None
    if int(params.get("interval", 1)) < 1:
        raise ValueError(f"{text!r} has no time between two runs; the least is every 1 second")
    return _rule(params, clock, part, now)


def _is_known(word: str) -> bool:
    return bool(_ALLOWED.fullmatch(word)) or all(_ALLOWED.fullmatch(piece) for piece in word.split("-"))


def _simpler(text: str) -> str:
    said = re.sub(r"\s+", " ", text.strip().lower()).rstrip(".!")
    said = re.sub(rf"\b({WD}s?) (?:to|thru|till) ({WD}s?)\b", r"\1-\2", said)
    said = _BUT.sub(_other_days, said)
    said = re.sub(r"\bhourly\b", "every hour", said)
    said = re.sub(r"\bevery half (?:an )?hour\b", "every 30 minutes", said)
    said = re.sub(r"\b(?:annually|yearly)\b", "every year", said)
    said = re.sub(r"^(?:every|each) (\d{1,2}(?:st|nd|rd|th))(?=$| at )", r"every month on the \1", said)
    said = re.sub(r"\bon the last day of (every|each|the) month\b", r"last of each month", said)
    return re.sub(r"^((?:on )?the .+ )(?:of|in) (?:the|a) month\b", r"every \1of the month", said)


def _other_days(found: re.Match[str]) -> str:
    left_out = {weekday(word) for word in re.findall(WD, found["days"])}
    return "every " + " and ".join(name for number, name in enumerate(WEEKDAYS) if number not in left_out)


def _hour_out_of(head: str) -> tuple[str, tuple[int, int] | None, str]:
    """The phrase without its time of day, the time, and the part of the day ("every morning")."""
    part = ""
    if found := re.search(r"\b(every|each)( other)? (morning|afternoon|evening|night)\b", head):
        part = found[3]
        head = f"{head[: found.start()]}{found[1]}{found[2] or ''} day{head[found.end() :]}"
    elif found := re.search(r" in the (morning|afternoon|evening)\b", head):
        part = found[1]
        head = head[: found.start()] + head[found.end() :]
    if found := _AT.search(head):
        said = plain("at " + (found["when"] or found["bare"]))
        read = read_hour(said, 0)
        if read and read[1] == len(said) and read[0].clock:
            hour, minute, _ = read[0].clock
            hour = _settled(hour, read[0].half, part)
            return (head[: found.start()] + head[found.end() :]).strip(), (hour, minute), part
    return head, None, part


def _settled(hour: int, half: str, part: str) -> int:
    """An hour told without am or pm: 7 to 11 is the morning, 12 is noon, 1 to 6 the afternoon."""
    if half:
        return hour
    if part in ("afternoon", "evening", "night"):
        return hour + 12 if hour < 12 else 0 if part != "afternoon" else 12
    if part == "morning":
        return hour % 12
    return hour + 12 if 1 <= hour < 7 else hour


def _asked(text: str, now: dt.datetime) -> dict[str, Any] | None:
    """The parts that `recurrent` finds; None where it finds a single moment or nothing."""
    from recurrent.event_parser import RecurringEvent

    try:
        with warnings.catch_warnings():  # its own use of parsedatetime is in an older style
            warnings.simplefilter("ignore")
            event = RecurringEvent(now_date=now.replace(tzinfo=None, second=0, microsecond=0))
            event.parse(text)
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError):
        return None
    params: dict[str, Any] = event.get_params()
    return params if params.get("freq") else None


def _rule(params: dict[str, Any], clock: tuple[int, int] | None, part: str, now: dt.datetime) -> Recurrence:
    given = dict(params)
    skipped = tuple(_left_out(each, now) for each in given.pop("exdate", ()))
    start = given.pop("dtstart", None)
    freq = given["freq"].upper()
    if freq not in _REAL_TIME:
        hour, minute = clock or (_PART_HOURS.get(part, DEFAULT_HOUR), 0)
        if clock or "byhour" not in given:
            given["byhour"], given["byminute"] = str(hour), str(minute)
        given.setdefault("byminute", "0")
        given["bysecond"] = "0"
        if freq in ("MONTHLY", "YEARLY", "WEEKLY"):
            _pinned(given, freq, now)
    first = now.replace(tzinfo=None, microsecond=0)
    if start:
        first = dt.datetime.strptime(start[:8], "%Y%m%d")  # noqa: DTZ007 - a day of the wall clock
    if "until" in given:
        given["until"] = _until(given["until"]).strftime("%Y%m%dT%H%M%S")
    order = (
        "freq",
        "interval",
        "byday",
        "bymonth",
        "bymonthday",
        "byyearday",
        "byweekno",
        "byhour",
        "byminute",
        "bysecond",
        "count",
        "until",
    )
    rule = ";".join(
        f"{key.upper()}={str(given[key]).upper()}" for key in order if given.get(key) not in (None, "")
    )
    return Recurrence(rule, first.isoformat(), skipped)


def _pinned(given: dict[str, Any], freq: str, now: dt.datetime) -> None:
    """ "every month", with no day said: the day it was said on."""
    if any(key in given for key in ("byday", "bymonthday", "byyearday", "byweekno")):
        return
    if freq == "WEEKLY":
        given["byday"] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[now.weekday()]
        return
    given["bymonthday"] = str(now.day)
    if freq == "YEARLY" and "bymonth" not in given:
        given["bymonth"] = str(now.month)


def _until(text: str) -> dt.datetime:
    """The last moment of a day, or the moment told."""
    if "T" in text and not text.endswith("T000000"):
        return dt.datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - wall clock
    day = dt.datetime.strptime(text[:8], "%Y%m%d")  # noqa: DTZ007 - wall clock
    return day.replace(hour=23, minute=59, second=59)


def _left_out(each: Any, now: dt.datetime) -> str:
    if isinstance(each, dt.datetime):
        return each.isoformat(timespec="seconds")
    if isinstance(each, dt.date):
        return each.isoformat()
    of, year = each
    return f"{year or now.year:04d}-{of:02d}"
