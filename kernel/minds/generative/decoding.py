"""From the text of an answer to a draft. Under a grammar this cannot fail; without one it says what is wrong."""

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from kernel.minds.generative.port import Piece
from kernel.minds.port import Draft, Drafted, From
from syscalls.errors import BadArgument
from syscalls.table import Entry

_FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*?)\n?```\s*$", re.DOTALL)

_CITED = re.compile(r"\[([0-9]{1,4})\]")


class Malformed(Exception):
    """An answer that is no draft; the text is what its author should be told."""


class _Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    arguments: dict[str, Any] = {}


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    calls: tuple[_Call, ...] = ()
    text: str = ""
    done: bool = True


def decoded(answer: Piece, menu: Mapping[str, Entry], default: float, shown: int = 0) -> Draft:
    """The draft of an answer.

    Args:
        answer: the whole answer.
        menu: the visible calls by name.
        default: confidence of each call where the engine gives no probabilities.
        shown: replies of this request the mind was shown; its references count from the request's first.

    Raises:
        Malformed: it is cut, no JSON, of another shape, or a call does not fit its schema.
    """
    if answer.finish == "length":
        raise Malformed(f"the answer was cut after {answer.tokens} tokens; expected a shorter one")
    found = _parsed(_unfenced(answer.text))
    confidence = _confidence(answer, default)
    drafted = []
    for number, call in enumerate(found.calls):
        entry = menu.get(call.name)
        if entry is None:
            raise Malformed(f"calls[{number}]: there is no call {call.name!r}; expected one of the menu")
        arguments = {name: _value(value, shown + number, shown) for name, value in call.arguments.items()}
        _check(entry, arguments, number)
        drafted.append(Drafted(call.name, arguments, confidence))
    if not drafted and not found.text.strip():
        return Draft(is_done=True)
    text = found.text.strip()
    cites = tuple(int(number) for number in _CITED.findall(text))
    return Draft(tuple(drafted), text, found.done or not drafted, cites=cites)


def _unfenced(text: str) -> str:
    fenced = _FENCE.match(text)
    return fenced[1] if fenced else text.strip()


def _parsed(text: str) -> _Answer:
    try:
        return msgspec.json.decode(text, type=_Answer)
    except msgspec.ValidationError as error:
        raise Malformed(f"{error}; expected an object of calls, text and done") from None
    except (msgspec.DecodeError, UnicodeEncodeError):
        return _mended(text)


def _mended(text: str) -> _Answer:
    """JSON but for what engines' grammars let pass in a text: half a surrogate pair as an escape, bare control characters."""
    import json

    try:
        value = json.loads(text, strict=False)
        plain = (
            json.dumps(value, ensure_ascii=False)
            .encode("utf-16", "surrogatepass")
            .decode("utf-16", "replace")
        )
        return msgspec.json.decode(plain, type=_Answer)
    except RecursionError:
        raise Malformed("it is nested too deeply; expected one JSON object of calls, text and done") from None
    except ValueError as error:
        raise Malformed(
            f"it is no JSON ({error}); expected one JSON object of calls, text and done"
        ) from None


def _value(value: Any, before: int, shown: int) -> Any:
    if not (isinstance(value, dict) and "$reply" in value):
        return value
    number, part = value["$reply"], value.get("part", "text")
    if type(number) is not int or not isinstance(part, str) or set(value) - {"$reply", "part"}:
        raise Malformed(f'{value!r} names no reply; expected {{"$reply": number, "part": "text"}}')
    if number >= max(before, 1):
        # A grammar cannot count: a reference to what is yet to come means the call just before.
        number = before - 1
    return _reply(number, part, shown)


def _reply(number: int, part: str, shown: int) -> From:
    """A reference as the loop counts: to a reply that was shown, to a call of this draft, or -1, the latest."""
    if 0 <= number < shown:
        return From(number, part, "request")
    return From(max(number - shown, -1), part)


def _check(entry: Entry, arguments: dict[str, Any], number: int) -> None:
    """Every argument that is given as a value fits the schema; references are checked once they have one."""
    values = {name: value for name, value in arguments.items() if not isinstance(value, From)}
    schema = entry.schema
    if len(values) < len(arguments):
        left = [name for name in schema.get("required", ()) if name not in arguments or name in values]
        unknown = set(arguments) - set(schema.get("properties", {}))
        if unknown:
            raise Malformed(f"calls[{number}]: {entry.call.name} knows no {', '.join(sorted(unknown))}")
        entry = _Loose(entry, {**schema, "required": left})
    try:
        entry.check(values)
    except BadArgument as misfit:
        raise Malformed(f"calls[{number}]: {misfit}") from None


class _Loose(Entry):
    """A call's check without the arguments that are still to come."""

    def __init__(self, entry: Entry, schema: dict[str, Any]) -> None:
        super().__init__(entry.call)
        self.__dict__["schema"] = schema


def _confidence(answer: Piece, default: float) -> float:
    """The geometric mean of the answer's token probabilities, else the stated constant."""
    if answer.logprob is None or not answer.tokens:
        return default
    mean = answer.logprob / answer.tokens
    return math.exp(min(0.0, mean)) if math.isfinite(mean) else default
