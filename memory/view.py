"""What a recall looks at, column by column, in this process: read once, and from then on only what changed since.

Records lie in groups, one a space and kind, so that asking for some kinds or spaces looks at nothing else. Small
groups hold their vectors; of large ones an index proposes (`memory.index`), and their vectors are held only where
there is none.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from memory.bm25 import Words
from syscalls.errors import DeviceFailed

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vector = NDArray[numpy.float32]
    Places = NDArray[numpy.int64]

LARGE = 20_000
"""From so many records on, an index proposes which of a group are looked at."""
FEW_ROWS = 10_000
"""So many are read at once, so that reading takes little memory."""
SOME = 1_000
"""So many of a large group stand for all of it."""
MOST_CHANGES = 5_000
"""After more than these all is read again."""
_COLUMNS = ("ids", "threads", "pinned", "made", "expires", "superseded")
_READ = "id, thread, pinned, made, expires, superseded_by is not null, model"


class Proposed(NamedTuple):
    """What an index says of a group."""

    ids: list[int]
    """Of about the nearest records, best first; forgotten ones may be among them."""
    upto: int
    """The highest id it knows of. Ids only grow: those above are all that it lacks."""


class Nearest(Protocol):
    """What proposes records of large groups, so that not all of their vectors need be read: `memory.proposals`."""

    def nearest(self, space: str, kind: str, vector: "Vector", count: int) -> Proposed | None:
        """About the nearest records of a group; None: it cannot say now."""
        ...

    def changed(self) -> None:
        """The truth was changed: let it follow."""
        ...


class Group:
    """The records of one space and kind, in the order they were stored."""

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
        self._vectors: Vector = numpy.zeros((0, 0), dtype=numpy.float32)
        """With room for more."""
        self._held = 0
        """The vectors of so many are held."""
        self._some: Vector | None = None
        """Of some that stand for all, where those of all are not held."""

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
                self._vectors[at] = 0

    def hold(self, base: sqlite3.Connection, space: str, kind: str) -> "Vector":
        """The vectors of all, one row each; those that are not held yet are read."""
        import numpy

        count = len(self.ids)
        if self._held < count:
            after = int(self.ids[self._held - 1]) if self._held else 0
            rows = base.execute(
                "select id, vector from records where space = ? and kind = ? and id > ? order by id",
                (space, kind, after),
            )
            while some := rows.fetchmany(4096):
                new = numpy.frombuffer(b"".join(row[1] for row in some), dtype=numpy.float32)
                new = new.reshape(len(some), -1)
                if len(self._vectors) < count:
                    more = numpy.zeros(
                        (count + count // 8 + 64 - len(self._vectors), new.shape[1]), new.dtype
                    )
                    self._vectors = more if not self._held else numpy.concatenate([self._vectors, more])
                self._vectors[numpy.searchsorted(self.ids, [row[0] for row in some])] = new
            self._held = count
        return self._vectors[:count]

    def least(self, base: sqlite3.Connection, vector: "Vector") -> float:
        """About the lowest cosine that any of these records has: the lowest of some of them."""
        if self._some is None:
            self._some = vectors_of(base, self.ids[:: len(self.ids) // SOME + 1])
        return float((self._some @ vector).min()) if len(self._some) else 0.0

    def release(self) -> None:
        """Hold the vectors no longer."""
        self._vectors, self._held = self._vectors[:0], 0


class View:
    """Groups and words of one store, of one state of its file at a time."""

    def __init__(self, model: str) -> None:
        """Args: `model` is the one whose vectors are compared."""
        self.words = Words()
        self._model = model
        self._stamp = -1
        self._groups: dict[tuple[str, str], Group] = {}
        self._named = {"": 0}

    def refresh(self, base: sqlite3.Connection) -> None:
        """Follow the truth, within a transaction that what comes next is read in too."""
        (stamp,) = base.execute("select stamp from state").fetchone()
        if stamp == self._stamp:
            return
        changes = stamp - self._stamp
        if self._stamp < 0 or changes > MOST_CHANGES:
            self._groups.clear()
            self.words.load(base)
        else:
            try:
                self._follow(base)
            except BaseException:
                self._stamp = -1  # half followed: read all again
                raise
        self._stamp = stamp

    def group(self, base: sqlite3.Connection, space: str, kind: str) -> Group:
        """One group; read when it is asked for first."""
        found = self._groups.get((space, kind))
        if found is None:
            found = Group(self._model)
            rows = base.execute(
                f"select {_READ} from records where space = ? and kind = ? order by id", (space, kind)
            )
            while some := rows.fetchmany(FEW_ROWS):
                found.add(some, self._named)
            self._groups[space, kind] = found
        return found

    def _follow(self, base: sqlite3.Connection) -> None:
        gone = [row[0] for row in base.execute("select id from gone where changed > ?", (self._stamp,))]
        rows = base.execute(
            f"select {_READ}, space, kind from records indexed by by_change where changed > ? order by +id",
            (self._stamp,),
        ).fetchall()
        if other := {row[6] for row in rows} - {self._model}:
            raise DeviceFailed(mixed(other.pop(), self._model))
        self.words.change(base, [row[0] for row in rows], gone)
        for key, group in self._groups.items():
            for identity in gone:
                group.forget(identity)
            mine = [row[:7] for row in rows if row[7:] == key]
            last = int(group.ids[-1]) if len(group) else 0
            for row in mine:
                if row[0] <= last:
                    group.alter(row)
            group.add([row for row in mine if row[0] > last], self._named)


def vectors_of(base: sqlite3.Connection, ids: Iterable[int]) -> "Vector":
    """The vectors of these records, all of which are there, by id."""
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
