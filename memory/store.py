"""The truth: every record and its search words in one SQLite file, changed in one durable transaction each."""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from memory.embedding import Embedder
from memory.record import New, Record, check
from memory.schema import connect, told
from memory.words import words_of
from syscalls.errors import BadArgument, DeviceFailed, NotFound
from syscalls.labels import Labels

_FIELDS = "id, text, kind, space, labels, made, expires, supersedes, superseded_by, pinned, thread, digest"


class Nearest(Protocol):
    """What proposes records of large spaces, so that not all of them need be read: `memory.index`."""

    def nearest(self, space: str, vector: Any, count: int) -> list[int]:
        """Ids of about the nearest records, best first; some may be forgotten."""
        ...

    def upto(self, space: str) -> int:
        """The highest id it knows of; 0 for none."""
        ...

    def forget(self, space: str, identity: int) -> None:
        """Let the vector of an id go."""
        ...


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
        self.pool: tuple[object, object] | None = None
        """What `memory.recall` read last, and of which state of the file."""
        self.index: Nearest | None = None
        """For large spaces; without one all is read and compared, whatever the size."""
        self.base = connect(path)
        other = self.base.execute(
            "select model from records where model <> ? limit 1", (embedder.name,)
        ).fetchone()
        if other:
            self.base.close()
            raise DeviceFailed(
                f"the memory holds vectors of {other[0]!r} and the model is {embedder.name!r}; "
                f"they are never compared: open it with {other[0]!r}"
            )

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
        space = self.get(identity).space
        with self._changing():
            self.base.execute("delete from words where rowid = ?", (identity,))
            self.base.execute("delete from records where id = ?", (identity,))
            self.base.execute("insert into words (words) values ('optimize')")
        with told(self.path):
            self.base.execute("pragma wal_checkpoint(truncate)").fetchone()
        if self.index is not None:
            self.index.forget(space, identity)

    def lines(self) -> Iterator[bytes]:
        """The records as JSON lines, for `load`."""
        return (msgspec.json.encode(each) + b"\n" for each in self.all())

    def load(self, lines: Sequence[bytes]) -> list[Record]:
        """Add what `lines` gave, all or none; history is linked again under the new ids.

        Raises:
            BadArgument: a line is no record; names it.
        """
        found: dict[int, int] = {}
        records = [_line(line, number) for number, line in enumerate(lines, 1) if line.strip()]
        for each in records:
            check(_new(each, None))
        vectors = self.embedder.embed([each.text for each in records])
        with self._changing():
            for each, row in zip(records, vectors, strict=True):
                new = _new(each, found.get(each.supersedes or 0))
                found[each.id] = self._add(new, row.tobytes())
        return [self.get(each) for each in dict.fromkeys(found.values())]

    def _add(self, new: New, vector: bytes) -> int:
        digest = hashlib.sha256(f"{new.kind}\0{new.space}\0{new.text.strip()}".encode()).hexdigest()
        made = self.now() if new.made is None else new.made
        labels = msgspec.json.encode(new.labels)
        same = self.base.execute(
            "select id from records where digest = ? and labels = ? and thread = ? and superseded_by is null"
            " and (expires is null or expires > ?)",
            (digest, labels, new.thread, self.now()),
        ).fetchone()
        if same:
            return int(same[0])
        cursor = self.base.execute(
            "insert into records (text, kind, space, labels, made, expires, supersedes, superseded_by, pinned,"
            " thread, digest, model, vector) values (?, ?, ?, ?, ?, ?, ?, null, ?, ?, ?, ?, ?)",
            (
                new.text.strip(), new.kind, new.space, labels, made, new.expires, new.supersedes, new.pinned,
                new.thread, digest, self.embedder.name, vector,
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
            self.base.execute("begin immediate")
            try:
                yield
                self.base.execute("commit")
            except BaseException:
                if self.base.in_transaction:
                    self.base.execute("rollback")
                raise


def _record(row: sqlite3.Row | tuple[object, ...]) -> Record:
    fields = dict(zip(_FIELDS.split(", "), row, strict=True))
    fields["labels"] = msgspec.json.decode(fields["labels"], type=Labels)
    return msgspec.convert(fields, Record, strict=False)


def _line(line: bytes, number: int) -> Record:
    try:
        return msgspec.json.decode(line, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError) as odd:
        raise BadArgument(f"line {number}: expected a record as `aosh` exports it: {odd}") from None


def _new(each: Record, supersedes: int | None) -> New:
    return New(
        text=each.text, kind=each.kind, space=each.space, labels=each.labels, made=each.made,
        expires=each.expires, supersedes=supersedes, pinned=each.pinned, thread=each.thread,
    )  # fmt: skip
