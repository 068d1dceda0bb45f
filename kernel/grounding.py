"""From where a mind can have a value: a check by code of every argument it proposes.

A value that stands word for word in the user's request, or is what the kernel's own reading of
those words gives ("10 MB", "the log files"), is the user's. Any other takes the labels of the shown things it is
found in; where it is found in none, of all that the mind was shown. What a text says of itself
counts for nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from kernel.origins import LEFT_OUT, SAID, WORKED_OUT, How, Origin, united
from kernel.words import PARSERS, number
from syscalls.errors import BadArgument
from syscalls.labels import USER, Labels

LONGEST_PHRASE = 4
"""Words that are read together as one value."""
MOST_WORDS = 60
"""A longer request is not searched for such values."""
_PATTERNS = ("glob", "path", "folder")
"""Kinds of argument that a phrase names files for."""
_OF_A_KIND = "*."
"""How the names begin that a phrase for a kind of file stands for."""
_INNER = "./-\\"
"""Where a letter or digit follows these, the word goes on."""


class Shown:
    """One thing a mind was shown besides the request."""

    __slots__ = ("_kept", "_names", "id", "is_text", "labels", "named", "text")

    def __init__(
        self,
        id_: str,
        labels: Labels,
        text: str = "",
        names: Iterable[str] = (),
        *,
        is_text: bool = True,
        named: How = How.NAMED,
    ) -> None:
        """Something shown.

        Args:
            id_: the call whose reply it is, or "stdin", "names", "memory:ID".
            labels: its sources.
            text: all of it.
            names: files and folders that it names by itself, rather than tells of.
            is_text: False for mere names of files, which the default mind does not read as sentences.
            named: how a value was chosen that is one of the names.
        """
        self.id, self.labels, self.text = id_, labels, text
        self.is_text, self.named = is_text, named
        self._names = names
        self._kept: frozenset[str] | None = None

    def has_name(self, value: str) -> bool:
        """Whether it names exactly this file or folder; `value` has no slash at its end."""
        if self._kept is None:
            self._kept = frozenset(self._names)
        return value in self._kept or f"{value}/" in self._kept


class View:
    """All that a mind was shown for one draft."""

    def __init__(self, request: str, shown: Sequence[Shown], cwd: str) -> None:
        self.request = request
        self._careful = [each for each in shown if not each.labels.is_plain]
        self._cwd = cwd.rstrip("/") + "/"
        self._readings: dict[str, frozenset[Any]] = {}

    def shown(self, id_: str) -> Shown | None:
        """The thing of that id that is not the user's own; None where there is none."""
        return next((each for each in self._careful if each.id == id_), None)

    def origin(self, value: Any, shape: Mapping[str, Any]) -> Origin:
        """Where an argument can come from.

        Args:
            value: as the mind gave it.
            shape: the argument's JSON Schema.
        """
        if "default" in shape and value == shape["default"]:
            return LEFT_OUT
        if is_closed(shape) and not any(each.is_text for each in self._careful):
            return WORKED_OUT
        kind = shape.get("x-kind") or shape.get("items", {}).get("x-kind", "")
        if isinstance(value, str):
            return self.leaf(value, kind)
        return united([self.leaf(leaf, kind) for leaf in leaves(value)])

    def leaf(self, value: Any, kind: str = "") -> Origin:
        """Where one string, number or truth value can come from."""
        if isinstance(value, str):
            if is_said(value, self.request):
                return SAID
        elif value in self._numbers and not isinstance(value, bool):
            return SAID
        if not self._careful:
            return WORKED_OUT
        if kind and _may_be_read(value, kind) and value in self._read_as(kind):
            return SAID
        return self._elsewhere(value)

    @cached_property
    def _everything(self) -> Origin:
        how = How.UNSAID if any(each.is_text for each in self._careful) else How.INFERRED
        return Origin(
            how,
            USER.join(*(each.labels for each in self._careful)),
            tuple(each.id for each in self._careful),
        )

    def _elsewhere(self, value: Any) -> Origin:
        word = value.strip() if isinstance(value, str) else str(value)
        name = word.removeprefix(self._cwd).removeprefix("./").rstrip("/")
        found = []
        for each in self._careful:
            if each.has_name(name):
                found.append(Origin(each.named, USER.join(each.labels), (each.id,)))
            elif each.is_text and word in each.text:
                found.append(Origin(How.TEXT, USER.join(each.labels), (each.id,)))
        if not found or not isinstance(value, str):
            return self._everything
        return united(found)

    @cached_property
    def _numbers(self) -> frozenset[float]:
        return frozenset(
            found
            for word in self.request.split()
            if word not in ("a", "an") and (found := number(word.strip(".,;:!?"))) is not None
        )

    def _read_as(self, kind: str) -> frozenset[Any]:
        """What the kernel reads in the request's phrases as values of a kind; none in a long request."""
        kind = "glob" if kind in _PATTERNS else kind
        if kind not in self._readings:
            words = self.request.split()
            phrases = (
                " ".join(words[start : start + length]).strip(" .,;:!?")
                for length in range(1, LONGEST_PHRASE + 1)
                for start in range(len(words) - length + 1)
            )
            is_short = len(words) <= MOST_WORDS
            self._readings[kind] = (
                frozenset(_parsed(kind, phrases)) if is_short and kind in PARSERS else frozenset()
            )
        return self._readings[kind]


def is_closed(shape: Mapping[str, Any]) -> bool:
    """Whether a value is one of a few that we named ourselves: no file's name is carried in by it."""
    return shape.get("type") == "boolean" or "enum" in shape


def _may_be_read(value: Any, kind: str) -> bool:
    """Whether any phrase can be read as this value: as a path, only names of a kind of file."""
    return kind not in _PATTERNS or (isinstance(value, str) and value.startswith(_OF_A_KIND))


def _parsed(kind: str, phrases: Iterable[str]) -> Iterator[Any]:
    for phrase in phrases:
        if kind == "glob" and not _is_of_a_kind(phrase):
            continue
        try:
            found = PARSERS[kind](phrase)
        except BadArgument:
            continue
        if kind != "glob" or found.startswith(_OF_A_KIND):
            yield found


def _is_of_a_kind(phrase: str) -> bool:
    """Whether a phrase may speak of files of a kind ("log files", "photos"); any word could be part of a name."""
    return phrase.lower().endswith(("s", "file")) or phrase.startswith((_OF_A_KIND, "."))


def leaves(value: Any) -> Iterator[Any]:
    """Every string, number and truth value in a JSON value; None says nothing."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)
    elif value is not None:
        yield value


def is_said(value: str, request: str) -> bool:
    """Whether a text, or each of its lines, stands in the request as whole words."""
    text = value.strip()
    if "\n" in text:
        return all(is_said(line, request) for line in text.split("\n"))
    if not any(map(str.isalnum, text)):
        return not text or text in [word.strip("\"'`") for word in request.split()]
    start = request.find(text)
    while start >= 0:
        if _is_whole(request, start, start + len(text)):
            return True
        start = request.find(text, start + 1)
    return False


def _is_whole(request: str, start: int, end: int) -> bool:
    """Whether `request[start:end]` is cut out of no longer word."""
    before = request[start - 1] if start else " "
    after, next_ = request[end : end + 1], request[end + 1 : end + 2]
    if before.isalnum() or before in "_" + _INNER:
        return False
    if after.isalnum() or after == "_":
        return False
    return not (after and after in _INNER and (next_.isalnum() or next_ in ("_", "*")))
