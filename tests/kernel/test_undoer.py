"""Undo and redo over real files: what was there comes back, and later work is never overwritten."""

import os
from pathlib import Path

import pytest

from kernel.call import Ok
from kernel.drivers.jailed import Drivers
from syscalls.errors import BadArgument, NotFound
from syscalls.table import Table
from tests.kernel.world import CALLS, FILES, Disk, agent, error_of, soon
from tests.tiers import best


async def test_undo_takes_the_newest_effect_back_and_redo_brings_it_again(disk: Disk) -> None:
    await disk("file.write", path="a.txt", content="one")
    await disk("file.write", path="a.txt", content="two")
    async with soon():
        await disk.undoer.undo(disk.process)
        assert disk.texts() == {"a.txt": "one"}
        await disk.undoer.undo(disk.process)
        assert disk.texts() == {}
        await disk.undoer.redo(disk.process)
        assert disk.texts() == {"a.txt": "one"}
        await disk.undoer.redo(disk.process)
        assert disk.texts() == {"a.txt": "two"}
        with pytest.raises(NotFound, match="there is nothing to redo"):
            await disk.undoer.redo(disk.process)


async def test_several_effects_are_taken_back_in_one_go_newest_first(disk: Disk) -> None:
    for content in ("one", "two", "three"):
        await disk("file.write", path="a.txt", content=content)
    async with soon():
        replies = await disk.undoer.undo(disk.process, 2)
    assert [type(reply) for reply in replies] == [Ok, Ok]
    assert disk.texts() == {"a.txt": "one"}


async def test_an_effect_can_be_taken_back_by_its_name(disk: Disk) -> None:
    first = await disk("file.write", path="a.txt", content="one")
    await disk("file.write", path="b.txt", content="two")
    assert isinstance(first, Ok)
    async with soon():
        await disk.undoer.undo(disk.process, first.call.id)
        assert disk.texts() == {"b.txt": "two"}
        with pytest.raises(NotFound, match="there is no effect 'nonsense' to undo"):
            await disk.undoer.undo(disk.process, "nonsense")


async def test_mode_and_time_come_back_with_the_bytes(disk: Disk) -> None:
    path = disk.work / "run.sh"
    path.write_text("echo\n", "utf-8")
    path.chmod(0o750)
    os.utime(path, ns=(1_000_000_000, 2_000_000_000))
    await disk("file.delete", paths=["run.sh"])
    assert disk.texts() == {}
    async with soon():
        await disk.undoer.undo(disk.process)
    info = os.stat(path)
    assert (info.st_mode & 0o777, info.st_mtime_ns) == (0o750, 2_000_000_000)
    assert disk.texts() == {"run.sh": "echo\n"}


async def test_work_done_since_is_not_overwritten_unless_forced(disk: Disk) -> None:
    await disk("file.write", path="a.txt", content="one")
    (disk.work / "a.txt").write_text("mine", "utf-8")
    async with soon():
        (reply,) = await disk.undoer.undo(disk.process)
        assert error_of(reply)[0] == "ESTALE"
        assert disk.texts() == {"a.txt": "mine"}
        (reply,) = await disk.undoer.undo(disk.process, force=True)
        assert isinstance(reply, Ok)
        assert disk.texts() == {}
        await disk.undoer.redo(disk.process)
    assert disk.texts() == {"a.txt": "mine"}


async def test_a_failed_undo_stops_the_row_so_that_nothing_is_undone_out_of_order(disk: Disk) -> None:
    await disk("file.write", path="a.txt", content="one")
    await disk("file.write", path="b.txt", content="two")
    (disk.work / "b.txt").write_text("mine", "utf-8")
    async with soon():
        replies = await disk.undoer.undo(disk.process, 2)
    assert len(replies) == 1
    assert disk.texts() == {"a.txt": "one", "b.txt": "mine"}


async def test_undo_reaches_effects_of_earlier_sessions_in_the_same_workspace(disk: Disk) -> None:
    await disk("file.write", path="a.txt", content="one")
    async with soon():
        await disk.but(session="s2").undoer.undo(disk.process)
    assert disk.texts() == {}


async def test_undo_by_count_does_not_reach_into_another_workspace(disk: Disk, tmp_path: Path) -> None:
    await disk("file.write", path="a.txt", content="one")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(NotFound, match="there is nothing to undo"):
        await disk.undoer.undo(agent(cwd=str(elsewhere)))
    assert disk.texts() == {"a.txt": "one"}


async def test_undo_by_name_of_another_workspaces_effect_needs_a_yes(disk: Disk, tmp_path: Path) -> None:
    done = await disk("file.write", path="a.txt", content="one")
    assert isinstance(done, Ok)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with soon():
        (reply,) = await disk.undoer.undo(agent(cwd=str(elsewhere)), done.call.id)
    assert error_of(reply)[0] == "EDENIED"
    assert disk.texts() == {"a.txt": "one"}


async def test_undo_needs_no_driver_that_saw_the_effect(disk: Disk) -> None:
    await disk("file.write", path="a.txt", content="one")
    await disk("file.delete", paths=["a.txt"])
    disk.drivers.close()
    fresh = Drivers([FILES], str(disk.store), best())
    try:
        async with soon():
            await disk.but(drivers=fresh).undoer.undo(disk.process)
        assert disk.texts() == {"a.txt": "one"}
    finally:
        fresh.close()


async def test_the_history_tells_how_each_effect_stands(disk: Disk) -> None:
    await disk("file.write", path="a.txt", content="one")
    await disk("file.write", path="b.txt", content="two")
    async with soon():
        await disk.undoer.undo(disk.process)
    own = [effect for effect in disk.undoer.history() if effect.undoes is None]
    assert [(effect.name, effect.status) for effect in own] == [
        ("file.write", "done"),
        ("file.write", "undone"),
    ]


def test_an_effect_on_any_number_of_files_can_be_taken_back() -> None:
    paths = [f"/w/{number}" for number in range(20_000)]
    Table(CALLS)["file.revert"].check({"paths": paths, "steps": []})
    with pytest.raises(BadArgument, match="paths"):
        Table(CALLS)["file.revert"].check({"paths": [], "steps": []})
