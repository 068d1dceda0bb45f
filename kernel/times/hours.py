"""Times of day: "3:15pm", "at half past three", "15h", "noon", "8 tonight", "8:00 GMT"."""

import datetime as dt
import re
from typing import Literal

from kernel.times.parts import Grain, Part

_CLOCK = r"(?:(?P<h>\d{1,2})(?:[:h](?P<m>\d{2})(?::(?P<s>\d{2}))?|(?P<only>h))?)"
_HALF = r"(?: ?(?P<half>am|pm)\b)?"
_ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "bst": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "ist": 5.5, "jst": 9, "est": -5, "edt": -4,
    "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_DAYPARTS = {"morning": "am", "afternoon": "pm", "evening": "pm", "night": "pm", "tonight": "pm"}

Found = tuple[Part, int]


def _made(hour: int, minute: int, second: int = 0, half: str = "", grain: Grain = "minute") -> Part | None:
    if minute > 59 or second > 59 or hour > 24 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif hour == 24:
        hour = 0
    elif hour > 12 or hour == 0:
        half = "pm" if hour else "am"
    return Part(clock=(hour, minute, second), clock_grain=grain, half=half)  # type: ignore[arg-type]


def _clock(found: re.Match[str], said: dict[str, str]) -> Part | None:
    half = said.get("half") or ""
    grain: Grain = "second" if said.get("s") else "minute" if said.get("m") or said.get("only") else "hour"
    if found[0].startswith("12:00") and half:
        grain = "hour"
    if not half and said["h"].startswith("0") and said.get("m"):
        half = "am"  # 09:15 is the 24-hour clock; 00:15 needs no telling
        if int(said["h"]) == 0:
            half = ""
    return _made(int(said["h"]), int(said.get("m") or 0), int(said.get("s") or 0), half, grain)


def _past(found: re.Match[str], said: dict[str, str]) -> Part | None:
    base = _clock(found, said)
    if base is None or base.clock is None:
        return None
    word = said["by"]
    by = 15 if "quarter" in word else 30 if "half" in word else int(re.findall(r"\d+", word)[0])
    minutes = (
        base.clock[0] * 60 + base.clock[1] + (-by if said["way"] in ("to", "before", "til", "till") else by)
    )
    half: Literal["am", "pm", ""] = ("am" if minutes % 1440 < 720 else "pm") if base.half else ""
    return Part(clock=(minutes // 60 % 24, minutes % 60, 0), clock_grain="minute", half=half)


def _half_to(found: re.Match[str], said: dict[str, str]) -> Part | None:
    return _made(int(said["h"]), 30, 0, said.get("half") or "")


def _digits(found: re.Match[str], said: dict[str, str]) -> Part | None:
    number = said["n"]
    return _made(int(number[:-2]), int(number[-2:]), 0, said.get("half") or "")


def _pair(found: re.Match[str], said: dict[str, str]) -> Part | None:
    return _made(int(said["h"]), int(said["m"]), 0, said.get("half") or "")


def _daypart(found: re.Match[str], said: dict[str, str]) -> Part | None:
    word = said["part"]
    return Part(daypart=word, half=_DAYPARTS[word])  # type: ignore[arg-type]


def _zone(found: re.Match[str], said: dict[str, str]) -> Part | None:
    return Part(zone=dt.timezone(dt.timedelta(hours=_ZONES[said["zone"]])))


_ABOUT = r"(?:at |for )?(?:about |around |approximately |exactly )?"
RULES = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"{_ABOUT}(?:a )?(?P<by>quarter|half|\d{{1,2}}(?: minutes?| mins?)?) (?P<way>past|after|to|before|til|till|from) {_CLOCK}{_HALF}\b", _past),
        (rf"{_ABOUT}half (?P<h>\d{{1,2}}){_HALF}\b(?! ?(?:hours?|days?|of))", _half_to),
        (rf"{_ABOUT}(?P<h>\d{{1,2}})[:h](?P<m>\d{{2}})(?::(?P<s>\d{{2}}))?{_HALF}(?![\d:/])", _clock),
        (rf"{_ABOUT}(?P<h>\d{{1,2}})(?P<only>h)\b", _clock),
        (rf"{_ABOUT}(?P<h>\d{{1,2}})(?:ish)? ?(?P<half>am|pm)\b(?: approximately)?", _clock),
        (rf"{_ABOUT}(?P<n>\d{{3,4}})(?:ish)? ?(?P<half>am|pm)\b", _digits),
        (r"(?:at|around|about|approximately)(?: about| around)? (?P<n>\d{3,4})(?:ish)?(?![\w.:/-])", _digits),
        (r"(?:at )(?P<h>\d{1,2}) (?P<m>\d{2})(?: ?(?P<half>am|pm)\b)?(?![\w.:/-])", _pair),
        (r"(?P<h>1[0-2]) (?P<m>[0-5]\d)(?: ?(?P<half>am|pm)\b)?(?![\w.:/-])", _pair),
        (r"(?P<h>\d) (?P<m>[0-5]\d) ?(?P<half>am|pm)\b", _pair),
        (r"(?:at|by)(?: about| around)? (?P<h>\d{1,2})(?![\w.:/-])(?! (?:more )?(?:min|sec|hour|day|week|month|year|past|to|after))", _clock),
        (r"(?:in (?:the )?|this |early (?:in the )?|late (?:in the )?|at )?(?P<part>morning|afternoon|evening|night)\b", _daypart),
        (r"(?P<part>tonight)\b", _daypart),
        (rf"\(?(?P<zone>{'|'.join(sorted(_ZONES, key=len, reverse=True))})\)?(?!\w)", _zone),
    )
)  # fmt: skip
_BARE = re.compile(r"(?P<h>\d{1,2})(?![\w.:/-])")


def read_hour(text: str, start: int) -> Found | None:
    """The time of day that begins at `start`, and where it ends."""
    for pattern, make in RULES:
        found = pattern.match(text, start)
        if found and (part := make(found, {k: v for k, v in found.groupdict().items() if v})):
            return part, found.end()
    return None


def read_bare(text: str, start: int) -> Found | None:
    """A number that can only be an hour because the rest of the phrase is a day ("9 tomorrow")."""
    found = _BARE.match(text, start)
    if found and (part := _made(int(found["h"]), 0, grain="hour")):
        return part, found.end()
    return None
