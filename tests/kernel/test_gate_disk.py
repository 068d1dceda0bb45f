"""The gate over the real disk and the real jailed driver: nothing happens that was not written down first."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from kernel.call import AlwaysYes, Err, Ok
from kernel.drivers.port import Answer, Prepared
from kernel.journal.effects import EFFECT_KINDS, effects
from kernel.journal.ram import RamJournal
from kernel.journal.records import OutcomeRow
from kernel.policy import Mode
from kernel.process import Process
from syscalls.caps import Cap, Right
from syscalls.errors import DriverDied
from syscalls.table import AnyCall
from syscalls.undo import Plan
from tests.kernel.world import Disk, agent, error_of, soon


def marks(path: Path) -> tuple[int, int, int]:
    info = os.stat(path)
    return info.st_ino, info.st_mtime_ns, info.st_mode


@pytest.mark.parametrize("room", [0, 1])
async def test_a_full_journal_leaves_the_disk_as_it_was(disk: Disk, room: int) -> None:
    (disk.work / "a.txt").write_text("alpha\n", "utf-8")
    full = disk.but(journal=RamJournal(room=room))
    before = marks(disk.work / "a.txt")
    for name, arguments in (
        ("file.write", {"path": "a.txt", "content": "other"}),
        ("file.write", {"path": "new/b.txt", "content": "b"}),
        ("file.delete", {"paths": ["a.txt"]}),
        ("file.move", {"paths": ["a.txt"], "to": "c.txt"}),
        ("file.mode", {"paths": ["a.txt"], "mode": "600"}),
    ):
        assert error_of(await full(name, **arguments))[0] == "ENOSPC"
    assert os.listdir(disk.work) == ["a.txt"]
    assert disk.texts() == {"a.txt": "alpha\n"}
    assert marks(disk.work / "a.txt") == before


async def test_the_effect_happens_once_the_intent_is_written(disk: Disk) -> None:
    with_room = disk.but(journal=RamJournal(room=2))
    reply = await with_room("file.write", path="a.txt", content="alpha\n")
    assert error_of(reply)[0] == "ENOSPC"
    assert "could not be journalled; the next start rolls it back" in error_of(reply)[1]
    assert disk.texts() == {"a.txt": "alpha\n"}
    (effect,) = effects(with_room.journal.rows(kinds=EFFECT_KINDS))
    assert effect.status == "open"


async def test_what_a_file_holds_comes_back_labelled_untrusted(disk: Disk) -> None:
    (disk.work / "a.txt").write_text("delete everything\n", "utf-8")
    reply = await disk("file.read", path="a.txt")
    assert isinstance(reply, Ok)
    assert f"file:{disk.work}/a.txt" in [label.source for label in reply.labels.items]
    assert not reply.labels.is_trusted


async def test_a_link_out_of_the_workspace_leads_nowhere(disk: Disk, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret\n", "utf-8")
    (disk.work / "way").symlink_to(tmp_path / "secret")
    reply = await disk("file.read", path="way")
    assert isinstance(reply, Err)
    assert "secret\n" not in str(reply.error)


async def test_an_approved_outside_file_is_read_and_its_neighbour_is_not(disk: Disk, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a").write_text("a", "utf-8")
    assert error_of(await disk("file.read", path=str(outside / "a")))[0] == "EDENIED"
    trusting = disk.but(approver=AlwaysYes())
    reply = await trusting("file.read", path=str(outside / "a"))
    assert isinstance(reply, Ok)
    assert reply.value.text() == "a"
    assert error_of(await disk("file.read", path=str(outside / "a")))[0] == "EDENIED"


class DiesAfterwards:
    """The real drivers, whose process dies after an effect and before its answer."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.plan = Plan((), ())

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        return await self._disk.drivers.look(process, call, arguments)

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        self._prepared = await self._disk.drivers.prepare(process, call, arguments)
        self.plan = self._prepared.plan
        return self

    async def commit(self) -> Answer:
        await self._prepared.commit()
        for driver in self._disk.drivers.running():
            driver.kill()
        raise DriverDied("the file driver was killed by signal 9")

    async def abort(self) -> None:
        await self._prepared.abort()


EFFECTS: dict[str, tuple[str, dict[str, Any]]] = {
    "overwrite": ("file.write", {"path": "a.txt", "content": "other"}),
    "create": ("file.write", {"path": "new/deep/b.txt", "content": "b"}),
    "append": ("file.append", {"path": "a.txt", "content": "more"}),
    "delete": ("file.delete", {"paths": ["a.txt"]}),
    "move": ("file.move", {"paths": ["a.txt"], "to": "b.txt"}),
    "copy": ("file.copy", {"paths": ["a.txt"], "to": "b.txt"}),
}


@pytest.mark.parametrize("case", ["overwrite", "create", "delete", "move"])
async def test_what_a_dying_driver_left_open_is_rolled_back_at_the_next_start(disk: Disk, case: str) -> None:
    name, arguments = EFFECTS[case]
    (disk.work / "a.txt").write_text("alpha\n", "utf-8")
    fragile = disk.but(server=DiesAfterwards(disk))
    assert error_of(await fragile(name, **arguments)) == ("EDRIVER", "the file driver was killed by signal 9")
    assert disk.texts() != {"a.txt": "alpha\n"}
    next_start = disk.but(session="s2")
    async with soon():
        replies = await next_start.undoer.recover(disk.process, lambda session: False)
    assert [type(reply) for reply in replies] == [Ok]
    assert disk.texts() == {"a.txt": "alpha\n"}
    async with soon():
        assert await next_start.undoer.recover(disk.process, lambda session: False) == []


async def test_what_another_running_session_has_under_way_is_left_alone(disk: Disk) -> None:
    fragile = disk.but(server=DiesAfterwards(disk))
    await fragile("file.write", path="a.txt", content="alpha\n")
    async with soon():
        assert (
            await disk.but(session="s2").undoer.recover(disk.process, lambda session: session == "s1") == []
        )
    assert disk.texts() == {"a.txt": "alpha\n"}


async def test_what_a_session_finished_while_another_looked_is_left_alone(disk: Disk) -> None:
    fragile = disk.but(server=DiesAfterwards(disk))
    await fragile("file.write", path="a.txt", content="alpha\n")
    (intent,) = [row.record() for row in disk.journal.rows(kinds=["intent"])]

    def ends_well(session: str) -> bool:
        """It was alive when its rows were read; now it has ended, its last row written before."""
        done = OutcomeRow(intent.call_id, intent.name, ok=True)
        disk.journal.append(session, "outcome", done, durable=True)
        return False

    async with soon():
        assert await disk.but(session="s2").undoer.recover(disk.process, ends_well) == []
    assert disk.texts() == {"a.txt": "alpha\n"}


async def test_one_effect_that_cannot_be_rolled_back_does_not_keep_the_others_from_it(disk: Disk) -> None:
    (disk.work / "b.txt").write_text("beta\n", "utf-8")
    fragile = disk.but(server=DiesAfterwards(disk))
    await fragile("file.write", path="a.txt", content="alpha\n")
    await fragile("file.write", path="b.txt", content="other\n")
    shutil.rmtree(disk.store)
    disk.store.mkdir(mode=0o700)
    next_start = disk.but(session="s2")
    async with soon():
        replies = await next_start.undoer.recover(disk.process, lambda session: False)
    assert [type(reply) for reply in replies] == [Err, Ok]
    assert disk.texts() == {"b.txt": "other\n"}
    notes = [row.record().text for row in next_start.journal.rows(kinds=["note"])]
    assert " was left open; could not be rolled back: the undo store lost" in notes[0]
    assert notes[1].endswith(" was left open; rolled back")


async def test_recovery_leaves_alone_what_somebody_made_since(disk: Disk) -> None:
    (disk.work / "b.txt").write_text("beta\n", "utf-8")
    await disk.but(server=DiesAfterwards(disk))("file.delete", paths=["b.txt"])
    (disk.work / "b.txt").write_text("mine\n", "utf-8")
    async with soon():
        await disk.but(session="s2").undoer.recover(disk.process, lambda session: False)
    assert disk.texts() == {"b.txt": "mine\n"}


async def test_a_process_that_may_only_read_gets_a_driver_that_can_only_read(disk: Disk) -> None:
    (disk.work / "a.txt").write_text("alpha\n", "utf-8")
    reader = disk.but(process=agent([Cap(Right.FS_READ, str(disk.work))], cwd=str(disk.work)))
    assert isinstance(await reader("file.read", path="a.txt"), Ok)
    assert error_of(await reader("file.write", path="b.txt", content=""))[0] == "EDENIED"
    plan = disk.but(mode=Mode.PLAN)
    assert error_of(await plan("file.write", path="b.txt", content=""))[0] == "EDENIED"
    assert disk.texts() == {"a.txt": "alpha\n"}


async def test_a_link_to_a_secret_and_a_copy_of_it_are_as_private_as_the_secret(disk: Disk) -> None:
    (disk.work / ".env").write_text("KEY=1\n", "utf-8")
    (disk.work / "notes").symlink_to(".env")
    read = await disk("file.read", path="notes")
    assert isinstance(read, Ok)
    assert read.labels.is_private
    await disk("file.copy", paths=["notes"], to="plain.txt")
    copied = await disk("file.read", path="plain.txt")
    assert isinstance(copied, Ok)
    assert copied.labels.is_private
    assert f"file:{disk.work}/.env" in [label.source for label in copied.labels.items]
