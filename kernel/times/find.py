"""Where a request names its time: "every weekday at 9 back up notes", "delete tmp tomorrow at noon"."""

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kernel.times.parts import UNIT, WD
from kernel.times.resolve import When, resolve

MOST_WORDS = 14
"""Longest phrase looked for."""
_LEADS = re.compile(
    rf"(?:in|at|on|every|each|everyday|daily|hourly|weekly|monthly|yearly|today|tonight|tomorrow|next|once|weekdays|{WD}s?|"
    rf"the (?:last|first|second|third|day)|this (?:morning|afternoon|evening|{WD})|starting|"
    rf"after (?=\d|an? |half )|(?:\d[\d.]*|an?|half an?) ?{UNIT} from now)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\b(?:to|into|from|of|in|as|by|with|named|called|and|or|the|a|my)$", re.IGNORECASE)
"""Words that still wait for what they speak of: what follows is no time of its own ("copy may.txt to sun")."""


@dataclass(frozen=True)
class Found:
    """A request parted into its time and the rest."""

    phrase: str
    rest: str
    when: When


def find_time(request: str, now: dt.datetime, zone: ZoneInfo) -> Found | None:
    """The longest time phrase at the start or the end of a request; None where there is none.

    Args:
        request: the whole request.
        now: the clock, aware.
        zone: the user's zone.
    """
    words = request.split()
    best: tuple[int, Found] | None = None
    for number in range(min(len(words) - 1, MOST_WORDS), 0, -1):
        for phrase, rest in ((words[:number], words[number:]), (words[-number:], words[:-number])):
            said = " ".join(phrase).strip(",;")
            if not _LEADS.match(said) or _OPEN.search(" ".join(rest)) or _OPEN.search(said):
                continue
            when = resolve(said, now, zone)
            if when.kind != "none" or (when.words and "no time between" in when.words):
                best = (number, Found(said, " ".join(rest).strip(" ,;"), when))
                break
        if best:
            return best[1]
    return None
