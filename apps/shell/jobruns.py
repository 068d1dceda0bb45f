"""Carries out jobs: each run is an agent of its own on a host, with nobody to ask and no more rights than it was made with."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from apps.shell.alive import is_alive
from apps.shell.background import Task, start
from apps.shell.boot import names_of
from apps.shell.direct import unparse
from apps.shell.host import Host
from apps.shell.settings import Settings
from kernel.policy import Mode
from kernel.process import Limits, Process, workspace_caps
from kernel.processes.agent import State
from kernel.processes.table import Agent
from kernel.schedule.clock import WallTimer
from kernel.schedule.job import Job, Run
from kernel.schedule.keeper import Around, Ended, Keeper
from syscalls.caps import Cap, Right, holds
from syscalls.errors import SysError

RUN_S = 3600.0
"""The longest a run may take."""
OWNER = "job:"
"""With the job's id: who started an agent that carries out a job."""


class JobRuns:
    """Runs jobs on a host, for a keeper."""

    def __init__(self, host: Host, settings: Settings) -> None:
        """Args: `settings` are those of whoever keeps the time: mind, rules, granted hosts; folders are the job's."""
        self._host, self._settings = host, settings

    async def __call__(self, job: Job, run: Run) -> Ended:
        """Carry a job out once; a refusal is its output."""
        del run
        try:
            agent = await self._started(job)
        except (SysError, ValueError) as error:
            return Ended("failed", f"{getattr(error, 'symbol', 'EINVAL')}: {error}\n")
        try:
            await agent.ended.wait()
        except asyncio.CancelledError:
            await self._host.agents.stop([agent], "the job was stopped")
            raise
        return _ended(job, agent)

    async def _started(self, job: Job) -> Agent:
        settings = settings_of(job, self._settings)
        plugins = await self._host.plugins(is_bare=settings.is_bare)
        held = now_held(job.caps, settings, names_of(plugins))
        parent = Process(1, f"the job {job.name}", held, cwd=job.cwd, home=str(settings.home))
        limits = Limits(turns=settings.max_turns, calls=500, wall_s=RUN_S)
        work = job.work
        goal = f":{unparse(work.text, work.arguments)}" if work.kind == "call" else work.text
        task = Task(
            goal=goal, limits=limits, labels=job.labels, owner=f"{OWNER}{job.id}", is_detached=True, nice=10
        )
        return start(self._host, settings, parent, task)


def _ended(job: Job, agent: Agent) -> Ended:
    row = agent.row
    if agent.state is State.KILLED:
        return Ended("stopped", f"{row.output}\n{row.reason}\n".lstrip("\n"))
    if agent.state is State.DONE and job.is_reminder:
        return Ended("done", f"{job.work.arguments['message']}\n")
    output = f"{row.output}\n" if row.output else ""
    if row.reason:
        output += f"{row.reason}\n"
    output += "".join(f"it would have asked: {each}\n" for each in row.questions if each not in row.reason)
    return Ended("done" if agent.state is State.DONE else "failed", output)


def settings_of(job: Job, keeper: Settings) -> Settings:
    """How a run sits: in the job's folder; a job that an untrusted text had a hand in changes nothing unasked.

    Raises:
        ValueError: its folder is gone.
    """
    folder = Path(job.cwd)
    if not folder.is_dir():
        raise ValueError(f"the folder {job.cwd!r} of the job is gone; make it again, or cancel the job")
    mode = Mode.ACCEPT_EDITS if keeper.mode is Mode.AUTO_SAFE else keeper.mode
    if not job.labels.is_trusted and mode is Mode.ACCEPT_EDITS:
        mode = Mode.ASK
    return replace(keeper, cwd=folder, extra=(), mode=mode, is_rehearsal=False, timeout_s=RUN_S)


def now_held(made_with: Iterable[Cap], settings: Settings, apps: Iterable[str]) -> frozenset[Cap]:
    """What a job was made with, without what its person no longer holds: folders that are gone, apps, hosts."""
    made_with = tuple(made_with)
    roots = [cap.scope for cap in made_with if cap.right.is_path and Path(cap.scope).is_dir()]
    now = workspace_caps(roots, apps, settings.hosts)
    return frozenset(
        cap for cap in made_with if cap.right is not Right.SCHEDULE and holds(now, cap.right, cap.scope)
    )


def keeper_of(host: Host, settings: Settings, owner: str, around: Around) -> Keeper:
    """Whoever keeps the host's jobs. Args: `owner` is a session that runs."""
    return Keeper(host.jobs.store, owner, JobRuns(host, settings), WallTimer, around)


def settle(host: Host) -> list[tuple[Job, Run]]:
    """Settle runs that dead processes left: what may have happened is given back, the rest is due again."""
    return host.jobs.store.abandoned(lambda owner: is_alive(host.folders, owner))
