"""Several changes asked for at once are made all or none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kernel.call import Choice, Err, NoApprover, Ok
from kernel.happenings import Happening, Planned, Watcher
from kernel.loop import Loop, Nobody, Result, Session
from kernel.minds.port import Draft, Drafted, From
from kernel.minds.port import Prompt as MindPrompt
from kernel.policy import Mode
from tests.kernel.world import CALLS, Disk, Person, disk_at, soon


class Answers:
    """A mind that says one thing."""

    name = "one"
    wants_names = False
    has_memory = True

    def __init__(self, *calls: Drafted) -> None:
        self._draft = Draft(calls, is_done=True)

    async def think(self, prompt: MindPrompt) -> Draft:
        """That."""
        return self._draft

    async def close(self) -> None:
        """Nothing to close."""


def calls(*each: tuple[str, dict[str, Any]]) -> list[Drafted]:
    return [Drafted(name, arguments, 1.0) for name, arguments in each]


def watching(seen: list[Happening]) -> Watcher:
    def watch(happening: Happening) -> None:
        seen.append(happening)

    return watch


async def ask(disk: Disk, drafted: Sequence[Drafted], seen: list[Happening]) -> Result:
    loop = Loop(
        disk.gate,
        Answers(*drafted),
        disk.journal,
        Session("s1"),
        Nobody(),
        watching(seen),
        undoer=disk.undoer,
    )
    async with soon():
        return await loop.run(disk.process, "do it", CALLS)


WRITES: list[tuple[str, dict[str, Any]]] = [
    ("file.write", {"path": "a.txt", "content": "new\n"}),
    ("file.write", {"path": "b.txt", "content": "b\n"}),
]


async def test_when_a_later_call_fails_what_was_done_before_is_taken_back_and_that_is_said(
    tmp_path: Path,
) -> None:
    async with disk_at(tmp_path) as disk:
        (disk.work / "a.txt").write_text("old\n")
        seen: list[Happening] = []
        result = await ask(disk, calls(*WRITES, ("file.delete", {"paths": ["gone"]})), seen)
        assert isinstance(result.replies[-1], Err)
        assert str(result.error).endswith("; the 2 changes made before it were taken back")
        assert disk.texts() == {"a.txt": "old\n"}
        assert [one.status for one in disk.undoer.history() if one.undoes is None] == ["undone", "undone"]


async def test_a_no_to_a_later_call_takes_the_earlier_ones_back(tmp_path: Path) -> None:
    async with disk_at(tmp_path) as made:
        disk = made.but(approver=Person(Choice.NO), mode=Mode.ACCEPT_EDITS)
        (disk.work / "old").write_text("old\n")
        result = await ask(disk, calls(*WRITES, ("file.delete", {"paths": ["old"]})), [])
        assert "taken back" in str(result.error)
        assert disk.texts() == {"old": "old\n"}


async def test_what_somebody_changed_meanwhile_stays_and_that_is_said(tmp_path: Path) -> None:
    async with disk_at(tmp_path) as made:
        disk = made.but(mode=Mode.ACCEPT_EDITS)
        (disk.work / "old").write_text("old\n")

        class Meddler(NoApprover):
            """Changes a file while it is asked."""

            is_present = True

            async def approve(self, approval: object) -> Choice:
                """No."""
                (disk.work / "a.txt").write_text("mine, and longer\n")
                return Choice.NO

        disk = disk.but(approver=Meddler(), mode=Mode.ACCEPT_EDITS)
        result = await ask(disk, calls(*WRITES, ("file.delete", {"paths": ["old"]})), [])
        assert "the 1 change made before it was taken back; file.write stays: " in str(result.error)
        assert disk.texts() == {"a.txt": "mine, and longer\n", "old": "old\n"}


async def test_one_change_alone_and_looks_before_it_are_left_as_they_are(tmp_path: Path) -> None:
    async with disk_at(tmp_path) as disk:
        seen: list[Happening] = []
        drafted = calls(WRITES[1], ("file.read", {"path": "gone"}))
        result = await ask(disk, drafted, seen)
        assert "taken back" not in str(result.error)
        assert disk.texts() == {"b.txt": "b\n"}
        assert not [each for each in seen if isinstance(each, Planned)]


@pytest.mark.parametrize(("mode", "is_asked"), [(Mode.ACCEPT_EDITS, False), (Mode.ASK, True)])
async def test_the_whole_plan_is_told_before_the_first_act(
    tmp_path: Path, mode: Mode, is_asked: bool
) -> None:
    async with disk_at(tmp_path) as made:
        disk = made.but(approver=Person(Choice.ONCE, Choice.ONCE), mode=mode)
        seen: list[Happening] = []
        result = await ask(disk, calls(*WRITES), seen)
        assert [type(reply) for reply in result.replies] == [Ok, Ok]
        (told,) = [each for each in seen if isinstance(each, Planned)]
        assert ([call.name for call in told.calls], told.is_asked) == (["file.write", "file.write"], is_asked)
        assert [type(each).__name__ for each in seen].index("Planned") < [
            type(each).__name__ for each in seen
        ].index("Requested")


async def test_what_an_earlier_reply_will_fill_does_not_stop_the_plan(tmp_path: Path) -> None:
    async with disk_at(tmp_path) as disk:
        drafted = calls(WRITES[1], ("file.append", {"path": "b.txt", "content": From(0, "text")}))
        seen: list[Happening] = []
        await ask(disk, drafted, seen)
        assert [each.is_asked for each in seen if isinstance(each, Planned)] == [False]
