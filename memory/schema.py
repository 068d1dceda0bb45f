"""The memory's database file: its tables, opening it, and what is said when it is damaged."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syscalls.errors import Busy, DeviceFailed, NoSpace, NotPermitted, SysError

VERSION = 3
_TABLES = """
create table if not exists records (
    id integer primary key autoincrement, text text not null, kind text not null, space text not null,
    labels blob not null, made real not null, expires real, supersedes integer, superseded_by integer,
    pinned integer not null, thread text not null, digest text not null, model text not null, vector blob not null);
create index if not exists by_digest on records (digest);
create index if not exists by_kind on records (kind, made);
create virtual table if not exists words using fts5 (said, tokenize = "unicode61 remove_diacritics 0");
"""
_NO_FILES = "temp_store = memory"
"""The jails it is opened in have no place for temporary files."""
_STAMPS = """
alter table records add column changed integer not null default 0;
create index by_change on records (changed);
create index by_group on records (space, kind);
create index by_model on records (model);
create index by_pin on records (id) where pinned;
create table state (stamp integer not null);
insert into state values (0);
create table gone (id integer primary key, changed integer not null);
create index by_going on gone (changed);
create virtual table said using fts5vocab (words, instance);
create trigger stored after insert on records begin
    update state set stamp = stamp + 1;
    update records set changed = (select stamp from state) where id = new.id; end;
create trigger altered after update of text, kind, space, labels, made, expires, supersedes, superseded_by, pinned, thread,
    model, vector on records begin
    update state set stamp = stamp + 1;
    update records set changed = (select stamp from state) where id = new.id; end;
create trigger removed after delete on records begin
    update state set stamp = stamp + 1;
    insert into gone values (old.id, (select stamp from state)); end;
"""
"""Each change has a number, so that whoever holds a copy (`memory.view`, `memory.index`) reads only what is newer."""


def connect(path: Path) -> sqlite3.Connection:
    """The open database, made when missing; every commit is durable, what is deleted is overwritten.

    Raises:
        DeviceFailed: it is damaged, or of a newer aosh; it is left as it is.
    """
    with told(path):
        base = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode = wal", "synchronous = full", "secure_delete = on", _NO_FILES):
                base.execute(f"pragma {pragma}")
            if _version(base) < VERSION:
                _brought_up(base)
            if _version(base) > VERSION:
                raise DeviceFailed(f"the memory {str(path)!r} is of a newer aosh (format {_version(base)})")
        except BaseException:
            base.close()
            raise
    return base


def connect_to_read(path: Path) -> sqlite3.Connection:
    """The database of somebody else's store, of which nothing can be changed.

    Raises:
        DeviceFailed: there is none, it is damaged, or of another format.
    """
    from urllib.parse import quote

    with told(path):
        base = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5.0, isolation_level=None
        )
        try:
            base.execute(f"pragma {_NO_FILES}")
            if _version(base) != VERSION:
                raise DeviceFailed(f"the memory {str(path)!r} has the format {_version(base)}, not {VERSION}")
        except BaseException:
            base.close()
            raise
    return base


def _version(base: sqlite3.Connection) -> int:
    return int(base.execute("pragma user_version").fetchone()[0])


def _brought_up(base: sqlite3.Connection) -> None:
    """The tables of this version, whatever the file had; two shells may try at once."""
    with transaction(base):
        version = _version(base)
        for script in ((_TABLES,) if version < 2 else ()) + ((_STAMPS,) if version < 3 else ()):
            for statement in _statements(script):
                base.execute(statement)
        if version < 1 and sqlite3.sqlite_version_info >= (3, 42):
            base.execute("insert into words (words, rank) values ('secure-delete', 1)")
        if version < VERSION:
            base.execute(f"pragma user_version = {VERSION}")


def _statements(script: str) -> Iterator[str]:
    """`executescript` would commit before it begins."""
    gathered = ""
    for line in script.strip().splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered
            gathered = ""


@contextmanager
def transaction(base: sqlite3.Connection) -> Iterator[None]:
    """One that writes: kept when the block ends well, else nothing of it."""
    base.execute("begin immediate")
    try:
        yield
        base.execute("commit")
    except BaseException:
        if base.in_transaction:
            base.execute("rollback")
        raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """SQLite's failures as declared errors."""
    try:
        yield
    except sqlite3.Error as error:
        raise _declared(error, path) from None


def _declared(error: sqlite3.Error, path: Path) -> SysError:
    match getattr(error, "sqlite_errorname", "")[:15]:
        case "SQLITE_FULL" | "SQLITE_IOERR_WR" | "SQLITE_IOERR_FS":
            return NoSpace(
                "the disk is full, or takes no more; what was remembered before is intact, this was not stored"
            )
        case "SQLITE_BUSY" | "SQLITE_LOCKED":
            return Busy("another shell is writing to the memory; nothing was stored")
        case "SQLITE_READONLY" | "SQLITE_CANTOPEN":
            return NotPermitted(f"the memory {str(path)!r} cannot be opened for writing: {error}")
        case _:
            return DeviceFailed(
                f"the memory {str(path)!r} is damaged ({error}); nothing of it was dropped: "
                f"`aosh memory repair` reads what can be read into a new one and keeps this file"
            )
