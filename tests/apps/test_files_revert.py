"""Undo never overwrites later work, and a killed driver leaves nothing that cannot be rolled back."""

import os
import random
import signal
import time
from pathlib import Path

import msgspec
import pytest

from syscalls import file, wire
from syscalls.errors import NotPermitted, Stale
from syscalls.undo import Step
from tests.apps.client import Desk, cases, driver, seen

FILES = "apps.files.app:files"


def test_a_file_changed_since_is_not_overwritten_unless_forced(desk: Desk) -> None:
    (desk.at / "a").write_text("old")
    desk(file.write, path="a", content="new")
    undo = desk.driver.undo
    (desk.at / "a").write_text("later work")
    with pytest.raises(Stale, match="was changed since; undo would lose that"):
        desk.undo(undo)
    assert (desk.at / "a").read_text() == "later work"
    redo = desk.undo(undo, force=True)
    assert (desk.at / "a").read_text() == "old"
    desk.undo(redo)
    assert (desk.at / "a").read_text() == "later work"


def test_a_made_file_that_was_worked_on_is_not_taken_away(desk: Desk) -> None:
    desk(file.write, path="d/a", content="new")
    undo = desk.driver.undo
    (desk.at / "d/a").write_text("later work")
    with pytest.raises(Stale):
        desk.undo(undo)
    (desk.at / "d/a").unlink()
    (desk.at / "d/other").write_text("later work")
    with pytest.raises(Stale, match=r"holds '.*d/other', which was added since"):
        desk.undo(undo)
    assert (desk.at / "d/other").exists()


def test_what_the_user_took_back_himself_is_no_trouble(desk: Desk) -> None:
    desk(file.write, path="d/a", content="new")
    undo = desk.driver.undo
    (desk.at / "d/a").unlink()
    desk.undo(undo)
    assert list(desk.at.iterdir()) == []


def test_a_place_taken_since_is_not_overwritten(desk: Desk) -> None:
    (desk.at / "a").write_text("old")
    desk(file.move, paths=["a"], to="b")
    undo = desk.driver.undo
    (desk.at / "a").write_text("newer")
    with pytest.raises(Stale, match="taken by something newer"):
        desk.undo(undo)
    with pytest.raises(Stale):
        desk.undo(undo, force=True)
    assert ((desk.at / "a").read_text(), (desk.at / "b").read_text()) == ("newer", "old")


def test_lines_added_later_by_others_are_kept(desk: Desk) -> None:
    (desk.at / "log").write_text("first\n")
    desk(file.append, path="log", content="ours")
    undo = desk.driver.undo
    with (desk.at / "log").open("a") as log:
        log.write("theirs\n")
    with pytest.raises(Stale):
        desk.undo(undo)
    assert (desk.at / "log").read_text() == "first\nours\ntheirs\n"


def test_undo_of_undo_is_redo(desk: Desk) -> None:
    (desk.at / "a").write_text("one\n")
    desk(file.append, path="a", content="two")
    undo = desk.driver.undo
    for _ in range(3):
        redo = desk.undo(undo)
        assert (desk.at / "a").read_text() == "one\n"
        undo = desk.undo(redo)
        assert (desk.at / "a").read_text() == "one\ntwo\n"


def test_steps_the_gate_was_not_shown_are_refused(desk: Desk) -> None:
    (desk.at / "a").write_text("x")
    step = Step(do="remove", path=str(desk.at / "a"))
    with pytest.raises(NotPermitted, match="not among the paths named"):
        desk.driver(file.revert, paths=[str(desk.at / "b")], steps=[msgspec.to_builtins(step)])
    outside = Step(do="remove", path="/etc/passwd")
    with pytest.raises(NotPermitted, match="outside the granted folders"):
        desk.driver(file.revert, paths=["/etc/passwd"], steps=[msgspec.to_builtins(outside)])


def test_a_step_does_not_follow_a_link_that_was_put_in_its_way(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("victim")
    desk(file.write, path="d/a", content="ours")
    undo = desk.driver.undo
    os.rename(desk.at / "d", desk.at / "gone")
    (desk.at / "d").symlink_to(tmp_path)
    with pytest.raises(Exception, match="d"):
        desk.undo(undo, force=True)
    assert (tmp_path / "a").read_text() == "victim"


def test_planned_steps_alone_take_nothing_back_that_did_not_happen(desk: Desk) -> None:
    (desk.at / "a").write_text("one")
    (desk.at / "d").mkdir()
    (desk.at / "d/b").write_text("two")
    before = seen(desk.at)
    plans = []
    for call, arguments in cases(
        (file.write, {"path": "a", "content": "x"}),
        (file.append, {"path": "a", "content": "x"}),
        (file.edit, {"paths": ["a"], "old": "one", "new": "1"}),
        (file.mkdir, {"paths": ["x/y"]}),
        (file.copy, {"paths": ["d"], "to": "e"}),
        (file.move, {"paths": ["d"], "to": "f"}),
        (file.move, {"paths": ["a"], "to": "d/b", "overwrite": True}),
        (file.delete, {"paths": ["d", "a"]}),
        (file.mode, {"paths": ["a"], "mode": "600"}),
    ):
        identity = desk.prepare(call, **arguments)
        plans.append(desk.driver.plan.undo)
        desk.driver.abort(identity)
    for plan in plans:
        desk.undo(plan)
    assert seen(desk.at) == before


def test_after_a_crash_later_work_is_left_alone(desk: Desk) -> None:
    (desk.at / "a").write_text("old")
    identity = desk.prepare(file.write, path="a", content="new")
    plan = desk.driver.plan.undo
    desk.driver.abort(identity)
    (desk.at / "a").write_text("written by hand before recovery")
    desk.undo(plan)
    assert (desk.at / "a").read_text() == "written by hand before recovery"
    (desk.at / "a").write_text("new")
    desk.undo(plan)
    assert (desk.at / "a").read_text() == "old"


@pytest.mark.parametrize("seed", range(3))
def test_a_driver_killed_in_the_middle_is_rolled_back(tmp_path: Path, seed: int) -> None:
    ws, store = tmp_path / "ws", tmp_path / "store"
    store.mkdir()
    for number in range(40):
        path = ws / f"d{number % 5}/f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"old {number}\n" * 50)
        os.utime(path, ns=(10**18, 10**18 + number))
    before = seen(ws)
    call, arguments = cases(
        (file.edit, {"paths": [f"{ws}/*/*"], "old": "old", "new": "new"}),
        (file.copy, {"paths": [f"{ws}/d0", f"{ws}/d1", f"{ws}/d2"], "to": f"{ws}/copies/"}),
        (file.move, {"paths": [f"{ws}/*/*"], "to": f"{ws}/all/"}),
    )[seed % 3]
    with driver(FILES, ws, store=store) as victim:
        identity = victim.prepare(call, **arguments)
        plan = victim.plan.undo
        victim.send(wire.Commit(identity))
        time.sleep(random.Random(seed).uniform(0.002, 0.03))  # where it is hit does not matter
        victim.process.send_signal(signal.SIGKILL)
        victim.process.wait()
    for path in ws.rglob("f*"):
        assert path.read_text()[:3] in ("old", "new") and len(path.read_text().splitlines()) == 50
    with driver(FILES, ws, store=store) as started:
        Desk(started, ws, store).undo(plan)
    assert seen(ws) == before


def test_a_folder_that_is_made_again_has_the_time_it_had(desk: Desk) -> None:
    desk(file.write, path="d/a", content="new")
    undo, before = desk.driver.undo, seen(desk.at)
    desk.undo(desk.undo(undo))
    assert seen(desk.at) == before


def test_bits_that_writing_takes_away_come_back(desk: Desk) -> None:
    """The system drops set-group-id from a file that is written to."""
    (desk.at / "a").write_text("one\n")
    (desk.at / "a").chmod(0o2755)
    before = seen(desk.at)
    desk(file.append, path="a", content="two")
    undo, after = desk.driver.undo, seen(desk.at)
    redo = desk.undo(undo)
    assert seen(desk.at) == before
    desk.undo(redo)
    assert seen(desk.at) == after


def test_rolling_back_an_addition_that_never_happened_takes_nothing_off(desk: Desk) -> None:
    """The file ends with the same line already."""
    (desk.at / "log").write_text("one\nsame\n")
    identity = desk.prepare(file.append, path="log", content="same")
    planned = desk.driver.plan.undo
    desk.driver.abort(identity)
    desk.undo(planned)
    assert (desk.at / "log").read_text() == "one\nsame\n"


def test_an_addition_that_was_written_by_half_is_taken_off(desk: Desk) -> None:
    (desk.at / "log").write_text("one\n")
    identity = desk.prepare(file.append, path="log", content="two and more")
    planned = desk.driver.plan.undo
    desk.driver.abort(identity)
    with (desk.at / "log").open("a") as log:
        log.write("two an")
    desk.undo(planned)
    assert (desk.at / "log").read_text() == "one\n"


def test_rolling_back_an_undo_that_never_happened_adds_nothing(desk: Desk) -> None:
    (desk.at / "log").write_text("one\n")
    desk(file.append, path="log", content="two")
    undo = desk.driver.undo
    paths = [step.path for step in undo]
    identity = desk.driver.prepare(file.revert, paths=paths, steps=msgspec.to_builtins(undo), force=False)
    planned = desk.driver.plan.undo
    desk.driver.abort(identity)
    desk.undo(planned)
    assert (desk.at / "log").read_text() == "one\ntwo\n"
