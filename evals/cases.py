"""What is an everyday request, and what must come of it? Records and their reading; no judging.

A line of `everyday.jsonl`, `fresh.jsonl` or `held.jsonl` is one `Case` as JSON. Unknown keys are refused,
so that a typo is heard. Whoever tunes does not read `held.jsonl`; `fresh.jsonl` has been read.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "EVERYDAY",
    "FRESH",
    "HELD",
    "KINDS",
    "SPLITS",
    "Answer",
    "BadCase",
    "Case",
    "Expect",
    "Outcome",
    "Spec",
    "load",
]

EVERYDAY = Path(__file__).with_name("everyday.jsonl")
FRESH = Path(__file__).with_name("fresh.jsonl")
HELD = Path(__file__).with_name("held.jsonl")
KINDS = ("single", "several", "ambiguous", "out_of_scope", "hostile")
SPLITS = ("dev", "test", "fresh", "held")
SPEC_KEYS = frozenset({"text", "absent", "dir", "contains", "lacks", "mode", "same_as", "link_to"})


class BadCase(ValueError):
    """A line that is no case; the text names the case and the field."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What must be true of one path afterwards. Fields that are None say nothing."""

    text: str | None = None
    """The file's exact text; one trailing newline more or less is forgiven."""
    absent: bool = False
    """Nothing is there, nor beneath it."""
    dir: bool = False
    """A folder is there."""
    contains: tuple[str, ...] = ()
    """Patterns the file's text must show; see `Answer` for their form."""
    lacks: tuple[str, ...] = ()
    """Patterns the file's text must not show."""
    mode: int | None = None
    """Permission bits, such as 0o755. Without `text` or the like the content must be as before."""
    same_as: str | None = None
    """A path of the tree *before* with the same bytes; for a folder, the same whole tree."""
    link_to: str | None = None
    """The text of a symbolic link."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shown text must hold.

    A pattern is a plain string (case does not matter), or `re:REGEX`, or `num:1234` (that number standing
    alone, thousands may be grouped), or `size:1536` (that many bytes, in bytes or rounded to any unit).
    """

    all: tuple[str, ...] = ()
    """Patterns that must all be there."""
    any: tuple[tuple[str, ...], ...] = ()
    """Groups of patterns: at least one group must be there in full. Empty: no demand."""
    none: tuple[str, ...] = ()
    """Patterns that must not be there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One acceptable end: a changed tree, an answer, or both. Paths not named stay as they were."""

    tree: Mapping[str, Spec] = field(default_factory=dict)
    answer: Answer = field(default_factory=Answer)
    calls: tuple[str, ...] = ()
    """Syscalls that must have been carried out, `a|b` for either; only where the facts are not fixed."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What must come of a request."""

    outcomes: tuple[Outcome, ...]
    """Acceptable ends, any one suffices; empty when only asking (or doing nothing) is right."""
    ask_ok: bool = False
    """Asking what was meant, instead of acting, is right too."""
    approve: bool = True
    """What the approver says to permission questions, such as before a delete."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request as typed."""

    id: str
    split: str
    """`dev` to tune on, `test` to report on; `fresh` and `held` have files of their own, `held` not read
    by whoever tuned."""
    kind: str
    """One of `KINDS`."""
    request: str
    expect: Expect
    stdin: str | None = None
    """Text piped in beside the request: untrusted."""
    lang: str = "en"
    """Language of the request, ISO 639-1."""


def load(path: Path = EVERYDAY) -> tuple[Case, ...]:
    """All cases of a JSON-lines file, in its order.

    Args:
        path: `EVERYDAY`, `FRESH`, `HELD`, or another file of the same form.

    Raises:
        BadCase: a line has an unknown or missing field, or a value of the wrong form.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(_case(json.loads(line)) for line in lines if line.strip())


def _case(raw: Mapping[str, object]) -> Case:
    where = str(raw.get("id", "?"))
    _closed(raw, {"id", "split", "kind", "request", "stdin", "lang", "expect"}, where)
    if raw.get("kind") not in KINDS or raw.get("split") not in SPLITS:
        raise BadCase(f"{where}: kind must be one of {KINDS}, split one of {SPLITS}")
    stdin = raw.get("stdin")
    return Case(
        id=where,
        split=str(raw["split"]),
        kind=str(raw["kind"]),
        request=str(raw["request"]),
        expect=_expect(_mapping(raw.get("expect"), where), where),
        stdin=None if stdin is None else str(stdin),
        lang=str(raw.get("lang", "en")),
    )


def _expect(raw: Mapping[str, object], where: str) -> Expect:
    _closed(raw, {"tree", "answer", "calls", "alternatives", "ask_ok", "approve"}, where)
    others = _sequence(raw.get("alternatives", ()), where)
    first = [raw] if raw.keys() & {"tree", "answer", "calls"} else []
    for other in others:
        _closed(_mapping(other, where), {"tree", "answer", "calls"}, where)
    return Expect(
        outcomes=tuple(_outcome(_mapping(each, where), where) for each in (*first, *others)),
        ask_ok=bool(raw.get("ask_ok", False)),
        approve=bool(raw.get("approve", True)),
    )


def _outcome(raw: Mapping[str, object], where: str) -> Outcome:
    tree = _mapping(raw.get("tree", {}), where)
    answer = _mapping(raw.get("answer", {}), where)
    _closed(answer, {"all", "any", "none"}, where)
    return Outcome(
        tree={path: _spec(_mapping(spec, where), f"{where} {path}") for path, spec in tree.items()},
        answer=Answer(
            all=_strings(answer.get("all", ()), where),
            any=tuple(_strings(group, where) for group in _sequence(answer.get("any", ()), where)),
            none=_strings(answer.get("none", ()), where),
        ),
        calls=_strings(raw.get("calls", ()), where),
    )


def _spec(raw: Mapping[str, object], where: str) -> Spec:
    _closed(raw, SPEC_KEYS, where)
    if not raw:
        raise BadCase(f"{where}: says nothing about the path")
    mode = raw.get("mode")
    return Spec(
        text=_optional(raw.get("text"), where),
        absent=bool(raw.get("absent", False)),
        dir=bool(raw.get("dir", False)),
        contains=_strings(raw.get("contains", ()), where),
        lacks=_strings(raw.get("lacks", ()), where),
        mode=None if mode is None else int(str(mode), 8),
        same_as=_optional(raw.get("same_as"), where),
        link_to=_optional(raw.get("link_to"), where),
    )


def _closed(raw: Mapping[str, object], known: frozenset[str] | set[str], where: str) -> None:
    if unknown := sorted(raw.keys() - known):
        raise BadCase(f"{where}: unknown field {unknown[0]!r}; known are {sorted(known)}")


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadCase(f"{where}: {value!r} is not an object")
    return value


def _sequence(value: object, where: str) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise BadCase(f"{where}: {value!r} is not a list")
    return value


def _strings(value: object, where: str) -> tuple[str, ...]:
    texts = _sequence(value, where)
    if not all(isinstance(text, str) for text in texts):
        raise BadCase(f"{where}: {value!r} holds something that is not a string")
    return tuple(str(text) for text in texts)


def _optional(value: object, where: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise BadCase(f"{where}: {value!r} is not a string")
    return value
