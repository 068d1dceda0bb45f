"""The names in the workspace, and which of them a person's words point at.

"the server log" is `logs/server.log`; "my shopping list" is `notes/shopping.txt`. A name is only
found when the words say enough: every content word must be answered, and the best must stand
clear of the rest, or all equally good ones are given and the person is asked.
"""

import re
from collections.abc import Iterable
from functools import cached_property

import msgspec

from kernel.reader.lazy import Lazy


class Name(msgspec.Struct, frozen=True):
    """One file or folder of the workspace."""

    path: str
    """Relative, with slashes."""
    is_folder: bool = False

    @property
    def base(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


_SPLIT = Lazy(r"[^\W_]+", re.UNICODE)
_CAMEL = Lazy(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")


def stem(word: str) -> str:
    """A crude singular: enough to match "recipes" with "recipe"."""
    lowered = word.lower()
    for ending, rest in (("ies", "y"), ("sses", "ss"), ("es", "e"), ("s", "")):
        if lowered.endswith(ending) and len(lowered) - len(ending) >= 3 and not lowered.endswith("ss"):
            return lowered[: -len(ending)] + rest
    return lowered


def parts(text: str) -> list[str]:
    """Stems of the words in a name: "parse_config.py" -> parse, config, py."""
    return [stem(piece) for word in _SPLIT.findall(text) for piece in _CAMEL.split(word) if piece]


class Names:
    """An index over the workspace's names."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._names = list(names)

    @cached_property
    def _exact(self) -> dict[str, list[Name]]:
        table: dict[str, list[Name]] = {}
        for name in self._names:
            for key in {name.path, name.base, name.path.lower(), name.base.lower()}:
                table.setdefault(key, []).append(name)
        return table

    @cached_property
    def _spaced(self) -> list[Name]:
        return sorted((name for name in self._names if " " in name.base), key=lambda name: -len(name.path))

    @cached_property
    def _parts(self) -> list[tuple[Name, set[str], set[str]]]:
        found = []
        for name in self._names:
            folder = name.path.rpartition("/")[0]
            found.append((name, set(parts(name.base)), set(parts(folder))))
        return found

    def knows(self, word: str) -> bool:
        """Whether the word is a part of any name."""
        return stem(word) in self._pieces

    def _is_said(self, piece: str) -> bool:
        return piece in self._pieces

    @cached_property
    def _pieces(self) -> set[str]:
        return {piece for _, base, folder in self._parts for piece in base | folder}

    def exact(self, text: str) -> list[Name]:
        """Names written just so, or but for case; whole paths before last parts, shallow before deep."""
        text = text.removeprefix("./").rstrip("/")
        found = self._exact.get(text) or self._exact.get(text.lower()) or []
        whole = [name for name in found if name.path.lower() == text.lower()]
        return whole or sorted(found, key=lambda name: name.path.count("/"))

    def with_spaces(self, text: str) -> list[tuple[int, int, Name]]:
        """Places in `text` where a name that holds spaces is written out, longest first."""
        found = []
        for name in self._spaced:
            for spelled in (name.path, name.base):
                at = text.lower().find(spelled.lower())
                if at >= 0:
                    found.append((at, at + len(spelled), name))
                    break
        return found

    def like(self, words: Iterable[str], *, want: str = "any") -> list[Name]:
        """The best names for content words, several when equally good, none when the words say too little.

        Args:
            want: "file", "folder" or "any".
        """
        wanted = [piece for word in words for piece in parts(word)]
        if not wanted:
            return []
        wanted = [piece for piece in wanted if piece not in FILE_NOUNS or self._is_said(piece)] or wanted
        best: list[Name] = []
        best_score = 0.0
        for name, base, folder in self._parts:
            if (want == "file" and name.is_folder) or (want == "folder" and not name.is_folder):
                continue
            score = _score(wanted, base, folder)
            score -= 0.02 * name.path.count("/") if score else 0.0
            if score > best_score + 1e-9:
                best, best_score = [name], score
            elif score and abs(score - best_score) <= 1e-9:
                best.append(name)
        return best


FILE_NOUNS = frozenset(
    "list file document note table sheet log report recipe script text picture photo image letter page folder info information".split()
)
"""Words for a kind of file: they narrow a search where names hold them, and are ignored where none does."""


def _score(wanted: list[str], base: set[str], folder: set[str]) -> float:
    """0 unless every wanted word is in the path and one of them in the name itself."""
    in_base = [word for word in wanted if _among(word, base)]
    if not in_base:
        return 0.0
    if any(not _among(word, base) and not _among(word, folder) and word not in FILE_NOUNS for word in wanted):
        return 0.0
    extra = len(base) - len(set(in_base))
    return len(in_base) + 0.5 * (len(wanted) - len(in_base)) - 0.1 * max(0, extra)


def _among(word: str, pieces: set[str]) -> bool:
    if word in pieces:
        return True
    return len(word) >= 4 and any(
        len(piece) >= 4 and (piece.startswith(word) or word.startswith(piece)) for piece in pieces
    )
