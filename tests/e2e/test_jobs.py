"""Jobs over real processes: made by one, killed in another, run once by a third."""

import json
import os
import subprocess
import sys

from tests.e2e.program import ROOT, Program, ended

_CLAIM_AND_DIE = """
import os, pathlib, signal, sys
from apps.shell.alive import own
from apps.shell.settings import Folders, folders
from kernel.schedule.store import Store
places = folders(os.environ, pathlib.Path.home())
lock = own(places, "doomed")
store = Store(places.jobs)
while store.claim("doomed") is not None:
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


def made(aosh: Program, line: str) -> str:
    ran = aosh(line)
    assert ran.code == 0, ran.err
    return ran.out.split()[0]


def test_a_job_cut_off_by_kill_is_told_and_one_that_waited_fires_once(aosh: Program) -> None:
    (aosh.workspace / "notes").mkdir()
    (aosh.workspace / "notes" / "a.txt").write_text("here\n", encoding="utf-8")
    ids = [
        made(aosh, ':sched.at when=tomorrow say="water the plants"'),
        made(aosh, ':sched.at when=tomorrow what="copy notes to backup"'),
    ]
    for each in ids:
        assert aosh.run("jobs", "run", each).code == 0
    environment = os.environ | {"PYTHONPATH": str(ROOT), "AOSH_HOME": str(aosh.base / "home")}
    killed = subprocess.run([sys.executable, "-c", _CLAIM_AND_DIE], env=environment, timeout=60, check=False)
    assert killed.returncode == -9
    both = [aosh.start("jobs", "due") for _ in range(2)]
    outs = [ended(each) for each in both]
    assert "".join(ran.out for ran in outs).count("reminder: water the plants") == 1
    assert "".join(ran.err for ran in outs).count("'copy notes to backup' may have run") == 1
    assert not (aosh.workspace / "backup").exists(), "what may have run is not run again"
    again = aosh.run("jobs", "due", "--json")
    assert json.loads(again.out) == []
    assert "may have run" in aosh.run("jobs", "show", ids[1]).out


def test_a_job_in_words_is_listed_and_run_from_outside_and_its_output_kept(aosh: Program) -> None:
    (aosh.workspace / "notes").mkdir()
    (aosh.workspace / "notes" / "a.txt").write_text("here\n", encoding="utf-8")
    id_ = made(aosh, ':sched.every when="every weekday at 9" what="copy notes to backup"')
    (listed,) = json.loads(aosh.run("jobs", "--json").out)
    assert listed["when"] == "every Monday to Friday at 09:00"
    assert aosh.run("jobs", "run", "notes").code == 0
    due = aosh.run("jobs", "due")
    assert due.code == 0, due.err
    assert (aosh.workspace / "backup" / "a.txt").exists()
    shown = aosh.run("jobs", "show", id_).out
    assert "done" in shown
    assert "copied notes" in shown
    assert "[paused]" in aosh.run("jobs", "pause", id_).out
    assert aosh.run("jobs", "cancel", id_).code == 0
    assert aosh.run("jobs").out == "nothing is scheduled\n"
    assert aosh.run("jobs", "show").code == 2
