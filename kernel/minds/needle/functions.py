"""A request over any function schemas: what the engine is shown, and what is made of its answer.

For functions the reader has no hints for (those of other programs, and the leaderboards'). The engine picks
and fills well but is loose with types, leaves out what it should not, makes up what nobody said, and
withholds right calls. So every proposal, given or withheld, is made to fit its schema, mended from the
numbers the request holds, stripped of guesses, repeated where the request asks for several (`split`), and
weighed anew. Pure: whoever calls this asks the engine.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kernel.minds.needle.coerce import Parameter, is_said, kind_of, numbers, parameters, stems, typed
from kernel.minds.needle.split import repeated

Schema = dict[str, Any]

SURE_ENOUGH = 0.35
"""Less sure than this, nothing is called."""
CLEARLY, MARGIN = 1.5, 0.2
"""A function is shown alone when its points are this many times the next one's, and that much more."""
LONGEST_ABOUT = 240
"""Characters of a description the engine is shown; each one is paid for in time."""

EMPTY_WORDS = stems(
    "a an the of to in on for and or is are was be i me my you your it its this that with by from at as what how can could "
    "would please find get calculate compute given give tell show using use which who if want need do does let know about"
)


@dataclass(frozen=True)
class Called:
    """One call to make."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Interpreted:
    """What a request comes to."""

    calls: tuple[Called, ...]
    confidence: float
    """The chance that exactly these calls were meant; of the withheld ones where `calls` is empty."""


@dataclass(frozen=True)
class Mended:
    """A proposal made to fit its schema."""

    call: Called
    missing: tuple[str, ...] = ()
    """Required arguments nothing was found for."""
    guessed: tuple[str, ...] = ()
    """Required arguments whose value the request does not hold."""
    likeness: float = 0.0
    """How much of the function's own words the request shares, and the other way round, 0 to 1."""
    traits: dict[str, float] = field(default_factory=dict)


def menu(functions: Sequence[Schema]) -> str:
    """The engine's tool list: valid JSON Schema, names as they are, descriptions of bounded length."""
    return json.dumps(
        [
            {"name": each["name"], "description": str(each.get("description") or "")[:LONGEST_ABOUT], "parameters": _shaped(each.get("parameters") or {})}
            for each in functions
        ]
    )


def _shaped(schema: Schema) -> Schema:
    """A schema with JSON Schema's own types and what the engine reads of it."""
    shaped: Schema = {"type": kind_of(schema)}
    if about := schema.get("description"):
        shaped["description"] = str(about)[:LONGEST_ABOUT]
    for key in ("enum", "required"):
        if key in schema:
            shaped[key] = schema[key]
    if isinstance(schema.get("items"), dict):
        shaped["items"] = _shaped(schema["items"])
    if isinstance(schema.get("properties"), dict):
        shaped["properties"] = {name: _shaped(each) for name, each in schema["properties"].items()}
    return shaped


def interpret(functions: Sequence[Schema], text: str, envelope: Schema) -> Interpreted:
    """The calls a request asks for, by the engine's envelope over `menu(functions)`; none where it is too unsure."""
    known = {each["name"]: each for each in functions}
    proposed = envelope.get("function_calls") or envelope.get("suppressed_calls") or []
    mended = [mend(known[each["name"]], each.get("arguments") or {}, text) for each in proposed if each.get("name") in known]
    kept = chosen(mended, text)
    if not kept:
        return Interpreted((), 0.0)
    calls = _several(known, kept, text)
    confidence = weigh(kept, envelope, len(calls))
    return Interpreted(calls if confidence >= SURE_ENOUGH else (), round(confidence, 4))


def mend(function: Schema, given: dict[str, Any], text: str) -> Mended:
    """A proposal with its values typed, guesses at optional arguments dropped and lost numbers found again."""
    declared = parameters(function)
    arguments: dict[str, Any] = {}
    for name, raw in given.items():
        if name not in declared:
            continue
        value = typed(declared[name], raw, text)
        if value is None or (not declared[name].is_required and not _is_meant(declared[name], value, text)):
            continue
        arguments[name] = value
    arguments = _with_numbers(declared, arguments, text)
    missing = tuple(name for name, each in declared.items() if each.is_required and name not in arguments)
    guessed = tuple(
        name for name, value in arguments.items() if declared[name].is_required and not _is_meant(declared[name], value, text)
    )
    call = Called(function["name"], arguments)
    return Mended(call, missing, guessed, likeness(function, text))


def _is_meant(parameter: Parameter, value: Any, text: str) -> bool:
    return is_said(value, text, f"{parameter.name} {parameter.about}")


def _with_numbers(declared: dict[str, Parameter], arguments: dict[str, Any], text: str) -> dict[str, Any]:
    """Required numbers that are missing, or were never said, taken from the numbers nothing else uses.

    Only where there is no choice: as many unused numbers as open places, or one that the proposed value is
    a part of (5 for 5.6).
    """
    wanted = [name for name, each in declared.items() if each.kind in ("integer", "number") and each.is_required]
    said = numbers(text)
    if len(wanted) > 1 and len(wanted) == len(said) and not _is_permutation([arguments.get(each) for each in wanted], text):
        fitted = [typed(declared[name], each.value, text) for name, each in zip(wanted, said, strict=True)]
        return arguments | dict(zip(wanted, fitted, strict=True)) if None not in fitted else arguments
    unsaid = [name for name in wanted if name not in arguments or not is_said(arguments[name], text)]
    free = [each for each in said if not any(is_said(value, text[each.start : each.end + 8]) for value in arguments.values())]
    mended = dict(arguments)
    for name in unsaid:
        fits = [each for each in free if f"{each.value:g}".startswith(f"{arguments[name]:g}")] if name in arguments else []
        fits = fits or (free if len(unsaid) == 1 else [])
        value = typed(declared[name], fits[0].value, text) if len(fits) == 1 else None
        if value is not None:
            mended[name] = value
    return mended


def _is_permutation(values: list[Any], text: str) -> bool:
    """Whether the values are the request's numbers, each once."""
    said = numbers(text)
    for value in values:
        match = next((each for each in said if value is not None and is_said(value, text[each.start : each.end + 8])), None)
        if match is None:
            return False
        said.remove(match)
    return True


def chosen(mended: Sequence[Mended], text: str) -> list[Mended]:
    """The proposals to keep: of several over one request, those complete and grounded; the first where none is."""
    whole = [each for each in mended if not each.missing]
    kept = whole or list(mended[:1])
    if len({each.call.name for each in kept}) > 1:
        kept = [max(kept, key=lambda each: (-len(each.guessed), each.likeness))]
    unique: list[Mended] = []
    for each in kept:
        if all(each.call != other.call for other in unique):
            unique.append(each)
    return unique


def _several(known: dict[str, Schema], kept: Sequence[Mended], text: str) -> tuple[Called, ...]:
    """The kept calls, or the repetitions of the first the request spells out when they are more."""
    first = kept[0].call
    again = [
        Called(first.name, arguments) for arguments in repeated(parameters(known[first.name]), first.arguments, text)
    ]
    is_clean = not any(each.guessed for each in kept)
    if len(again) > len(kept) or (len(again) == len(kept) and not is_clean):
        return tuple(again)
    return tuple(each.call for each in kept)


def shortlist(functions: Sequence[Schema], text: str) -> list[Schema]:
    """The functions to show the engine, likeliest first: one where the words decide, all near it where not.

    Words that few of the functions share count more: they tell the functions apart.
    """
    asked = stems(text) - EMPTY_WORDS
    own = [spoken(each) for each in functions]
    points = []
    for words in own:
        value = 0.0
        for word in asked & words.keys():
            sharing = sum(word in other for other in own)
            value += words[word] * math.log((1 + len(own) / sharing) / 2)
        points.append(value)
    order = sorted(range(len(own)), key=lambda at: -points[at])
    return [functions[at] for at in order if points[order[0]] < CLEARLY * points[at] + MARGIN]


def spoken(function: Schema) -> dict[str, float]:
    """The words a function goes by, and how much each says: those of its name the most."""
    words = dict.fromkeys(stems(" ".join(parameters(function))), 0.5)
    for word in stems(str(function.get("description") or "")):
        words[word] = words.get(word, 0.0) + 1.0
    for word in stems(str(function["name"])):
        words[word] = words.get(word, 0.0) + 2.0
    return {word: value for word, value in words.items() if word not in EMPTY_WORDS}


def likeness(function: Schema, text: str) -> float:
    """How far a function's name and description speak of what the request does, 0 to 1."""
    asked = stems(text) - EMPTY_WORDS
    name = stems(str(function["name"])) - EMPTY_WORDS
    about = (stems(str(function.get("description") or "")) | name) - EMPTY_WORDS
    if not asked or not about:
        return 0.0
    in_name = len(name & asked) / len(name) if name else 0.0
    return 0.5 * in_name + 0.5 * len(about & asked) / min(len(about), len(asked))


def traits(kept: Sequence[Mended], envelope: Schema, calls: int) -> dict[str, float]:
    """What the weighing looks at, each about 0 to 1."""
    places = sum(len(each.call.arguments) + len(each.missing) for each in kept)
    return {
        "bias": 1.0,
        "engine": float(envelope.get("confidence") or 0.0),
        "withheld": float(not envelope.get("function_calls")),
        "likeness": max(each.likeness for each in kept),
        "missing": float(any(each.missing for each in kept)),
        "guessed": min(1.0, sum(len(each.guessed) for each in kept) / max(places, 1) * 2),
        "several": float(calls > 1),
        "arguments": min(len(kept[0].call.arguments), 6) / 6,
    }


WEIGHTS = {
    "bias": -0.5, "engine": 2.0, "withheld": -0.5, "likeness": 3.0, "missing": -3.0, "guessed": -1.5, "several": -1.0, "arguments": 0.0,
}  # fmt: skip
"""Of a logistic model; fitted on the even cases of the development files."""


def weigh(kept: Sequence[Mended], envelope: Schema, calls: int) -> float:
    """The chance that the calls are right."""
    value = sum(WEIGHTS[name] * each for name, each in traits(kept, envelope, calls).items())
    return 1 / (1 + math.exp(-value))
