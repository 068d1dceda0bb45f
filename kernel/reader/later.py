"""Requests for later: "every weekday at 9 back up notes to backup", "remind me at 5pm to water the plants".

The time is found by `kernel.times`; the rest must be understood now, by the same reader. Where the rest is not, or
where no time is, there is no reading of this kind and the request is read as any other.
"""

import datetime as dt
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kernel.reader.lazy import Lazy
from syscalls.table import AnyCall

if TYPE_CHECKING:
    from kernel.times.find import Found

AT, EVERY = "sched.at", "sched.every"
SURE = 0.98
_UNITS = r"(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|days?|weeks?|months?|years?)"
_DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_CUE = Lazy(
    rf"\b(?:remind|wake me|alarm|timer|every|each|everyday|daily|hourly|weekly|monthly|yearly|tomorrow|tonight|weekdays?|{_DAYS}"
    rf"|(?:in|after) (?:\d[\d.]* ?(?:[hms]\b|\d|{_UNITS})|(?:[a-z]+ )?(?:[a-z-]+ )?{_UNITS})|{_UNITS} from now|at (?:\d|noon|midnight|half))\b",
    re.IGNORECASE,
)
"""Without one of these words there is no time to look for, and nothing is loaded."""
_PLEASE = r"^\s*(?:(?:please|can you|could you|would you|kindly)\s+)*"
_REMIND = Lazy(rf"{_PLEASE}remind me\s+(?P<rest>\S.*)$", re.IGNORECASE | re.DOTALL)
_SAY = Lazy(
    rf"{_PLEASE}(?:say|announce|(?:tell|notify|alert|warn|ping) me(?= (?:to|that) )|let me know(?= that ))\s+(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
"""Words that are to be said, not a question: "tell me how many" is one."""
_LEAD = Lazy(r"^(?:to|that|about|of)\s+", re.IGNORECASE)
_TRAIL = Lazy(r"\s+(?:to|that|about|of)$", re.IGNORECASE)
_WAKE = Lazy(rf"{_PLEASE}wake me(?: up)?\s+(?P<when>\S.*?)\W*$", re.IGNORECASE)
_ALARM = Lazy(rf"{_PLEASE}set (?:an? |the |my )?alarm (?P<when>(?:for|at|in|on)\s\S.*?)\W*$", re.IGNORECASE)
_TIMER = Lazy(
    rf"{_PLEASE}set (?:an? |the )?timer (?:for|of|to) (?P<when>\d+ {_UNITS}|an? {_UNITS})\W*$", re.IGNORECASE
)
_LIST = Lazy(
    r"^\s*(?:please\s+)?(?:what(?:'s| is| are)|which|list|show(?: me)?)\s+(?:(?:the|my|all|are|is)\s+)*"
    r"(?:scheduled(?: (?:jobs|tasks|requests|reminders))?|jobs|reminders)(?: are(?: there)?(?: scheduled)?)?\W*$",
    re.IGNORECASE,
)
_OF_JOB = Lazy(
    r"^\s*(?:please\s+)?(?P<verb>cancel|pause|resume|stop|kill)\s+(?:(?:the|my)\s+)?(?P<job>\S.*?)\s+(?:job|reminder)\W*$"
    r"|^\s*(?:please\s+)?run\s+(?:(?:the|my)\s+)?(?P<now>\S.*?)\s+job\s+now\W*$",
    re.IGNORECASE,
)


class Planned(NamedTuple):
    """A call of `sched` and how sure it is."""

    call: AnyCall
    arguments: dict[str, Any]
    sureness: float


class Dry(NamedTuple):
    """One call of the rest, as the reader understands it now."""

    name: str
    arguments: Mapping[str, Any]
    sureness: float


def planned(
    request: str, calls: Mapping[str, AnyCall], dry: Callable[[str], Sequence[Dry]], names_a_file: bool
) -> Planned | None:
    """The `sched` call a request means; None where it means none.

    Args:
        request: all of it.
        calls: the menu by name.
        dry: reads the rest; empty where it is not understood whole.
        names_a_file: whether the last word is a file or folder that is there.
    """
    if AT not in calls:
        return None
    managing = None if names_a_file else _managing(request, calls)
    if managing is not None or not _CUE.search(request):
        return managing
    return _reminder(request, calls) or _request(request, calls, dry)


def _managing(request: str, calls: Mapping[str, AnyCall]) -> Planned | None:
    if _LIST.match(request):
        return Planned(calls["sched.list"], {}, SURE)
    asked = _OF_JOB.match(request)
    if asked is None:
        return None
    verb = (asked["verb"] or "run_now").lower().replace("kill", "stop")
    return Planned(calls[f"sched.{verb}"], {"job": asked["job"] or asked["now"]}, SURE)


def _reminder(request: str, calls: Mapping[str, AnyCall]) -> Planned | None:
    for pattern, say in ((_WAKE, "wake up"), (_ALARM, "alarm"), (_TIMER, "time is up")):
        asked = pattern.match(request)
        if asked:
            when = re.sub(r"^for\s+", "", asked["when"]) if pattern is not _TIMER else f"in {asked['when']}"
            return _at(when, {"say": say}, SURE, calls)
    found = _found(request)
    asked = _REMIND.match(request) or _SAY.match(request)
    if asked and (inner := _found(asked["rest"])):
        text = _spoken(inner.rest)
        return _at(_TRAIL.sub("", inner.phrase), {"say": text}, SURE, calls) if text else None
    outer = (_REMIND.match(found.rest) or _SAY.match(found.rest)) if found else None
    if found and outer:
        return _at(found.phrase, {"say": _spoken(outer["rest"])}, SURE, calls)
    return None


def _spoken(text: str) -> str:
    """What is to be said: without what leads to it, and without the quotes around it."""
    text = _LEAD.sub("", text).strip()
    return text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'" else text


def _request(
    request: str, calls: Mapping[str, AnyCall], dry: Callable[[str], Sequence[Dry]]
) -> Planned | None:
    found = _found(request.rstrip(" .!?"))
    if found is None or not found.rest or found.when.kind == "past":
        return None
    readings = dry(found.rest)
    if not readings:
        return None
    what = found.rest
    if len(readings) == 1 and readings[0].name == "tool.exec":
        if set(readings[0].arguments) != {"argv"}:
            return None
        what = f"!{shlex.join(readings[0].arguments['argv'])}"
    sureness = min(each.sureness for each in readings)
    return _at(found.phrase, {"what": what}, sureness, calls)


def _at(when: str, what: dict[str, Any], sureness: float, calls: Mapping[str, AnyCall]) -> Planned | None:
    kind = _kind(when)
    if kind == "none":
        return None
    return Planned(calls[EVERY if kind == "many" else AT], {"when": when, **what}, sureness)


def _kind(when: str) -> str:
    from kernel.times.resolve import resolve  # the libraries behind it take their time to load
    from kernel.times.zone import own_zone

    zone = own_zone()
    settled = resolve(when, dt.datetime.now(zone), zone)
    if settled.kind == "none" and "no time between" in settled.words:
        return "many"
    return "many" if settled.rule is not None else settled.kind


def _found(request: str) -> "Found | None":
    from kernel.times.find import find_time
    from kernel.times.zone import own_zone

    zone = own_zone()
    return find_time(request, dt.datetime.now(zone), zone)
