"""How late do jobs fire, what does waiting cost, and how long do 10,000 of them hold up the start?"""

import asyncio
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Row, of_rounds
from benchmarks.world import Effort, World
from kernel.schedule.clock import WallTimer
from kernel.schedule.job import Job, Run, Work
from kernel.schedule.keeper import Ended, Keeper
from kernel.schedule.store import Store

JOBS = 10_000
APART_S = 0.1
WAIT_S = 2.0


def schedule(made: World, effort: Effort) -> list[Row]:
    """Opening the store with its first look, and one search for the next due job."""
    del made
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "jobs.db"
        store = Store(path)
        now = time.time()
        work = Work("words", "list files")
        store.add_all([Job(f"j{n}", f"j{n}", work, "UTC", at=now + 3600 + n) for n in range(JOBS)])
        looks = [[_ms(store.next_due) for _ in range(effort.calls)] for _ in range(effort.rounds)]
        store.close()
        starts = [[_ms(lambda: _start(path)) for _ in range(effort.starts)]]
        late, switches = asyncio.run(_fired(Path(folder) / "few.db", 10 * effort.rounds))
    return [
        Row(f"schedule: lateness of {len(late)} jobs, one each {APART_S:g} s", of_rounds("ms", [late]), "<= 50 ms, the latest",
            note=f"the latest {max(late):.2f} ms"),
        Row(f"schedule: wake-ups in {WAIT_S:g} s of waiting", of_rounds("", [[switches]]), "<= 3: no polling"),
        Row(f"schedule: the next due of {JOBS} jobs", of_rounds("ms", looks), "<= 1 ms"),
        Row(f"schedule: opening a store of {JOBS} jobs, first look", of_rounds("ms", starts), "<= 1000 ms"),
    ]  # fmt: skip


async def _fired(path: Path, count: int) -> tuple[list[float], float]:
    """Milliseconds between each job's moment and its run, by the system's own timer; context switches while nothing is due."""
    store, work = Store(path), Work("words", "list files")
    late: list[float] = []
    fired = asyncio.Event()

    async def run(job: Job, run: Run) -> Ended:
        del job
        late.append((time.time() - run.due) * 1e3)
        if len(late) == count:
            fired.set()
        return Ended("done", "")

    first = time.time() + 0.5
    store.add_all([Job(f"j{n}", f"j{n}", work, "UTC", at=first + n * APART_S) for n in range(count)])
    store.add(Job("far", "far", work, "UTC", at=first + 7200))
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(Keeper(store, "me", run, WallTimer).keep())
        await fired.wait()
        await asyncio.sleep(0.2)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
        await asyncio.sleep(WAIT_S)
        switches = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - before
        keeping.cancel()
    store.close()
    return late, float(switches)


def _start(path: Path) -> None:
    store = Store(path)
    store.abandoned(lambda owner: False)
    store.next_due()
    store.close()


def _ms(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000
