"""The service keeps the time: what is due is run once, whoever else is open, and whoever is there is told."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

from apps.shell.bell import ring
from kernel.process import workspace_caps
from kernel.schedule.job import Job, Work
from kernel.schedule.store import Store
from tests.e2e.program import ROOT, Program, ended
from tests.serve.conftest import program_in
from tests.serve.serving import Serving
from tests.shell.sitting import sitting

_CLAIM_AND_DIE = """
import os, pathlib, signal
from apps.shell.alive import own
from apps.shell.settings import folders
from kernel.schedule.store import Store
places = folders(os.environ, pathlib.Path.home())
lock = own(places, "doomed")
store = Store(places.jobs)
store.make_due("cut")
assert store.claim("doomed") is not None
os.kill(os.getpid(), signal.SIGKILL)
"""


def jobs_of(aosh: Program) -> Store:
    return Store(aosh.base / "home/state/jobs.db")


def appends(aosh: Program, name: str, at: float) -> Job:
    work = Work("call", "file.append", {"path": "log.txt", "content": f"{name}\n"})
    caps = tuple(workspace_caps([str(aosh.workspace)]))
    return Job(name, name, work, "UTC", at=at, caps=caps, cwd=str(aosh.workspace))


def test_a_job_fires_in_the_service_and_its_end_is_news_until_somebody_looked(serving: Serving) -> None:
    aosh = serving.aosh
    assert aosh(':sched.at when="in 1 second" say="tea is ready"').code == 0
    serving.until_said("reminder: tea is ready")
    assert "1 end of jobs not looked at yet" in aosh.run("--no-service", "-p", ":file.list").err
    assert "not looked at" not in aosh.run("--no-service", "-q", "-p", ":file.list").err
    assert "reminder: tea is ready (" in aosh.run("jobs").err


async def test_a_service_a_shell_and_jobs_due_run_each_moment_once(tmp_path: Path) -> None:
    aosh = program_in(tmp_path)
    with Serving(aosh) as serving:
        async with sitting(tmp_path / "home") as person:
            assert aosh.run("--no-service", "-p", ':sched.at when="in 1 second" say=ready').code == 0
            await person.sees("reminder: ready")
            at = time.time() + 1.0
            names = [f"j{number}" for number in range(8)]
            jobs_of(aosh).add_all([appends(aosh, name, at) for name in names])
            ring(aosh.base / "home/state/jobs.db")
            due = [aosh.start("jobs", "due") for _ in range(2)]
            for name in names:
                await person.sees(f"'{name}' done")
                await asyncio.to_thread(serving.until_said, f"'{name}' done")
            assert all(ended(each).code == 0 for each in due)
    assert sorted((aosh.workspace / "log.txt").read_text("utf-8").split()) == names


def test_the_service_settles_what_a_killed_process_left_as_soon_as_it_dies(serving: Serving) -> None:
    aosh = serving.aosh
    jobs_of(aosh).add(appends(aosh, "cut", time.time() + 3600))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "AOSH_HOME": str(aosh.base / "home")}
    killed = subprocess.run([sys.executable, "-c", _CLAIM_AND_DIE], env=environment, timeout=60, check=False)
    assert killed.returncode == -9
    serving.until_said("'cut' may have run")
    assert not (aosh.workspace / "log.txt").exists()


def test_what_was_missed_is_told_briefly_and_not_to_the_quiet(aosh: Program) -> None:
    assert aosh(':sched.at when="in 1 hour" say="tea"').code == 0
    assert "missed" not in aosh(":file.list").err
    jobs = jobs_of(aosh)
    assert jobs.next_due() is not None
    Store(aosh.base / "home/state/jobs.db", lambda: time.time() - 7200).make_due(jobs.listed()[0][0].id)
    told = aosh(":file.list")
    assert "missed while no aosh was open: 'tea'" in told.err
    assert "tea" not in told.out
    assert aosh.run("-q", "-p", ":file.list").err == ""
