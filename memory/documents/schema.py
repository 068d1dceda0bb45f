"""The file of passages: its tables, and that a damaged one is made anew, for nothing of it is the truth."""

import sqlite3
from pathlib import Path

from memory.schema import told

VERSION = 1
_TABLES = """
create table contents (id integer primary key, digest blob not null unique, reader integer not null, why text not null,
    is_cut integer not null);
create table passages (id integer primary key, content integer not null, line integer not null, page integer not null,
    text text not null, vector blob, model text not null default '');
create index by_content on passages (content);
create index not_embedded on passages (id) where vector is null;
create table files (id integer primary key, path blob not null unique, device integer not null, inode integer not null,
    size integer not null, modified integer not null, changed integer not null, content integer,
    why text not null default '');
create index by_file_content on files (content);
create index pending on files (modified) where content is null and why = '';
create virtual table said using fts5 (words, tokenize = "unicode61 remove_diacritics 0");
create virtual table named using fts5 (words, tokenize = "unicode61 remove_diacritics 0");
"""


def connect(path: Path) -> tuple[sqlite3.Connection, str]:
    """The open database, and why it was made anew; empty where it was not.

    Raises:
        NoSpace, NotPermitted, Busy: it can neither be opened nor made.
    """
    try:
        return _opened(path), ""
    except sqlite3.DatabaseError as damage:
        if isinstance(damage, sqlite3.OperationalError):
            with told(path):
                raise
        remade = str(damage)
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
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
