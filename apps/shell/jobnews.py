"""What became of jobs, in lines: as each one ends, and of several that ended while nobody looked."""

import time
from collections.abc import Iterable, Sequence

from kernel.schedule.job import Job, Run
from syscalls.taste import ago

MOST_TOLD = 5
"""Jobs that are told of at once; more are counted."""


def told_of(job: Job, run: Run) -> str:
    """How a run ended, in lines."""
    missed = f" ({run.missed} earlier missed)" if run.missed else ""
    if run.end == "done" and job.is_reminder:
        return f"reminder{missed}: {job.work.arguments['message']}"
    output = run.output.strip()
    if run.end == "may have run":
        output = f"aosh ended while it was running{': ' if output else ''}{output}"
    return f"job {job.name!r} {run.end}{missed}{': ' if output else ''}{output}"


def news_of(ends: Iterable[tuple[Job, Run]], now: float | None = None) -> list[str]:
    """Lines on runs that ended while nobody looked: one a job, the latest end of each."""
    now = time.time() if now is None else now
    found: dict[str, list[tuple[Job, Run]]] = {}
    for job, run in ends:
        found.setdefault(job.id, []).append((job, run))
    lines = [_line(each, now) for each in list(found.values())[-MOST_TOLD:]]
    if len(found) > MOST_TOLD:
        lines.insert(0, f"{len(found) - MOST_TOLD} more jobs have news: `aosh jobs show JOB` tells it")
    return lines


def _line(ends: Sequence[tuple[Job, Run]], now: float) -> str:
    job, run = ends[-1]
    times = "" if len(ends) == 1 else f", {len(ends)} times"
    when = "" if run.ended is None else f" ({ago(run.ended, now)}{times})"
    first, _, rest = told_of(job, run).partition("\n")
    return f"{first}{' ...' if rest.strip() else ''}{when}"
