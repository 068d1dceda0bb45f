"""The memory's database file: its tables, opening it, and what is said when it is damaged."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syscalls.errors import Busy, DeviceFailed, NoSpace, NotPermitted, SysError

VERSION = 2
_TABLES = """
create table if not exists records (
    id integer primary key autoincrement, text text not null, kind text not null, space text not null,
    labels blob not null, made real not null, expires real, supersedes integer, superseded_by integer,
    pinned integer not null, thread text not null, digest text not null, model text not null, vector blob not null);
create index if not exists by_digest on records (digest);
create index if not exists by_kind on records (kind, made);
create virtual table if not exists words using fts5 (said, tokenize = "unicode61 remove_diacritics 0");
"""


def connect(path: Path) -> sqlite3.Connection:
    """The open database, made when missing; every commit is durable, what is deleted is overwritten.

    Raises:
        DeviceFailed: it is damaged, or of a newer aosh; it is left as it is.
    """
    with told(path):
        base = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode = wal", "synchronous = full", "secure_delete = on"):
                base.execute(f"pragma {pragma}")
            (version,) = base.execute("pragma user_version").fetchone()
            if version > VERSION:
                raise DeviceFailed(f"the memory {str(path)!r} is of a newer aosh (format {version})")
            if version < VERSION:
                base.executescript(f"begin immediate; {_TABLES} pragma user_version = {VERSION}; commit")
                if sqlite3.sqlite_version_info >= (3, 42):
                    base.execute("insert into words (words, rank) values ('secure-delete', 1)")
        except BaseException:
            base.close()
            raise
    return base


@contextmanager
def told(path: Path) -> Iterator[None]:
    """SQLite's failures as declared errors."""
    try:
        yield
    except sqlite3.Error as error:
        raise _declared(error, path) from None


def _declared(error: sqlite3.Error, path: Path) -> SysError:
    match getattr(error, "sqlite_errorname", "")[:15]:
        case "SQLITE_FULL":
            return NoSpace("the disk is full; what was remembered before is intact, this was not stored")
        case "SQLITE_BUSY" | "SQLITE_LOCKED":
            return Busy("another shell is writing to the memory; nothing was stored")
        case "SQLITE_READONLY" | "SQLITE_CANTOPEN":
            return NotPermitted(f"the memory {str(path)!r} cannot be opened for writing: {error}")
        case _:
            return DeviceFailed(
                f"the memory {str(path)!r} is damaged ({error}); nothing of it was dropped: keep a copy, then "
                f"`sqlite3 FILE .recover` into a new one"
            )
