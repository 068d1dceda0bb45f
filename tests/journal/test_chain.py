"""Tampering shows: whoever changes the past of the file is named the first row that does not hold."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.journal.chain import EMPTY, bind, link, walk
from kernel.journal.port import Head, Row, Verdict
from kernel.journal.sqlite import SqliteJournal
from tests.journal.rows import note


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A journal of ten rows."""
    where = tmp_path / "journal.db"
    with closing(SqliteJournal.open(where)) as journal:
        for number in range(10):
            note(journal, f"note {number}")
    yield where


def tampered(path: Path, *statements: str) -> Verdict:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript("DROP TRIGGER rows_are_not_changed; DROP TRIGGER rows_are_not_deleted;")
        for statement in statements:
            db.execute(statement)
    with closing(SqliteJournal.open(path)) as journal:
        return journal.verify()


def test_an_untouched_journal_is_whole(path: Path) -> None:
    assert tampered(path) == Verdict(True, 10, None, "")


@pytest.mark.parametrize(
    "change",
    [
        "body = x'81a474657874a178'",
        "ts = ts + 1",
        "session = 'other'",
        "kind = 'request'",
        "hash = zeroblob(32)",
        "prev = zeroblob(32)",
        "body = zeroblob(0)",
    ],
)
def test_a_changed_row_is_named(path: Path, change: str) -> None:
    verdict = tampered(path, f"UPDATE rows SET {change} WHERE seq = 4")
    assert (verdict.is_whole, verdict.row_count, verdict.broken) == (False, 3, 4)
    assert verdict.reason.startswith("row 4: ")


def test_a_deleted_row_is_named(path: Path) -> None:
    assert tampered(path, "DELETE FROM rows WHERE seq = 4").reason == "row 4: missing, row 5 follows row 3"


def test_a_deleted_row_with_the_rest_moved_up_is_named(path: Path) -> None:
    verdict = tampered(
        path, "DELETE FROM rows WHERE seq = 4", "UPDATE rows SET seq = -seq WHERE seq > 4",
        "UPDATE rows SET seq = -seq - 1 WHERE seq < 0",
    )  # fmt: skip
    assert (verdict.is_whole, verdict.broken) == (False, 4)


def test_swapped_rows_are_named(path: Path) -> None:
    verdict = tampered(
        path, "UPDATE rows SET seq = 99 WHERE seq = 4", "UPDATE rows SET seq = 4 WHERE seq = 5",
        "UPDATE rows SET seq = 5 WHERE seq = 99",
    )  # fmt: skip
    assert (verdict.is_whole, verdict.broken) == (False, 4)


def test_a_cut_tail_is_named(path: Path) -> None:
    verdict = tampered(path, "DELETE FROM rows WHERE seq > 7")
    assert verdict == Verdict(False, 7, 8, "row 8: missing, the journal ends at 10")


def test_an_added_row_is_named(path: Path) -> None:
    verdict = tampered(
        path, "INSERT INTO rows SELECT 11, ts, session, kind, body, hash, hash FROM rows WHERE seq = 10"
    )
    assert (verdict.is_whole, verdict.broken) == (False, 11)


def test_a_cut_tail_with_the_end_forged_shows_against_a_head_kept_elsewhere(path: Path) -> None:
    with closing(SqliteJournal.open(path)) as journal:
        known = journal.head()
    forged = tampered(
        path, "DELETE FROM rows WHERE seq > 7",
        "UPDATE head SET seq = 7, hash = (SELECT hash FROM rows WHERE seq = 7)",
    )  # fmt: skip
    assert forged.is_whole
    with closing(SqliteJournal.open(path)) as journal:
        assert journal.verify(known).broken == 8


def test_text_that_no_longer_decodes_is_named(path: Path) -> None:
    verdict = tampered(path, "UPDATE rows SET session = CAST(x'ff' AS TEXT) WHERE seq = 4")
    assert (verdict.is_whole, verdict.broken) == (False, 4)
    assert verdict.reason.startswith("row 4: unreadable")


def test_rows_are_not_changed_by_accident(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in ("UPDATE rows SET kind = 'x'", "DELETE FROM rows"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                db.execute(statement)


Line = tuple[float, str, str, bytes]
LINES = st.lists(
    st.tuples(st.floats(0, 1e10), st.text("ab"), st.text("ab", min_size=1), st.binary(max_size=4)), min_size=1
)


def chain(lines: list[Line]) -> list[Row]:
    rows: list[Row] = []
    for line in lines:
        rows.append(bind(line, Head(rows[-1].seq, rows[-1].hash) if rows else EMPTY))
    return rows


@given(LINES, st.data())
def test_no_single_field_can_change_unseen(lines: list[Line], data: st.DataObject) -> None:
    rows = chain(lines)
    at = data.draw(st.integers(0, len(rows) - 1))
    row = rows[at]
    changed = [
        row._replace(ts=row.ts + 1),
        row._replace(session=row.session + "a"),
        row._replace(kind="b" + row.kind),
        row._replace(session=row.session + row.kind, kind=""),
        row._replace(body=row.body + b"\0"),
        row._replace(seq=row.seq + 1),
        row._replace(prev=bytes(31) + b"\1"),
    ]
    end = Head(rows[-1].seq, rows[-1].hash)
    assert walk(rows, end, None).is_whole
    for other in changed:
        verdict = walk([*rows[:at], other, *rows[at + 1 :]], end, None)
        assert (verdict.is_whole, verdict.row_count, verdict.broken) == (False, at, at + 1)


@pytest.mark.parametrize("change", [{"ts": None}, {"body": "text"}, {"session": b"s"}, {"ts": "1.0"}])
def test_a_field_of_another_type_is_named(change: dict[str, Any]) -> None:
    (row,) = chain([(1.0, "s", "k", b"a")])
    verdict = walk([row._replace(**change)], Head(1, row.hash), None)
    assert verdict == Verdict(False, 0, 1, "row 1: a field has the wrong type")


def test_a_rehashed_row_breaks_the_next() -> None:
    rows = chain([(1.0, "s", "k", b"a"), (2.0, "s", "k", b"b")])
    forged = rows[0]._replace(body=b"x")
    forged = forged._replace(hash=link(forged.prev, 1, forged.ts, "s", "k", b"x"))
    assert walk([forged, rows[1]], Head(2, rows[1].hash), None).broken == 2
