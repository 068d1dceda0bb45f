"""The records of one space and kind, column by column, and their vectors: in full, or of many records coarsely."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from memory.coarse import Coarse
from syscalls.errors import DeviceFailed

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]
    Vector = NDArray[numpy.float32]
    Places = NDArray[numpy.int64]

COARSE = 10_000
"""From so many records on, vectors are held and compared coarsely."""
SOME = 1_000
"""So many of a large group stand for all of it."""
_COLUMNS = ("ids", "threads", "pinned", "made", "expires", "superseded")


class Group:
    """In the order they were stored."""

    def __init__(self, model: str) -> None:
        import numpy

        self._model = model
        self.ids: Places = numpy.zeros(0, dtype=numpy.int64)
        self.threads: Places = numpy.zeros(0, dtype=numpy.int64)
        """A number for each conversation; 0 for none."""
        self.pinned = numpy.zeros(0, dtype=bool)
        self.made = numpy.zeros(0)
        self.expires = numpy.zeros(0)
        """Infinite where it never does; minus infinity where it was forgotten."""
        self.superseded = numpy.zeros(0, dtype=bool)
        self._full: Vector = numpy.zeros((0, 0), dtype=numpy.float32)
        """Vectors, with room for more; of none where they are held coarsely."""
        self._coarse: Coarse | None = None
        self._held = 0
        """Those of so many are held."""
        self._some: Vector | None = None
        """Of some that stand for all."""

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, rows: Sequence[tuple[Any, ...]], named: dict[str, int]) -> None:
        """Take over records that are newer than all that are here, by id.

        Raises:
            DeviceFailed: their vectors are of another model.
        """
        import numpy

        if not rows:
            return
        columns = list(zip(*rows, strict=True))
        if other := {str(model) for model in columns[6]} - {self._model}:
            raise DeviceFailed(mixed(other.pop(), self._model))
        expires = [numpy.inf if each is None else each for each in columns[4]]
        threads = [named.setdefault(str(each), len(named)) for each in columns[1]]
        given = (columns[0], threads, columns[2], columns[3], expires, columns[5])
        for name, values in zip(_COLUMNS, given, strict=True):
            old = getattr(self, name)
            setattr(self, name, numpy.concatenate([old, numpy.array(values, dtype=old.dtype)]))

    def alter(self, row: tuple[Any, ...]) -> None:
        """Take over what became of a record that is here."""
        import numpy

        at = int(numpy.searchsorted(self.ids, row[0]))
        self.pinned[at], self.made[at] = row[2], row[3]
        self.expires[at] = numpy.inf if row[4] is None else row[4]
        self.superseded[at] = row[5]

    def forget(self, identity: int) -> None:
        """Never look at a record again, and do not keep its vector."""
        import numpy

        at = int(numpy.searchsorted(self.ids, identity))
        if at < len(self.ids) and self.ids[at] == identity:
            self.expires[at] = -numpy.inf
            if at < self._held and self._coarse is not None:
                self._coarse.forget(at)
            elif at < self._held:
                self._full[at] = 0

    def of_ids(self, column: "Floats") -> "Floats":
        """Of a column by id the part of these records."""
        first, last = self.ids[0], self.ids[-1]
        has_all = last - first == len(self) - 1
        return column[first : last + 1] if has_all else column[self.ids]

    def fitting(self, now: float, *, history: bool) -> "Places":
        """The places of those that are to be found at a time; with `history` also of what was superseded."""
        import numpy

        fits = self.expires > now
        if not history:
            fits &= ~self.superseded
        return numpy.flatnonzero(fits)

    @property
    def is_coarse(self) -> bool:
        """Whether there are so many that cosines are about right only."""
        return len(self) >= COARSE

    def cosines(self, base: sqlite3.Connection, space: str, kind: str, vector: "Vector") -> "Vector":
        """Likeness of each record to a unit vector, of many by their signs alone; what is not held yet is read."""
        if self._held < len(self):
            self._read(base, space, kind)
        if self._coarse is not None:
            return self._coarse.by_signs(len(self), vector)
        return self._full[: len(self)] @ vector

    def closer(self, at: "Places", vector: "Vector") -> "Vector":
        """Likeness of some of many, right to a hundredth, after `cosines` of all."""
        assert self._coarse is not None
        return self._coarse.cosines(at, vector)

    def least(self, base: sqlite3.Connection, vector: "Vector") -> float:
        """About the lowest cosine that any of these records has: the lowest of some of them."""
        if self._some is None:
            self._some = vectors_of(base, self.ids[:: len(self) // SOME + 1])
        return float((self._some @ vector).min()) if len(self._some) else 0.0

    def release(self) -> None:
        """Hold the vectors no longer."""
        self._full, self._coarse, self._held = self._full[:0], None, 0

    def _read(self, base: sqlite3.Connection, space: str, kind: str) -> None:
        import numpy

        if self.is_coarse and self._coarse is None:
            self.release()
        after = int(self.ids[self._held - 1]) if self._held else 0
        rows = base.execute(
            "select id, vector from records where space = ? and kind = ? and id > ? order by id",
            (space, kind, after),
        )
        while some := rows.fetchmany(4096):
            new = numpy.frombuffer(b"".join(row[1] for row in some), dtype=numpy.float32)
            self._put(numpy.searchsorted(self.ids, [row[0] for row in some]), new.reshape(len(some), -1))
        self._held = len(self)

    def _put(self, at: "Places", vectors: "Vector") -> None:
        import numpy

        room = len(self) + len(self) // 8 + 64
        if self.is_coarse:
            if self._coarse is None:
                self._coarse = Coarse(vectors.shape[1])
            if len(self._coarse) < len(self):
                self._coarse.grow(room)
            self._coarse.put(at, vectors)
            return
        if len(self._full) < len(self):
            more = numpy.zeros((room - len(self._full), vectors.shape[1]), vectors.dtype)
            self._full = numpy.concatenate([self._full, more]) if len(self._full) else more
        self._full[at] = vectors


def vectors_of(base: sqlite3.Connection, ids: Iterable[int]) -> "Vector":
    """The vectors of these records, by id; those that are gone are left out."""
    import numpy

    listed = ",".join(map(str, ids))
    rows = base.execute(f"select vector from records where id in ({listed}) order by id").fetchall()
    return numpy.frombuffer(b"".join(row[0] for row in rows), dtype=numpy.float32).reshape(len(rows), -1)


def mixed(there: str, ours: str) -> str:
    """What is said where vectors of two models would meet."""
    return (
        f"the memory holds vectors of {there!r} and the model is {ours!r}; they are never compared: "
        f"`aosh memory reindex` makes them anew with {ours!r}, or set [memory] in config.toml back"
    )
