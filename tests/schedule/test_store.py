"""Jobs on disk: one owner a moment, misfires by rule, nothing lost or doubled by a kill. No test waits for the clock."""

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kernel.schedule import runlog
from kernel.schedule import store as stores
from kernel.schedule.clock import HandTimer, WallTimer
from kernel.schedule.job import Job, Work
from kernel.schedule.server import infos_of
from kernel.schedule.store import FAILURES_IN_A_ROW, Store
from kernel.times.recurrences import Recurrence
from syscalls.errors import BadArgument, NotFound, OverQuota

START = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC).timestamp()
HOURLY = Recurrence("FREQ=HOURLY;INTERVAL=1", "2026-11-25T12:00:00")


class Hand:
    """A clock moved by hand."""

    now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def store(tmp_path: Path, clock: Hand) -> Store:
    return Store(tmp_path / "jobs.db", clock)


def once(id_: str = "a", at: float = START + 60, *, is_idempotent: bool = False) -> Job:
    return Job(id_, id_, Work("words", "list files"), "UTC", at=at, is_idempotent=is_idempotent)


def test_a_due_moment_has_one_owner(store: Store, clock: Hand, tmp_path: Path) -> None:
    store.add(once())
    other = Store(tmp_path / "jobs.db", clock)
    assert store.claim("one") is None
    clock.now += 61
    assert store.claim("one") is not None
    assert other.claim("two") is None


def test_a_job_survives_a_restart(store: Store, clock: Hand, tmp_path: Path) -> None:
    store.add(once())
    store.close()
    again = Store(tmp_path / "jobs.db", clock)
    assert again.get("a") == (once(), "waiting", START + 60)


@pytest.mark.parametrize(("misfire", "runs", "missed"), [("skip", 0, 0), ("once", 1, 4), ("all", 5, 0)])
def test_missed_moments_follow_the_jobs_rule(
    store: Store, clock: Hand, misfire: str, runs: int, missed: int
) -> None:
    store.add(Job("a", "a", Work("words", "x"), "UTC", rule=HOURLY, misfire=misfire))  # type: ignore[arg-type]
    clock.now = START + 5 * 3600 + 600
    made = []
    while (taken := store.claim("one")) is not None:
        made.append(taken[1])
        store.finish(taken[1], "done", "")
    assert len(made) == runs and sum(run.missed for run in made) == missed
    assert store.next_due() == START + 6 * 3600
    if misfire == "skip":
        assert [run.end for run in store.log.of("a")] == ["missed"]


def test_a_job_never_overlaps_itself(store: Store, clock: Hand) -> None:
    store.add(Job("a", "a", Work("words", "x"), "UTC", rule=HOURLY))
    clock.now = START + 3600
    assert store.claim("one") is not None
    clock.now = START + 7200
    assert store.claim("one") is None
    assert store.log.of("a")[0].end == "missed"


def test_a_moment_that_is_queued_waits_for_the_run_that_goes_on_and_holds_no_other_job_up(
    store: Store, clock: Hand
) -> None:
    store.add(Job("a", "a", Work("words", "x"), "UTC", rule=HOURLY, misfire="skip", overlap="queue"))
    store.add(once("b", START + 3 * 3600))
    clock.now = START + 3600
    first = store.claim("one")
    assert first is not None
    clock.now = START + 2 * 3600
    assert store.claim("one") is None
    assert store.next_due() == START + 3 * 3600, "a timer for what cannot run yet would never rest"
    clock.now = START + 2 * 3600 + 900
    store.finish(first[1], "done", "")
    queued = store.claim("one")
    assert queued is not None, "a wait for its own run is no absence"
    assert queued[1].due == START + 2 * 3600
    assert [run.end for run in store.log.of("a")] == [None, "done"]


def test_a_run_is_asked_to_stop_and_others_are_not(store: Store, clock: Hand) -> None:
    store.add(once("a"))
    store.add(once("b"))
    clock.now += 61
    taken = store.claim("one"), store.claim("one")
    assert store.log.stop("a") == 1
    assert store.log.to_stop("two") == []
    assert store.log.to_stop("one") == [each[1].number for each in taken if each and each[0].id == "a"]
    assert store.log.under_way() == {"a": 1, "b": 1}
    assert {job.id for job, _, _ in store.listed()} == {"a", "b"}, (
        "what runs is listed, though no moment is ahead"
    )


def test_a_file_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path, clock: Hand) -> None:
    with sqlite3.connect(tmp_path / "jobs.db") as db:
        db.executescript(OLD)
        db.execute(
            "INSERT INTO jobs VALUES ('a', ?, ?, 'waiting', 0)", (msgspec.json.encode(once()), START + 60)
        )
        db.execute("INSERT INTO runs VALUES (1, 'a', 1.0, 1.0, 'me', 'done', 'old', 0)")
    db.close()
    clock.now += 61
    for _ in range(2):
        store = Store(tmp_path / "jobs.db", clock)
        assert [run.output for run in store.log.of("a")][-1:] == ["old"]
        assert store.log.untold() == []
        store.close()
    taken = Store(tmp_path / "jobs.db", clock).claim("me")
    assert taken is not None


OLD = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, body BLOB NOT NULL, due REAL, state TEXT NOT NULL, failures INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE runs (
    number INTEGER PRIMARY KEY, job TEXT NOT NULL, due REAL NOT NULL, started REAL NOT NULL, owner TEXT NOT NULL,
    end TEXT, output TEXT NOT NULL DEFAULT '', missed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX runs_open ON runs (owner) WHERE end IS NULL;
"""


def test_old_runs_and_jobs_that_are_over_are_forgotten(
    store: Store, clock: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runlog, "MOST_RUNS", 3)
    monkeypatch.setattr(stores, "MOST_OVER", 2)
    store.add(Job("a", "a", Work("words", "x"), "UTC", rule=HOURLY))
    for hour in range(1, 8):
        clock.now = START + hour * 3600
        taken = store.claim("one")
        assert taken is not None
        store.finish(taken[1], "done", str(hour))
    assert [run.output for run in store.log.of("a")] == ["7", "6", "5"]
    for number in range(5):
        store.add(once(f"b{number}", clock.now + 1))
        store.cancel(f"b{number}")
    store.add(once("last", clock.now + 1))
    with pytest.raises(NotFound):
        store.get("b0")
    assert store.get("b4")[1] == "canceled"


def test_failures_wait_longer_and_pause_the_job_at_last(store: Store, clock: Hand) -> None:
    store.add(
        Job(
            "a",
            "a",
            Work("words", "x"),
            "UTC",
            rule=Recurrence("FREQ=MINUTELY;INTERVAL=1", "2026-11-25T12:00:00"),
        )
    )
    gaps = []
    for _ in range(FAILURES_IN_A_ROW):
        clock.now = store.next_due() or 0.0
        taken = store.claim("one")
        assert taken is not None
        store.finish(taken[1], "failed", "no")
        gaps.append((store.next_due() or clock.now) - clock.now)
    assert gaps[:4] == sorted(gaps[:4]) and gaps[0] >= 120
    assert store.get("a")[1] == "paused" and store.next_due() is None
    (shown,) = infos_of(store)
    assert shown.marks == f" [paused: failed {FAILURES_IN_A_ROW} times in a row]"


def test_pausing_canceling_and_going_on(store: Store, clock: Hand) -> None:
    store.add(Job("a", "a", Work("words", "x"), "UTC", rule=HOURLY))
    store.pause("a")
    clock.now = START + 3 * 3600
    assert store.claim("one") is None
    assert store.resume("a") == START + 4 * 3600
    store.cancel("a")
    assert store.listed() == []
    with pytest.raises(NotFound, match="'b'"):
        store.cancel("b")


def test_a_schedule_in_the_past_is_refused(store: Store) -> None:
    with pytest.raises(BadArgument, match="no moment ahead"):
        store.add(once(at=START - 1))


def test_there_is_a_most_of_jobs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "MOST_JOBS", 2)
    store.add(once("a"))
    store.add(once("b"))
    with pytest.raises(OverQuota, match="most is 2"):
        store.add(once("c"))


KILLED = """
import os, signal, sys
from pathlib import Path
from kernel.schedule.store import Store
store = Store(Path(sys.argv[1]), lambda: float(sys.argv[2]))
assert store.claim(str(os.getpid())) is not None
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("is_idempotent", [True, False])
def test_killed_between_firing_and_recording(
    store: Store, clock: Hand, tmp_path: Path, is_idempotent: bool
) -> None:
    store.add(once(is_idempotent=is_idempotent))
    clock.now = START + 61
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "jobs.db"), str(clock.now)], timeout=20, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert store.claim("me") is None
    told = store.abandoned(lambda owner: owner == str(os.getpid()))
    taken = store.claim("me")
    if is_idempotent:
        assert told == [] and taken is not None
        store.finish(taken[1], "done", "ok")
        assert [run.end for run in store.log.of("a")] == ["done"]
    else:
        assert taken is None and [run.end for run in store.log.of("a")] == ["may have run"]
        assert [job.id for job, _ in told] == ["a"]
    assert store.abandoned(lambda owner: False) == []


RACER = """
import sys
from pathlib import Path
from kernel.schedule.store import Store
store = Store(Path(sys.argv[1]), lambda: float(sys.argv[2]))
while (taken := store.claim(sys.argv[3])) is not None:
    print(taken[0].id)
    store.finish(taken[1], "done", "")
"""


def test_several_processes_run_each_moment_once(store: Store, tmp_path: Path) -> None:
    for number in range(24):
        store.add(once(f"j{number}", START + 60 + number))
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path / "jobs.db"), str(START + 1000), name],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two", "three")
    ]
    ran = [line for racer in racers for line in racer.communicate(timeout=30)[0].split()]
    assert sorted(ran) == sorted(f"j{number}" for number in range(24))


def test_a_hand_timer_fires_when_its_moment_has_come() -> None:
    fired: list[int] = []
    timer = HandTimer(lambda: fired.append(1))
    timer.arm(10.0)
    timer.pass_to(9.0)
    assert fired == []
    timer.pass_to(10.0)
    timer.pass_to(11.0)
    assert fired == [1]


async def test_the_wall_timer_fires_at_once_for_a_moment_that_has_passed() -> None:
    import asyncio

    fired = asyncio.Event()
    timer = WallTimer(fired.set)
    try:
        timer.arm(START)
        await asyncio.wait_for(fired.wait(), 5)
    finally:
        timer.close()
