"""Do two memories say the same? Then a recall gives the better one of them.

Vectors alone cannot tell: of all-MiniLM-L6-v2 "I prefer tea over coffee" and its reverse have a cosine of 0.99, "before
lunch" and "after lunch" 0.96, an address and the next one 0.98 (docs/decisions/0030). So the words decide: the same
ones in the same order, with the same numbers and the same refusals; one word more or less passes where the cosine is high.
"""

import re
from typing import NamedTuple

from memory.words import exact_of, words_of

NEAR = 0.94
"""Least cosine where one says a word more. Of the pairs in docs/decisions/0030 that differ in meaning none is above it."""
_REFUSING = re.compile(
    r"\b(?:no|not|never|none|nothing|nobody|without|neither|nor|cannot)\b|n['\u2019]t\b|[不没沒無无未别別]"
)


class Said(NamedTuple):
    """What counts of a text."""

    words: tuple[str, ...]
    exact: frozenset[str]
    """Numbers, addresses and the like."""
    refusals: int
    """How often it says no: "not" is no search word."""


def said_in(text: str) -> Said:
    """What counts of a text."""
    return Said(tuple(words_of(text)), exact_of(text), len(_REFUSING.findall(text.lower())))


def is_one_word_more(one: Said, other: Said) -> bool:
    """Whether one is the other with a word put in, and nothing else that counts differs."""
    short, long = sorted((one.words, other.words), key=len)
    if one[1:] != other[1:] or len(long) - len(short) != 1:
        return False
    at = next((at for at, word in enumerate(short) if word != long[at]), len(short))
    return short[at:] == long[at + 1 :]
