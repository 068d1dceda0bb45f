"""What every journal promises, on disk and in memory."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.journal.chain import EMPTY
from kernel.journal.port import Head, Journal
from kernel.journal.ram import RamJournal
from kernel.journal.records import NoteRow
from kernel.journal.sqlite import SqliteJournal
from syscalls.errors import BadArgument, DeviceFailed
from tests.journal.rows import done, intent, note, notes

Make = Callable[[Callable[[], float]], Journal]


def on_disk(folder: Path) -> Make:
    return lambda clock: SqliteJournal.open(folder / "state" / "journal.db", clock)


def in_memory(_folder: Path) -> Make:
    return RamJournal


@pytest.fixture(params=[on_disk, in_memory])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    ticks = iter(range(1_000, 10_000))
    with closing(request.param(tmp_path)(lambda: float(next(ticks)))) as opened:
        yield opened


def test_an_empty_journal_is_whole(journal: Journal) -> None:
    assert journal.head() == EMPTY
    assert journal.verify().is_whole
    assert list(journal.rows()) == []
    assert journal.sessions() == []


def test_a_durable_append_gives_the_row_its_number(journal: Journal) -> None:
    assert [note(journal, "a", durable=True), note(journal, "b", durable=True)] == [1, 2]


def test_a_buffered_append_has_no_number_yet_and_keeps_its_place(journal: Journal) -> None:
    assert note(journal, "a") == 0
    assert note(journal, "b", durable=True) == 2
    assert notes(journal) == ["a", "b"]


def test_a_held_row_may_be_replaced_while_it_is_buffered_and_keeps_its_place_and_time(
    journal: Journal,
) -> None:
    held = journal.hold("s", "note", NoteRow("a"))
    note(journal, "b")
    assert held.replace("sample", {"is": "a, more"})
    assert held.replace("note", NoteRow("a, said to the end"))
    note(journal, "c", durable=True)
    rows = list(journal.rows())
    assert [row.record() for row in rows] == [NoteRow("a, said to the end"), NoteRow("b"), NoteRow("c")]
    assert [row.ts for row in rows] == [1_000.0, 1_001.0, 1_002.0]
    assert journal.verify().is_whole


@pytest.mark.parametrize(
    "write",
    [
        lambda journal: note(journal, "b", durable=True),
        lambda journal: journal.flush(),
        lambda journal: journal.head(),
        lambda journal: list(journal.rows()),
        lambda journal: journal.verify(),
    ],
)
def test_a_held_row_that_is_written_stands(journal: Journal, write: Callable[[Journal], object]) -> None:
    held = journal.hold("s", "note", NoteRow("a"))
    write(journal)
    note(journal, "in its place of the buffer")
    assert not held.replace("note", NoteRow("changed"))
    assert notes(journal)[0] == "a"
    assert "changed" not in notes(journal)
    assert journal.verify().is_whole


def test_what_cannot_be_written_replaces_nothing(journal: Journal) -> None:
    held = journal.hold("s", "note", NoteRow("a"))
    with pytest.raises(BadArgument):
        held.replace("note", NoteRow("\ud800"))
    assert notes(journal) == ["a"]


def test_readers_see_what_was_buffered(journal: Journal) -> None:
    note(journal, "a")
    assert notes(journal) == ["a"]
    note(journal, "b")
    assert journal.head().seq == 2
    note(journal, "c")
    assert journal.verify().row_count == 3
    note(journal, "d")
    assert journal.sessions()[0].row_count == 4


def test_a_row_reads_back_as_the_record_it_was(journal: Journal) -> None:
    journal.append("s", "intent", intent("1"), durable=True)
    journal.append("s", "outcome", done("1"), durable=False)
    assert [row.record() for row in journal.rows()] == [intent("1"), done("1")]


def test_a_kind_without_a_record_reads_back_as_a_mapping(journal: Journal) -> None:
    journal.append("s", "sample", {"cpu": 0.5, "at": {"b": 1, "a": b"\0"}}, durable=False)
    (row,) = journal.rows()
    assert row.record() == {"cpu": 0.5, "at": {"b": 1, "a": b"\0"}}


def test_rows_are_filtered_by_session_kind_and_number(journal: Journal) -> None:
    note(journal, "a", session="one")
    note(journal, "b", session="two")
    journal.append("two", "intent", intent("1"), durable=False)
    note(journal, "c", session="two")
    assert notes(journal, "two") == ["b", "c"]
    assert [row.seq for row in journal.rows(kinds=["intent", "outcome"])] == [3]
    assert [row.seq for row in journal.rows("two", after=2)] == [3, 4]
    assert [row.seq for row in journal.rows("two", kinds=["note"], after=2)] == [4]
    assert list(journal.rows(kinds=[])) == []
    assert list(journal.rows("three")) == []


def test_rows_are_those_of_one_moment(journal: Journal) -> None:
    note(journal, "a")
    note(journal, "b")
    reading = journal.rows()
    first = next(reading)
    note(journal, "c", durable=True)
    assert [first.seq, *(row.seq for row in reading)] == [1, 2]
    assert len(list(journal.rows())) == 3


def test_sessions_are_told_with_their_span(journal: Journal) -> None:
    for session in ("one", "two", "one"):
        note(journal, "x", session=session)
    assert journal.sessions() == [("one", 1000.0, 1002.0, 2), ("two", 1001.0, 1001.0, 1)]


def test_a_head_known_from_elsewhere_proves_the_past(journal: Journal) -> None:
    note(journal, "a", durable=True)
    known = journal.head()
    note(journal, "b", durable=True)
    assert journal.verify(known).is_whole
    assert journal.verify(EMPTY).is_whole

    rewritten = journal.verify(Head(1, bytes(31) + b"x"))
    assert (rewritten.is_whole, rewritten.broken) == (False, 1)
    cut = journal.verify(Head(9, known.hash))
    assert (cut.is_whole, cut.broken) == (False, 3)


def test_text_that_has_no_bytes_is_refused_and_nothing_is_taken(journal: Journal) -> None:
    with pytest.raises(BadArgument, match="note: cannot be written to the journal"):
        note(journal, "\ud800")
    with pytest.raises(BadArgument):
        journal.append("s", "sample", {"n": 2**64}, durable=True)
    assert journal.head() == EMPTY


def test_a_record_under_another_kind_is_a_bug(journal: Journal) -> None:
    with pytest.raises(ValueError, match="NoteRow cannot be the body of a 'request' row"):
        journal.append("s", "request", NoteRow("x"), durable=False)


def test_a_closed_journal_takes_and_gives_nothing(journal: Journal) -> None:
    journal.close()
    journal.close()
    for use in (lambda: note(journal, "a"), lambda: note(journal, "a", durable=True), journal.flush):
        with pytest.raises(DeviceFailed, match="closed"):
            use()
    with pytest.raises(DeviceFailed, match="closed"):
        list(journal.rows())


NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(TEXT, TEXT, st.dictionaries(TEXT, JSON, max_size=3), st.booleans()), max_size=8))
def test_what_goes_in_comes_out_in_order(appended: list[tuple[str, str, dict[str, Any], bool]]) -> None:
    journal = RamJournal()
    for session, kind, body, durable in appended:
        journal.append(session, f"x{kind}", body, durable=durable)
    came = [(row.session, row.kind, row.record()) for row in journal.rows()]
    assert came == [(session, f"x{kind}", body) for session, kind, body, _ in appended]
    assert journal.verify().is_whole


def test_the_order_of_keys_does_not_change_a_row() -> None:
    one, two = RamJournal(lambda: 0.0), RamJournal(lambda: 0.0)
    one.append("s", "sample", {"a": 1, "b": {"c": 2, "d": 3}}, durable=True)
    two.append("s", "sample", {"b": {"d": 3, "c": 2}, "a": 1}, durable=True)
    assert one.head() == two.head()


def test_both_journals_make_the_same_chain(tmp_path: Path) -> None:
    heads = []
    for make in (on_disk, in_memory):
        journal = make(tmp_path)(lambda: 1.5)
        with closing(journal):
            note(journal, "a", session="ü")
            journal.append("t", "intent", intent("1"), durable=True)
            heads.append(journal.head())
    assert heads[0] == heads[1]
