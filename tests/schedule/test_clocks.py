"""Clocks that jump, daylight saving, another zone, far too many jobs. The clock is moved by hand."""

import asyncio
import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kernel.schedule.clock import HandTimer
from kernel.schedule.job import MOST_JOBS, Job, Run, Work
from kernel.schedule.keeper import Around, Ended, Keeper
from kernel.schedule.server import info_of
from kernel.schedule.store import Store
from kernel.times.resolve import resolve
from syscalls.errors import OverQuota

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = dt.datetime(2027, 3, 27, 12, 0, tzinfo=BERLIN)
"""The night after it the clock goes from 2 to 3."""
AUTUMN = dt.datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN)
"""The night after it the clock goes from 3 to 2."""


class Hand:
    """A clock moved by hand."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now.timestamp()

    def __call__(self) -> float:
        return self.now


def made(words: str, now: dt.datetime, zone: ZoneInfo = BERLIN, misfire: str = "once") -> Job:
    """The job that these words mean at that moment."""
    when = resolve(words, now, zone)
    assert when.kind in ("once", "many"), when
    at = when.at.timestamp() if when.at and when.rule is None else None
    return Job(words, words, Work("words", "x"), str(zone), at=at, rule=when.rule, misfire=misfire)  # type: ignore[arg-type]


def moments(path: Path, words: str, start: dt.datetime, count: int) -> list[str]:
    """When a job runs, by a clock that always goes on to its next moment: the wall clock there."""
    clock = Hand(start)
    store = Store(path / "jobs.db", clock)
    store.add(made(words, start))
    found = []
    for _ in range(count):
        clock.now = store.next_due() or 0.0
        taken = store.claim("me")
        assert taken is not None
        store.finish(taken[1], "done", "")
        found.append(f"{dt.datetime.fromtimestamp(taken[1].due, BERLIN):%d %H:%M %Z}")
    return found


def test_a_time_that_the_spring_skips_happens_once_as_the_clock_jumps(tmp_path: Path) -> None:
    assert moments(tmp_path, "every day at 2:30 am", SPRING, 3) == [
        "28 03:00 CEST",
        "29 02:30 CEST",
        "30 02:30 CEST",
    ]


def test_a_time_that_comes_twice_in_autumn_happens_the_first_time_only(tmp_path: Path) -> None:
    assert moments(tmp_path, "every day at 2:30 am", AUTUMN, 3) == [
        "25 02:30 CEST",
        "26 02:30 CET",
        "27 02:30 CET",
    ]


def test_hours_are_real_time_whatever_the_clock_does(tmp_path: Path) -> None:
    spring, autumn = tmp_path / "s", tmp_path / "a"
    night = SPRING.replace(day=28, hour=0, minute=30)
    assert moments(spring, "every hour", night, 3) == ["28 01:30 CET", "28 03:30 CEST", "28 04:30 CEST"]
    night = AUTUMN.replace(day=25, hour=1, minute=30)
    assert moments(autumn, "every hour", night, 3) == ["25 02:30 CEST", "25 02:30 CET", "25 03:30 CET"]


def test_a_job_keeps_the_zone_it_was_made_in_when_its_person_travels(tmp_path: Path) -> None:
    clock = Hand(AUTUMN)
    store = Store(tmp_path / "jobs.db", clock)
    due = store.add(made("every day at 9", AUTUMN))
    shown = info_of(*store.get("every day at 9"))
    assert (shown.zone, shown.next) == ("Europe/Berlin", "Sun 25 Oct 2026 09:00")
    there = dt.datetime.fromtimestamp(due, ZoneInfo("Asia/Tokyo"))
    assert there.hour == 17, "nine in Berlin, winter time by then"


def test_a_clock_set_back_runs_no_moment_again(tmp_path: Path) -> None:
    clock = Hand(AUTUMN)
    store = Store(tmp_path / "jobs.db", clock)
    store.add(made("every hour", AUTUMN))
    store.add(made("in 30 minutes", AUTUMN))
    clock.now += 3660
    ran = [taken for _ in range(2) if (taken := store.claim("me"))]
    assert len(ran) == 2
    for _, run in ran:
        store.finish(run, "done", "")
    clock.now -= 7200
    assert store.claim("me") is None
    assert store.next_due() == AUTUMN.timestamp() + 7200


@pytest.mark.parametrize(("misfire", "runs"), [("once", 1), ("skip", 0), ("all", 10)])
def test_a_clock_set_ahead_follows_the_jobs_rule_for_missed_moments(
    tmp_path: Path, misfire: str, runs: int
) -> None:
    clock = Hand(AUTUMN)
    store = Store(tmp_path / "jobs.db", clock)
    store.add(made("every hour", AUTUMN, misfire=misfire))
    clock.now += 10 * 3600 + 120
    count = 0
    while (taken := store.claim("me")) is not None:
        store.finish(taken[1], "done", "")
        count += 1
    assert count == runs
    assert store.next_due() == AUTUMN.timestamp() + 11 * 3600


async def test_a_clock_that_was_set_wakes_the_keeper_which_looks_again(tmp_path: Path) -> None:
    clock = Hand(AUTUMN)
    store = Store(tmp_path / "jobs.db", clock)
    due = store.add(made("in 10 hours", AUTUMN))
    armed: asyncio.Queue[float] = asyncio.Queue()
    fire = []

    class Timer(HandTimer):
        """As the system's: it calls back when the clock was set, too."""

        def arm(self, at: float) -> None:
            super().arm(at)
            armed.put_nowait(at)

    def timer(woken: object) -> Timer:
        fire.append(woken)
        return Timer(woken)  # type: ignore[arg-type]

    ran = asyncio.Event()

    async def run(job: Job, run: Run) -> Ended:
        ran.set()
        return Ended("done", "")

    keeper = Keeper(store, "me", run, timer, Around(clock=clock))
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        keeping = group.create_task(keeper.keep())
        assert await armed.get() == due
        clock.now -= 3600
        fire[0]()  # type: ignore[operator]  # set back: nothing is due
        assert await armed.get() == due
        assert not ran.is_set()
        clock.now += 12 * 3600
        fire[0]()  # type: ignore[operator]  # set ahead, past its moment
        await ran.wait()
        keeping.cancel()


def test_a_million_jobs_are_refused_at_once_and_none_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.db", Hand(AUTUMN))
    job = made("in 30 minutes", AUTUMN)
    with pytest.raises(
        OverQuota, match=rf"0 jobs already and 1000000 more were asked for; the most is {MOST_JOBS}"
    ):
        store.add_all([job] * 1_000_000)
    assert store.listed() == []
