"""Whoever is killed at whatever moment: what was half done is rolled back, and all can still be undone and redone."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kernel.call import Err, Ok
from kernel.journal.effects import undoable
from kernel.journal.ram import RamJournal
from kernel.journal.sqlite import SqliteJournal
from kernel.process import Limits
from tests.kernel.world import Disk, agent, disk_at, soon
from tests.property.trees import SEQUENCES, Op, State, Tree, differences, plant, state_of, trees

FEW = settings(
    max_examples=12, derandomize=True, deadline=None, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
MANY = settings(FEW, max_examples=300)
AFTER_US = st.integers(0, 4_000)
"""Microseconds from a call's beginning to the kill; an effect takes about 2,000."""


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    async with disk_at(tmp_path) as made:
        yield made


async def recovered(here: Disk) -> None:
    """As a next start does it."""
    async with soon():
        replies = await here.undoer.recover(here.process, lambda session: False)
    assert all(isinstance(reply, Ok) for reply in replies), replies


async def back_and_forth(here: Disk, first: dict[str, State]) -> None:
    """All that stands is undone, redone, and undone again."""
    last, count = state_of(here.work), len(undoable(here.undoer.history()))
    turns = (("undo", first), ("redo", last), ("undo", first)) if count else ()
    for turn, wanted in turns:
        async with soon():
            replies = await getattr(here.undoer, turn)(here.process, count)
        assert all(isinstance(reply, Ok) for reply in replies), (turn, replies)
        assert differences(wanted, state_of(here.work)) == [], turn
    if not count:
        assert differences(first, last) == []


async def check_driver(disk: Disk, tree: Tree, ops: list[Op], victim: int, after_us: int) -> None:
    """Kill the driver at one of the calls."""
    plant(disk.work, tree)
    process = agent(cwd=str(disk.work), limits=Limits(calls=None))
    here = disk.but(journal=RamJournal(), process=process)
    first = state_of(here.work)
    async with soon():
        await here.drivers.warm(process, "file")
    (driver,) = here.drivers.running()
    for number, (name, arguments) in enumerate(ops):
        before = state_of(here.work)
        if number == victim % len(ops):
            kill = asyncio.get_running_loop().call_later(
                after_us / 1e6, os.kill, driver.child.pid, signal.SIGKILL
            )
            reply = await here(name, **arguments)
            kill.cancel()
            driver.kill()  # it may be dying only just now, and the next call is to find a live one
        else:
            reply = await here(name, **arguments)
        if isinstance(reply, Err):
            await recovered(here)
            assert differences(before, state_of(here.work)) == [], f"{name} {arguments}"
    await back_and_forth(here, first)


@FEW
@given(tree=trees(), ops=SEQUENCES, victim=st.integers(0, 7), after_us=AFTER_US)
async def test_a_driver_killed_at_any_moment_leaves_nothing_half_done(
    disk: Disk, tree: Tree, ops: list[Op], victim: int, after_us: int
) -> None:
    await check_driver(disk, tree, ops, victim, after_us)


@pytest.mark.slow
@MANY
@given(tree=trees(), ops=SEQUENCES, victim=st.integers(0, 7), after_us=AFTER_US)
async def test_three_hundred_killed_drivers_leave_nothing_half_done(
    disk: Disk, tree: Tree, ops: list[Op], victim: int, after_us: int
) -> None:
    await check_driver(disk, tree, ops, victim, after_us)


def killed_kernel(folder: Path, tree: Tree, ops: list[Op], after_us: int) -> dict[str, State]:
    """Start a whole kernel on a fresh workspace and kill it at work; how the workspace was at first."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    plant(work, tree)
    first = state_of(work)
    for old in folder.glob("journal.db*"):
        old.unlink()
    command = [sys.executable, "-m", "tests.property.doomed", str(folder), json.dumps(ops)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as kernel:
        assert kernel.stdout is not None
        assert kernel.stdout.readline() == b"ready\n"
        try:
            kernel.wait(timeout=after_us / 1e6)
        except subprocess.TimeoutExpired:
            kernel.kill()
    return first


async def check_kernel(folder: Path, tree: Tree, ops: list[Op], after_us: int) -> None:
    """A second kernel starts on what a killed one left."""
    first = killed_kernel(folder, tree, ops, after_us)
    journal = SqliteJournal.open(folder / "journal.db")
    try:
        async with disk_at(folder) as fresh:
            process = agent(cwd=str(fresh.work), limits=Limits(calls=None))
            here = fresh.but(journal=journal, process=process, session="s2")
            await recovered(here)
            await back_and_forth(here, first)
    finally:
        journal.close()


@pytest.mark.slow
@settings(MANY, max_examples=100)
@given(tree=trees(), ops=SEQUENCES, after_us=st.integers(0, 30_000))
async def test_a_hundred_killed_kernels_leave_nothing_half_done(
    tmp_path: Path, tree: Tree, ops: list[Op], after_us: int
) -> None:
    await check_kernel(tmp_path, tree, ops, after_us)
