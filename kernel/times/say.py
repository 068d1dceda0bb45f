"""Moments and rules shown back in full."""

import datetime as dt

from kernel.times.parts import MONTHS, WEEKDAYS
from kernel.times.recurrences import Recurrence
from kernel.times.spoken import suffix

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNITS = {"SECONDLY": "second", "MINUTELY": "minute", "HOURLY": "hour", "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}  # fmt: skip


def say_moment(at: dt.datetime) -> str:
    """Such as `Mon 23 Nov 2026 09:00`; seconds where there are any."""
    clock = at.strftime("%H:%M:%S" if at.second else "%H:%M")
    return (
        f"{WEEKDAYS[at.weekday()][:3].title()} {at.day} {MONTHS[at.month - 1][:3].title()} {at.year} {clock}"
    )


def say_rule(rule: Recurrence) -> str:
    """Such as `every Monday to Friday at 09:00`."""
    parts = rule.parts
    said = _what(parts)
    if "BYHOUR" in parts:
        said += f" at {int(parts['BYHOUR']):02d}:{int(parts.get('BYMINUTE', '0')):02d}"
    if "COUNT" in parts:
        said += f", {parts['COUNT']} times"
    if "UNTIL" in parts:
        last = dt.datetime.strptime(parts["UNTIL"][:8], "%Y%m%d")  # noqa: DTZ007 - a day of the wall clock
        said += f", until {say_moment(last).rsplit(' ', 1)[0]}"
    return said + (f", except {', '.join(rule.skipped)}" if rule.skipped else "")


def _what(parts: dict[str, str]) -> str:
    freq, interval = parts["FREQ"], int(parts.get("INTERVAL", "1"))
    every = f"every {_UNITS[freq]}" if interval == 1 else f"every {interval} {_UNITS[freq]}s"
    days = _days(parts.get("BYDAY", ""))
    if freq == "WEEKLY" and interval == 1 and days:
        return f"every {days}"
    said = every + (
        f" on {'the ' if days[:1].isdigit() or days.startswith('last') else ''}{days}" if days else ""
    )
    for key, name in (("BYMONTHDAY", "the"), ("BYYEARDAY", "day"), ("BYWEEKNO", "in week")):
        if key in parts:
            numbers = [parts_said(each, is_counted=key == "BYMONTHDAY") for each in parts[key].split(",")]
            said += f" {'on ' if name != 'in week' else ''}{name} {_and(numbers)}"
    if "BYMONTH" in parts:
        said += f" of {_and([MONTHS[int(each) - 1].title() for each in parts['BYMONTH'].split(',')])}"
    return said


def parts_said(number: str, *, is_counted: bool) -> str:
    """ "31" as 31st; "-1" as last day."""
    value = int(number)
    if value == -1:
        return "last day"
    if value < 0:
        return f"{-value}{suffix(-value)} to last day"
    return f"{value}{suffix(value)}" if is_counted else number


def _days(text: str) -> str:
    if not text:
        return ""
    each = text.split(",")
    plain = [_DAYS.index(day) for day in each if day in _DAYS]
    if len(plain) == len(each) and len(plain) > 2 and plain == list(range(plain[0], plain[-1] + 1)):
        return f"{WEEKDAYS[plain[0]].title()} to {WEEKDAYS[plain[-1]].title()}"
    return _and([_day(day) for day in each])


def _day(day: str) -> str:
    name, number = WEEKDAYS[_DAYS.index(day[-2:])].title(), day[:-2]
    if not number:
        return name
    value = int(number)
    place = (
        f"{value}{suffix(value)}"
        if value > 0
        else "last"
        if value == -1
        else f"{-value}{suffix(-value)} to last"
    )
    return f"{place} {name}"


def _and(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
