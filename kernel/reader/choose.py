"""Which way of asking a clause is most like: retrieval over the hints of the visible calls.

Each example request of a hint is read by the same span finder, so examples and clause are
compared as wordings with the values taken out. The score is the cosine of weighted words and word
pairs with the best example, helped by trigger phrases. Pure and deterministic; about 1 ms.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from kernel.reader.names import Name, Names, stem
from kernel.reader.spans import Clause, scan
from syscalls.declare import Example, Hint
from syscalls.table import AnyCall, argument_fields

POLITE = frozenset(
    "please pls plz could can would you kindly just now hey hi ok okay thanks thank me my i i'd i'll like want need to the a an "
    "actually basically quick far already dear love mate buddy oh well um uh forget before think guess believe mind telling whether wish trouble "
    "enough included moment doing done going soon maybe perhaps probably possible able needed nice great good cheers sir u ur little still "
    "earth kind idea bit wonder wondering yes no hows wheres anyway dude folks guys hello would mind able "
    "go ahead and around somewhere anywhere somehow so some us your for let's lets also then too now quickly simply only really here there right per favor por bitte s'il".split()
)
"""Words that never tell one call from another, and never stay unread."""

FOR_FILES = frozenset(
    ("file.read", "file.head", "file.tail", "file.sort", "file.diff", "file.append", "file.hash")
)
"""Calls that want a file: in their examples a plain noun is a word, not a folder."""
TRIGGER_WEIGHT = 0.30
EXAMPLE_WEIGHT = 0.75


@dataclass(frozen=True)
class Wording:
    """A hint of a call, prepared for comparison."""

    call: AnyCall
    hint: Hint
    vectors: tuple[dict[str, float], ...]
    triggers: tuple[tuple[str, ...], ...]
    known: frozenset[str]
    """Stems of the words that this wording explains."""
    said: frozenset[str] = frozenset()
    """Those words as they are."""


_BY_FORM = Hint(tool="by_form", says="Read by its form alone.")


def as_typed(call: AnyCall) -> Wording:
    """The wording of a call that was read by its grammar, not by likeness to what people say."""
    return Wording(call, call.hints[0] if call.hints else _BY_FORM, (), (), frozenset())


@dataclass(frozen=True)
class Candidate:
    """A wording and how well a clause fits it, 0 to about 1."""

    wording: Wording
    score: float


class Learned(msgspec.Struct, frozen=True):
    """What reading the examples gave: everything of a `Chooser` that takes time to make."""

    idf: dict[str, float]
    vectors: tuple[tuple[dict[str, float], ...], ...]
    """Unit vectors of each hint's examples."""
    said: tuple[frozenset[str], ...]
    """Words that speak of each hint."""


def learn(menu: Sequence[AnyCall]) -> Learned:
    """Read every example of a menu. Takes about 1 ms an example."""
    pairs = [(call, hint) for call in menu for hint in call.hints]
    read = [[_read(call, example) for example in hint.examples] for call, hint in pairs]
    texts = [[features(words) for words in group] for group in read]
    seen = Counter(feature for group in texts for feature in {f for text in group for f in text})
    idf = {feature: math.log(1 + len(pairs) / count) for feature, count in seen.items()}
    unknown = math.log(1 + len(pairs))
    vectors = tuple(tuple(_unit(text, idf, unknown) for text in group) for group in texts)
    said = tuple(_said(call, hint, group) for (call, hint), group in zip(pairs, read, strict=True))
    return Learned(idf, vectors, said)


class Chooser:
    """Retrieval over a menu. The menu's order breaks ties."""

    def __init__(self, menu: Sequence[AnyCall], learned: Learned | None = None) -> None:
        """Args: `learned` from an earlier process over the same menu; made here when None."""
        pairs = [(call, hint) for call in menu for hint in call.hints]
        learned = learned or learn(menu)
        self._idf = learned.idf
        self._unknown = math.log(1 + len(pairs))
        self.wordings = tuple(
            Wording(
                call,
                hint,
                vectors,
                tuple(tuple(map(stem, trigger.lower().split())) for trigger in hint.triggers),
                frozenset(map(stem, said)),
                said,
            )
            for (call, hint), vectors, said in zip(pairs, learned.vectors, learned.said, strict=True)
        )

    def rank(self, clause: Clause, limit: int = 6) -> list[Candidate]:
        """The best wordings for a clause, best first."""
        vector = self._vector(features(clause.words))
        said = [stem(word) for word in clause.words]
        found = [Candidate(wording, self._score(wording, vector, said)) for wording in self.wordings]
        found.sort(key=lambda candidate: -candidate.score)
        return found[:limit]

    def score(self, wording: Wording, clause: Clause) -> float:
        """How well one wording fits a clause."""
        return self._score(
            wording, self._vector(features(clause.words)), [stem(word) for word in clause.words]
        )

    def _score(self, wording: Wording, vector: dict[str, float], said: list[str]) -> float:
        like = max((_dot(vector, example) for example in wording.vectors), default=0.0)
        trigger = max(
            (_trigger(said, words, self._idf, self._unknown) for words in wording.triggers), default=0.0
        )
        return EXAMPLE_WEIGHT * like + TRIGGER_WEIGHT * trigger

    def _vector(self, counts: Counter[str]) -> dict[str, float]:
        return _unit(counts, self._idf, self._unknown)


def _unit(counts: Counter[str], idf: dict[str, float], unknown: float) -> dict[str, float]:
    raw = {feature: count * idf.get(feature, unknown) for feature, count in counts.items()}
    length = math.sqrt(sum(value * value for value in raw.values())) or 1.0
    return {feature: value / length for feature, value in raw.items()}


def features(words: Sequence[str]) -> Counter[str]:
    """Stems and pairs of neighbours; politeness left out, folders count as paths too."""
    kept = [stem(word) if not word.startswith("<") else word for word in words if word not in POLITE]
    plain = [
        "<path>" if word in ("<folder>", "<glob>") else "<quote>" if word == "<ident>" else word
        for word in kept
    ]
    counts: Counter[str] = Counter(plain)
    counts.update(word for word in kept if word == "<folder>")
    counts.update(f"{left} {right}" for left, right in pairwise(plain))
    return counts


def _read(call: AnyCall, example: Example) -> list[str]:
    """The words of an example with its values taken out."""
    kinds = {field.name: field for field in argument_fields(call.schema)}
    names = []
    request = example.request
    for slot, value in example.arguments.items():
        field = kinds[slot]
        if field.is_path and call.name in FOR_FILES and "." not in value:
            continue
        if field.is_path:
            names.append(Name(value, is_folder=field.kind == "folder" or "." not in value.rsplit("/", 1)[-1]))
        elif field.kind in ("text", "name", "string") and value in request and f"'{value}'" not in request:
            request = request.replace(value, f"'{value}'", 1)
    return list(scan(request, Names(names)).words)


def _said(call: AnyCall, hint: Hint, examples: Sequence[Sequence[str]]) -> frozenset[str]:
    words: set[str] = {field.name for field in argument_fields(call.schema)}
    for text in (*hint.triggers, hint.says, hint.tool.replace("_", " "), *hint.slots.values()):
        words.update(text.lower().replace(",", " ").replace(".", " ").split())
    for example in examples:
        words.update(word for word in example if not word.startswith("<"))
    return frozenset(words)


def _dot(left: dict[str, float], right: dict[str, float]) -> float:
    if len(left) > len(right):
        left, right = right, left
    return sum(value * right.get(feature, 0.0) for feature, value in left.items())


def _trigger(said: list[str], trigger: tuple[str, ...], idf: dict[str, float], unknown: float) -> float:
    """0 to 1: the phrase in one piece counts fully, its words apart half; rare words count more."""
    if not trigger or any(word not in said for word in trigger):
        return 0.0
    weight = min(1.0, sum(idf.get(word, unknown) for word in trigger) / unknown)
    width = len(trigger)
    whole = any(tuple(said[at : at + width]) == trigger for at in range(len(said) - width + 1))
    return weight if whole else weight * 0.5
