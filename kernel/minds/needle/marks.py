"""A request as a row of marks: the numbers, names, dates, quoted words and choices that could be values.

Pure. Marks of one sort may stand for one another; `split` repeats a call by them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from kernel.minds.needle.coerce import Number, Parameter, numbers, stems

_NAME = re.compile(
    r"(?<![\w'])[A-Z][\w&'-]*(?:\.\w+)*"
    r"(?:(?:\s+(?:of|the|de|du)\s+|\s+|,\s(?=[A-Z]{2}\b))(?:[A-Z][\w&'-]*(?:\.\w+)*|\d{1,3}(?![\w%])(?=\W)))*"
)
_PLACE = re.compile(r"\b[A-Z]\w+(?: [A-Z]\w+)*, [A-Z]\w+(?: [A-Z]\w+)*")
_QUOTED = re.compile(r"(?<!\w)(['\"\u2018\u201c])(.+?)['\"\u2019\u201d](?!\w)")
_CODE = re.compile(r"\b[A-Za-z]+\w*\d{2}[\w-]*\b")
_DATE = re.compile(
    r"\b(?:(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?|\d{4}-\d\d-\d\d)\b",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ROW = re.compile(r"\[[^\[\]]*\d[^\[\]]*\]")
_OPENERS = stems(
    "what which who when where how can could please find get give tell show calculate compute i the a an in "
    "also then for is are do does my you your if first second next book play provide check search list order "
    "make using look fetch determine identify it they there this that"
)
"""Words that begin a sentence and no name."""


@dataclass(frozen=True)
class Mark:
    """A value as it stands in the request."""

    sort: str
    """What may stand for what: "number", "name", ..."""
    value: Any
    start: int
    end: int

    @property
    def said(self) -> str:
        """As words, in lower case; a whole number without its decimals."""
        if isinstance(self.value, float) and self.value < 1e6:
            return f"{self.value:g}"
        return str(self.value).removesuffix(".0").lower()


def marks(declared: Mapping[str, Parameter], arguments: Mapping[str, Any], text: str) -> list[Mark]:
    """The request's values in order, none within another; what a call holds counts as it stands there."""
    found: list[Mark] = []
    for mark in _seen(declared, arguments, text):
        if all(mark.end <= other.start or mark.start >= other.end for other in found):
            found.append(mark)
    return sorted(found, key=lambda mark: mark.start)


def _seen(declared: Mapping[str, Parameter], arguments: Mapping[str, Any], text: str) -> Iterator[Mark]:
    """Every mark, those that win over overlapping ones first."""
    yield from (Mark("row", match[0], *match.span()) for match in _ROW.finditer(text))
    yield from (Mark("quoted", match[2], *match.span(2)) for match in _QUOTED.finditer(text))
    yield from (Mark("date", match[0], *match.span()) for match in _DATE.finditer(text))
    yield from _choices(declared.values(), text)
    if any(isinstance(each, str) and _PLACE.fullmatch(each) for each in arguments.values()):
        yield from (Mark("name", match[0], *match.span()) for match in _PLACE.finditer(text))
    yield from _held_words(declared, arguments, text)
    yield from (Mark("code", match[0], *match.span()) for match in _CODE.finditer(text))
    yield from _names(text)
    said = numbers(text)
    labels = _labels(said, text)
    for number, label in zip(said, labels, strict=True):
        yield Mark(f"number {label}", number.value, number.start, number.end)


def _labels(said: list[Number], text: str) -> list[str]:
    """What each number counts: its money sign, percent or unit, that of the list it is in, or the noun before it."""
    labels: list[str] = []
    for at, number in reversed(list(enumerate(said))):
        between = text[number.end : said[at + 1].start] if at + 1 < len(said) else "."
        before = re.search(
            r"([A-Za-z]{2,})(?:\s+(?:of|is|at|to|=|:|was|by|number))*\s*[=:#]?\s*$", text[: number.start]
        )
        if text[number.start] in "$\u20ac\u00a3":
            labels.append("$")
        elif number.unit:
            labels.append(number.unit)
        elif re.fullmatch(r"\s*(?:,|,?\s*and|,?\s*or)\s*", between) and labels:
            labels.append(labels[-1])
        else:
            labels.append(
                before[1].lower().rstrip("s") if before and before[1].lower() not in ("and", "or") else ""
            )
    return labels[::-1]


def _choices(declared: Iterable[Parameter], text: str) -> Iterator[Mark]:
    for parameter in declared:
        for choice in parameter.choices if parameter.kind == "string" else ():
            is_cased = len({str(each).lower() for each in parameter.choices}) < len(parameter.choices)
            words = r"[ _-]".join(map(re.escape, re.split(r"[ _-]", str(choice))))
            for match in re.finditer(rf"(?<!\w){words}(?!\w)", text, 0 if is_cased else re.IGNORECASE):
                yield Mark(f"choice {parameter.name}", choice, *match.span())


def _names(text: str) -> Iterator[Mark]:
    """Capitalised words in a row, without those that only begin a sentence."""
    for match in _NAME.finditer(text):
        start, words = match.start(), match[0].split(" ")
        while words and stems(words[0]) <= _OPENERS:
            start += len(words[0]) + 1
            words = words[1:]
        if words:
            yield Mark("name", text[start : match.end()].rstrip(".,'"), start, match.end())


def _held_words(declared: Mapping[str, Parameter], arguments: Mapping[str, Any], text: str) -> Iterator[Mark]:
    """The call's own words, and the lower-case words the request lists along with them."""
    for name, value in arguments.items():
        if declared[name].kind != "string" or not re.search(r"(?<!\w)[a-z]", str(value)):
            continue
        match = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)
        if match is None:
            continue
        sort = "name" if value[0].isupper() else f"word {name}"
        yield Mark(sort, value, *match.span())
        at = match.end()
        while sort != "name" and (step := _listed_word(value.count(" ")).match(text, at)):
            if step[1] not in declared:
                yield Mark(sort, step[1], *step.span(1))
            at = step.end()


@cache
def _listed_word(spaces: int) -> re.Pattern[str]:
    """Another member of a list, of as many words."""
    return re.compile(
        r"(?:,\s+(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+)(?:the |an? )?"
        r"(?!(?:in|on|for|at|with|to|from|by|which|what|how|who|when|is|are|then|also)\b)"
        rf"([a-z][a-z-]*(?: [a-z][a-z-]*){{{spaces}}})"
        r"(?=\s+(?:and|or)\b|[,.?!]|\s+(?:in|for|on|with|at|to|from|using)\b|$)"
    )


def iso(date: str) -> str:
    """A date with its year as year-month-day; as it is where it is none."""
    match = re.fullmatch(r"([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", date.lower())
    return f"{match[3]}-{_MONTHS.index(match[1]) + 1:02}-{int(match[2]):02}" if match else date
