"""A proposed call made to fit its schema and the request: typed, guesses dropped, lost values found again.

Never invents: a value is only ever replaced by something the request holds, and only where there is no
choice of what. Each number of the request serves one argument.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from kernel.minds.needle.coerce import Number, Parameter, is_said, numbers, squeezed, stems, typed

Arguments = dict[str, Any]
NUMERIC = ("integer", "number")
NEARLY = 0.8
"""How alike a word of the request must be to stand for a value that is not in it."""
_JOINT = re.compile(r"\s*(?:,|,?\s*\band\b|,?\s*\bor\b|[;&])?\s*[-$€£(]*", re.IGNORECASE)


@dataclass(frozen=True)
class Fit:
    """What came of a proposal."""

    arguments: Arguments
    missing: tuple[str, ...] = ()
    """Required arguments nothing was found for."""
    guessed: tuple[str, ...] = ()
    """Required arguments whose value the request does not hold."""


def fit(declared: Mapping[str, Parameter], given: Mapping[str, Any], text: str) -> Fit:
    """A proposal's arguments, mended; and what is still wrong with them."""
    arguments: Arguments = {}
    for name, raw in given.items():
        if name in declared:
            value = _found_again(declared[name], typed(declared[name], raw, text), text)
            if value is not None:
                arguments[name] = value
    arguments = _with_free_numbers(declared, arguments, text)
    holders = served(declared, arguments, text)
    kept = {
        name: value
        for name, value in arguments.items()
        if declared[name].is_required or _is_meant(declared[name], value, text, holders)
    }
    missing = tuple(name for name, each in declared.items() if each.is_required and name not in kept)
    guessed = tuple(
        name
        for name, value in kept.items()
        if declared[name].is_required and not _is_meant(declared[name], value, text, holders)
    )
    return Fit(kept, missing, guessed)


def _is_meant(parameter: Parameter, value: Any, text: str, holders: Mapping[str, Number]) -> bool:
    if parameter.kind in NUMERIC:
        return parameter.name in holders
    return is_said(value, text, f"{parameter.name} {parameter.about}")


def _found_again(parameter: Parameter, value: Any, text: str) -> Any:
    """A string as the request spells it, a list of numbers as the request lists them."""
    if parameter.kind == "string" and isinstance(value, str) and not parameter.choices:
        return spelled(value, text)
    if parameter.kind == "array" and parameter.item in NUMERIC and isinstance(value, list):
        return _row(parameter, value, text)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return _with_said_choices(parameter, list(dict.fromkeys(value)), text)
    return value


def _with_said_choices(parameter: Parameter, value: list[str], text: str) -> list[str]:
    """A list of choices with those the request also names; as it is where it holds unsaid ones."""
    places = {str(each): text.lower().find(str(each).lower()) for each in parameter.choices}
    said = sorted((each for each, at in places.items() if at >= 0), key=places.__getitem__)
    return said if said and set(value) <= set(said) else value


def spelled(value: str, text: str) -> str:
    """A copied string with the letters the engine cut off or garbled."""
    value = re.sub(r"^(?:no|nr|number|id)\.? (?=\d+$)", "", value, flags=re.IGNORECASE)
    at = text.find(value)
    if at >= 0:
        start, end = at, at + len(value)
        while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
            start -= 1
        while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
            end += 1
        is_torn = len(value) > 3 and 0 < (end - start) - len(value) < 4
        return text[start:end] if is_torn and any(each.isdigit() for each in value) else value
    quoted = [each for _, each in re.findall(r"(?<!\w)(['\"])(.+?)\1(?!\w)", text) if each in value]
    if len(quoted) == 1:
        return str(quoted[0])
    if squeezed(value) in squeezed(text) or " " in value or len(value) < 5:
        return value
    alike = get_close_matches(value, re.findall(r"[\w.-]*\w", text), n=1, cutoff=NEARLY)
    is_same_word = bool(alike) and (alike[0].startswith(value) or value.startswith(alike[0]))
    return alike[0] if alike and not is_same_word else value


def _row(parameter: Parameter, value: list[Any], text: str) -> list[Any]:
    """The list of numbers in the request that a proposed list is a garbled copy of."""
    rows = [
        [typed_item for each in run if (typed_item := _item(parameter, each.value, text)) is not None]
        for run in runs(text)
    ]
    if not rows or value in rows:
        return value
    shared = [len({*map(str, row)} & {*map(str, value)}) for row in rows]
    best = max(shared)
    return rows[shared.index(best)] if best and shared.count(best) == 1 else value


def _item(parameter: Parameter, value: float, text: str) -> Any:
    fitted = typed(parameter, [value], text)
    return fitted[0] if fitted else None


def runs(text: str) -> list[list[Number]]:
    """The enumerations of numbers in a text: "3, 4 and 5"; each of two or more."""
    found: list[list[Number]] = []
    for each in numbers(text):
        if (
            found
            and _JOINT.fullmatch(text[found[-1][-1].end : each.start])
            and "] " not in text[found[-1][-1].end : each.start]
        ):
            found[-1].append(each)
        else:
            found.append([each])
    return [run for run in found if len(run) > 1]


def served(declared: Mapping[str, Parameter], arguments: Arguments, text: str) -> dict[str, Number]:
    """Which of the request's numbers each numeric argument holds, one to one.

    Exact matches come first, then those that differ by sign or percent.
    """
    free = [each for each in numbers(text) if not _is_inside(each, arguments, text)]
    found: dict[str, Number] = {}
    for is_exact in (True, False):
        for name, value in arguments.items():
            if declared[name].kind not in NUMERIC or name in found:
                continue
            match = next((each for each in free if _holds(value, each, is_exact)), None)
            if match is not None:
                found[name] = match
                free.remove(match)
    return found


def _holds(value: float, said: Number, is_exact: bool) -> bool:
    if is_exact:
        return said.value == value
    return abs(said.value) == abs(value) or (
        said.unit == "%" and abs(abs(said.value) / 100 - abs(value)) < 1e-9
    )


def _is_inside(number: Number, arguments: Arguments, text: str) -> bool:
    """Whether a number is part of a list or of a string an argument holds."""
    for value in arguments.values():
        if isinstance(value, list) and number.value in value:
            return True
        if isinstance(value, str):
            at = text.find(value)
            if 0 <= at <= number.start and number.end <= at + len(value):
                return True
    return False


def _with_free_numbers(declared: Mapping[str, Parameter], arguments: Arguments, text: str) -> Arguments:
    """Required arguments without a number of the request get one; then an optional one the request names."""
    wanted = [name for name, each in declared.items() if each.kind in NUMERIC and each.is_required]
    arguments = arguments | _placed(declared, anchored(declared, arguments, text), text)
    holders = served(declared, arguments, text)
    open_places = [name for name in wanted if name not in holders]
    said = [each for each in numbers(text) if not _is_inside(each, arguments, text)]
    free = [each for each in said if each not in holders.values()]
    if not open_places:
        named = [name for name, each in declared.items() if each.kind in NUMERIC and name not in holders]
        named = [name for name in named if stems(name) & stems(text)]
        places = dict(zip(named, free, strict=True)) if len(named) == len(free) == 1 else {}
    elif len(said) == len(wanted) and _are_numbered(wanted):
        places = _in_order(wanted, said)
    elif len(free) == len(open_places):
        places = _in_order(open_places, free)
    else:
        places = {}
        for name in open_places:
            part = [each for each in free if name in arguments and _is_part(arguments[name], each.value)][:1]
            part = part or _next_free(wanted, name, holders, said)
            places |= dict(zip([name], part, strict=False))
    return arguments | _placed(declared, places, text)


def anchored(declared: Mapping[str, Parameter], arguments: Arguments, text: str) -> dict[str, Number]:
    """Numbers that directly follow the name of an argument: "an inductance of 50".

    The last word of the name does too, where it names no other argument and there is but one set of numbers.
    """
    named = {
        name: re.findall(r"[a-z]+", name.lower()) for name, each in declared.items() if each.kind in NUMERIC
    }
    is_one_set = len(numbers(text)) <= len(named)
    last_words = [words[-1] for words in named.values() if words]
    found: dict[str, Number] = {}
    for name, words in named.items():
        phrases = [" ".join(words)]
        if is_one_set and words and last_words.count(words[-1]) == 1:
            phrases.append(words[-1])
        for phrase in phrases:
            number = _right_after(phrase, text) if len(phrase) > 3 and name in arguments else None
            if number is not None:
                found.setdefault(name, number)
    return found


def _right_after(phrase: str, text: str) -> Number | None:
    """The number after a phrase the request holds once."""
    matches = list(
        re.finditer(
            rf"\b{phrase}(?: of| is| at| to|:| =| equals?)? (?:an? )?[$€£]?(?=[-\d.])", text, re.IGNORECASE
        )
    )
    if len(matches) != 1 or len(re.findall(rf"\b{phrase}", text, re.IGNORECASE)) != 1:
        return None
    return next((each for each in numbers(text) if each.start <= matches[0].end() < each.end), None)


def _in_order(names: Sequence[str], said: Sequence[Number]) -> dict[str, Number]:
    """Numbers to names in order; years to the names that ask for a year, where those are as many."""
    years = [
        each
        for each in said
        if each.value.is_integer() and 1000 <= each.value <= 2100 and not each.unit.isalpha()
    ]
    for_years = [name for name in names if re.fullmatch(r".*year_?\d*", name.lower())]
    if len(years) != len(for_years):
        return dict(zip(names, said, strict=True))
    others = [each for each in said if each not in years]
    return dict(zip(for_years, years, strict=True)) | dict(
        zip([name for name in names if name not in for_years], others, strict=True)
    )


def _is_part(value: float, said: float) -> bool:
    """Whether one number begins with the other's digits: 5 for 5.6, 50000 for 500."""
    return f"{said:g}".startswith(f"{value:g}") or f"{value:.0f}".startswith(f"{said:g}0")


def _next_free(
    wanted: list[str], name: str, holders: Mapping[str, Number], said: list[Number]
) -> list[Number]:
    """In a request with several full sets of numbers: the one after the number of the argument before."""
    before = holders.get(wanted[wanted.index(name) - 1]) if wanted.index(name) else None
    if before is None or len(said) % len(wanted) or len(said) == len(wanted):
        return []
    after = [each for each in said if each.start > before.start and each not in holders.values()]
    return after[:1]


def _are_numbered(names: Sequence[str]) -> bool:
    """Whether arguments differ by a digit or last letter, as "side1" and "side2": filled in order."""
    return len({re.sub(r"\d", "", name) for name in names}) < len(names) or (
        len(names) > 1 and len({name[:-1] for name in names}) == 1
    )


def _placed(declared: Mapping[str, Parameter], places: Mapping[str, Number], text: str) -> Arguments:
    """The numbers as typed values; none of them where one does not fit."""
    fitted = {name: typed(declared[name], each.value, text) for name, each in places.items()}
    return {} if None in fitted.values() else fitted
