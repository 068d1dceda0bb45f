"""Jobs run as a clock moved by hand comes to them."""

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from kernel.schedule.clock import HandTimer
from kernel.schedule.job import Job, Run, Work
from kernel.schedule.keeper import Around, Ended, Keeper
from kernel.schedule.store import Store

START = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC).timestamp()


class World:
    """A clock, its timer, and what ran."""

    def __init__(self, path: Path) -> None:
        self.now = START
        self.store = Store(path, lambda: self.now)
        self.ran: list[str] = []
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.armed = asyncio.Event()
        self.keeper = Keeper(
            self.store, "me", self.run, self.timer, Around(self.told, clock=lambda: self.now)
        )

    def timer(self, fire: object) -> HandTimer:
        self.hand = Announced(fire, self.armed)
        return self.hand

    async def run(self, job: Job, run: Run) -> Ended:
        self.ran.append(job.id)
        return Ended("done", f"ran {job.work.text}")

    async def told(self, job: Job, run: Run, ended: Ended) -> None:
        await self.heard.put(job.id)


class Announced(HandTimer):
    """Says when it was armed."""

    def __init__(self, fire: object, armed: asyncio.Event) -> None:
        super().__init__(fire)  # type: ignore[arg-type]
        self._armed = armed

    def arm(self, at: float) -> None:
        super().arm(at)
        self._armed.set()


def job(id_: str, after_s: float) -> Job:
    return Job(id_, id_, Work("words", "list files"), "UTC", at=START + after_s)


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return World(tmp_path / "jobs.db")


async def test_a_job_runs_when_its_moment_comes_and_not_before(world: World) -> None:
    world.store.add(job("a", 60))
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(world.keeper.keep())
        await asyncio.wait_for(world.armed.wait(), 5)
        assert world.hand.at == START + 60 and world.ran == []
        world.now = START + 60
        world.hand.pass_to(world.now)
        assert await asyncio.wait_for(world.heard.get(), 5) == "a"
        assert world.store.log.of("a")[0].output == "ran list files"
        keeping.cancel()


async def test_a_new_job_that_comes_first_moves_the_timer(world: World) -> None:
    world.store.add(job("late", 600))
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(world.keeper.keep())
        await asyncio.wait_for(world.armed.wait(), 5)
        world.armed.clear()
        world.store.add(job("soon", 30))
        world.keeper.changed()
        await asyncio.wait_for(world.armed.wait(), 5)
        assert world.hand.at == START + 30
        keeping.cancel()


async def test_what_is_due_runs_headless(world: World) -> None:
    world.store.add(job("a", 10))
    world.store.add(job("b", 20))
    world.store.add(job("c", 900))
    world.now = START + 50
    assert await world.keeper.run_due() == 2
    assert world.ran == ["a", "b"]
