"""What a job is: what it does, when, with which rights, and what happens when its time was missed."""

import datetime as dt
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from kernel.times.recurrences import Recurrence
from syscalls.caps import Cap
from syscalls.labels import NONE, Labels

Misfire = Literal["skip", "once", "all"]
"""What to do with moments that nobody was there for: none of them, one run for all, or each (at most `MOST_MISSED`)."""
Overlap = Literal["skip", "queue"]
"""What to do with a moment that comes while an earlier run goes on: leave it out, or run when that one has ended."""
State = Literal["waiting", "paused", "done", "canceled"]
End = Literal["done", "failed", "missed", "stopped", "may have run"]
SAY = "ui.say"
"""The call that a reminder makes."""

MOST_JOBS = 20_000
MOST_MISSED = 100
MOST_OUTPUT = 65_536
"""Characters of a run's output that are kept: the end of it."""
MOST_RUNS = 100
"""Runs of a job that are kept, the latest."""
MOST_OVER = 1_000
"""Jobs that are over and still known."""


class Work(msgspec.Struct, frozen=True):
    """What a job does."""

    kind: Literal["words", "call"]
    text: str
    """The request in words, or the name of a syscall."""
    arguments: dict[str, Any] = {}


class Job(msgspec.Struct, frozen=True):
    """One job, as it was made. It never gains rights after that."""

    id: str
    name: str
    work: Work
    zone: str
    at: float | None = None
    """Unix time of a job that happens once."""
    rule: Recurrence | None = None
    caps: tuple[Cap, ...] = ()
    """The most it may ever do; what was revoked since is taken off when it runs."""
    labels: Labels = NONE
    """Where the asking came from; every run starts with them."""
    cwd: str = "/"
    misfire: Misfire = "once"
    overlap: Overlap = "skip"
    is_idempotent: bool = False
    """Whether a second run does no harm: only then is a run that was cut off made again."""

    @property
    def is_reminder(self) -> bool:
        """Whether all it does is to say something."""
        return self.work.kind == "call" and self.work.text == SAY

    def first(self, now: float) -> float | None:
        """Its first moment after `now`; None where there is none. Unix times."""
        return self.after(now) if self.rule else self.at

    def after(self, moment: float) -> float | None:
        """The moment that follows `moment`; None for a job that happens once. Unix times."""
        if self.rule is None:
            return None
        found = self.rule.after(dt.datetime.fromtimestamp(moment, dt.UTC), ZoneInfo(self.zone))
        return found.timestamp() if found else None


class Run(msgspec.Struct, frozen=True):
    """One run of a job."""

    number: int
    job: str
    due: float
    started: float
    owner: str
    end: End | None = None
    output: str = ""
    missed: int = 0
    """Earlier moments this run stands for, or that were skipped before it."""
    ended: float | None = None
    """Unix time."""
