"""The records of one space and kind, column by column, and their vectors: in full, or of many records coarsely."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from memory.coarse import coarse, cosines
from syscalls.errors import DeviceFailed

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

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
        self._rows: Any = numpy.zeros((0, 0), dtype=numpy.float32)
        """Vectors, coarse ones if there are many; with room for more."""
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
            if at < self._held:
                self._rows[at] = 0

    def fitting(self, now: float, *, history: bool) -> "Places":
        """The places of those that are to be found at a time; with `history` also of what was superseded."""
        import numpy

        fits = self.expires > now
        if not history:
            fits &= ~self.superseded
        return numpy.flatnonzero(fits)

    @property
    def is_coarse(self) -> bool:
        """Whether cosines are about right only."""
        return len(self) >= COARSE

    def cosines(self, base: sqlite3.Connection, space: str, kind: str, vector: "Vector") -> "Vector":
        """Likeness of each record to a unit vector; what is not held yet is read."""
        import numpy

        if self._held < len(self):
            self._read(base, space, kind)
        rows = self._rows[: len(self)]
        near: Vector = cosines(rows, vector) if rows.dtype == numpy.int8 else rows @ vector
        return near

    def least(self, base: sqlite3.Connection, vector: "Vector") -> float:
        """About the lowest cosine that any of these records has: the lowest of some of them."""
        if self._some is None:
            self._some = vectors_of(base, self.ids[:: len(self) // SOME + 1])
        return float((self._some @ vector).min()) if len(self._some) else 0.0

    def release(self) -> None:
        """Hold the vectors no longer."""
        self._rows, self._held = self._rows[:0], 0

    def _read(self, base: sqlite3.Connection, space: str, kind: str) -> None:
        import numpy

        count = len(self.ids)
        if self.is_coarse and self._held and self._rows.dtype != numpy.int8:
            self._rows = coarse(self._rows)
        after = int(self.ids[self._held - 1]) if self._held else 0
        rows = base.execute(
            "select id, vector from records where space = ? and kind = ? and id > ? order by id",
            (space, kind, after),
        )
        while some := rows.fetchmany(4096):
            new = numpy.frombuffer(b"".join(row[1] for row in some), dtype=numpy.float32)
            new = new.reshape(len(some), -1)
            fit = coarse(new) if self.is_coarse else new
            if len(self._rows) < count:
                more = numpy.zeros((count + count // 8 + 64 - len(self._rows), fit.shape[1]), fit.dtype)
                self._rows = more if not self._held else numpy.concatenate([self._rows, more])
            self._rows[numpy.searchsorted(self.ids, [row[0] for row in some])] = fit
        self._held = count


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
