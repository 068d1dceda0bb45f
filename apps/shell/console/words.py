"""How a line of sugar falls into words: quoting as in a shell, JSON where a value begins with a bracket.

In double quotes `\\n`, `\\t`, `\\r`, `\\"`, `\\\\` and `\\uXXXX` are escapes and any other backslash stays
(so that `"\\d+"` is what it looks like); in single quotes nothing is. Outside quotes a backslash
takes the next character as it is.
"""

import json
import re
from typing import Any, NamedTuple

from syscalls.errors import BadArgument

_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
"""A character beyond U+FFFF, as JSON writes it."""
_ESCAPES = re.compile(rf'\\({_PAIR}|u[0-9a-fA-F]{{4}}|[ntr"\\])')
_PART = re.compile(
    r"""(?P<space>\s+)
    | '(?P<single>[^']*)'
    | "(?P<double>(?:\\.|[^"\\])*)"
    | \\(?P<escaped>.)
    | (?P<bare>[^\s'"\\]+)""",
    re.VERBOSE | re.DOTALL,
)
_STARTS_JSON = ("[", "{")
_NAMED = {"n": "\n", "t": "\t", "r": "\r"}


class Word(NamedTuple):
    """One word of the line."""

    key: str
    """What stands before `=`; empty for a bare word."""
    value: str
    is_plain: bool = True
    """Whether nothing in the value was quoted."""
    json: Any = None
    """The list or object, where the value was JSON."""


def split(text: str) -> list[Word]:
    """The words of a line.

    Raises:
        BadArgument: a quote is not closed.
    """
    words: list[Word] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _KEY.match(text, at)
        key = match[1] if match else ""
        word, at = _value(key, text, match.end() if match else at)
        words.append(word)
    return words


def _value(key: str, text: str, at: int) -> tuple[Word, int]:
    if key and text.startswith(_STARTS_JSON, at):
        found = _json_at(text, at)
        if found is not None:
            return Word(key, text[at : found[1]], False, found[0]), found[1]
    return _quoted(key, text, at)


def _json_at(text: str, at: int) -> tuple[Any, int] | None:
    try:
        value, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return (value, end) if end == len(text) or text[end].isspace() else None


def _quoted(key: str, text: str, at: int) -> tuple[Word, int]:
    parts: list[str] = []
    is_plain = True
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            raise BadArgument(f"no end to what begins with {text[at : at + 20]!r}; close the quote")
        if match.lastgroup == "space":
            break
        parts.append(_part(match))
        is_plain = is_plain and match.lastgroup == "bare"
        at = match.end()
    return Word(key, "".join(parts), is_plain), at


def _part(match: re.Match[str]) -> str:
    raw = match[match.lastgroup or 0]
    return _ESCAPES.sub(_unescape, raw) if match.lastgroup == "double" else raw


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "u" and len(code) > 1:
        value: str = json.loads(f'"{match[0]}"')
        return value
    return _NAMED.get(code, code)
