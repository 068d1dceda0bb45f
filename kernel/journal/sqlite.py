"""The journal on disk: SQLite in WAL mode, shared by every shell of a user.

Rows are buffered without a number. A flush takes the write lock (`BEGIN IMMEDIATE`), reads the end
of the chain there, and only then numbers and hashes its batch: so several processes keep one
linear chain. Batches without a durable row are committed without an fsync (synchronous=NORMAL: a
crash of the process loses nothing written, a power cut may lose the tail); a durable row commits
with synchronous=FULL, which syncs the whole log and with it every batch before.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

from kernel.journal import dbfile
from kernel.journal.chain import canonical, link, walk
from kernel.journal.effects import EFFECT_KINDS
from kernel.journal.held import HeldRow, Line
from kernel.journal.port import Body, Head, Row, SessionSpan, Verdict
from syscalls.errors import DeviceFailed, SysError

FLUSH_AFTER_S = 0.05
"""Longest time a buffered row waits while an event loop runs."""
BUSY_AFTER_S = 5.0
"""A batch takes about a millisecond; whoever holds the lock this long hangs."""
MOST_BUFFERED = 512
"""Rows after which an append writes the batch itself."""
MOST_BUFFERED_BYTES = 1_048_576

_INSERT = "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)"
_log = logging.getLogger("aosh.journal")


class SqliteJournal:
    """A `Journal` in one file. Made by `open`, used in one thread, ended by `close`."""

    def __init__(
        self,
        path: Path,
        db: sqlite3.Connection,
        set_aside: Path | None,
        clock: Callable[[], float],
        wait_s: float,
    ) -> None:
        self.path = path
        self.set_aside = set_aside
        """Where `open` moved a broken file; None when there was none."""
        self._db = db
        self._clock = clock
        self._wait_s = wait_s
        self._buffer: list[Line] = []
        self._buffered_bytes = 0
        self._is_open = True
        self._is_fsynced = True
        self._syncs_at_commit = True
        self._is_failing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def open(
        cls, path: str | Path, clock: Callable[[], float] = time.time, wait_s: float = BUSY_AFTER_S
    ) -> Self:
        """The journal at `path`, made if absent. A broken file is set aside, with a warning logged.

        Args:
            path: of the database file.
            clock: gives Unix time.
            wait_s: how long a neighbour's batch is waited for before an append answers Busy.

        Raises:
            NoSpace, Busy, DeviceFailed: it cannot be opened for writing.
        """
        path = Path(path).absolute()
        db, broken = dbfile.open_or_begin(path, wait_s)
        if broken is not None:
            _log.warning("the journal was damaged: kept as %s, a new one begins", broken)
        return cls(path, db, broken, clock, wait_s)

    def append(self, session: str, kind: str, body: Body, *, durable: bool) -> int:
        """Take a row; see `Journal.append`."""
        line = (self._clock(), session, kind, canonical(kind, body))
        if durable:
            return self._commit([*self._buffer, line], durable=True)
        if len(self._buffer) >= MOST_BUFFERED or self._buffered_bytes >= MOST_BUFFERED_BYTES:
            self._commit(self._buffer, durable=False)
        self._check_open()
        self._buffer.append(line)
        self._buffered_bytes += len(line[3])
        self._arm()
        return 0

    def hold(self, session: str, kind: str, body: Body) -> HeldRow:
        """Take a row that may still be replaced; see `Journal.hold`."""
        self.append(session, kind, body, durable=False)
        return HeldRow(self._buffer)

    def flush(self) -> None:
        """Write what is buffered, durably."""
        self._commit(self._buffer, durable=True)

    def rows(
        self, session: str | None = None, kinds: Collection[str] | None = None, after: int = 0
    ) -> Iterator[Row]:
        """Rows in order; see `Journal.rows`. They are those of one moment: later ones do not appear."""
        self._commit(self._buffer, durable=False)
        where, values = ["seq > ?"], [after, *(kinds or ())]
        if kinds is not None:
            where.append(f"kind IN ({', '.join('?' * len(kinds))})")
            if set(kinds) <= set(EFFECT_KINDS):
                where.append(f"kind IN {EFFECT_KINDS}")  # the condition of the partial index, word for word
        if session is not None:
            where.append("session = ?")
            values.append(session)
        query = f"SELECT * FROM rows WHERE {' AND '.join(where)} ORDER BY seq"
        with self._reader() as reader:
            yield from map(Row._make, reader.execute(query, values))

    def sessions(self) -> list[SessionSpan]:
        """Every session, in the order of its first row."""
        self._commit(self._buffer, durable=False)
        query = "SELECT session, min(ts), max(ts), count(*) FROM rows GROUP BY session ORDER BY min(seq)"
        with self._reader() as reader:
            return [SessionSpan(*span) for span in reader.execute(query)]

    def head(self) -> Head:
        """The last row's number and hash."""
        self._commit(self._buffer, durable=False)
        with self._reader() as reader:
            return _end(reader)

    def verify(self, known: Head | None = None) -> Verdict:
        """Walk the chain; see `Journal.verify`."""
        self._commit(self._buffer, durable=False)
        with self._reader() as reader:
            reader.execute("BEGIN")  # one snapshot for the head and the rows
            head, rows = _end(reader), _Cursor(reader)
            try:
                return walk(rows, head, known)
            except sqlite3.Error as failure:
                seq = rows.last_seq + 1
                return Verdict(False, rows.last_seq, seq, f"row {seq}: unreadable, {failure}")

    def close(self) -> None:
        """Flush, then let go."""
        if not self._is_open:
            return
        try:
            self.flush()
        finally:
            self._is_open = False
            self._disarm()
            self._db.close()

    def _commit(self, batch: list[Line], *, durable: bool) -> int:
        """Write `batch`, which holds the whole buffer; on failure the buffer stays as it was."""
        self._check_open()
        if not batch and not (durable and not self._is_fsynced):
            return 0
        db = self._db
        try:
            self._sync_at_commit(durable)
            db.execute("BEGIN IMMEDIATE")
            seq, last = _end(db)
            rows = []
            for ts, session, kind, body in batch:
                prev, seq = last, seq + 1
                last = link(prev, seq, ts, session, kind, body)
                rows.append((seq, ts, session, kind, body, prev, last))
            db.executemany(_INSERT, rows)
            db.execute("UPDATE head SET seq = ?, hash = ?", (seq, last))
            db.execute("COMMIT")
        except sqlite3.Error as failure:
            raise dbfile.typed(failure, self.path) from failure
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
        self._buffer.clear()
        self._buffered_bytes = 0
        self._is_fsynced = durable
        self._disarm()
        return seq

    def _sync_at_commit(self, wanted: bool) -> None:
        if wanted != self._syncs_at_commit:
            self._db.execute(f"PRAGMA synchronous={'FULL' if wanted else 'NORMAL'}")
            self._syncs_at_commit = wanted

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own, so that a half-read iterator holds up nothing and sees one moment."""
        try:
            with closing(dbfile.connect(self.path, self._wait_s, read_only=True)) as reader:
                yield reader
        except sqlite3.Error as failure:
            raise dbfile.typed(failure, self.path) from failure

    def _arm(self) -> None:
        """Have the running loop, if there is one, write the buffer soon."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._timer is None or self._loop is not loop:
            self._loop = loop
            self._timer = loop.call_later(FLUSH_AFTER_S, self._write_late)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _write_late(self) -> None:
        """Write the buffer; a failure keeps it for the next append and is logged once."""
        self._timer = None
        try:
            self._commit(self._buffer, durable=False)
            self._is_failing = False
        except SysError as failure:
            if not self._is_failing:
                _log.error("%s; %d rows wait", failure, len(self._buffer))
            self._is_failing = True

    def _check_open(self) -> None:
        if not self._is_open:
            raise DeviceFailed(f"the journal {str(self.path)!r} is closed")


class _Cursor:
    """Rows in order, remembering how far they could be read."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.last_seq = 0

    def __iter__(self) -> Iterator[Row]:
        for row in map(Row._make, self._db.execute("SELECT * FROM rows ORDER BY seq")):
            yield row
            self.last_seq = row.seq


def _end(db: sqlite3.Connection) -> Head:
    found = db.execute("SELECT seq, hash FROM head").fetchone()
    if found is None:
        raise DeviceFailed("the journal has lost the end of its chain; move the file away to begin a new one")
    return Head(*found)
