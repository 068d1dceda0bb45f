"""What a recall looks at, column by column, in this process: read once, and from then on only what changed since.

Records lie in groups, one a space and kind (`memory.group`), so that asking for some kinds or spaces looks at nothing
else. Of the largest ones an index proposes which are looked at (`memory.index`).
"""

import sqlite3
from typing import TYPE_CHECKING, NamedTuple, Protocol

from memory.bm25 import Words
from memory.group import Group, mixed
from syscalls.errors import DeviceFailed

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vector = NDArray[numpy.float32]

LARGE = 200_000
"""From so many records on, an index proposes which of a group are looked at (docs/decisions/0045)."""
FEW_ROWS = 10_000
"""So many are read at once, so that reading takes little memory."""
MOST_CHANGES = 5_000
"""After more than these all is read again."""
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
