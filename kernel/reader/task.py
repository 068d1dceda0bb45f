"""One binding under way: the clause, the wording, what may be pointed at, and what was found so far."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kernel.reader.names import Names
from kernel.reader.phrases import (
    AFTER_TO,
    CALLED,
)
from kernel.reader.spans import Clause, Span
from syscalls.declare import Hint
from syscalls.table import AnyCall


@dataclass
class Scene:
    """What a clause may point at besides its own words."""

    names: Names
    previous: int | None = None
    """Index of the request's call just before, None for the first clause."""
    previous_target: str | None = None
    """Folder or file the call before has made or moved to, where that is known in advance."""
    has_recent: bool = False
    """Whether the session has an earlier reply."""


@dataclass
class Binding:
    """Arguments found, and what was used for them."""

    arguments: dict[str, Any] = field(default_factory=dict)
    used: list[Span] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    """Lower-case words taken as values or as marks of values."""
    guessed: list[str] = field(default_factory=list)
    """Arguments that rest on a likeness of names, not on a name written out."""
    choices: list[str] = field(default_factory=list)
    """Names that fit equally well where one was needed."""
    texts: list[tuple[int, int]] = field(default_factory=list)
    """Places of unquoted text values: they count as quotes when wordings are compared."""
    more: list[str] = field(default_factory=list)
    """Further names for a one-file slot where several were meant ("both")."""
    refers: bool = False
    """A reply said before fills a slot."""

    def take(self, slot: str, value: Any, *spans: Span) -> None:
        """Fill a slot."""
        self.arguments[slot] = value
        self.used += spans

    def free(self, clause: Clause, *kinds: str) -> list[Span]:
        """Spans of these kinds that fill nothing yet."""
        return [span for span in clause.of(*kinds) if span not in self.used]


@dataclass
class Task:
    """One binding under way."""

    clause: Clause
    call: AnyCall
    hint: Hint
    scene: Scene
    out: Binding
    is_explained: Callable[[str], bool]

    def lower(self) -> str:
        """The clause's text in lower case."""
        return self.clause.text.lower()


def join(folder: str, name: str, *, deep: bool = False) -> str:
    """A name beneath a folder; with no folder, and `deep`, anywhere below."""
    if folder in ("", "."):
        return f"**/{name}" if deep else name
    return f"{folder.rstrip('/')}/{name}"


def is_plural(task: Task) -> bool:
    """Whether several things are meant."""
    return bool(re.search(r"\b(?:both|all|every|these|those)\b", task.lower()))


def content_words(task: Task) -> list[str]:
    """Words of the clause that neither the wording nor politeness explains, outside spans already used."""
    text = task.clause.text
    for span in sorted(task.out.used, key=lambda span: -span.start):
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    found = re.findall(r"[^\W_]+(?:[-.'’][^\W_]+)*", text)
    return [
        word for word in found if not task.is_explained(word.lower()) and word.lower() not in task.out.words
    ]


def leads(clause: Clause, span: Span) -> bool:
    """Whether "to", "into", "as" or "called" stands before a path."""
    before = [
        word
        for word in clause.before(span, 4)
        if word not in ("the", "a", "an", "my", "new", "folder", "directory", "file", "called", "named", "it")
    ]
    marks = clause.before(span, 2)
    return bool(before and before[-1] in AFTER_TO) or any(word in CALLED for word in marks)
