"""The stretch of the past that words name: "yesterday", "last week", "on monday"."""

import datetime as dt
import re

from kernel.times.parts import WD
from kernel.times.ranges import Range, read_range
from syscalls.errors import BadArgument


def stretch_of(words: str, now: dt.datetime) -> Range:
    """The stretch of the past that words name.

    Raises:
        BadArgument: they name none.
    """
    said = words.strip().lower().removeprefix("on ").removeprefix("earlier ")
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if said in ("today", "this morning", "this afternoon", "this evening", "tonight"):
        return Range(day, day + dt.timedelta(days=1))
    if said in ("this week", "this month"):
        back = now.weekday() if said == "this week" else now.day - 1
        return Range(day - dt.timedelta(days=back), day + dt.timedelta(days=1))
    if said in ("last night", "yesterday evening"):
        said = "yesterday"
    found = read_range(said, now)
    if (
        found is not None and found.start > now and re.search(rf"\b{WD}\b", said)
    ):  # "on monday" is the last one
        week = dt.timedelta(days=7)
        found = Range(found.start - week, found.end - week)
    if found is None or found.start > now:
        raise BadArgument(
            f"when: expected a time such as 'yesterday', 'last week' or 'on monday', got {words!r}"
        )
    return found
