"""The journal against the machine: crashes, neighbours, full and read-only disks."""

import asyncio
import logging
import os
import resource
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kernel.journal.ram import RamJournal
from kernel.journal.sqlite import FLUSH_AFTER_S, MOST_BUFFERED, SqliteJournal
from syscalls.errors import Busy, DeviceFailed, NoSpace
from tests.journal.rows import as_nobody, note, notes

ROOT = Path(__file__).parents[2]
WAIT_S = 20


@contextmanager
def appending(path: Path, session: str, count: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.journal.appender", str(path), session, str(count)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            yield child
        finally:
            child.kill()


def go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    with closing(SqliteJournal.open(tmp_path / "state" / "journal.db")) as opened:
        yield opened


@pytest.mark.parametrize("promises", [1, 7, 30])
def test_a_killed_shell_loses_nothing_it_was_promised(tmp_path: Path, promises: int) -> None:
    path = tmp_path / "journal.db"
    with appending(path, "s", 0) as child:
        go(child)
        assert child.stdout is not None
        for _ in range(promises):
            child.stdout.readline()
        child.kill()
        promised = [line.split() for line in child.stdout.read().splitlines() if line.count(" ") == 1]
        child.wait(WAIT_S)
    last = int(promised[-1][1]) if promised else promises * 10
    with closing(SqliteJournal.open(path)) as journal:
        assert journal.verify().is_whole
        texts = notes(journal)
        assert texts[:last] == [f"s {number}" for number in range(1, last + 1)]
        note(journal, "after", durable=True)
        assert journal.verify().is_whole


def test_two_shells_append_at_once_and_the_chain_stays_linear(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with appending(path, "one", 1_000) as one, appending(path, "two", 1_000) as two:
        for child in (one, two):
            go(child)
        told = {name: child.communicate(timeout=WAIT_S)[0] for name, child in (("one", one), ("two", two))}
    with closing(SqliteJournal.open(path)) as journal:
        assert journal.verify() == (True, 2_000, None, "")
        for name, text in told.items():
            assert notes(journal, name) == [f"{name} {number}" for number in range(1, 1_001)]
            seqs = {row.record().text: row.seq for row in journal.rows(name)}
            promised = [line.split() for line in text.splitlines()]
            assert [seqs[f"{name} {number}"] for _, number in promised] == [int(seq) for seq, _ in promised]


def test_the_first_open_of_two_shells_makes_one_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    one, two = SqliteJournal.open(path), SqliteJournal.open(path)
    note(one, "a", durable=True)
    note(two, "b", durable=True)
    one.close()
    note(two, "c", durable=True)
    assert notes(two) == ["a", "b", "c"]
    two.close()


async def test_buffered_rows_reach_the_disk_within_the_delay(journal: SqliteJournal) -> None:
    note(journal, "a")
    with closing(SqliteJournal.open(journal.path)) as neighbour:
        assert notes(neighbour) == []
        await asyncio.sleep(FLUSH_AFTER_S)  # timers fire in order: the journal's was set first
        assert notes(neighbour) == ["a"]


def test_rows_buffered_in_a_loop_that_ended_are_not_lost(journal: SqliteJournal) -> None:
    async def append(text: str) -> None:
        note(journal, text)

    asyncio.run(append("a"))
    asyncio.run(append("b"))
    assert notes(journal) == ["a", "b"]


def test_the_buffer_is_bounded(journal: SqliteJournal) -> None:
    for number in range(MOST_BUFFERED + 1):
        note(journal, str(number))
    with closing(SqliteJournal.open(journal.path)) as neighbour:
        assert len(notes(neighbour)) == MOST_BUFFERED


def test_large_bodies_do_not_pile_up(journal: SqliteJournal) -> None:
    for _ in range(3):
        note(journal, "x" * 600_000)
    with closing(SqliteJournal.open(journal.path)) as neighbour:
        assert len(notes(neighbour)) == 2


def test_flush_makes_durable_what_a_reader_had_written(journal: SqliteJournal) -> None:
    note(journal, "a")
    assert notes(journal) == ["a"]
    journal.flush()
    journal.flush()
    assert journal.verify().row_count == 1


def test_file_and_folder_are_the_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.db"
    with closing(SqliteJournal.open(path)) as journal:
        note(journal, "a", durable=True)
        kept = [file for file in path.parent.iterdir() if file.is_file()]
        assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_journal_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    SqliteJournal.open(path).close()
    path.chmod(0o644)
    SqliteJournal.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_read_only_is_a_typed_error(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o555)
        with as_nobody(), pytest.raises(DeviceFailed, match=r"cannot open the journal .*Permission denied"):
            SqliteJournal.open(folder / "journal.db")
        with as_nobody(), pytest.raises(DeviceFailed):
            SqliteJournal.open(folder / "state" / "journal.db")


def test_a_journal_that_is_read_only_is_a_typed_error() -> None:
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "journal.db"
        SqliteJournal.open(path).close()
        path.chmod(0o400)
        Path(made).chmod(0o555)
        with as_nobody(), pytest.raises(DeviceFailed):
            SqliteJournal.open(path)
        Path(made).chmod(0o700)


def test_a_folder_in_its_place_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(DeviceFailed, match="is no file"):
        SqliteJournal.open(tmp_path)


@contextmanager
def no_larger_files(folder: Path) -> Iterator[None]:
    """No file of this process grows by more than 64 KiB beyond the largest in `folder`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    most = max(file.stat().st_size for file in folder.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (most + 65_536, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_fails_keeps_the_buffer_and_drops_the_intent(journal: SqliteJournal) -> None:
    note(journal, "a", durable=True)
    note(journal, "b")
    with no_larger_files(journal.path.parent):
        for _ in range(2):
            with pytest.raises((DeviceFailed, NoSpace)):
                note(journal, "c" * 1_000_000, durable=True)
    assert note(journal, "d", durable=True) == 3
    assert notes(journal) == ["a", "b", "d"]
    assert journal.verify().is_whole


async def test_a_write_that_fails_behind_the_scenes_is_logged_once_and_tried_again(
    journal: SqliteJournal, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "aosh.journal"), no_larger_files(journal.path.parent):
        for _ in range(3):
            note(journal, "x" * 500_000)
            await asyncio.sleep(FLUSH_AFTER_S)
    assert len(caplog.records) == 1
    assert len(notes(journal)) == 3


def test_a_full_buffer_that_cannot_be_written_refuses_more(journal: SqliteJournal) -> None:
    note(journal, "x" * 1_100_000)
    with no_larger_files(journal.path.parent), pytest.raises((DeviceFailed, NoSpace)):
        note(journal, "y")
    assert [text[0] for text in notes(journal)] == ["x"]


def test_a_close_that_cannot_write_says_so_and_closes(journal: SqliteJournal) -> None:
    note(journal, "x" * 1_100_000)
    with no_larger_files(journal.path.parent), pytest.raises((DeviceFailed, NoSpace)):
        journal.close()
    with pytest.raises(DeviceFailed, match="closed"):
        journal.flush()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder], capture_output=True)
    if made.returncode != 0:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a tmpfs")
def test_a_full_disk_is_no_space_and_room_lets_it_go_on(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, closing(SqliteJournal.open(disk / "journal.db")) as journal:
        note(journal, "a", durable=True)
        (disk / "ballast").write_bytes(bytes(200_000))
        with pytest.raises(NoSpace, match="the disk is full"):
            note(journal, "b" * 300_000, durable=True)
        (disk / "ballast").unlink()
        assert note(journal, "c", durable=True) == 2
        assert notes(journal) == ["a", "c"]
        assert journal.verify().is_whole


def test_the_twin_in_memory_can_be_full() -> None:
    journal = RamJournal(room=1)
    note(journal, "a", durable=True)
    with pytest.raises(NoSpace):
        note(journal, "b", durable=True)
    assert notes(journal) == ["a"]


def test_a_neighbour_that_holds_the_journal_is_waited_for_then_told(journal: SqliteJournal) -> None:
    with (
        closing(SqliteJournal.open(journal.path, wait_s=0.05)) as late,
        closing(sqlite3.connect(journal.path, isolation_level=None)) as holder,
    ):
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="another process holds the journal"):
            note(late, "a", durable=True)
        holder.execute("ROLLBACK")
        assert note(late, "b", durable=True) == 1
