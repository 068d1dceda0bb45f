"""Files that are damaged, or are no journal of ours."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kernel.journal.sqlite import SqliteJournal
from syscalls.errors import DeviceFailed
from tests.journal.rows import note, notes

DAMAGE = "import sys; open(sys.argv[1], 'r+b').write(b'no database' * 1000)"


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


def no_header(path: Path) -> None:
    path.write_bytes(bytes(100) + path.read_bytes()[100:])


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9_000])


@pytest.mark.parametrize("damage", [garbage, no_header, cut])
def test_a_damaged_journal_is_set_aside_aloud_and_a_new_one_begun(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "journal.db"
    with closing(SqliteJournal.open(path)) as journal:
        for number in range(200):
            note(journal, f"{number} {'x' * 100}")
    damage(path)
    damaged = path.read_bytes()
    with closing(SqliteJournal.open(path)) as journal:
        assert journal.set_aside is not None
        assert journal.set_aside.name.startswith("journal.db.broken-")
        assert journal.set_aside.read_bytes() == damaged
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert note(journal, "new", durable=True) == 1
    with closing(SqliteJournal.open(path)) as journal:
        assert journal.set_aside is None
        assert notes(journal) == ["new"]


def test_damage_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(SqliteJournal.open(path)) as journal:
        for number in range(2_000):
            note(journal, f"{number} {'x' * 100}")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4_096 * 4_096
    content[middle : middle + 4_096] = os.urandom(4_096)
    path.write_bytes(content)
    with closing(SqliteJournal.open(path)) as journal:
        verdict = journal.verify()
        assert not verdict.is_whole
        assert verdict.broken is not None
        assert 1 < verdict.broken < 2_000


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")
    with pytest.raises(DeviceFailed, match="not a journal of aosh"):
        SqliteJournal.open(path)
    assert [file.name for file in tmp_path.iterdir()] == ["journal.db"]


def test_a_journal_of_a_newer_aosh_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    SqliteJournal.open(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(DeviceFailed, match="newer aosh"):
        SqliteJournal.open(path)


def test_a_journal_without_its_end_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    SqliteJournal.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DELETE FROM head")
    with closing(SqliteJournal.open(path)) as journal, pytest.raises(DeviceFailed, match="lost the end"):
        note(journal, "a", durable=True)


def test_reading_across_damage_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(SqliteJournal.open(path)) as journal:
        for number in range(2_000):
            note(journal, f"{number} {'x' * 100}")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4_096 * 4_096
    content[middle : middle + 4_096] = bytes(4_096)
    path.write_bytes(content)
    with closing(SqliteJournal.open(path)) as journal, pytest.raises(DeviceFailed, match="is damaged"):
        notes(journal)


def test_a_shell_that_still_holds_a_journal_set_aside_fails_and_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    holder = SqliteJournal.open(path)
    note(holder, "old", durable=True)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # From another process: closing a descriptor of the file here would drop the holder's locks.
    subprocess.run([sys.executable, "-c", DAMAGE, path], check=True)
    with closing(SqliteJournal.open(path)) as journal:
        assert journal.set_aside is not None
        assert journal.set_aside.with_name(f"{journal.set_aside.name}-wal").exists()
        note(journal, "new", durable=True)
        with pytest.raises(DeviceFailed):
            note(holder, "lost", durable=True)
        holder.close()
        note(journal, "newer", durable=True)
        with closing(SqliteJournal.open(path)) as neighbour:
            assert notes(neighbour) == ["new", "newer"]
