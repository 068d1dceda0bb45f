"""What a request says, as values of declared types: numbers, choices, lists; and whether it says them.

Pure. Knows nothing of the engine; `functions` uses it to check and mend what the engine proposes.
"""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

KINDS = {
    "dict": "object", "object": "object", "float": "number", "double": "number", "number": "number",
    "integer": "integer", "int": "integer", "tuple": "array", "list": "array", "array": "array",
    "boolean": "boolean", "bool": "boolean",
}  # fmt: skip
"""Declared type -> JSON Schema's; whatever is not here is a string."""

WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12,
}  # fmt: skip
SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "m": 1e6,
    "billion": 1e9,
    "b": 1e9,
    "trillion": 1e12,
}
_EDGES = " \t\n\"'\u201c\u201d\u2018\u2019.,;"
TRUE, FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0", "none"}

_NO_UNITS = {
    "and",
    "or",
    "in",
    "to",
    "for",
    "at",
    "is",
    "with",
    "on",
    "from",
    "by",
    "then",
    "as",
    "of",
    "respectively",
}
_WORD = "|".join(sorted(WORDS, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![\w.^/])(?<!\d:)(?P<sign>-)?(?P<money>[$€£])?"
    rf"(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+|\b(?:{_WORD})\b)"
    r"(?:\s*[x\u00d7*]\s*10\s*\^\s*(?P<power>[-+]?\d+)|e(?P<exponent>[-+]?\d+)\b)?"
    r"(?P<scale>\s*(?:hundred|thousand|million|billion|trillion)\b|[kKmMbB](?![A-Za-z²³]))?"
    r"(?!\d|(?:st|nd|rd|th)\b|[:/]\d|-\d)"
    r"(?:\s*(?P<unit>%|percent\b|[A-Za-z]+))?",
    re.IGNORECASE,
)


class Number(NamedTuple):
    """A number as it stands in a request."""

    value: float
    start: int
    end: int
    """Without its unit."""
    unit: str
    """The word after it, in lower case and singular; "%" for a percentage; empty where none follows."""


@dataclass(frozen=True)
class Parameter:
    """One argument a function takes."""

    name: str
    kind: str
    """JSON Schema's type."""
    about: str
    item: str
    """An array's element type; empty where undeclared."""
    choices: tuple[Any, ...]
    """The only values it, or an array's element, takes; empty for any."""
    is_required: bool


def parameters(function: dict[str, Any]) -> dict[str, Parameter]:
    """A function schema's parameters by name."""
    body = function.get("parameters") or {}
    needed = body.get("required") or ()
    return {
        name: Parameter(
            name,
            kind_of(schema),
            str(schema.get("description") or ""),
            kind_of(schema["items"]) if isinstance(schema.get("items"), dict) else "",
            tuple(schema.get("enum") or (schema.get("items") or {}).get("enum") or ()),
            name in needed,
        )
        for name, schema in (body.get("properties") or {}).items()
    }


def kind_of(schema: dict[str, Any]) -> str:
    """JSON Schema's name of a declared type."""
    return KINDS.get(str(schema.get("type")).lower(), "string")


def numbers(text: str) -> list[Number]:
    """The numbers of a text in its order: digits or words, with scale ("2 million"); no times or ordinals."""
    found = []
    for match in _NUMBER.finditer(text):
        if (scale := match["scale"]) and len(scale) == 1 and not match["money"]:
            value, end, unit = _plain(match), match.start("scale"), scale
        else:
            value = _plain(match) * (SCALES[scale.strip().lower()] if scale else 1)
            end = (
                match.end("scale")
                if scale
                else max(match.end("digits"), match.end("power"), match.end("exponent"))
            )
            unit = match["unit"] or ""
        unit = "%" if unit == "percent" else "" if unit.lower() in _NO_UNITS else unit.lower()
        found.append(
            Number(value, match.start(), end, unit[:-1] if len(unit) > 2 and unit.endswith("s") else unit)
        )
    return found


def _plain(match: re.Match[str]) -> float:
    """The number before its scale."""
    digits = match["digits"].lower()
    value = float(WORDS[digits]) if digits in WORDS else float(digits.replace(",", ""))
    if power := match["power"] or match["exponent"]:
        value = float(f"{value!r}e{int(power)}")
    return -value if match["sign"] else value


def typed(parameter: Parameter, raw: Any, text: str) -> Any:
    """A proposed value as the parameter's type, or None where it cannot be one."""
    if parameter.kind == "array":
        items = raw if isinstance(raw, list) else listed(raw) if isinstance(raw, str) else [raw]
        kind = parameter.item
        fitted = [_scalar(parameter, kind, each, text) if kind else each for each in items]
        return None if any(each is None for each in fitted) else fitted
    if parameter.kind == "object":
        return raw if isinstance(raw, dict) else None
    return _scalar(parameter, parameter.kind, raw, text)


def _scalar(parameter: Parameter, kind: str, raw: Any, text: str) -> Any:
    if kind in ("array", "object"):
        return raw
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, list | dict) or raw is None:
        return None
    if kind in ("integer", "number"):
        return number_of(parameter, kind, raw, text)
    if kind == "boolean":
        return truth(raw)
    said = str(raw).strip(_EDGES) or str(raw).strip()
    return choice(parameter.choices, said) if parameter.choices else said or None


def number_of(parameter: Parameter, kind: str, raw: Any, text: str) -> int | float | None:
    """A number; "5 units" is 5, and 5 % is 0.05 for a decimal parameter that does not ask for percent."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, str):
        found = numbers(raw)
        if not found:
            return None
        raw = found[0].value
    if kind == "integer":
        return int(raw) if float(raw).is_integer() else None
    is_share = any(each.unit == "%" and each.value == raw for each in numbers(text))
    if is_share and not re.search(r"percent|in %", parameter.about, re.IGNORECASE):
        return float(f"{raw / 100:.12g}")
    return float(raw)


def truth(raw: Any) -> bool | None:
    """A truth value, also from a word."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    return True if word in TRUE else False if word in FALSE else None


def choice(choices: tuple[Any, ...], said: str) -> Any:
    """The declared choice a word means: the same, the same but for punctuation, or one that begins alike."""
    if said in choices:
        return said
    plain = squeezed(said)
    by_word = {squeezed(str(each)): each for each in reversed(choices) if each is not None}
    if plain in by_word:
        return by_word[plain]
    starts = [each for word, each in by_word.items() if _begin_alike(word, plain)]
    return starts[-1] if starts else None


def _begin_alike(word: str, other: str) -> bool:
    shorter = min(len(word), len(other))
    return shorter > 2 and (word[:shorter] == other[:shorter] or (shorter > 4 and word[:5] == other[:5]))


def listed(text: str) -> list[str]:
    """The members of "a, b and c"."""
    return [
        part.strip()
        for part in re.split(r"\s*(?:,\s*(?:and\b|or\b)?|;|\band\b|\bor\b)\s*", text.strip("[]() "))
        if part.strip()
    ]


def squeezed(text: str) -> str:
    """For comparing words: lower case, letters and digits only."""
    return re.sub(r"[\W_]+", "", text.casefold())


def stems(text: str) -> set[str]:
    """The beginnings of a text's words, CamelCase and snake_case taken apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return {word[:5].rstrip("s") or word for word in re.findall(r"[^\W_]+", apart.casefold())}


def is_said(value: Any, text: str, about: str = "") -> bool:
    """Whether a value can be traced to the request.

    Args:
        value: of any type; a list or object is said when all its parts are.
        text: the request.
        about: for a truth value, the parameter's name and description; the request must share a word.
    """
    if isinstance(value, bool):
        return bool({each for each in stems(about) if len(each) > 3} & stems(text))
    if isinstance(value, int | float):
        return (
            any(_same(each, value) for each in numbers(text))
            or re.search(rf"(?<!\d){value:g}(?!\d)", text) is not None
        )
    if isinstance(value, list):
        return bool(value) and all(is_said(each, text, about) for each in value)
    if isinstance(value, dict):
        return bool(value) and all(is_said(each, text, about) for each in value.values())
    said = str(value)
    if len(said) < 3:
        return (
            re.search(rf"(?<![^\W\d]){re.escape(said)}(?!\w)|\d\s*{re.escape(said)}", text, re.IGNORECASE)
            is not None
        )
    return bool(said) and (
        squeezed(said) in squeezed(text) or (bool(stems(said)) and stems(said) <= stems(text))
    )


def _same(said: Number, value: float) -> bool:
    return abs(said.value) == abs(value) or (
        said.unit == "%" and abs(abs(said.value) / 100 - abs(value)) < 1e-9
    )
