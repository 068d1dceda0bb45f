"""A phrase of time, settled by code: once, again and again, unclear, past, or no time at all."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from kernel.times.instants import read_instant
from kernel.times.parts import WD
from kernel.times.recurrences import Recurrence, read_recurrence
from kernel.times.say import say_moment, say_rule

Kind = Literal["once", "many", "unclear", "past", "none"]
_BARE_PLACE = re.compile(
    rf"\b(?:first|second|third|fourth|fifth|last|[1-5](?:st|nd|rd|th)) {WD}s?\b(?!.*\b(?:month|months|year|years|in)\b)",
    re.IGNORECASE,
)
"""The first Friday of what?"""
DAY_HOUR = 9
"""Of a day told without an hour."""


@dataclass(frozen=True)
class When:
    """What the words mean, and the words that show it."""

    kind: Kind
    at: dt.datetime | None = None
    """The moment; of a recurrence its first one."""
    rule: Recurrence | None = None
    candidates: tuple[dt.datetime, ...] = ()
    """What unclear words may mean: one of them is to be asked for."""
    words: str = ""
    """In full, for the person: "every Monday to Friday at 09:00, next Mon 23 Nov 2026 09:00"."""


def resolve(text: str, now: dt.datetime, zone: ZoneInfo) -> When:
    """Settle a phrase against the user's clock and zone.

    Args:
        text: the phrase alone, such as "every weekday at 9".
        now: the clock, aware.
        zone: the user's zone.
    """
    local = now.astimezone(zone)
    if _BARE_PLACE.search(text) and re.search(r"\b(?:every|each)\b", text, re.IGNORECASE):
        return When(
            "unclear",
            words=f"{text!r} may count within the month or in weeks; end it with 'of the month', or say 'every 2 weeks on friday'",
        )
    try:
        rule = read_recurrence(text, local)
    except ValueError as useless:
        return When("none", words=str(useless))
    if rule is not None:
        first = rule.after(local, zone)
        if first is None:
            return When(
                "past", rule=rule, words=f"{text!r} has no moment left; a later end would be accepted"
            )
        return When("many", first, rule, words=f"{say_rule(rule)}, next {say_moment(first)}")
    found = read_instant(text, local)
    if found is None:
        return When(
            "none", words=f"{text!r} is no time I know; such as 'tomorrow at 9' or 'every friday at 17:00'"
        )
    at = found.at
    if found.grain in ("day", "week", "month", "quarter", "year"):
        at = at.replace(hour=DAY_HOUR)
    ahead = tuple(sorted({moment for moment in (at, *found.others) if moment > local}))
    if not ahead:
        return When(
            "past",
            at,
            words=f"{text!r} is {say_moment(at)}, which has passed; a time after {say_moment(local)} would be accepted",
        )
    if len(ahead) > 1:
        choices = " or ".join(map(say_moment, ahead))
        return When("unclear", at, candidates=ahead, words=f"{text!r} may be {choices}")
    return When("once", ahead[0], words=say_moment(ahead[0]))
