"""What does a preference settle? Settings the shell honours (`syscalls.taste`), read from a person's own words.

A preference is kept as it was said; what it settles is read from it again each time, so that what a person
sees, corrects and forgets is all there is. Words that settle nothing here are for language models only.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from syscalls.taste import Clock, Dates, Hidden, Order, Sizes, Taste

_UNITS: Mapping[str, Sizes] = {
    "b": "B", "byte": "B", "kb": "kB", "kilobyte": "kB", "mb": "MB", "megabyte": "MB", "meg": "MB", "gb": "GB",
    "gigabyte": "GB", "gig": "GB", "tb": "TB", "terabyte": "TB", "kib": "KiB", "kibibyte": "KiB", "mib": "MiB",
    "mebibyte": "MiB", "gib": "GiB", "gibibyte": "GiB", "tib": "TiB", "tebibyte": "TiB",
}  # fmt: skip
_UNIT = re.compile(
    rf"(?<![\d.,] )(?<![\w.,])({'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})s?\b",
    re.IGNORECASE,
)
"""Not after a number: "16 GB of memory" settles nothing."""
_REST = re.compile(
    r",?\s*\b(?:instead(?: of)?|rather than|as opposed to|and not|but not|not)\b.*", re.IGNORECASE
)
"""What is not wanted, said last: "in MB instead of bytes"."""
_NOT = re.compile(
    r"\b(?:never|don'?t|do not|stop|no longer|no more|not|without|hide|omit|skip|exclude|leave out)\b",
    re.IGNORECASE,
)
_OF_SIZES = re.compile(
    r"\b(?:sizes?|units?|disk|space|memory|usage|big|large|numbers|figures)\b", re.IGNORECASE
)
_WANTS = re.compile(
    r"\b(?:show|display|give|print|report|tell|use|write|list|express|format|put|want|prefer|like|in)\b",
    re.IGNORECASE,
)
_DATES = re.compile(r"\b(?:dates?|times?|time ?stamps?|days?|ages?)\b", re.IGNORECASE)
_DATE_FORMS: tuple[tuple[str, Dates], ...] = (
    (r"\biso(?:[- ]?8601)?\b|\byyyy-mm-dd\b|\byear[- ]month[- ]day\b|\byear first\b", "iso"),
    (r"\brelative(?:ly)?\b|\bhow long ago\b|\bago\b", "relative"),
    (r"\bdd\.mm\.yyyy\b|\bgerman\b|\bcontinental\b", "d.m.y"),
    (r"\bdd/mm/yyyy\b|\bday[-/ ]month[-/ ]year\b|\bday first\b|\beuropean\b|\bbritish\b|\buk\b", "d/m/y"),
    (r"\bmm/dd/yyyy\b|\bmonth[-/ ]day[-/ ]year\b|\bmonth first\b|\bamerican\b|\bus\b|\bu\.s\.", "m/d/y"),
    (r"\babsolute(?:ly)?\b|\bexact\b|\bfull\b", "absolute"),
)
_CLOCKS: tuple[tuple[str, Clock], ...] = (
    (r"\b24[- ]?(?:h\b|hours?\b|hrs?\b)|\btwenty[- ]four[- ]hour|\bmilitary time\b", "24"),
    (r"\b12[- ]?(?:h\b|hours?\b|hrs?\b)|\btwelve[- ]hour|\bam ?(?:/|and|or) ?pm\b|\ba\.m\. ?(?:/|and|or) ?p\.m\.", "12"),
)  # fmt: skip
_HIDDEN = re.compile(
    r"\b(?:hidden (?:files?|folders?|ones|entries|items|things)|dot ?-?files?)\b", re.IGNORECASE
)
_FIRST = r"(?: (?:files?|ones|things))?(?: come)? (?:first|on top|at the top)\b"
_ORDERS: tuple[tuple[str, Order], ...] = (
    (
        rf"\b(?:newest|latest|(?:most )?recent(?:ly \w+)?){_FIRST}|\bby (?:date|time|age|modification|change)\b",
        "newest",
    ),
    (rf"\boldest{_FIRST}", "oldest"),
    (rf"\b(?:largest|biggest){_FIRST}|\bby size\b", "size"),
    (rf"\bsmallest{_FIRST}", "smallest"),
    (r"\balphabetical(?:ly)?\b|\bby name\b", "name"),
)
_LISTS = re.compile(r"\b(?:list\w*|sort\w*|order\w*|files?|folders?|show)\b", re.IGNORECASE)
_PARTS = re.compile(r"[;,]|\band\b(?! not\b)|\bbut\b(?! not\b)|\.(?:\s|$)", re.IGNORECASE)
_RULES = re.compile(
    r"\b(?:ask\w*|confirm\w*|permission|approv\w*|allow\w*|trust\w*|confirmation)\b", re.IGNORECASE
)


def settings_of(text: str) -> dict[str, str]:
    """Setting -> value that a preference's words name; empty where they name none of ours."""
    found: dict[str, str] = {}
    for part in _PARTS.split(text):
        if "hidden" not in found and (hidden := _hidden(part)):
            found["hidden"] = hidden
            continue
        wanted = _REST.sub("", part)
        if _NOT.search(wanted):
            continue
        for name, read in _READERS.items():
            if name not in found and (value := read(wanted, found)):
                found[name] = value
    return found


def taste_of(texts: Iterable[str]) -> Taste:
    """The settings of several preferences, oldest first: the newest word on each holds."""
    together: dict[str, str] = {}
    for text in texts:
        together |= settings_of(text)
    return msgspec.convert(together, Taste)


def told(settings: Mapping[str, str]) -> str:
    """What is so from now on, in a sentence; empty for no settings."""
    return "; ".join(_TOLD[name].format(_SAID.get((name, value), value)) for name, value in settings.items())


def is_about_rules(text: str) -> bool:
    """Whether it speaks of what may be done or is asked about, which no preference settles."""
    return bool(_RULES.search(text))


def _hidden(part: str) -> Hidden:
    if not _HIDDEN.search(part):
        return ""
    return "no" if _NOT.search(part) else "yes"


def _sizes(part: str, found: Mapping[str, str]) -> str:
    del found
    if re.search(r"\b(?:binary (?:units?|sizes?)|powers? of 1024)\b", part, re.IGNORECASE):
        return "binary"
    unit = _UNIT.search(part)
    if unit is None or not (_OF_SIZES.search(part) or _WANTS.search(part)):
        return ""
    return _UNITS[unit[1].lower()]


def _dates(part: str, found: Mapping[str, str]) -> str:
    if not (_DATES.search(part) or re.search(r"\biso\b|yyyy", part, re.IGNORECASE)):
        return ""
    del found
    return next((value for form, value in _DATE_FORMS if re.search(form, part, re.IGNORECASE)), "")


def _clock(part: str, found: Mapping[str, str]) -> str:
    del found
    return next((value for form, value in _CLOCKS if re.search(form, part, re.IGNORECASE)), "")


def _order(part: str, found: Mapping[str, str]) -> str:
    if not (_LISTS.search(part) or found):
        return ""
    return next((value for form, value in _ORDERS if re.search(form, part, re.IGNORECASE)), "")


_READERS = {"sizes": _sizes, "dates": _dates, "clock": _clock, "order": _order}
_TOLD = {
    "sizes": "sizes are shown in {}",
    "dates": "dates are shown as {}",
    "clock": "times are shown by the {} h clock",
    "hidden": "listings {} hidden files",
    "order": "listings have {} first",
}
_SAID = {
    ("sizes", "B"): "bytes", ("sizes", "binary"): "powers of 1024",
    ("dates", "iso"): "2026-01-31", ("dates", "relative"): '"3 days ago"', ("dates", "absolute"): "date and time",
    ("dates", "d.m.y"): "31.01.2026", ("dates", "d/m/y"): "31/01/2026", ("dates", "m/d/y"): "01/31/2026",
    ("hidden", "yes"): "hold", ("hidden", "no"): "leave out",
    ("order", "size"): "the largest", ("order", "smallest"): "the smallest", ("order", "newest"): "the newest",
    ("order", "oldest"): "the oldest", ("order", "name"): "the names from A",
}  # fmt: skip
