"""Days and longer: "march 3rd", "next tuesday", "the last friday of october", "3 days ago", "in 2 hours"."""

import calendar
import datetime as dt
import re
from collections.abc import Callable

from kernel.times.parts import (
    COUNT,
    MONTH,
    UNIT,
    WD,
    Part,
    count,
    first_of,
    month,
    shift,
    step,
    unit,
    weekday,
    year_of,
)

Said = dict[str, str]
Rule = tuple[re.Pattern[str], Callable[[Said, dt.datetime], Part | None]]

_THIS = r"(?:the )?(?P<which>this|current|last|past|previous|next|following|upcoming|coming)"
_ORD = r"(?:the )?(?:(?P<nth>\d+)(?:st|nd|rd|th)(?P<back> (?:to (?:the )?)?last)?|(?P<last>last))"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?:of |in )?(?P<y>\d{4})(?![\d:])|,? '?(?P<y2>\d{2})(?![\d:h]|\w))?"


def _turn(which: str) -> int:
    return (
        -1
        if which in ("last", "past", "previous")
        else 1
        if which in ("next", "following", "upcoming", "coming")
        else 0
    )


def _date(year: int, of: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, of, day)
    except ValueError:
        return None


def _yearless(of: int, day: int, now: dt.datetime) -> Part | None:
    """The next such day; a 29 February waits for a leap year."""
    for year in range(now.year, now.year + 9):
        found = _date(year, of, day)
        if found and found >= now.date():
            return Part(day=found, grain="day", is_yearless=True)
    return None


def _dated(of: int, said: Said, now: dt.datetime) -> Part | None:
    year = said.get("y") or said.get("y2")
    if not year:
        return _yearless(of, int(said["d"]), now)
    found = _date(year_of(year), of, int(said["d"]))
    return Part(day=found, grain="day") if found else None


def _named(said: Said, now: dt.datetime) -> Part | None:
    return _dated(month(said["month"]), said, now)


def _slashed(said: Said, now: dt.datetime) -> Part | None:
    return _dated(int(said["a"]), said, now) if 1 <= int(said["a"]) <= 12 else None


def _iso(said: Said, now: dt.datetime) -> Part | None:
    found = _date(int(said["y"]), int(said["a"]), int(said["d"]))
    return Part(day=found, grain="day") if found else None


def _near(said: Said, now: dt.datetime) -> Part | None:
    days = {"today": 0, "tomorrow": 1, "tomorrows": 1, "yesterday": -1}
    word = said["near"]
    number = -2 if "before" in word else 2 if "after" in word else days[word]
    return Part(day=now.date() + dt.timedelta(days=number), grain="day", is_past=number < 0)


def _now(said: Said, now: dt.datetime) -> Part | None:
    return Part(at=now, grain="second")


def _weekday(said: Said, now: dt.datetime) -> Part | None:
    wanted, turn = weekday(said["wd"]), _turn(said.get("which", "this"))
    today = now.date()
    if turn == 0:
        return Part(weekday=wanted)
    ahead = (wanted - today.weekday()) % 7
    if turn < 0:
        return Part(day=today - dt.timedelta(days=7 - ahead if ahead else 7), grain="day", is_past=True)
    if said["which"] in ("upcoming", "coming"):
        return Part(day=today + dt.timedelta(days=ahead or 7), grain="day")
    return Part(day=first_of(today, "week") + dt.timedelta(days=7 + wanted), grain="day")


def _weekday_counted(said: Said, now: dt.datetime) -> Part | None:
    wanted, number = weekday(said["wd"]), int(count(said["n"]))
    today = now.date()
    if said["way"] in ("ago", "back"):
        behind = (today.weekday() - wanted) % 7 or 7
        return Part(day=today - dt.timedelta(days=behind + 7 * (number - 1)), grain="day", is_past=True)
    ahead = (wanted - today.weekday()) % 7 or 7
    return Part(day=today + dt.timedelta(days=ahead + 7 * (number - 1)), grain="day")


def _weekday_after_next(said: Said, now: dt.datetime) -> Part | None:
    return _weekday_counted(said | {"n": "2", "way": "hence"}, now)


def _weekday_of_week(said: Said, now: dt.datetime) -> Part | None:
    monday = first_of(now.date(), "week") + dt.timedelta(days=7 * _turn(said["which"]))
    return Part(day=monday + dt.timedelta(days=weekday(said["wd"])), grain="day")


def _amount(said: Said) -> tuple[float, str]:
    if said.get("q"):
        return {
            "quarter of an": 0.25,
            "half an": 0.5,
            "half a": 0.5,
            "3-quarters of an": 0.75,
            "3 quarters of an": 0.75,
        }[said["q"]], said["unit"]
    if said.get("over"):
        return int(said["over"]) / int(said["under"]), said["unit"]
    number = count(said["n"]) + (0.5 if said.get("and") else 0)
    return number, said["unit"]


def _relative(said: Said, now: dt.datetime) -> Part | None:
    number, word = _amount(said)
    of = unit(word)
    is_past = said.get("way") in ("ago", "back", "earlier")
    return Part(at=step(now, -number if is_past else number, of), grain=of, is_past=is_past)


def _primes(said: Said, now: dt.datetime) -> Part | None:
    return Part(
        at=step(now, int(said["n"]), "second" if said["mark"] in ('"', '\\"') else "minute"), grain="second"
    )


def _period(said: Said, now: dt.datetime) -> Part | None:
    of, turn = unit(said["unit"]), _turn(said["which"])
    if of in ("second", "minute", "hour"):
        return Part(at=step(now, turn, of), grain=of) if turn else None
    return Part(day=shift(first_of(now.date(), of), turn, of), grain=of, is_past=turn < 0)


def _upcoming(said: Said, now: dt.datetime) -> Part | None:
    of = unit(said["unit"])
    return Part(day=shift(first_of(now.date(), of), int(said["n"]), of), grain=of)


def _month(said: Said, now: dt.datetime) -> Part | None:
    of = month(said["month"])
    year = said.get("y")
    if year:
        return Part(day=dt.date(int(year), of, 1), grain="month")
    ahead = now.year + (of < now.month)
    which = said.get("which", "this")
    if (_turn(which) > 0 and of == now.month) or said.get("later"):
        ahead += 1
    if _turn(which) < 0:
        ahead = now.year - (of >= now.month)
    return Part(day=dt.date(ahead, of, 1), grain="month", is_past=_turn(which) < 0)


def _year(said: Said, now: dt.datetime) -> Part | None:
    year = int(said["y"])
    return Part(day=dt.date(year, 1, 1), grain="year") if 1900 <= year <= 2199 else None


def _quarter(said: Said, now: dt.datetime) -> Part | None:
    number = int(said["nth"])
    year = year_of(said["y"]) if said.get("y") else now.year
    return Part(day=dt.date(year, 3 * number - 2, 1), grain="quarter") if 1 <= number <= 4 else None


def _frame(said: Said, now: dt.datetime) -> tuple[dt.date, dt.date]:
    """The month or year spoken of, and the day after it."""
    if said.get("month"):
        of = month(said["month"])
        year = int(said["y"]) if said.get("y") else now.year + (of < now.month)
        first = dt.date(year, of, 1)
        return first, shift(first, 1, "month")
    if said.get("only"):
        first = dt.date(int(said["only"]), 1, 1)
        return first, shift(first, 1, "year")
    of_unit = unit(said.get("of", "month"))
    first = shift(first_of(now.date(), of_unit), _turn(said.get("which", "this")), of_unit)
    return first, shift(first, 1, of_unit)


_OF = (
    rf" (?:of|in)(?: the)? (?:(?P<month>{MONTH})(?: (?P<y>\d{{4}}))?|(?P<only>\d{{4}})"
    r"|(?:(?P<which>this|current|last|past|previous|next|following|upcoming|coming) )?(?P<of>month|year|quarter))\b"
)


def _ordinal(said: Said, now: dt.datetime) -> Part | None:
    first, after = _frame(said, now)
    is_back = bool(said.get("last") or said.get("back"))
    number = 1 if said.get("last") else int(said["nth"])
    what = said["what"]
    if what.startswith(("day", "week")) and not re.match("wed", what):
        of = "week" if what.startswith("week") else "day"
        found = _nth_span(first, after, number, of == "week", is_back)
        return Part(day=found, grain=of) if found else None  # type: ignore[arg-type]
    wanted = weekday(what)
    if is_back:
        last = after - dt.timedelta(days=1)
        day = last - dt.timedelta(days=(last.weekday() - wanted) % 7 + 7 * (number - 1))
    else:
        day = first + dt.timedelta(days=(wanted - first.weekday()) % 7 + 7 * (number - 1))
    return Part(day=day, grain="day") if first <= day < after else None


def _nth_span(first: dt.date, after: dt.date, number: int, is_week: bool, is_back: bool) -> dt.date | None:
    size = 7 if is_week else 1
    if is_back:
        start = after - dt.timedelta(days=1)
        if is_week:  # the last week is the last one that ends within
            start = first_of(after, "week") - dt.timedelta(days=7)
        return start - dt.timedelta(days=size * (number - 1))
    start = first
    if is_week and first.weekday():
        start = first_of(first, "week") + dt.timedelta(days=7)
    day = start + dt.timedelta(days=size * (number - 1))
    return day if day < after else None


def _day_of(said: Said, now: dt.datetime) -> Part | None:
    first, after = _frame(said, now)
    number = int(said["d"])
    if not 1 <= number <= (after - first).days:
        return None
    return Part(day=first + dt.timedelta(days=number - 1), grain="day")


def _monthday(said: Said, now: dt.datetime) -> Part | None:
    number = int(said["d"])
    return Part(monthday=number) if 1 <= number <= 31 else None


def _feast(said: Said, now: dt.datetime) -> Part | None:
    from dateutil.easter import easter

    word = said["feast"]
    fixed = {"christmas": (12, 25), "christmas eve": (12, 24), "new year's eve": (12, 31), "new year's day": (1, 1), "halloween": (10, 31), "the ides of march": (3, 15)}  # fmt: skip
    year = int(said["y"]) if said.get("y") else None
    if word.startswith("easter"):
        days = [easter(each) for each in ([year] if year else [now.year, now.year + 1])]
        return Part(day=next((day for day in days if year or day >= now.date()), days[-1]), grain="day")
    of, day = fixed[word]
    return Part(day=dt.date(year, of, day), grain="day") if year else _yearless(of, day, now)


def _end(said: Said, now: dt.datetime) -> Part | None:
    first, after = _frame(said, now)
    day = first if said["edge"] in ("start", "beginning") else after - dt.timedelta(days=1)
    return Part(day=day, grain="day")


_LENGTH = (
    r"(?:(?:a )?(?P<q>quarter of an|half an?|3[- ]quarters of an) (?P<unit2>hours?|day|min(?:ute)?|year)"
    rf"|(?P<n>{COUNT})(?P<and> and (?:an? )?half)?(?: more)? ?(?P<unit>{UNIT})(?: (?P<andhalf>and a half))?"
    r"|(?P<over>\d)/(?P<under>[2-9]) ?(?P<unit3>h|hours?|days?))"
)
TABLE: tuple[tuple[str, Callable[[Said, dt.datetime], Part | None]], ...] = (
    (r"(?:right now|just now|now|at the moment|atm|immediately)\b", _now),
    (r"at this time\b", lambda said, now: Part(day=now.date(), grain="day")),
    (r"(?P<near>(?:the )?day after tomorrow|(?:the )?day before yesterday|today|tomorrows?|yesterday)\b(?:'s)?", _near),
    (rf"(?:in|within|after) (?:about |around |exactly )?{_LENGTH}(?: time)?\b(?! (?:ago|after|before|from|every))", _relative),
    (rf"{_LENGTH} (?:from (?:right )?now|(?P<way>ago|back|hence|earlier|later))\b", _relative),
    (r"in (?P<n>\d+) ?(?P<mark>\\?\"|')", _primes),
    (r"in (?P<n>\d{1,3})(?P<mark>)$", lambda said, now: _primes(said | {"mark": "'"}, now)),
    (r"(?P<y>\d{4})[-/](?P<a>\d{1,2})[-/](?P<d>\d{1,2})(?!\d)(?:t(?=\d))?", _iso),
    (rf"(?:the )?{_DAY}(?: of| ?-|/| day of)? ?(?P<month>{MONTH})\b[-/]?{_YEAR.replace(',? ', ',? ?')}", _named),
    (rf"(?P<month>{MONTH}),? ?(?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:h]| ?[ap]m){_YEAR}", _named),
    (r"(?P<a>\d{1,2}) ?(?P<sep>[-/.]) ?(?P<d>\d{1,2}) ?(?P=sep) ?(?P<y>\d{4}|\d{2})(?![\d:])", _slashed),
    (r"(?P<a>\d{1,2}) ?[-/] ?(?P<d>\d{1,2})(?![\d:/-]| ?[ap]m)", _slashed),
    (r"(?P<y>\d{4})[-/](?P<m>\d{1,2})(?![\d/-])", lambda said, now: Part(day=_date(int(said["y"]), int(said["m"]), 1), grain="month") if 1 <= int(said["m"]) <= 12 else None),
    (r"(?P<m>\d{1,2})/(?P<y>\d{4})(?!\d)", lambda said, now: Part(day=_date(int(said["y"]), int(said["m"]), 1), grain="month") if 1 <= int(said["m"]) <= 12 else None),
    (rf"{_ORD} (?P<what>{WD}|days?|weeks?){_OF}", _ordinal),
    (rf"(?:the )?{_DAY}(?: day)?{_OF}", _day_of),
    (r"(?:at |by )?(?:the )?(?P<edge>end|start|beginning)(?: of)(?: the)? (?:(?P<which>this|next|last) )?(?P<of>month|year|quarter)\b", _end),
    (r"(?:the )?(?P<nth>\d)(?:st|nd|rd|th) (?:quarter|qtr)\b(?:(?: of)? (?P<y>\d{4}))?", _quarter),
    (r"(?P<y>\d{2}|\d{4})q(?P<nth>[1-4])\b", _quarter),
    (rf"(?P<n>{COUNT}) (?P<wd>{WD})s? (?:from (?:right )?(?P<way>now)|(?P<way2>ago|back|hence))\b", _weekday_counted),
    (rf"(?P<wd>{WD}) after next\b", _weekday_after_next),
    (rf"(?P<wd>{WD})(?: of| from)? (?P<which>this|last|next|past|previous|following|coming) week\b", _weekday_of_week),
    (rf"(?P<which>this|last|next) week(?:'s)?,?(?: on)? (?P<wd>{WD})\b", _weekday_of_week),
    (rf"(?:(?:the )?(?P<which>this|next|last|past|previous|coming|upcoming) )?(?P<wd>{WD})s?\b", _weekday),
    (rf"{_THIS} (?P<unit>{UNIT})\b", _period),
    (rf"(?:upcoming (?P<n>\d+)|(?P<n2>\d+) upcoming) (?P<unit>{UNIT})\b", _upcoming),
    (rf"(?P<month>{MONTH})(?: in (?:1|a) year| (?P<later>after next))\b", lambda said, now: _month(said | {"later": "y"}, now)),
    (rf"(?:(?P<which>this|next|last|past) )?(?P<month>{MONTH})\b(?:(?:,? (?:of )?)(?P<y>\d{{4}})\b)?", _month),
    (r"(?P<feast>the ides of march|christmas eve|christmas|new year's (?:eve|day)|halloween|easter)\b(?: (?:sunday|day))?(?: (?P<y>\d{4}))?", _feast),
    (r"(?:the )?(?P<d>\d{1,2})(?:st|nd|rd|th)\b", _monthday),
    (r"the (?P<d>\d{1,2})$", _monthday),
    (r"(?P<y>\d{4})(?: a\.?d\.?)?(?=$|[ ,])", _year),
)  # fmt: skip
RULES: tuple[Rule, ...] = tuple((re.compile(pattern), make) for pattern, make in TABLE)


def read_day(text: str, start: int, now: dt.datetime) -> tuple[Part, int] | None:
    """The day or moment that begins at `start`, and where it ends; the longest reading wins."""
    best: tuple[Part, int] | None = None
    for pattern, make in RULES:
        found = pattern.match(text, start)
        if not found or (best is not None and found.end() <= best[1]):
            continue
        said = {
            key.rstrip("23") if key not in ("y2",) else key: value
            for key, value in found.groupdict().items()
            if value
        }
        if said.get("andhalf"):
            said["and"] = said["andhalf"]
        try:
            part = make(said, now)
        except (ValueError, OverflowError):
            continue
        if part is not None and (part.day or part.at or part.weekday is not None or part.monthday):
            best = part, found.end()
    return best


def days_in(day: dt.date) -> int:
    """How many days its month has."""
    return calendar.monthrange(day.year, day.month)[1]
