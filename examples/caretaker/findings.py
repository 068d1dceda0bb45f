"""What is wrong, and which one call would mend it? Decides from facts alone; looks at nothing and changes nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from syscalls.sched import JobInfo

FAILED = 3
"""So many failures in a row are no accident."""
DIED = 3
"""Likewise deaths of one driver."""
_JOB = "job:"


@dataclass(frozen=True)
class Finding:
    """Something to tell a person."""

    key: str
    """The same for the same trouble: it is told once, until it has gone and come again."""
    what: str
    call: str = ""
    """What would mend it; empty where no call of ours does."""
    arguments: dict[str, Any] = field(default_factory=dict)


def of_jobs(jobs: Iterable[JobInfo], said: Mapping[str, str]) -> list[Finding]:
    """Jobs that keep failing. Args: `said` is what the latest run of each said, by id."""
    return [
        Finding(
            f"failing {job.id}",
            f"the job {job.name!r} failed {job.failures} times in a row, lastly: {said.get(job.id, '')!r}",
            "sched.pause", {"job": job.id},
        )
        for job in jobs
        if job.failures >= FAILED and job.state == "waiting"
    ]  # fmt: skip


def of_disk(
    place: str, free: int, total: int, least_percent: float, running: Iterable[JobInfo]
) -> list[Finding]:
    """A disk that is almost full. Args: `running` are the jobs that have a run, the latest begun first."""
    if not total or 100 * free / total >= least_percent:
        return []
    what = f"the disk of {place!r} has {free >> 20:,} MiB free, {100 * free / total:.1f} % of it"
    for job in running:
        return [
            Finding(
                f"disk {place} {job.id}",
                f"{what}, and the job {job.name!r} is running",
                "sched.stop",
                {"job": job.id},
            )
        ]
    return [
        Finding(f"disk {place}", f"{what}; `aosh -p 'what are the biggest files here?'` shows where it went")
    ]


def of_deaths(deaths: Iterable[tuple[str, str]], owners: Mapping[str, str]) -> list[Finding]:
    """Drivers that die again and again.

    Args:
        deaths: session and name of each call whose driver died.
        owners: who started the sessions that are agents: "job:ID" for the run of a job.
    """
    counted = Counter((owners.get(session, ""), name.partition(".")[0]) for session, name in deaths)
    found = []
    for (owner, area), count in counted.items():
        if count < DIED:
            continue
        what = f"the driver of {area}.* died {count} times"
        if owner.startswith(_JOB):
            job = owner.removeprefix(_JOB)
            found.append(
                Finding(f"died {area} {job}", f"{what} under the job {job}", "sched.pause", {"job": job})
            )
        else:
            found.append(
                Finding(
                    f"died {area}", f"{what}; `aosh doctor` checks the jail, `aosh history` shows the calls"
                )
            )
    return found
