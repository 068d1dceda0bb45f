"""Which effects stand, and what undo and redo would take next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.journal.effects import (
    EFFECT_KINDS,
    Effect,
    effects,
    next_redo,
    next_undo,
    open_effects,
    redoable,
    undoable,
)
from kernel.journal.ram import RamJournal
from kernel.journal.records import IntentRow, NoteRow, OutcomeRow, UndoneRow
from syscalls.errors import DriverDied, NotFound
from syscalls.undo import Plan, Step
from tests.journal.rows import add, done, failed, intent


def effect(journal: RamJournal, call_id: str) -> Effect:
    return next(one for one in effects(journal.rows()) if one.call_id == call_id)


def do(journal: RamJournal, call_id: str, session: str = "s") -> None:
    add(
        journal,
        ("intent", intent(call_id, f"/w/{call_id}")),
        ("outcome", done(call_id, f"/w/{call_id}")),
        session=session,
    )


def turn(journal: RamJournal, target: str, by: str, session: str = "s") -> None:
    """Undo or redo `target` as the kernel does: the link, the intent, the outcome."""
    add(journal, ("undone", UndoneRow(target, by)), session=session)
    do(journal, by, session)


def test_an_effect_that_ended_well_is_done_and_its_outcome_brings_the_steps() -> None:
    journal = RamJournal(lambda: 7.0)
    do(journal, "1")
    (one,) = effects(journal.rows())
    assert (one.call_id, one.session, one.ts, one.seq, one.name) == ("1", "s", 7.0, 1, "file.write")
    assert (one.status, one.undo, one.is_undoable) == ("done", done("1", "/w/1").undo, True)


def test_an_outcome_without_steps_leaves_those_of_the_plan() -> None:
    journal = RamJournal()
    add(journal, ("intent", intent("1")), ("outcome", OutcomeRow("1", "file.write", True)))
    assert effect(journal, "1").undo == intent("1").plan.undo


def test_a_failed_effect_is_not_undoable() -> None:
    journal = RamJournal()
    add(journal, ("intent", intent("1")), ("outcome", failed("1")))
    assert effect(journal, "1").status == "failed"
    assert undoable(effects(journal.rows())) == []


def test_an_effect_without_end_is_open_and_keeps_the_plans_steps() -> None:
    journal = RamJournal()
    do(journal, "1")
    add(journal, ("intent", intent("2")), ("intent", intent("3")))
    found = open_effects(effects(journal.rows()))
    assert [(one.call_id, one.status) for one in found] == [("3", "open"), ("2", "open")]
    assert found[0].undo == intent("3").plan.undo


def test_an_effect_whose_driver_died_is_open_until_recovery_ends_it() -> None:
    journal = RamJournal()
    add(journal, ("intent", intent("1")), ("outcome", failed("1", DriverDied.code)))
    assert effect(journal, "1").status == "open"
    add(journal, ("outcome", failed("1")))
    assert effect(journal, "1").status == "failed"


def test_an_open_effect_that_was_rolled_back_is_over_and_cannot_be_redone() -> None:
    journal = RamJournal()
    add(journal, ("intent", intent("1")))
    add(journal, ("undone", UndoneRow("1", "r")), ("intent", intent("r")), ("outcome", failed("r")))
    assert effect(journal, "1").status == "open"
    turn(journal, "1", "r2")
    assert effect(journal, "1").status == "failed"
    assert redoable(effects(journal.rows())) == []


def test_an_outcome_of_a_read_makes_no_effect() -> None:
    journal = RamJournal()
    add(journal, ("outcome", done("1")), ("note", NoteRow("x")))
    assert effects(journal.rows()) == []


def test_an_effect_without_steps_stands_for_good() -> None:
    journal = RamJournal()
    add(
        journal,
        ("intent", IntentRow("1", "tool.exec", {}, Plan((), ()))),
        ("outcome", type(done("1"))("1", "x", True)),
    )
    assert effect(journal, "1").status == "done"
    assert undoable(effects(journal.rows())) == []


def test_undo_takes_the_newest_first_and_redo_the_last_undone() -> None:
    journal = RamJournal()
    for call_id in ("1", "2", "3"):
        do(journal, call_id)
    assert [one.call_id for one in next_undo(effects(journal.rows()))] == ["3"]
    turn(journal, "3", "u3")
    assert [one.call_id for one in next_undo(effects(journal.rows()), 5)] == ["2", "1"]
    turn(journal, "1", "u1")
    assert [one.call_id for one in next_redo(effects(journal.rows()), 5)] == ["1", "3"]
    assert [one.call_id for one in next_redo(effects(journal.rows()), "3")] == ["3"]
    assert effect(journal, "u3").undoes == "3"


def test_the_steps_of_an_undone_effect_are_those_that_bring_it_again() -> None:
    journal = RamJournal()
    do(journal, "1")
    turn(journal, "1", "u")
    assert (effect(journal, "1").status, effect(journal, "1").undo) == ("undone", done("u", "/w/u").undo)
    turn(journal, "1", "r")
    assert (effect(journal, "1").status, effect(journal, "1").undo) == ("redone", done("r", "/w/r").undo)
    assert effect(journal, "1").is_undoable


def test_redo_may_name_the_undo_it_takes_back() -> None:
    journal = RamJournal()
    do(journal, "1")
    turn(journal, "1", "u")
    turn(journal, "u", "r")
    assert effect(journal, "1").status == "redone"
    turn(journal, "r", "v")
    assert effect(journal, "1").status == "undone"


@pytest.mark.parametrize("end", [None, failed("u"), failed("u", DriverDied.code)])
def test_an_undo_that_did_not_end_well_changes_nothing(end: OutcomeRow | None) -> None:
    journal = RamJournal()
    do(journal, "1")
    add(journal, ("undone", UndoneRow("1", "u")), ("intent", intent("u")))
    if end is not None:
        add(journal, ("outcome", end))
    assert effect(journal, "1").status == "done"
    assert effect(journal, "1").undo == done("1", "/w/1").undo


def test_an_undo_without_an_intent_of_its_own_holds_at_once() -> None:
    journal = RamJournal()
    do(journal, "1")
    add(journal, ("undone", UndoneRow("1", "by hand")))
    assert effect(journal, "1").status == "undone"
    assert not effect(journal, "1").is_redoable


def test_an_effect_can_be_undone_from_another_session() -> None:
    journal = RamJournal()
    do(journal, "1", "one")
    turn(journal, "1", "u", "two")
    found = effects(journal.rows(kinds=EFFECT_KINDS), "one")
    assert [(one.call_id, one.status) for one in found] == [("1", "undone")]


def test_nothing_to_undo_is_said() -> None:
    with pytest.raises(NotFound, match=r"^there is nothing to undo$"):
        next_undo([])
    with pytest.raises(NotFound, match=r"^there is no effect 'x' to redo$"):
        next_redo([], "x")


def test_a_circle_of_links_ends() -> None:
    journal = RamJournal()
    do(journal, "1")
    add(journal, ("undone", UndoneRow("1", "2")), ("undone", UndoneRow("2", "1")))
    assert len(effects(journal.rows())) == 1


@given(st.lists(st.sampled_from(["do", "fail", "crash", "undo", "redo", "undo fails"]), max_size=25))
def test_undo_and_redo_agree_with_a_pair_of_stacks(script: list[str]) -> None:
    journal = RamJournal()
    in_force: list[str] = []
    undone: list[str] = []
    for number, act in enumerate(script):
        call_id = f"c{number}"
        if act == "do":
            do(journal, call_id)
            in_force.append(call_id)
        elif act == "fail":
            add(journal, ("intent", intent(call_id)), ("outcome", failed(call_id)))
        elif act == "crash":
            add(journal, ("intent", intent(call_id)))
        elif act == "redo" and undone:
            in_force.append(undone.pop())
            turn(journal, in_force[-1], call_id)
        elif act == "undo" and in_force:
            in_force.sort(key=lambda one: int(one[1:]))
            undone.append(in_force.pop())
            turn(journal, undone[-1], call_id)
        elif act == "undo fails" and in_force:
            add(
                journal,
                ("undone", UndoneRow(in_force[-1], call_id)),
                ("intent", intent(call_id)),
                ("outcome", failed(call_id)),
            )
    found = effects(journal.rows())
    assert [one.call_id for one in redoable(found)] == undone[::-1]
    assert {one.call_id for one in undoable(found)} == set(in_force)
    assert [one.seq for one in undoable(found)] == sorted((one.seq for one in undoable(found)), reverse=True)
    assert len(open_effects(found)) == sum(one == "crash" for one in script)


@given(st.permutations(range(6)), st.integers(0, 5))
def test_an_undo_links_the_same_wherever_its_row_stands_among_others(order: list[int], at: int) -> None:
    """Two shells interleave their rows: the fold depends on order within a call only."""
    journal = RamJournal()
    for number in order:
        do(journal, str(number))
    add(journal, ("intent", intent("u")), ("undone", UndoneRow(str(at), "u")), ("outcome", done("u")))
    assert {one.call_id for one in redoable(effects(journal.rows()))} == {str(at)}


def test_steps_survive_the_way_through_the_journal() -> None:
    journal = RamJournal()
    step = Step("restore", "/w/a", blob="ab", mode=0o640, mtime_ns=5, xattrs={"user.x": b"\xff"})
    add(journal, ("intent", IntentRow("1", "file.write", {}, Plan((), (step,)))))
    assert effect(journal, "1").plan.undo == (step,)
