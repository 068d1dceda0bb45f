"""Which file of the latest answer is meant: "the last one", "that file". What may mean several is asked back.

An ordinal, or a singular word where one file was spoken of, is read as that file's name, so that all else is read as if
the person had typed it. Where the name came from is found by the kernel, as for any other.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

from kernel.minds.port import From
from kernel.reader.lazy import Lazy

MOST_OFFERED = 5
_ORDERS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "last": -1, "second to last": -2, "second-to-last": -2,
}  # fmt: skip
_NTH = Lazy(
    rf"\bthe ({'|'.join(sorted(_ORDERS, key=len, reverse=True))}) (?:one(?: of (?:them|those|these))?|of (?:them|those|these)|result|hit|match|entry|(?:file|folder) (?:there|listed|of (?:them|those|these)))(?=\W|$)",
    re.IGNORECASE,
)
_ONE = Lazy(r"\b(?:that|this|the same) (?:one|file)\b(?! of\b)", re.IGNORECASE)
_SINGULAR = Lazy(
    r"\b(?:it|its|(?:that|this|the) (?:one|file)|that)\b(?! (?:folder|list|is|was|are)\b)", re.IGNORECASE
)
_PLURAL = Lazy(r"\b(?:them|those|these|their|all|both|every|each|files)\b", re.IGNORECASE)
_CLAUSE = Lazy(r"\b(?:and|then|,|;)\s", re.IGNORECASE)
_PLAIN = Lazy(r"[\w./@+-]+(?: [\w./@+-]+)*", re.IGNORECASE)


def settled(text: str, recent: Sequence[str], known: Collection[str]) -> str:
    """The request with the names that its words point at.

    Args:
        text: the request.
        recent: files the latest answer spoke of, in its order.
        known: names of the workspace; what is no longer there is not pointed at.
    """
    match = _NTH.search(text)
    if match is not None:
        at = _ORDERS[match[1].lower()]
        return _with(text, match, recent[at], known) if -len(recent) <= at < len(recent) else text
    match = _ONE.search(text)
    if match is None or len(recent) != 1 or _CLAUSE.search(text[: match.start()]):
        return text
    return _with(text, match, recent[0], known)


def choices(text: str, arguments: Sequence[dict[str, Any]], recent: Sequence[str]) -> tuple[str, ...]:
    """Requests to offer where one file is meant and several were spoken of; empty where it is clear.

    Args:
        text: the request.
        arguments: of each call that was read.
        recent: files the latest answer spoke of.
    """
    match = _SINGULAR.search(text)
    if len(recent) < 2 or match is None or _PLURAL.search(text):
        return ()
    points = any(
        isinstance(value, From) and value.reply < 0 and value.part in ("path", "paths")
        for each in arguments
        for value in each.values()
    )
    if not points:
        return ()
    named = [path for path in recent if _PLAIN.fullmatch(path)][:MOST_OFFERED]
    return tuple(f"{text[: match.start()]}{_quoted(path)}{text[match.end() :]}" for path in named)


def _with(text: str, match: re.Match[str], path: str, known: Collection[str]) -> str:
    if path.rstrip("/") not in known or not _PLAIN.fullmatch(path):
        return text
    return f"{text[: match.start()]}{_quoted(path)}{text[match.end() :]}"


def _quoted(path: str) -> str:
    return f"'{path}'" if " " in path else path
