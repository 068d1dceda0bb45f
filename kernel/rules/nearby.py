"""Which of many rules may speak of a path or a program, found without looking at the others.

A rule can only speak of a path that lies beneath the folder its pattern begins in, or above it where what lies
beneath is touched as well; and of a program only where the first words are the rule's.
"""

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from kernel.rules.patterns import base_of


class Glob(Protocol):
    """A path pattern of a rule."""

    base: str
    """The folder before the first wildcard, or the path itself."""
    above: frozenset[str]
    """The folders with which what the pattern speaks of is touched."""
    ending: str
    """What the last name of every path it meets ends in from its last dot on, but for `base`; empty if nothing."""

    def may_meet(self, path: str, *, reaches: bool) -> bool:
        """Whether a path, which may hold wildcards itself, may be one the pattern speaks of."""
        ...

    def meets(self, path: str) -> bool:
        """Whether a plain path is one the pattern speaks of, or the folder it begins in."""
        ...

    def holds(self, path: str) -> bool:
        """Whether all that a path may stand for lies within the pattern."""
        ...


Pairs = list[tuple[int, Glob]]
"""Patterns, each with the place of its rule."""


_MOST_CHAINS = 1_024
"""Folders whose patterns are kept at hand."""


class _Nest(NamedTuple):
    """The patterns that begin in one folder."""

    every: Pairs
    plain: Pairs
    """Those that do not say how a path ends."""
    by_ending: dict[str, Pairs]


class PathIndex:
    """The patterns of a shelf's rules, by the folders they begin in."""

    def __init__(self, pairs: Iterable[tuple[int, Glob]]) -> None:
        """Args: `pairs` are patterns and the places of their rules."""
        self._nests: dict[str, _Nest] = {}
        self._above: dict[str, Pairs] = {}
        self._chains: dict[str, list[_Nest]] = {}
        for at, glob in pairs:
            nest = self._nests.setdefault(glob.base, _Nest([], [], {}))
            nest.every.append((at, glob))
            where = nest.by_ending.setdefault(glob.ending, []) if glob.ending else nest.plain
            where.append((at, glob))
            for folder in glob.above:
                self._above.setdefault(folder, []).append((at, glob))

    def meeting(self, path: str, *, reaches: bool, is_wild: bool) -> set[int]:
        """Places of the rules with a pattern that a path may meet.

        Args:
            path: canonical.
            reaches: whether what lies beneath is touched with it.
            is_wild: whether it is a pattern itself.
        """
        if is_wild:
            near = [*self._above.get(base_of(path), ()), *self._begun(path)]
            return {at for at, glob in near if glob.may_meet(path, reaches=reaches)}
        found = {at for at, glob in self._around(path) if glob.meets(path)}
        if reaches and path in self._above:
            found.update([at for at, _ in self._above[path]])
        return found

    def holding(self, path: str) -> set[int]:
        """Places of the rules with a pattern within which all of a path lies."""
        return {at for at, glob in self._around(path) if glob.holds(path)}

    def _begun(self, path: str) -> Pairs:
        """The patterns that begin at a path or above it."""
        found: Pairs = []
        for nest in self._above_of(path):
            found += nest.every
        return found

    def _around(self, path: str) -> Pairs:
        """The same, without those above that end otherwise than the path does."""
        nests = self._nests
        found: Pairs = []
        if nest := nests.get(path):
            found += nest.every
        name = path[path.rfind("/") :]
        dot = name.rfind(".")
        ending = name[dot:] if dot > 0 else ""
        for nest in self._above_of(path[: len(path) - len(name)] or "/") if path != "/" else ():
            found += nest.plain
            if ending in nest.by_ending:
                found += nest.by_ending[ending]
        return found

    def _above_of(self, folder: str) -> list[_Nest]:
        """What begins at a path and at those above it; calls speak of the same few again and again."""
        known = self._chains.get(folder)
        if known is None:
            if len(self._chains) >= _MOST_CHAINS:
                self._chains.clear()
            known = [nest for each in _upwards(folder) if (nest := self._nests.get(each))]
            self._chains[folder] = known
        return known


class ArgvIndex:
    """Rules on programs, by the first words they speak of."""

    def __init__(self, pairs: Iterable[tuple[int, tuple[str, ...]]]) -> None:
        """Args: `pairs` are the words that a program's arguments begin with, and the places of their rules."""
        self._by_words: dict[tuple[str, ...], set[int]] = {}
        for at, words in pairs:
            self._by_words.setdefault(words[:2], set()).add(at)

    def meeting(self, argv: Any) -> set[int]:
        """Places of the rules whose first two words a program has; of its path only the name counts."""
        if not self._by_words or not isinstance(argv, list) or not argv:
            return set()
        found: set[int] = set()
        for program in {argv[0], posixpath.basename(argv[0])}:
            found |= self._by_words.get((program,), set())
            if len(argv) > 1:
                found |= self._by_words.get((program, argv[1]), set())
        return found


def _upwards(path: str) -> Iterator[str]:
    """The path and every folder above it."""
    while path != "/":
        yield path
        path = path[: path.rindex("/")] or "/"
    yield path
