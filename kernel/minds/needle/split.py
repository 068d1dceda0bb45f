"""One call as a pattern for others: where a request spells out further sets of values for the same function.

"Play Taylor Swift and Maroon 5 for 20 and 15 minutes respectively": the engine finds the first pair. Here the
request is read as a row of marks (numbers, names, quoted words, choices); those the first call holds are its
pattern, and the marks of the same sorts that nothing holds are further values, provided that the request
joins them with an "and", an "also", a new sentence. Pure, and silent where the pattern does not fit.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

from kernel.minds.needle.coerce import Parameter, typed
from kernel.minds.needle.marks import Mark, iso, marks

Arguments = dict[str, Any]
MOST = 12
"""Calls out of one request."""
_AND = re.compile(
    r"\b(?:and|or|also|then|plus|versus|vs|as well as|another|compare|while)\b"
    r"|[.;?!]\s|,\s*(?:for|to|in|from|with)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"['\"\u2019\u201d]?\s*(?:[a-z%°]{1,12})?\s*(?:,|,?\s*\b(?:and|or)\b)"
    r"\s*(?:the\s|for\s|in\s)?['\"\u2018\u201c$€£]?"
)
_RESPECTIVELY = re.compile(r"\brespectively\b", re.IGNORECASE)


def repeated(declared: Mapping[str, Parameter], arguments: Arguments, text: str) -> list[Arguments]:
    """The arguments of every call the request spells out; the given ones alone where there are no more."""
    row = marks(declared, arguments, text)
    found = _by_sort(declared, arguments, row, text)
    if len(found) > 1 or not any(mark.sort.startswith("number") for mark in row):
        return found
    row = [replace(mark, sort="number") if mark.sort.startswith("number") else mark for mark in row]
    return _by_sort(declared, arguments, row, text)


def _by_sort(
    declared: Mapping[str, Parameter], arguments: Arguments, row: Sequence[Mark], text: str
) -> list[Arguments]:
    """As `repeated`, by the sorts the marks are given."""
    held = holders(declared, arguments, row)
    more: dict[str, list[Mark]] = {}
    places: dict[str, list[str]] = {}
    for name, mark in sorted(held.items(), key=lambda item: item[1].start):
        places.setdefault(mark.sort, []).append(name)
    for sort, names in places.items():
        others = [mark for mark in row if mark.sort == sort and mark not in held.values()]
        listed = _lists(held, others, names, text)
        if len(names) == 1 and listed:
            more[sort] = listed[names[0]]
        elif rest := [mark for mark in others if mark.start > held[names[0]].start]:
            more[sort] = rest
        elif listed:
            more[sort] = others
    if not any(_is_joined(held, sort, rest, text) for sort, rest in more.items()):
        return [arguments]
    if len(more) == 1 and not any(_lists(held, more[sort], places[sort], text) for sort in more):
        (sort,) = more
        if len(places[sort]) == 1 and not _is_echoed(held[places[sort][0]], more[sort], text):
            return [arguments]
    return _frames(declared, arguments, held, more, row, text) or [arguments]


def holders(declared: Mapping[str, Parameter], arguments: Arguments, row: Sequence[Mark]) -> dict[str, Mark]:
    """The mark each argument's value stands at, rather a digit than a word; one mark serves one argument."""
    found: dict[str, Mark] = {}
    for name, value in arguments.items():
        free = [
            mark for mark in row if mark not in found.values() and _stands_for(declared[name], value, mark)
        ]
        if free:
            found[name] = min(free, key=lambda mark: (_is_spelled_out(mark), mark.start))
    return found


def _is_spelled_out(mark: Mark) -> bool:
    """Whether a small number stands as a word: "two charges" is rarely the 2 of an argument."""
    return mark.sort.startswith("number") and mark.end - mark.start >= 3 and mark.said in "0123456789"


def _stands_for(parameter: Parameter, value: Any, mark: Mark) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return mark.sort.startswith("number") and (value in (mark.value, round(mark.value / 100, 9)))
    if isinstance(value, list):
        if mark.sort == "row":
            return bool(typed(parameter, mark.value, mark.value) == value)
        return len(value) == 1 and mark.said == str(value[0]).lower()
    if not isinstance(value, str):
        return False
    if mark.sort == "date" and iso(str(mark.value)) == value:
        return True
    if mark.sort.startswith("number"):
        return value.split()[-1:] == [mark.said]
    return value.lower() == mark.said or (
        mark.sort == "name" and len(value) > 3 and value.lower() in mark.said
    )


def _is_echoed(first: Mark, rest: Sequence[Mark], text: str) -> bool:
    """Whether each further value follows the same word as the first: "the factorial of 5, the factorial of 7"."""
    words = {(re.findall(r"\w+", text[: mark.start].lower()) or [""])[-1] for mark in (first, *rest)}
    return len(words) == 1


def _is_joined(held: Mapping[str, Mark], sort: str, rest: list[Mark], text: str) -> bool:
    """Whether something between the values of a sort says "and"."""
    every = [*(mark for mark in held.values() if mark.sort == sort), *rest]
    return _AND.search(text[min(mark.end for mark in every) : max(mark.start for mark in every)]) is not None


def _frames(
    declared: Mapping[str, Parameter],
    arguments: Arguments,
    held: Mapping[str, Mark],
    more: Mapping[str, list[Mark]],
    row: Sequence[Mark],
    text: str,
) -> list[Arguments]:
    """The further calls: whole repetitions of the pattern, or lists of values for one place each."""
    places = {
        sort: sorted((n for n, m in held.items() if m.sort == sort), key=lambda n: held[n].start)
        for sort in more
    }
    counts = {len(rest) / len(places[sort]) for sort, rest in more.items()}
    if all(len(names) == 1 for names in places.values()) and _is_crossed(held, more, places, text):
        lists = {places[sort][0]: rest for sort, rest in more.items()}
        return _filled(declared, arguments, _combined(held, lists, text))
    if len(counts) == 1 and (count := counts.pop()).is_integer():
        groups: list[dict[str, Mark]] = [{} for _ in range(int(count))]
        for sort, rest in more.items():
            width = len(places[sort])
            for at, mark in enumerate(rest):
                groups[at // width][places[sort][at % width]] = mark
        return _filled(declared, arguments, [{}, *groups])
    listed: dict[str, list[Mark]] = {}
    for sort, names in places.items():
        others = [mark for mark in row if mark.sort == sort and mark not in held.values()]
        listed |= _lists(held, others, names, text)
    return _filled(declared, arguments, _combined(held, listed, text))


def _combined(
    held: Mapping[str, Mark], listed: Mapping[str, Sequence[Mark]], text: str
) -> list[dict[str, Mark]]:
    """Lists of values for places: each with each; side by side where the request says "respectively"."""
    lists = [[held[name], *rest] for name, rest in listed.items()]
    if len(lists) > 1 and _RESPECTIVELY.search(text):
        rows = list(zip(*lists, strict=False)) if len({len(each) for each in lists}) == 1 else []
    else:
        rows = list(product(*lists))
    return [dict(zip(listed, row, strict=True)) for row in rows]


def _is_crossed(
    held: Mapping[str, Mark], more: Mapping[str, list[Mark]], places: Mapping[str, list[str]], text: str
) -> bool:
    """Whether each sort's values stand together, so that each goes with each: not "respectively"."""
    if len(more) < 2 or _RESPECTIVELY.search(text):
        return False
    reaches = sorted((held[places[sort][0]].start, rest[-1].end) for sort, rest in more.items())
    return all(before[1] <= after[0] for before, after in pairwise(reaches))


def _lists(
    held: Mapping[str, Mark], rest: Sequence[Mark], names: Sequence[str], text: str
) -> dict[str, list[Mark]]:
    """Further values by the place whose own value they are listed with: "for 10, 20 and 30 years"."""
    found: dict[str, list[Mark]] = {}
    for name in names:
        before = after = held[name]
        chain: list[Mark] = []
        for mark in rest:
            if mark.start >= after.end and _LISTED.fullmatch(text[after.end : mark.start]):
                chain.append(mark)
                after = mark
        for mark in reversed(rest):
            if mark.end <= before.start and _LISTED.fullmatch(text[mark.end : before.start]):
                chain.insert(0, mark)
                before = mark
        if chain and _AND.search(text[before.end : after.start]):
            found[name] = chain
    return found


def _filled(
    declared: Mapping[str, Parameter], arguments: Arguments, changes: list[dict[str, Mark]]
) -> list[Arguments]:
    """The given call with each set of values in place; nothing when one does not fit, or too many do."""
    calls: list[Arguments] = []
    for change in changes:
        values = {name: _like(declared[name], arguments[name], mark) for name, mark in change.items()}
        if None in values.values():
            return []
        if (call := arguments | values) not in calls:
            calls.append(call)
    return calls if len(calls) <= MOST else []


def _like(parameter: Parameter, pattern: Any, mark: Mark) -> Any:
    """A mark's value in the form the pattern has: a fraction for a percentage, a date as year-month-day."""
    if isinstance(pattern, float) and _was_share(pattern, mark):
        return float(f"{mark.value / 100:.12g}")
    if isinstance(pattern, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", pattern):
        return iso(str(mark.value))
    return typed(
        parameter,
        mark.said if isinstance(pattern, str) and mark.sort.startswith("number") else mark.value,
        "",
    )


def _was_share(value: float, mark: Mark) -> bool:
    """Whether the pattern's value is a percentage as a fraction while the mark is far above it."""
    return mark.sort.startswith("number") and 0 < value < 1 <= mark.value <= 100
