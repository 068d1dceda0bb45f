"""Which records hold the words of a question, and how telling are they? BM25 over the word index of the truth.

The lists of records that hold a word are kept once they were read, since reading them is what takes time; a
recall over 100,000 records then adds up a few arrays.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009); constants and
the least weight of a word are those of SQLite's FTS5.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]
    Ids = NDArray[numpy.int64]

_K1, _B, _LEAST = 1.2, 0.75, 1e-6
KEPT = 4_000_000
"""Entries of lists that are kept, 12 bytes each."""
FEW = 256
"""So many new records are added to the lists that are kept; for more they are read again."""


class Words:
    """The lists, and how many words each record has, by its id."""

    def __init__(self) -> None:
        import numpy

        self._lengths: NDArray[numpy.int32] = numpy.zeros(0, dtype=numpy.int32)
        self._lists: OrderedDict[str, tuple[Ids, NDArray[numpy.int32]]] = OrderedDict()
        """By word: ids, and how often each of them says it."""

    def load(self, base: sqlite3.Connection) -> None:
        """Read the lengths of all; the lists are read when asked for."""
        import numpy

        self._lists.clear()
        (top,) = base.execute("select coalesce(max(id), 0) from records").fetchone()
        self._lengths = numpy.zeros(top + 1, dtype=numpy.int32)
        for identity, size in base.execute("select id, sz from words_docsize"):
            if identity <= top:
                self._lengths[identity] = _number(size)

    def change(self, base: sqlite3.Connection, new: Collection[int], gone: Collection[int]) -> None:
        """Follow the truth: records came, others went."""
        import numpy

        if new:
            room = max(new) + 1 - len(self._lengths)
            if room > 0:
                more = numpy.zeros(room, dtype=numpy.int32)
                self._lengths = numpy.concatenate([self._lengths, more])
        if gone or len(new) > FEW:
            self._lists.clear()
        for identity in gone:
            if identity < len(self._lengths):
                self._lengths[identity] = 0
        for identity in new:
            if self._lengths[identity]:
                continue  # it was altered, not stored: its words are the same
            row = base.execute("select said from words where rowid = ?", (identity,)).fetchone()
            self._lengths[identity] = self._add(identity, row[0].split() if row else [])

    def scores(self, base: sqlite3.Connection, asked: Collection[str]) -> "Floats":
        """BM25 of each record, by its id; 0 where it holds none of the words."""
        import numpy

        out = numpy.zeros(len(self._lengths))
        count = int(numpy.count_nonzero(self._lengths))
        mean = float(self._lengths.sum()) / max(count, 1)
        for word in sorted(asked):
            ids, often = self._list(base, word)
            if not len(ids):
                continue
            weight = max(float(numpy.log((count - len(ids) + 0.5) / (len(ids) + 0.5))), _LEAST)
            size = self._lengths[ids] / max(mean, 1e-9)
            out[ids] += weight * often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * size))
        self._drop()
        return out

    def _list(self, base: sqlite3.Connection, word: str) -> "tuple[Ids, NDArray[numpy.int32]]":
        import numpy

        if word not in self._lists:
            rows = base.execute("select doc from said where term = ?", (word,)).fetchall()
            found = numpy.fromiter((row[0] for row in rows), dtype=numpy.int64, count=len(rows))
            ids, often = numpy.unique(found, return_counts=True)
            known = ids < len(self._lengths)
            self._lists[word] = (ids[known], often[known].astype(numpy.int32))
        self._lists.move_to_end(word)
        return self._lists[word]

    def _add(self, identity: int, said: list[str]) -> int:
        import numpy

        for word in set(said) & self._lists.keys():
            ids, often = self._lists[word]
            self._lists[word] = (
                numpy.append(ids, identity),
                numpy.append(often, numpy.int32(said.count(word))),
            )
        return len(said)

    def _drop(self) -> None:
        """Let go of the lists that were not asked for longest."""
        held = sum(len(ids) for ids, _ in self._lists.values())
        while held > KEPT and len(self._lists) > 1:
            _, (ids, _) = self._lists.popitem(last=False)
            held -= len(ids)


def _number(raw: bytes) -> int:
    """A length as FTS5 stores it: seven bits a byte, the highest first."""
    value = 0
    for byte in raw[:8]:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value
