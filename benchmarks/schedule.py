"""How long do 10,000 scheduled jobs hold up the start, and the search for the next one?"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Row, of_rounds
from benchmarks.world import Effort, World
from kernel.schedule.job import Job, Work
from kernel.schedule.store import Store

JOBS = 10_000


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
    return [
        Row(f"schedule: the next due of {JOBS} jobs", of_rounds("ms", looks), "<= 1 ms"),
        Row(f"schedule: opening a store of {JOBS} jobs, first look", of_rounds("ms", starts), "<= 1000 ms"),
    ]


def _start(path: Path) -> None:
    store = Store(path)
    store.abandoned(lambda owner: False)
    store.next_due()
    store.close()


def _ms(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000
