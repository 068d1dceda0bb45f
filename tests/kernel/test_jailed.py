"""Jailed drivers: started when needed, once; restarted when dead; stopped when they give no answer."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from kernel.call import Ok
from kernel.drivers.jailed import JailedDriver
from kernel.drivers.launch import Grants, Program, grants_of
from kernel.gate import Gate
from kernel.journal.effects import EFFECT_KINDS, effects
from kernel.policy import Policy
from kernel.process import Process, workspace_caps
from kernel.undoer import Undoer
from syscalls import file
from syscalls.caps import Cap, Right
from syscalls.errors import BadArgument, DeviceFailed, DriverDied, NotFound, UnknownCall
from syscalls.table import AnyCall, Table
from tests.kernel import odd_app
from tests.kernel.world import FILES, Disk, agent, disk_at, error_of, soon
from tests.tiers import best

ROOT = str(Path(__file__).parents[2])
ODD = Program("odd", "tests.kernel.odd_app:odd", imports=(ROOT,), has_files=True)
PLUGIN = Program("odd", "tests.kernel.odd_app:odd", imports=(ROOT,))
CALLS: tuple[AnyCall, ...] = (
    odd_app.pid,
    odd_app.sleep,
    odd_app.die,
    odd_app.lie,
    odd_app.refuse,
    odd_app.stumble,
    odd_app.half,
)


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    async with disk_at(tmp_path, ODD) as made:
        yield made


async def pid_of(disk: Disk) -> int:
    async with soon():
        answer = await disk.drivers.look(disk.process, odd_app.pid, {})
    (driver,) = [each for each in disk.drivers.running() if each.program is ODD]
    assert answer.value
    return driver.child.pid


def inner(pid: int) -> int:
    """The program itself, where the process we know only waits for it."""
    return next((each.pid for each in psutil.Process(pid).children()), pid)


async def failing(disk: Disk, call: AnyCall) -> str:
    async with soon():
        with pytest.raises(DriverDied) as caught:
            await disk.drivers.look(disk.process, call, {})
    return str(caught.value)


async def test_several_first_calls_at_once_start_one_process(disk: Disk) -> None:
    async with soon(), asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(disk.drivers.look(disk.process, odd_app.pid, {}))
    assert len(disk.drivers.running()) == 1


async def test_a_warm_driver_is_used_again_and_another_grant_gets_another(disk: Disk) -> None:
    first = await pid_of(disk)
    assert await pid_of(disk) == first
    reader = agent([Cap(Right.FS_READ, str(disk.work))], cwd=str(disk.work))
    async with soon():
        await disk.drivers.look(reader, odd_app.pid, {})
    assert len(disk.drivers.running()) == 2


async def test_a_driver_that_was_killed_is_started_anew_for_the_next_call(disk: Disk) -> None:
    first = await pid_of(disk)
    assert await killed(disk) == "the odd driver was killed by signal 9"
    assert disk.drivers.running() == []
    assert await pid_of(disk) != first


async def killed(disk: Disk) -> str:
    """What a call under way says when its driver is killed."""
    pid = await pid_of(disk)
    async with soon(), asyncio.TaskGroup() as group:
        waiting = group.create_task(failing(disk, odd_app.sleep))
        await asyncio.sleep(0)
        os.kill(pid, 9)
    return waiting.result()


async def test_how_a_driver_ended_is_said_in_one_sentence(disk: Disk) -> None:
    assert await failing(disk, odd_app.die) == "the odd driver ended with status 3: out of ideas"
    assert await killed(disk) == "the odd driver was killed by signal 9"


async def test_a_deadline_kills_the_driver_that_let_it_pass(disk: Disk) -> None:
    first = await pid_of(disk)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await disk.drivers.look(disk.process, odd_app.sleep, {})
    assert not psutil.pid_exists(first)
    assert await pid_of(disk) != first


async def test_what_the_driver_declares_is_raised_and_it_goes_on(disk: Disk) -> None:
    first = await pid_of(disk)
    async with soon():
        with pytest.raises(NotFound, match="nothing of that kind"):
            await disk.drivers.look(disk.process, odd_app.refuse, {})
        with pytest.raises(DeviceFailed, match="bug in the driver: ZeroDivisionError: one over none"):
            await disk.drivers.look(disk.process, odd_app.stumble, {})
        with pytest.raises(BadArgument):
            await disk.drivers.look(disk.process, odd_app.pid, {"seconds": "many"})
    assert await pid_of(disk) == first


async def test_a_value_of_another_shape_is_a_dead_driver_to_the_gate(disk: Disk) -> None:
    gate = Gate(Table(CALLS), disk.drivers, Policy(), disk.journal, "s1", disk.approver)
    symbol, text = error_of(await with_gate(disk, gate)("odd.lie"))
    assert symbol == "EDRIVER"
    assert text.startswith("the answer to odd.lie is not what it declares")


def with_gate(disk: Disk, gate: Gate) -> Disk:
    disk.gate = gate
    return disk


async def test_what_a_driver_did_by_half_before_it_died_is_open_and_rolled_back(disk: Disk) -> None:
    gate = Gate(Table((*CALLS, *file.CALLS)), disk.drivers, Policy(), disk.journal, "s1", disk.approver)
    reply = await with_gate(disk, gate)("odd.half", path="report.txt")
    assert error_of(reply) == ("EDRIVER", "the odd driver ended with status 4")
    assert disk.texts() == {"report.txt": "hal"}
    (effect,) = effects(disk.journal.rows(kinds=EFFECT_KINDS))
    assert effect.status == "open"
    async with soon():
        (back,) = await Undoer(gate, disk.journal, "s2", str(disk.store)).recover(
            disk.process, lambda _: False
        )
    assert isinstance(back, Ok)
    assert disk.texts() == {}


async def test_a_planned_effect_that_is_dropped_leaves_nothing(disk: Disk) -> None:
    async with soon():
        prepared = await disk.drivers.prepare(
            disk.process, file.write, {"path": str(disk.work / "a"), "content": ""}
        )
        assert [change.what for change in prepared.plan.changes] == ["created"]
        await prepared.abort()
        with pytest.raises(BadArgument, match="nothing is planned under"):
            await prepared.commit()
    assert os.listdir(disk.work) == []


async def test_a_call_it_does_not_serve_is_an_unknown_one(disk: Disk) -> None:
    async with soon():
        driver = await JailedDriver.start(PLUGIN, Grants(), "", best())
        try:
            with pytest.raises(UnknownCall, match=r"app 'odd' serves no 'file\.read'"):
                await driver.look(file.read, {"path": "/x"})
            manifest = await driver.describe()
        finally:
            driver.kill()
    assert [page["name"] for page in manifest["calls"]] == [call.name for call in CALLS]


async def test_a_program_that_is_none_ends_and_says_why() -> None:
    missing = Program("gone", "tests.kernel.nowhere:app", imports=(ROOT,))
    async with soon():
        driver = await JailedDriver.start(missing, Grants(), "", best())
        try:
            with pytest.raises(DriverDied, match=r"the gone driver ended with status 1: .*nowhere"):
                await driver.describe()
        finally:
            driver.kill()


async def test_closing_ends_every_process(disk: Disk) -> None:
    pid = await pid_of(disk)
    async with soon():
        await disk.drivers.warm(disk.process, "file")
    disk.drivers.close()
    assert disk.drivers.running() == []
    assert not psutil.pid_exists(pid)


async def test_a_driver_runs_jailed(disk: Disk) -> None:
    pid = inner(await pid_of(disk))
    status, environment = proc(pid, "status"), proc(pid, "environ").split("\0")
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert {word.partition("=")[0] for word in environment if word} == {
        "PATH",
        "HOME",
        "LANG",
        "TMPDIR",
        "MALLOC_ARENA_MAX",
    }


def proc(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text("utf-8")


def holding(*caps: Cap) -> Process:
    return Process(1, "", frozenset(caps), cwd="/desk", home="/home/ana")


def test_a_driver_is_opened_on_what_its_caller_holds_and_no_more(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    grants = grants_of(FILES, holding(Cap(Right.FS_READ, str(one)), Cap(Right.FS_WRITE, str(two))))
    assert grants == Grants((str(one),), (str(two),), "/desk")
    both = grants_of(FILES, holding(Cap(Right.FS_READ, str(one)), Cap(Right.FS_WRITE, str(one))))
    assert both == Grants((), (str(one),), "/desk")


def test_an_approved_file_opens_the_nearest_folder_that_exists(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    wanted = (Cap(Right.FS_READ, str(tmp_path / "a")), Cap(Right.FS_WRITE, str(tmp_path / "new/deep/b")))
    assert grants_of(FILES, holding(*wanted)) == Grants((str(tmp_path),), (str(tmp_path),), "/desk")


def test_a_program_that_serves_no_files_gets_none() -> None:
    machine = Program("sys", "apps.machine.app:machine")
    assert grants_of(machine, Process(1, "", workspace_caps(["/desk"]), cwd="/desk", home="/h")) == Grants(
        home="/desk"
    )


async def test_a_store_of_pre_images_is_out_of_reach_of_a_read(disk: Disk) -> None:
    await disk("file.write", path="a.txt", content="one")
    reply = await disk("file.read", path=str(disk.store))
    assert error_of(reply)[0] == "EDENIED"
