"""How is the journal's file opened? Modes, schema, typed failures, and a broken file set aside.

Openers of one folder take turns under a lock, so that two shells never set aside each other's new
file. A file that exists is never opened by hand here: closing such a descriptor would drop the
POSIX locks SQLite holds in this process.
"""

import fcntl
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from kernel.journal.chain import EMPTY
from syscalls.errors import Busy, DeviceFailed, NoSpace, SysError

VERSION = 1
_APPLICATION_ID = 0x616F7368
"""The ASCII letters "aosh"."""
_SCHEMA = """
CREATE TABLE rows (
    seq INTEGER PRIMARY KEY, ts REAL NOT NULL, session TEXT NOT NULL, kind TEXT NOT NULL,
    body BLOB NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE INDEX rows_by_session ON rows (session);
CREATE INDEX rows_of_effects ON rows (kind) WHERE kind IN ('intent', 'outcome', 'undone');
CREATE TABLE head (seq INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TRIGGER rows_are_not_changed BEFORE UPDATE ON rows BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER rows_are_not_deleted BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""


def open_or_begin(path: Path, wait_s: float) -> tuple[sqlite3.Connection, Path | None]:
    """The journal at `path`, made if it is absent (file 0600, folder 0700).

    Args:
        path: absolute.
        wait_s: how long a neighbour's batch is waited for.

    Returns:
        The connection, and where a broken file was moved to, if one was found.

    Raises:
        NoSpace, Busy, DeviceFailed: it cannot be opened for writing, or it is not a journal of ours.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _one_opener(path.parent):
            try:
                return _opened(path, wait_s), None
            except sqlite3.DatabaseError as failure:
                if not is_broken(failure):
                    raise
            broken = _set_aside(path)
            return _opened(path, wait_s), broken
    except sqlite3.Error as failure:
        raise typed(failure, path) from failure
    except OSError as failure:
        raise DeviceFailed(f"cannot open the journal {str(path)!r}: {failure.strerror}") from failure


def connect(path: Path, wait_s: float, *, read_only: bool = False) -> sqlite3.Connection:
    """A bare connection to a file that exists, in autocommit mode."""
    name = f"{path.as_uri()}?mode={'ro' if read_only else 'rw'}"
    return sqlite3.connect(name, uri=True, timeout=wait_s, isolation_level=None)


def is_broken(failure: sqlite3.Error) -> bool:
    """Whether the file itself is damaged, or is no database at all."""
    return _code(failure) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def typed(failure: sqlite3.Error, path: Path) -> SysError:
    """The declared error for what SQLite says about the journal at `path`."""
    code, name = _code(failure), repr(str(path))
    if code == sqlite3.SQLITE_FULL:
        return NoSpace(f"the disk is full: nothing can be added to the journal {name}")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy(f"another process holds the journal {name} and does not let go")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        return DeviceFailed(f"the journal {name} cannot be written: {failure}")
    if is_broken(failure):
        return DeviceFailed(f"the journal {name} is damaged ({failure}); the next start sets it aside")
    return DeviceFailed(f"the journal {name} failed: {failure}")


def _code(failure: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for errors of the Python module itself."""
    return int(getattr(failure, "sqlite_errorcode", 0)) & 0xFF


@contextmanager
def _one_opener(folder: Path) -> Iterator[None]:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _opened(path: Path, wait_s: float) -> sqlite3.Connection:
    _make_private(path)
    db = connect(path, wait_s)
    try:
        (mode,) = db.execute("PRAGMA journal_mode=WAL").fetchone()
        if mode != "wal":
            raise DeviceFailed(f"the file system of {str(path)!r} cannot keep a journal (no WAL)")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA fullfsync=ON")  # macOS: fsync alone does not reach the platter
        _make_schema(db, path)
        db.execute("SELECT hash FROM rows ORDER BY seq DESC LIMIT 1").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _make_private(path: Path) -> None:
    """Make the file, or narrow the mode of one that others could read."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        sync_folder(path.parent)
        return
    if not stat.S_ISREG(mode):
        raise DeviceFailed(f"{str(path)!r} is no file, so it cannot be the journal")
    if mode & 0o077:
        path.chmod(0o600)


def _make_schema(db: sqlite3.Connection, path: Path) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (owner,) = db.execute("PRAGMA application_id").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        db.executescript(
            f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version={VERSION};"
            f"PRAGMA application_id={_APPLICATION_ID};"
            f"INSERT INTO head VALUES (0, x'{EMPTY.hash.hex()}');COMMIT;"
        )
    elif owner != _APPLICATION_ID:
        raise DeviceFailed(f"{str(path)!r} is a database, but not a journal of aosh; it is left alone")
    elif version > VERSION:
        raise DeviceFailed(f"the journal {str(path)!r} was written by a newer aosh (format {version})")


def _set_aside(path: Path) -> Path:
    """Move the file, with what SQLite keeps beside it, to a name that is free."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    broken = path.with_name(f"{path.name}.broken-{stamp}")
    path.rename(broken)
    for beside in ("-wal", "-shm"):
        part = path.with_name(path.name + beside)
        if part.exists():
            part.rename(broken.with_name(broken.name + beside))
    sync_folder(path.parent)
    return broken


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
