"""What can still be read of a damaged memory, into a new file; the damaged one is kept beside it."""

import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

import msgspec

from memory.schema import connect
from memory.words import words_of
from syscalls.errors import DeviceFailed

_MISSING_IN_A_ROW = 100_000
"""So many ids that lead nowhere, where the file does not say which is the last, end the search."""
_FIELDS = "id, text, kind, space, labels, made, expires, supersedes, superseded_by, pinned, thread, digest, model, vector"


class Repaired(msgspec.Struct, frozen=True):
    """What came of it."""

    kept: int
    """Records of the new file."""
    lost: int
    """Records that are known to have been there and could not be read."""
    aside: str
    """Where the damaged file is now."""


def repair(truth: Path) -> Repaired:
    """Read record by record; nothing is replaced before all of the new file is on the disk.

    No shell may have the memory open.

    Raises:
        DeviceFailed: nothing of it can be read; all is as it was.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    with tempfile.TemporaryDirectory(dir=truth.parent, prefix="repair-") as folder:
        copy = Path(folder) / truth.name
        for ending in ("", "-wal"):
            if (part := truth.with_name(truth.name + ending)).exists():
                shutil.copyfile(part, copy.with_name(copy.name + ending))
        new = Path(folder) / "new.db"
        kept, lost = _copied(copy, new)
        aside = truth.with_name(f"{truth.name}.damaged-{stamp}")
        for ending in ("-wal", ""):
            if (part := truth.with_name(truth.name + ending)).exists():
                os.replace(part, aside.with_name(aside.name + ending))
        truth.with_name(f"{truth.name}-shm").unlink(missing_ok=True)
        os.replace(new, truth)
    descriptor = os.open(truth.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return Repaired(kept, lost, str(aside))


def _copied(old: Path, new: Path) -> tuple[int, int]:
    source = sqlite3.connect(old)
    target = connect(new)
    kept = lost = 0
    try:
        ids, is_certain = _ids(source)
        target.execute("begin immediate")
        missing = 0
        for identity in ids:
            try:
                row = source.execute(f"select {_FIELDS} from records where id = ?", (identity,)).fetchone()
            except sqlite3.Error:
                row, lost = None, lost + is_certain
            if row is None or not _is_whole(row):
                missing += 1
                lost += row is not None
                if not is_certain and missing > _MISSING_IN_A_ROW:
                    break
                continue
            missing = 0
            target.execute(f"insert into records ({_FIELDS}) values ({', '.join('?' * 14)})", row)
            target.execute(
                "insert into words (rowid, said) values (?, ?)", (row[0], " ".join(words_of(row[1])))
            )
            kept += 1
        if is_certain:  # no id is given twice, not even one that was lost
            target.execute("update sqlite_sequence set seq = ? where name = 'records'", (ids[-1],))
        target.execute("commit")
        target.execute("pragma wal_checkpoint(truncate)").fetchone()
        target.execute("pragma journal_mode = delete").fetchone()
    except sqlite3.Error as error:
        raise DeviceFailed(f"nothing of the memory can be read ({error}); it is left as it is") from None
    finally:
        source.close()
        target.close()
    if not kept:
        raise DeviceFailed(
            "nothing of the memory can be read; it is left as it is. `aosh memory import` reads an export"
        )
    return kept, lost


def _ids(source: sqlite3.Connection) -> tuple[range, bool]:
    """The ids that may be in use, and whether the last of them is known."""
    for query in (
        "select seq from sqlite_sequence where name = 'records'", "select max(id) from records",
    ):  # fmt: skip
        try:
            row = source.execute(query).fetchone()
        except sqlite3.Error:
            continue
        if row and row[0]:
            return range(1, int(row[0]) + 1), True
    return range(1, 2**53), False


def _is_whole(row: tuple[object, ...]) -> bool:
    return isinstance(row[1], str) and isinstance(row[13], bytes) and len(row[13]) % 4 == 0 and bool(row[13])
