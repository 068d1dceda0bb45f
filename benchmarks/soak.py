"""Hours of random agents, jobs and kills: does anything leak, is any job lost or done twice?

A host in this process and a real `aosh serve` share one data folder; the service is killed with SIGKILL at random.
"""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from apps.shell.background import Task, start
from apps.shell.boot import Kernel
from apps.shell.jobkeeping import keeping
from benchmarks.report import Figure, Row
from benchmarks.world import Effort, World, kernel
from kernel.processes.agent import State
from kernel.schedule.job import Job, Work
from syscalls.errors import SysError

MOST_AGENTS = 12
LOOK_S = 5.0
TOLD_S = 60.0
SETTLE_S = 90.0
"""So long the last jobs and agents may take to end."""
GOALS = (
    ":file.list", "how many files are here?", ":file.write path=out.txt content=text", "!sleep 0.3", "!sleep 30",
    ":file.read tiny.txt", "!no-such-program", "copy tiny.txt to copies",
)  # fmt: skip


@dataclass
class Look:
    """What the process holds at one moment."""

    at: float
    descriptors: int
    processes: int
    rss_mb: float
    tasks: int


@dataclass
class Soak:
    """One run."""

    made: World
    person: Kernel
    rng: random.Random
    until: float
    jobs: dict[str, str] = field(default_factory=dict)
    """Kinds by id."""
    ends: dict[str, list[str]] = field(default_factory=dict)
    seq: int = 0
    did: Counter[str] = field(default_factory=Counter)
    looks: list[Look] = field(default_factory=list)
    told: float = 0.0
    """When the next look is printed."""
    service: "subprocess.Popen[bytes] | None" = None


def soak(made: World, effort: Effort) -> list[Row]:
    """Run for `effort.minutes`."""
    return asyncio.run(_soaked(made, effort.minutes * 60))


async def _soaked(made: World, seconds: float) -> list[Row]:
    (made.work / "done").mkdir()
    settings = replace(made.settings("reader"), max_turns=20)
    async with kernel(settings) as person, keeping(person.host, settings, lambda line: None):
        run = Soak(
            made, person, random.Random(os.environ.get("AOSH_SOAK_SEED", "soak")), time.monotonic() + seconds
        )
        try:
            _start_service(run)
            while time.monotonic() < run.until:
                await _acts(run)
            await _settled(run)
        finally:
            _end_service(run)
        run.looks.append(_look())
        return _rows(run, seconds)


async def _acts(run: Soak) -> None:
    """One random thing, and a look now and then."""
    chances: tuple[tuple[int, Callable[[Soak], None]], ...] = (
        (35, _agent), (35, _job), (14, _kill_agent), (8, _hold_agent), (4, _stop_job), (2, _due), (1, _kill_service),
    )  # fmt: skip
    act = run.rng.choices([each for _, each in chances], [weight for weight, _ in chances])[0]
    try:
        act(run)
    except SysError as error:
        run.did[f"refused: {error.symbol}"] += 1
    await asyncio.sleep(run.rng.uniform(0.02, 0.25))
    _heard(run)
    if not run.looks or time.monotonic() - run.looks[-1].at > LOOK_S:
        run.looks.append(look := _look())
        if look.at > run.told:
            run.told = look.at + TOLD_S
            print(
                f"{look.descriptors} descriptors, {look.processes} processes, {look.rss_mb:.0f} MB",
                file=sys.stderr,
            )


def _agent(run: Soak) -> None:
    host = run.person.host
    if host.agents.running < MOST_AGENTS:
        task = Task(goal=run.rng.choice(GOALS), by=run.person.session.id)
        start(host, run.person.settings, run.person.make(run.person.settings), task)
        run.did["agents"] += 1


def _job(run: Soak) -> None:
    kind = run.rng.choice(("append", "append", "say", "sleep"))
    id_ = os.urandom(6).hex()
    work = {
        "append": Work("call", "file.append", {"path": f"done/{id_}", "content": id_}),
        "say": Work("call", "ui.say", {"message": id_}),
        "sleep": Work("call", "tool.exec", {"argv": ["sleep", "1"]}),
    }[kind]
    process = run.person.process
    run.person.host.jobs.store.add(
        Job(
            id_, id_, work, "UTC", at=time.time() + run.rng.uniform(0.2, 3.0), caps=tuple(process.caps),
            cwd=process.cwd, is_idempotent=kind == "say",
        )
    )  # fmt: skip
    run.jobs[id_] = kind
    run.person.host.jobs.changed()
    run.did["jobs"] += 1


def _kill_agent(run: Soak) -> None:
    agents = [each for each in run.person.host.agents if not each.state.is_end and each.row.by]
    if agents and (agent := run.rng.choice(agents)).task is not None:
        agent.task.cancel()
        run.did["agents killed"] += 1


def _hold_agent(run: Soak) -> None:
    agents = run.person.host.agents
    for agent in agents:
        if agent.state is State.SUSPENDED:
            agents.resume(agent)
            return
    running = [each for each in agents if each.state is State.RUNNING and each.row.by]
    if running:
        agents.suspend(run.rng.choice(running))
        run.did["agents suspended"] += 1


def _stop_job(run: Soak) -> None:
    going = list(run.person.host.jobs.store.log.under_way())
    if going:
        run.person.host.jobs.store.log.stop(run.rng.choice(going))
        run.person.host.jobs.changed()
        run.did["runs stopped"] += 1


def _due(run: Soak) -> None:
    _aosh(run.made, "jobs", "due").wait(60)
    run.did["jobs due"] += 1


def _kill_service(run: Soak) -> None:
    assert run.service is not None
    run.service.kill()
    run.service.wait()
    _start_service(run)
    run.did["services killed"] += 1


def _start_service(run: Soak) -> None:
    run.service = _aosh(run.made, "serve")


def _end_service(run: Soak) -> None:
    assert run.service is not None
    run.service.terminate()
    try:
        run.service.wait(30)
    except subprocess.TimeoutExpired:
        run.service.kill()
        run.service.wait()


def _aosh(made: World, *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "apps.shell.main", *words], cwd=made.work, env=made.environ() | {"AOSH_MIND": "reader"},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _heard(run: Soak) -> None:
    for job, ended, seq in run.person.host.jobs.store.log.ended_after(run.seq):
        run.ends.setdefault(job.id, []).append(str(ended.end))
        run.seq = seq


async def _settled(run: Soak) -> None:
    """Until every agent and job has ended."""
    agents = run.person.host.agents
    for agent in agents:
        if agent.state is State.SUSPENDED:
            agents.resume(agent)
    await agents.stop([each for each in agents if each.row.by], "the soak ends")
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_S):
            while len(run.ends) < len(run.jobs) or run.person.host.jobs.store.log.under_way():
                await asyncio.sleep(0.2)
                _heard(run)
    run.person.drivers.close()


def _look() -> Look:
    me = psutil.Process()
    tasks = len(asyncio.all_tasks())
    with me.oneshot():
        return Look(
            time.monotonic(),
            me.num_fds(),
            len(me.children(recursive=True)),
            me.memory_info().rss / 2**20,
            tasks,
        )


def _rows(run: Soak, seconds: float) -> list[Row]:
    lost = [id_ for id_ in run.jobs if id_ not in run.ends]
    doubled = [id_ for id_, ends in run.ends.items() if len(ends) > 1]
    for id_, kind in run.jobs.items():
        text = _text(run.made.work / "done" / id_).split() if kind == "append" else []
        if len(text) > 1:
            doubled.append(id_)
        if kind == "append" and not text and run.ends.get(id_) == ["done"]:
            lost.append(id_)
    ends = Counter(end for each in run.ends.values() for end in each)
    did = ", ".join(f"{count} {what}" for what, count in sorted((run.did + ends).items()))
    warm = run.looks[len(run.looks) // 3 : -1] or run.looks[:1]
    last = run.looks[-1]
    return [
        Row(f"soak of {seconds / 60:.1f} min: jobs lost", _one("", len(lost)), "0", note=did),
        Row("soak: jobs done twice", _one("", len(doubled)), "0"),
        Row("soak: open descriptors at the end", _one("", last.descriptors), "<= while at work", "most while at work",
            _one("", max(each.descriptors for each in warm)), _kinds()),
        Row("soak: processes below it at the end", _one("", last.processes), "<= while at work", "most while at work",
            _one("", max(each.processes for each in warm))),
        Row("soak: tasks of the loop at the end", _one("", last.tasks), "<= while at work", "most while at work",
            _one("", max(each.tasks for each in warm))),
        Row("soak: resident memory at the end", _one("MB", last.rss_mb), "<= +20 MB an hour", "after a third of it",
            _one("MB", warm[0].rss_mb)),
    ]  # fmt: skip


def _kinds() -> str:
    """What the open descriptors are, the most frequent first."""
    found: Counter[str] = Counter()
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found[os.readlink(each).rpartition("/")[2].partition(":")[0]] += 1
    return ", ".join(f"{count} {kind}" for kind, count in found.most_common(6))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""


def _one(unit: str, value: float) -> Figure:
    return Figure(unit, value, value, None, 1)
