"""A text cut into passages, each small enough for the model to see whole, and where each begins."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

LONGEST = 800
"""Characters of a passage: about 200 word pieces, of which the model sees 256."""
LEAST = 200
"""A passage shorter than this is joined with what follows, unless a heading does."""
MOST = 4_000
"""Passages of one file; the rest is left out, and that is said."""
_HEADING = re.compile(
    r"#{1,6} |[^\W\d_].{0,60}\n[=-]{3,}\s*$|(?:class|def|fn|func|function|impl|struct|interface)\b"
)
_BREAK = re.compile(r"(?<=[.!?;,])\s+|\s+")


class Part(NamedTuple):
    """A page, a sheet, or a whole text."""

    text: str
    page: int = 0
    """From 1; 0 where there are none, and lines are counted."""


class Passage(NamedTuple):
    """A piece of a file."""

    text: str
    line: int
    """Where it begins, from 1, within the page if there are pages."""
    page: int


def passages_of(parts: Sequence[Part]) -> tuple[list[Passage], bool]:
    """The passages of a text, in order, and whether some were left out."""
    found: list[Passage] = []
    for part in parts:
        for passage in _cut(part):
            if len(found) == MOST:
                return found, True
            found.append(passage)
    return found, False


def _cut(part: Part) -> Iterator[Passage]:
    """Paragraphs joined up to `LONGEST`; one that is longer is cut at lines, sentences or words."""
    held: list[str] = []
    start, size = 1, 0
    for line, block in _blocks(part.text):
        is_full = size + len(block) > LONGEST or (size >= LEAST and _HEADING.match(block) is not None)
        if held and is_full:
            yield Passage("\n".join(held), start, part.page)
            held, size = [], 0
        if not held:
            start = line
        held.append(block)
        size += len(block) + 1
    if held:
        yield Passage("\n".join(held), start, part.page)


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """(line, paragraph) of at most `LONGEST` characters each."""
    held: list[str] = []
    start = size = 0
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.rstrip()
        if held and (not stripped or size + len(stripped) > LONGEST):
            yield start, "\n".join(held)
            held, size = [], 0
        if not stripped:
            continue
        if len(stripped) > LONGEST:
            yield from ((number, piece) for piece in _pieces(stripped))
            continue
        start = start if held else number
        held.append(stripped)
        size += len(stripped) + 1
    if held:
        yield start, "\n".join(held)


def _pieces(line: str) -> Iterator[str]:
    """A long line, cut where a sentence or at least a word ends."""
    at = 0
    while len(line) - at > LONGEST:
        window = line[at : at + LONGEST]
        ends = [found.end() for found in _BREAK.finditer(window) if found.end() >= LONGEST // 2]
        sentence = [end for end in ends if window[:end].rstrip()[-1:] in ".!?"]
        end = (sentence or ends or [LONGEST])[-1]
        yield window[:end].strip()
        at += end
    if line[at:].strip():
        yield line[at:].strip()
