"""Carries out jobs: each run is a session of its own on a host, with nobody to ask and no more rights than it was made with."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path

from apps.shell.alive import is_alive
from apps.shell.answers import answer_of
from apps.shell.boot import Seat, names_of, sit
from apps.shell.direct import unparse
from apps.shell.host import Host
from apps.shell.people import headless
from apps.shell.settings import Settings
from kernel.loop import End, Result
from kernel.policy import Mode
from kernel.process import Limits, Process, workspace_caps
from kernel.schedule.clock import WallTimer
from kernel.schedule.job import Job, Run
from kernel.schedule.keeper import Ended, Keeper
from syscalls.caps import Cap, Right, holds
from syscalls.errors import SysError

Told = Callable[[Job, Run, Ended], Awaitable[None]]
RUN_S = 3600.0
"""The longest a run may take."""


class JobRuns:
    """Runs jobs on a host, for a keeper."""

    def __init__(self, host: Host, settings: Settings) -> None:
        """Args: `settings` are those of whoever keeps the time: mind, rules, granted hosts; folders are the job's."""
        self._host, self._settings = host, settings

    async def __call__(self, job: Job, run: Run) -> Ended:
        """Carry a job out once; a refusal is its output."""
        del run
        said: list[str] = []
        try:
            result = await self._result(job, said)
        except (SysError, ValueError) as error:
            return Ended("failed", f"{getattr(error, 'symbol', 'EINVAL')}: {error}\n")
        output = "".join(f"{line}\n" for line in said) + ("" if said and _is_talk(job) else answer_of(result))
        if result.error is not None:
            output += f"{result.error.symbol}: {result.error}\n"
        return Ended("done" if result.end is End.DONE and result.error is None else "failed", output)

    async def _result(self, job: Job, said: list[str]) -> Result:
        settings = settings_of(job, self._settings)
        plugins = await self._host.plugins(is_bare=settings.is_bare)

        def make(chosen: Settings) -> Process:
            held = now_held(job.caps, chosen, names_of(plugins))
            limits = Limits(turns=chosen.max_turns, calls=500, wall_s=RUN_S)
            return Process(1, f"the job {job.name}", held, cwd=job.cwd, home=str(chosen.home), limits=limits)

        people = headless(lambda happening: None, said.append)
        async with sit(self._host, settings, people, Seat(make=make)) as kernel:
            kernel.gate.labelling.take(job.labels)
            if job.work.kind == "call":
                return await kernel.typed(f":{unparse(job.work.text, job.work.arguments)}", labels=job.labels)
            return await kernel.request(job.work.text)


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


def keeper_of(host: Host, settings: Settings, owner: str, told: Told) -> Keeper:
    """Whoever keeps the host's jobs. Args: `owner` is a session that runs."""
    return Keeper(host.jobs.store, owner, JobRuns(host, settings), WallTimer, told)


def cut_off(host: Host) -> list[str]:
    """Settle runs that a dead process left; a line for each that may have happened."""
    left = host.jobs.store.abandoned(lambda owner: is_alive(host.folders, owner))
    return [f"the job {job.name!r} may have run: aosh ended while it was running" for job, _ in left]


def told_of(job: Job, run: Run, ended: Ended) -> str:
    """How a run ended, in lines."""
    missed = f" ({run.missed} earlier missed)" if run.missed else ""
    if ended.end == "done" and _is_talk(job):
        return f"reminder{missed}: {job.work.arguments['message']}"
    output = ended.output.strip()
    return f"job {job.name!r} {ended.end}{missed}{': ' if output else ''}{output}"


def _is_talk(job: Job) -> bool:
    return job.work.kind == "call" and job.work.text == "ui.say"
