"""200 agents with scripted minds at once: does anything that has its time come late?"""

import asyncio
import json
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace

from apps.shell.background import Task, start
from apps.shell.boot import Kernel
from apps.shell.jobruns import keeper_of
from benchmarks.report import Row, of_rounds
from benchmarks.world import Effort, World, call, kernel, look
from kernel.processes.agent import State
from kernel.processes.table import Agent
from kernel.schedule.job import Job, Run, Work
from kernel.schedule.keeper import Around, Ended

AGENTS = 200
TURNS = 3
TICK_S = 0.02
JOB_S = 0.25
IDLE_S = 3.0


@dataclass
class Seen:
    """Milliseconds."""

    ticks: list[float] = field(default_factory=list)
    """Between a timer's time and its call."""
    jobs: list[float] = field(default_factory=list)
    """Between a job's moment and the start of its run."""
    calls: list[float] = field(default_factory=list)
    """That a person's call took."""


def agents(made: World, effort: Effort) -> list[Row]:
    """How late timers, jobs and a person's calls are while they all work."""
    del effort
    return asyncio.run(_measured(made))


async def _measured(made: World) -> list[Row]:
    script = made.home / "script.jsonl"
    turns = [
        {"calls": [{"name": "file.read", "arguments": {"path": f"report-{n}.txt"}}], "done": False}
        for n in range(TURNS)
    ]
    script.write_text(
        "".join(f"{json.dumps(line)}\n" for line in (*turns, {"text": "seen"})), encoding="utf-8"
    )
    async with kernel(replace(made.settings(f"scripted:{script}"), max_turns=20)) as person:
        idle = Seen()
        await asyncio.wait_for(_beside(person, idle, _for_a_while(), is_idle=True), 60)
        busy, crew = Seen(), list[Agent]()
        began = time.perf_counter()
        await asyncio.wait_for(_beside(person, busy, _crew(person, crew), is_idle=False), 300)
        spent_s = time.perf_counter() - began
    if failed := [agent.row.reason for agent in crew if agent.state is not State.DONE]:
        raise RuntimeError(f"{len(failed)} of {AGENTS} agents did not get done: {failed[0]}")
    ended = f"all {AGENTS} done in {spent_s:.1f} s"
    return [
        _row("timers", busy.ticks, idle.ticks, ended),
        _row("jobs", busy.jobs, idle.jobs, ""),
        _row("a person's file.read, all in", busy.calls, idle.calls, ""),
    ]


def _row(what: str, busy: Sequence[float], idle: Sequence[float], note: str) -> Row:
    latest = f"the latest of {len(busy)}: {max(busy):.1f} ms; {note}".rstrip("; ")
    return Row(
        f"agents: lateness of {what} beside {AGENTS} agents", of_rounds("ms", [busy]), "<= 100 ms, the latest", "with none",
        of_rounds("ms", [idle]), note=latest,
    )  # fmt: skip


async def _for_a_while() -> None:
    await asyncio.sleep(IDLE_S)


async def _crew(person: Kernel, crew: list[Agent]) -> None:
    parent = person.make(person.settings)
    for number in range(AGENTS):  # as fast as one call after another could
        crew.append(start(person.host, person.settings, parent, Task(goal=f"look {number}")))
        await asyncio.sleep(0)
    for agent in crew:
        await agent.ended.wait()


async def _beside(person: Kernel, seen: Seen, work: Awaitable[None], *, is_idle: bool) -> None:
    async with asyncio.TaskGroup() as group:
        watching = [
            group.create_task(each)
            for each in (_ticks(seen), _asks(person, seen), _keeps(person, seen, is_idle=is_idle))
        ]
        await work
        for each in watching:
            each.cancel()


async def _ticks(seen: Seen) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + TICK_S
        await asyncio.sleep(TICK_S)
        seen.ticks.append((loop.time() - due) * 1e3)


async def _asks(person: Kernel, seen: Seen) -> None:
    while True:
        began = time.perf_counter()
        await call(person, look(person.settings.cwd / "tiny.txt"))
        seen.calls.append((time.perf_counter() - began) * 1e3)
        await asyncio.sleep(0.05)


async def _keeps(person: Kernel, seen: Seen, *, is_idle: bool) -> None:
    """A reminder each quarter of a second, for as long as is needed."""

    async def told(job: Job, run: Run, ended: Ended) -> None:
        assert ended.end == "done", ended
        seen.jobs.append((run.started - run.due) * 1e3)

    store, first = person.host.jobs.store, time.time() + 1.0
    work = Work("call", "ui.say", {"message": "now"})
    caps = tuple(person.process.caps)
    names = [f"{first:.2f}-{number}" for number in range(10 if is_idle else 240)]
    store.add_all(
        [
            Job(name, name, work, "UTC", at=first + JOB_S * n, caps=caps, cwd=person.process.cwd)
            for n, name in enumerate(names)
        ]
    )
    await keeper_of(person.host, person.settings, person.session.id, Around(told)).keep()
