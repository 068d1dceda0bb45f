"""A request over any function schemas: what the engine is shown, and what is made of its answer.

For functions the reader has no hints for (those of other programs, and the leaderboards'). The engine picks
and fills well but is loose with types, leaves out what it should not, makes up what nobody said, and
withholds right calls. So every proposal, given or withheld, is made to fit its schema, mended from the
numbers the request holds, stripped of guesses, repeated where the request asks for several (`split`), and
weighed anew. Pure: whoever calls this asks the engine.
"""

import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel.minds.needle.coerce import kind_of, parameters, stems
from kernel.minds.needle.mend import fit
from kernel.minds.needle.split import repeated

Schema = dict[str, Any]

Ask = Callable[[str, str], Awaitable[Schema]]

WANTED_ENOUGH = 0.5
"""Where it is less likely than this that any of the functions is for the request, nothing is called."""
CLEARLY, MARGIN = 1.5, 0.2
"""A function is shown alone when its points are this many times the next one's, and that much more."""

EMPTY_WORDS = stems(
    "a an the of to in on for and or is are was be i me my you your it its this that with by from at as what "
    "how can could would please find get calculate compute given give tell show using use which who if want "
    "need do does let know about"
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
    likeness: Mapping[str, float] = field(default_factory=dict)
    """How far the function speaks of what the request does."""


def menu(functions: Sequence[Schema]) -> str:
    """The engine's tool list: names and descriptions as they are, types as JSON Schema has them.

    Terser descriptions were tried on a dozen cases a file and made it pick and fill no better.
    """
    return json.dumps(
        [
            {
                "name": each["name"],
                "description": each.get("description") or "",
                "parameters": shaped(each.get("parameters") or {}),
            }
            for each in functions
        ]
    )


def shaped(schema: Any) -> Any:
    """A schema with JSON Schema's own types at every depth."""
    if isinstance(schema, list):
        return [shaped(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: kind_of(schema) if key == "type" and isinstance(each, str) else shaped(each)
        for key, each in schema.items()
    }


def interpret(functions: Sequence[Schema], text: str, envelope: Schema) -> Interpreted:
    """The calls a request asks for, by the engine's envelope over `menu(functions)`; none where unsure."""
    known = {each["name"]: each for each in functions}
    text = unquoted(text)
    mended = [
        mend(known[each["name"]], each.get("arguments") or {}, text)
        for each in proposals(envelope)
        if each.get("name") in known
    ]
    kept = chosen(mended)
    if not kept:
        return Interpreted((), 0.0)
    calls = _several(known, kept, text)
    seen = traits(kept, envelope, len(calls))
    is_wanted = weigh(WANTED, seen) >= WANTED_ENOUGH
    return Interpreted(calls if is_wanted else (), round(weigh(RIGHT, seen), 4))


async def understand(ask: Ask, functions: Sequence[Schema], text: str) -> Interpreted:
    """The calls a request asks for: of the likeliest functions, of all where the engine calls none of those.

    Args:
        ask: the engine's envelope for a menu and a request.
        functions: schemas with name, description and parameters.
        text: the request.
    """
    near = shortlist(functions, text)
    envelope = await ask(menu(near), text)
    if len(near) < len(functions) and not proposals(envelope):
        near, envelope = list(functions), await ask(menu(functions), text)
    return interpret(near, text, envelope)


def proposals(envelope: Schema) -> list[Schema]:
    """The calls the engine made, or else those it withheld."""
    return list(envelope.get("function_calls") or envelope.get("suppressed_calls") or [])


def unquoted(text: str) -> str:
    """A request without quotes around the whole of it."""
    text = text.strip()
    is_wrapped = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text.count(text[0]) == 2
    return text[1:-1] if is_wrapped else text


def mend(function: Schema, given: dict[str, Any], text: str) -> Mended:
    """A proposal made to fit its function and the request."""
    fitted = fit(parameters(function), given, text)
    return Mended(
        Called(function["name"], fitted.arguments),
        fitted.missing,
        fitted.guessed,
        likeness(function, fitted.arguments, text),
    )


def chosen(mended: Sequence[Mended]) -> list[Mended]:
    """The proposals to keep: those complete and said, else the complete, else the first; of one function."""
    whole = [each for each in mended if not each.missing]
    clean = [each for each in whole if not each.guessed]
    told = [value for each in clean for value in each.call.arguments.values()]
    kept = [each for each in whole if each in clean or not clean or not _tells_nothing_new(each, told)]
    kept = kept or list(mended[:1])
    if len({each.call.name for each in kept}) > 1:
        kept = [max(kept, key=lambda each: (-len(each.guessed), each.likeness["covered"]))]
    unique: list[Mended] = []
    for each in kept:
        if all(each.call != other.call for other in unique):
            unique.append(each)
    return unique


def _tells_nothing_new(mended: Mended, told: Sequence[Any]) -> bool:
    """Whether a partly made-up proposal only repeats values of sound ones."""
    said = [value for name, value in mended.call.arguments.items() if name not in mended.guessed]
    return all(value in told for value in said)


def _several(known: dict[str, Schema], kept: Sequence[Mended], text: str) -> tuple[Called, ...]:
    """The kept calls, or the repetitions of one the request spells out when those are more."""
    pattern = next((each for each in kept if _is_clean(each)), kept[0]).call
    again = [
        Called(pattern.name, each)
        for each in repeated(parameters(known[pattern.name]), pattern.arguments, text)
    ]
    is_superset = all(each.call in again for each in kept if _is_clean(each))
    if is_superset and len(again) >= len(kept):
        return tuple(again)
    return tuple(each.call for each in kept)


def _is_clean(mended: Mended) -> bool:
    """Whether every value was said, and none serves two arguments."""
    words = [value for value in mended.call.arguments.values() if isinstance(value, str)]
    return not mended.guessed and not mended.missing and len(set(words)) == len(words)


def shortlist(functions: Sequence[Schema], text: str) -> list[Schema]:
    """The functions to show the engine: the likeliest where the words decide, all near it where not.

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
    best = max(points)
    return [each for each, value in zip(functions, points, strict=True) if best < CLEARLY * value + MARGIN]


def spoken(function: Schema) -> dict[str, float]:
    """The words a function goes by, and how much each says: those of its name the most."""
    words = dict.fromkeys(stems(" ".join(parameters(function))), 0.5)
    for word in stems(str(function.get("description") or "")):
        words[word] = words.get(word, 0.0) + 1.0
    for word in stems(str(function["name"])):
        words[word] = words.get(word, 0.0) + 2.0
    return {word: value for word, value in words.items() if word not in EMPTY_WORDS}


def likeness(function: Schema, arguments: dict[str, Any], text: str) -> dict[str, float]:
    """How far a function and its arguments speak of what the request does: shares from 0 to 1."""
    asked = stems(text) - EMPTY_WORDS
    name = stems(str(function["name"])) - EMPTY_WORDS
    about = stems(str(function.get("description") or "")) - EMPTY_WORDS
    places = (
        stems(" ".join(f"{each.name} {each.about}" for each in parameters(function).values())) - EMPTY_WORDS
    )
    values = stems(" ".join(map(str, arguments.values())))
    rest = asked - values
    return {
        "name": len(name & asked) / max(len(name), 1),
        "about": len(about & asked) / max(min(len(about), len(asked)), 1),
        "covered": len(rest & (name | about | places)) / max(len(rest), 1),
        "explained": len(rest & (name | about)) / max(len(rest), 1),
    }


def traits(kept: Sequence[Mended], envelope: Schema, calls: int) -> dict[str, float]:
    """What the weighing looks at, each about 0 to 1."""
    places = sum(len(each.call.arguments) + len(each.missing) for each in kept)
    return {
        "bias": 1.0,
        "engine": float(envelope.get("confidence") or 0.0),
        "withheld": float(not envelope.get("function_calls")),
        **{name: max(each.likeness[name] for each in kept) for name in kept[0].likeness},
        "missing": float(any(each.missing for each in kept)),
        "guessed": min(1.0, sum(len(each.guessed) for each in kept) / max(places, 1) * 2),
        "several": float(calls > 1),
        "arguments": min(len(kept[0].call.arguments), 6) / 6,
    }


WANTED = {
    "bias": -0.66, "engine": 0.87, "withheld": -0.45, "name": 2.71, "about": 0.24, "covered": 0.42,
    "explained": -0.3, "missing": -0.64, "guessed": -1.77, "several": 1.86, "arguments": 0.33,
}  # fmt: skip
"""Logistic weights of "these functions are for this request", and of "exactly these calls" below."""
RIGHT = {
    "bias": -1.55, "engine": 2.09, "withheld": 0.02, "name": 0.7, "about": 0.61, "covered": 0.5,
    "explained": 0.7, "missing": -0.24, "guessed": -2.04, "several": 0.15, "arguments": -0.22,
}  # fmt: skip
"""Both fitted on the even ones among the first 120 cases of each development file."""


def weigh(weights: Mapping[str, float], seen: Mapping[str, float]) -> float:
    """A chance, by a logistic model."""
    return 1 / (1 + math.exp(-sum(each * seen.get(name, 0.0) for name, each in weights.items())))
