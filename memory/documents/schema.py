"""The file of passages: its tables, and that a damaged one is made anew, for nothing of it is the truth."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memory.schema import told as told_of_memory
from syscalls.errors import Busy, DeviceFailed, NoSpace

VERSION = 2
DAMAGED = ".damaged"
"""Ending of the file that says that the passages are to be read anew."""
_TABLES = """
create table contents (id integer primary key, digest blob not null unique, reader integer not null, why text not null,
    is_cut integer not null);
create table passages (id integer primary key, content integer not null, line integer not null, page integer not null,
    text text not null, vector blob, model text not null default '');
create index by_content on passages (content);
create index not_embedded on passages (id) where vector is null;
create table files (id integer primary key, path blob not null unique, device integer not null, inode integer not null,
    size integer not null, modified integer not null, changed integer not null, content integer,
    why text not null default '', waits integer not null);
create index by_file_content on files (content);
create index waiting on files (modified) where waits;
create virtual table said using fts5 (words, tokenize = "unicode61 remove_diacritics 0");
create virtual table named using fts5 (words, tokenize = "unicode61 remove_diacritics 0");
"""


@contextmanager
def told(path: Path) -> Iterator[None]:
    """SQLite's failures as declared errors."""
    try:
        with told_of_memory(path):
            yield
    except NoSpace:
        raise NoSpace("the disk is full; what was read of files before is kept, this is not") from None
    except Busy:
        raise Busy("another aosh is writing what it read of files; this was not kept") from None
    except DeviceFailed as damage:
        path.with_suffix(DAMAGED).touch()
        raise DeviceFailed(
            f"what was read of files, {str(path)!r}, is damaged; it is made anew when it is opened next: {damage}"
        ) from None


def connect(path: Path) -> tuple[sqlite3.Connection, str]:
    """The open database, and why it was made anew; empty where it was not.

    Raises:
        NoSpace, NotPermitted, Busy: it can neither be opened nor made.
    """
    mark = path.with_suffix(DAMAGED)
    try:
        if not mark.exists():
            return _opened(path), ""
        remade = "it was found damaged when it was used"
    except sqlite3.DatabaseError as damage:
        if isinstance(damage, sqlite3.OperationalError):
            with told(path):
                raise
        remade = str(damage)
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm"), mark):
        each.unlink(missing_ok=True)
    with told(path):
        return _opened(path), remade


def _opened(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("journal_mode = wal", "synchronous = normal", "secure_delete = on"):
            base.execute(f"pragma {pragma}")
        base.execute("begin immediate")
        (version,) = base.execute("pragma user_version").fetchone()
        base.execute("rollback")
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"it is of format {version}, this aosh writes {VERSION}")
        if version == 0:
            base.executescript(f"begin immediate; {_TABLES} pragma user_version = {VERSION}; commit")
        else:
            base.execute("select id from files limit 1")
    except BaseException:
        base.close()
        raise
    return base
