"""The truth: every record and its search words in one SQLite file, changed in one durable transaction each."""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from memory.embedding import Embedder
from memory.group import mixed
from memory.record import New, Record, check
from memory.schema import connect, told, transaction
from memory.view import Nearest, View
from memory.words import words_of
from syscalls.errors import BadArgument, DeviceFailed, NotFound
from syscalls.labels import Labels

_FIELDS = "id, text, kind, space, labels, made, expires, supersedes, superseded_by, pinned, thread, digest"


class Newest(NamedTuple):
    """Which of the records, newest first."""

    spaces: Sequence[str]
    limit: int
    """How many at most."""
    history: bool = False
    """Also what was superseded."""
    kind: str = ""
    """All when empty."""
    since: float = 0.0
    """Unix seconds of the first moment; 0 for any."""
    until: float = 0.0
    """Unix seconds of the moment after the last; 0 for any."""


class Store:
    """One person's memory."""

    def __init__(self, path: Path, embedder: Embedder, now: Callable[[], float] = time.time) -> None:
        """Open it, making it when missing.

        Raises:
            DeviceFailed: it is damaged, or holds vectors of another model.
        """
        self.path = path
        self.embedder = embedder
        self.now = now
        self.view = View(embedder.name)
        """What `memory.recall` keeps of it in this process."""
        self.index: Nearest | None = None
        """For large groups; without one all is read and compared, whatever the size."""
        self.base = connect(path)
        for each in self.base.execute("select min(model) from records union select max(model) from records"):
            if each[0] not in (None, embedder.name):
                self.base.close()
                raise DeviceFailed(mixed(each[0], embedder.name))

    def close(self) -> None:
        """Close the file."""
        self.base.close()

    def add(self, news: Sequence[New]) -> list[Record]:
        """Remember all or none; durable on return. The same text of a kind and space is one record.

        Raises:
            BadArgument, NotText, TooBig: see `memory.record.check`.
            NotFound: what it supersedes is not there, or superseded already.
            NoSpace, Busy: nothing was stored.
        """
        for new in news:
            check(new)
        vectors = self.embedder.embed([new.text for new in news])
        with self._changing():
            ids = [self._add(new, row.tobytes()) for new, row in zip(news, vectors, strict=True)]
        return [self.get(each) for each in ids]

    def get(self, identity: int) -> Record:
        """One record.

        Raises:
            NotFound: there is none of that id, or it was forgotten.
        """
        row = self.base.execute(f"select {_FIELDS} from records where id = ?", (identity,)).fetchone()
        if row is None:
            raise NotFound(f"nothing is remembered under {identity!r}")
        return _record(row)

    def all(self) -> Iterator[Record]:
        """Every record, oldest first, history included."""
        return map(_record, self.base.execute(f"select {_FIELDS} from records order by id").fetchall())

    def newest(self, asked: Newest) -> list[Record]:
        """What is remembered now, newest first: episodes by their time, all others as they were stored."""
        where = f"space in ({','.join('?' * len(asked.spaces))}) and (expires is null or expires > ?)"
        where += " and made >= ?" if asked.since else ""
        where += " and made < ?" if asked.until else ""
        where += " and kind = ?" if asked.kind else ""
        where += "" if asked.history else " and superseded_by is null"
        order = "made" if asked.kind == "episode" else "id"
        given = [each for each in (asked.since, asked.until, asked.kind) if each]
        rows = self.base.execute(
            f"select {_FIELDS} from records where {where} order by {order} desc limit ?",
            (*asked.spaces, self.now(), *given, asked.limit),
        )
        return list(map(_record, rows.fetchall()))

    def in_front(self, spaces: Sequence[str]) -> list[Record]:
        """What is pinned, and preferences, of these spaces, newest first."""
        where = f"space in ({','.join('?' * len(spaces))}) and superseded_by is null"
        where += " and (expires is null or expires > ?)"
        given = (*spaces, self.now())
        rows = self.base.execute(
            f"select {_FIELDS} from records where pinned and {where}"
            f" union select {_FIELDS} from records where kind = 'preference' and {where} order by 1 desc",
            given * 2,
        )
        return list(map(_record, rows.fetchall()))

    def last(self) -> int:
        """The highest id that is in use; 0 for none."""
        return int(self.base.execute("select coalesce(max(id), 0) from records").fetchone()[0])

    def pin(self, identity: int, *, pinned: bool) -> Record:
        """Keep it in front, or no longer.

        Raises:
            NotFound: there is none of that id.
        """
        self.get(identity)
        with self._changing():
            self.base.execute("update records set pinned = ? where id = ?", (pinned, identity))
        return self.get(identity)

    def forget(self, identity: int) -> None:
        """Remove a record for good, from the file's free pages and the log too; what it superseded is history still.

        Raises:
            NotFound: there is none of that id.
        """
        self.get(identity)
        with self._changing():
            self.base.execute("delete from words where rowid = ?", (identity,))
            self.base.execute("delete from records where id = ?", (identity,))
            self.base.execute("insert into words (words) values ('optimize')")
        with told(self.path):
            self.base.execute("pragma wal_checkpoint(truncate)").fetchone()

    def load(self, news: Sequence[New], replaces: Sequence[int]) -> list[int]:
        """Keep what was kept elsewhere, with its history, all or none; the ids, in order.

        What is here already is not kept twice: it gets the pin and the history.

        Args:
            news: what was superseded before what superseded it.
            replaces: for each the place in `news`, counted from 1, of what it supersedes; 0 for `New.supersedes`.

        Raises:
            BadArgument: a place is none of an earlier one. And as `add`.
        """
        for at, (new, place) in enumerate(zip(news, replaces, strict=True), 1):
            check(new)
            if place >= at:
                raise BadArgument(f"memory: item {at} replaces item {place}; expected one before it")
        vectors = self.embedder.embed([new.text for new in news])
        ids: list[int] = []
        with self._changing():
            for at, (new, row) in enumerate(zip(news, vectors, strict=True), 1):
                old = ids[replaces[at - 1] - 1] if replaces[at - 1] else new.supersedes
                alone = msgspec.structs.replace(new, supersedes=None)
                kept = self._same(alone, is_history=at in replaces) or self._insert(alone, row.tobytes())
                if new.pinned:
                    self.base.execute("update records set pinned = 1 where id = ? and not pinned", (kept,))
                if old is not None and old != kept:
                    self._link(old, kept)
                ids.append(kept)
        return ids

    def _link(self, old: int, new: int) -> None:
        """Let one be the history of another, unless it is of some already."""
        done = self.base.execute(
            "update records set superseded_by = ? where id = ? and superseded_by is null", (new, old)
        )
        if done.rowcount:
            self.base.execute(
                "update records set supersedes = ? where id = ? and supersedes is null", (old, new)
            )

    def _add(self, new: New, vector: bytes) -> int:
        return self._same(new) or self._insert(new, vector)

    def _same(self, new: New, *, is_history: bool = False) -> int:
        """The id of a record that is the same and holds now, or with `is_history` ever did; 0 for none."""
        holds = "" if is_history else " and superseded_by is null and (expires is null or expires > ?)"
        same = self.base.execute(
            f"select id from records where digest = ? and labels = ? and thread = ?{holds} order by id desc",
            (
                _digest(new),
                msgspec.json.encode(new.labels),
                new.thread,
                *(() if is_history else (self.now(),)),
            ),
        ).fetchone()
        return int(same[0]) if same else 0

    def _insert(self, new: New, vector: bytes) -> int:
        made = self.now() if new.made is None else new.made
        cursor = self.base.execute(
            "insert into records (text, kind, space, labels, made, expires, supersedes, superseded_by, pinned,"
            " thread, digest, model, vector) values (?, ?, ?, ?, ?, ?, ?, null, ?, ?, ?, ?, ?)",
            (
                new.text.strip(), new.kind, new.space, msgspec.json.encode(new.labels), made, new.expires,
                new.supersedes, new.pinned, new.thread, _digest(new), self.embedder.name, vector,
            ),
        )  # fmt: skip
        identity = int(cursor.lastrowid or 0)
        words = " ".join(words_of(new.text))
        self.base.execute("insert into words (rowid, said) values (?, ?)", (identity, words))
        if new.supersedes is not None:
            self._supersede(new.supersedes, identity, new.space)
        return identity

    def _supersede(self, old: int, by: int, space: str) -> None:
        changed = self.base.execute(
            "update records set superseded_by = ? where id = ? and space = ? and superseded_by is null",
            (by, old, space),
        )
        if changed.rowcount != 1:
            raise NotFound(f"nothing is remembered under {old!r} in {space!r} that could be superseded")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One transaction: durable when the block ends well, else nothing of it."""
        with told(self.path):
            with transaction(self.base):
                yield
            if self.index is not None:
                self.index.changed()


def _record(row: sqlite3.Row | tuple[object, ...]) -> Record:
    fields = dict(zip(_FIELDS.split(", "), row, strict=True))
    fields["labels"] = msgspec.json.decode(fields["labels"], type=Labels)
    return msgspec.convert(fields, Record, strict=False)


def _digest(new: New) -> str:
    return hashlib.sha256(f"{new.kind}\0{new.space}\0{new.text.strip()}".encode()).hexdigest()
