"""The caretaker of the examples: real troubles, the exact call asked about, nothing done without a yes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from apps.shell.boot import Kernel, sit, watch_nothing
from apps.shell.host import open_host
from apps.shell.jobruns import keeper_of
from apps.shell.people import People, Talk
from apps.shell.settings import Settings, folders
from examples.caretaker.findings import of_deaths, of_disk
from examples.caretaker.watch import Caretaker
from kernel.call import Approval, Choice, Err, Ok, Proposal
from kernel.loop import Nobody
from kernel.policy import Mode
from kernel.schedule.job import Job, Run, Work
from kernel.schedule.keeper import Around, Ended
from kernel.times.recurrences import Recurrence
from syscalls.errors import DriverDied


class Person:
    """Answers as told, and remembers what was asked."""

    is_present = True

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.asked: list[str] = []

    async def approve(self, approval: Approval) -> Choice:
        self.asked.append(approval.call.line())
        return self.choice


class World:
    """A session whose person watches, a caretaker in it, and what it said."""

    def __init__(self, kernel: Kernel, person: Person) -> None:
        self.kernel = kernel
        self.person = person
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.store = kernel.host.jobs.store

    def caretaker(self, least_percent: float = 0.0) -> Caretaker:
        return Caretaker(self.kernel, self.said.put_nowait, least_percent)

    async def heard(self, text: str) -> str:
        async with asyncio.timeout(20):
            while text not in (line := await self.said.get()):
                pass
        return line

    async def fails(self, id_: str, times: int) -> None:
        """Run a job, by real runs that are recorded."""
        for _ in range(times):
            self.store.make_due(id_)
            await keeper_of(
                self.kernel.host, self.kernel.settings, self.kernel.session.id, Around()
            ).run_due()


@asynccontextmanager
async def world(base: Path, choice: Choice) -> AsyncIterator[World]:
    (base / "w").mkdir()
    places = folders({"AOSH_HOME": str(base / "home")}, base)
    settings = Settings(places, base / "w", base, mind="reader", is_bare=True, mode=Mode.ASK)
    person = Person(choice)
    people = People(person, Nobody(), watch_nothing, Talk(lambda line: None))
    async with open_host(settings) as host, sit(host, settings, people) as kernel:
        yield World(kernel, person)


@pytest.mark.parametrize(("choice", "state"), [(Choice.ONCE, "paused"), (Choice.NO, "waiting")])
async def test_a_job_that_keeps_failing_is_paused_when_a_person_says_so(
    tmp_path: Path, choice: Choice, state: str
) -> None:
    async with world(tmp_path, choice) as made, asyncio.TaskGroup() as group:
        watching = group.create_task(made.caretaker().watch())
        made.store.add(
            Job(
                "bad",
                "bad",
                Work("words", "frobnicate the flux"),
                "UTC",
                rule=_daily(),
                cwd=made.kernel.process.cwd,
            )
        )
        await made.fails("bad", 3)
        assert "'bad' failed 3 times in a row" in await made.heard("failed")
        told = await made.heard("done")
        assert told.startswith("done: sched.pause" if choice is Choice.ONCE else "not done: ")
        assert made.person.asked == ['sched.pause job="bad"']
        assert made.store.get("bad")[1] == state
        watching.cancel()


def _daily() -> Recurrence:
    return Recurrence("FREQ=DAILY;INTERVAL=1", "2026-11-25T12:00:00")


async def test_a_run_is_stopped_when_the_disk_fills_and_a_person_says_so(tmp_path: Path) -> None:
    ends: asyncio.Queue[Ended] = asyncio.Queue()

    async def told(job: Job, run: Run, ended: Ended) -> None:
        ends.put_nowait(ended)

    async with world(tmp_path, Choice.ONCE) as made, asyncio.TaskGroup() as group:
        settings = replace(made.kernel.settings, mode=Mode.ACCEPT_EDITS)
        keeper = keeper_of(made.kernel.host, settings, made.kernel.session.id, Around(told))
        made.kernel.host.jobs.listeners.append(keeper.changed)
        work = Work("call", "tool.exec", {"argv": ["sleep", "60"]})
        caps = tuple(made.kernel.process.caps)
        made.store.add(Job("hog", "hog", work, "UTC", at=4e9, caps=caps, cwd=made.kernel.process.cwd))
        made.store.make_due("hog")
        keeping = group.create_task(keeper.keep())
        watching = group.create_task(made.caretaker(least_percent=100.0).watch())
        assert "% of it, and the job 'hog' is running" in await made.heard("'hog'")
        await made.heard('done: sched.stop job="hog"')
        async with asyncio.timeout(20):
            assert (await ends.get()).end == "stopped"
        assert set(made.person.asked) == {'sched.stop job="hog"'}
        watching.cancel()
        keeping.cancel()


async def test_a_driver_that_dies_again_and_again_is_told_of(tmp_path: Path) -> None:
    async with world(tmp_path, Choice.NO) as made, asyncio.TaskGroup() as group:
        watching = group.create_task(made.caretaker().watch())
        for _ in range(3):
            await _die(made.kernel)
        assert "the driver of file.* died 3 times; `aosh doctor`" in await made.heard("died")
        assert made.person.asked == []
        watching.cancel()


async def _die(kernel: Kernel) -> None:
    """Have a call's driver killed under it."""
    proposal = Proposal("file.list", {"path": "."})
    assert isinstance(await kernel.gate(kernel.process, proposal), Ok)  # one runs
    (driver,) = kernel.drivers.running()
    os.kill(driver.child.pid, signal.SIGSTOP)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        begun = asyncio.Event()
        called = group.create_task(kernel.gate(kernel.process, proposal, begun.set))
        await begun.wait()
        assert driver.channel.is_waiting
        driver.child.kill_tree()
        reply = await called
    driver.kill()
    assert isinstance(reply, Err)
    assert isinstance(reply.error, DriverDied)


def test_deaths_under_a_job_hold_that_job() -> None:
    deaths = [("s1", "file.list"), ("s1", "file.find"), ("s2", "file.read"), ("s3", "sys.status")]
    (finding,) = of_deaths(deaths, {"s1": "job:ab12", "s2": "job:ab12", "s3": "you"})
    assert (finding.call, finding.arguments) == ("sched.pause", {"job": "ab12"})


def test_a_disk_with_room_is_no_finding_and_one_without_jobs_is_told_of_alone() -> None:
    assert of_disk("/", 6, 100, 5.0, ()) == []
    assert of_disk("/", 0, 0, 5.0, ()) == []
    (finding,) = of_disk("/", 4, 100, 5.0, ())
    assert (finding.call, "4.0 % of it" in finding.what) == ("", True)
