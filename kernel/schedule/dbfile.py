"""How is the file of the jobs opened, brought up to date, and written in one transaction at a time?"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syscalls.errors import Busy, DeviceFailed

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, body BLOB NOT NULL, due REAL, state TEXT NOT NULL, failures INTEGER NOT NULL DEFAULT 0,
    queues INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_by_due ON jobs (due) WHERE state = 'waiting' AND due IS NOT NULL;
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY, job TEXT NOT NULL, due REAL NOT NULL, started REAL NOT NULL, owner TEXT NOT NULL,
    end TEXT, output TEXT NOT NULL DEFAULT '', missed INTEGER NOT NULL DEFAULT 0,
    ended REAL, seq INTEGER, told INTEGER NOT NULL DEFAULT 1, stop INTEGER NOT NULL DEFAULT 0
) STRICT;
"""
_ADDED = (
    ("jobs", "queues", "INTEGER NOT NULL DEFAULT 0"),
    ("runs", "ended", "REAL"),
    ("runs", "seq", "INTEGER"),
    ("runs", "told", "INTEGER NOT NULL DEFAULT 1"),
    ("runs", "stop", "INTEGER NOT NULL DEFAULT 0"),
)
"""Columns that files of earlier versions lack."""
_INDEXES = """
CREATE INDEX IF NOT EXISTS runs_open ON runs (job, owner) WHERE end IS NULL;
CREATE INDEX IF NOT EXISTS runs_by_job ON runs (job, number);
CREATE INDEX IF NOT EXISTS runs_by_end ON runs (seq) WHERE seq IS NOT NULL;
CREATE INDEX IF NOT EXISTS runs_untold ON runs (seq) WHERE told = 0;
"""


class File:
    """One connection to the jobs."""

    def __init__(self, path: Path, wait_s: float = 5.0) -> None:
        """Open the file, made if absent (0600, its folder 0700).

        Raises:
            DeviceFailed: it cannot be opened.
        """
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.db = sqlite3.connect(path, timeout=wait_s, isolation_level=None)
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=FULL")
            with self.writing() as db:
                _bring_up_to_date(db)
            path.chmod(0o600)
        except (sqlite3.Error, OSError, Busy) as failure:
            raise DeviceFailed(f"the jobs in {str(path)!r} cannot be opened: {failure}") from failure

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: all of the block or nothing.

        Raises:
            Busy: another process writes for too long, or the disk takes nothing.
        """
        try:
            self.db.execute("BEGIN IMMEDIATE")
            yield self.db
            self.db.execute("COMMIT")
        except sqlite3.OperationalError as failure:
            raise Busy(f"the jobs in {str(self.path)!r} cannot be written now: {failure}") from failure
        finally:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    for statement in _SCHEMA.split(";"):
        db.execute(statement)
    for table, column, kind in _ADDED:
        if column not in {row[1] for row in db.execute(f"PRAGMA table_info({table})")}:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
            db.execute("DROP INDEX IF EXISTS runs_open")  # it was of other columns then
    for statement in _INDEXES.split(";"):
        db.execute(statement)
