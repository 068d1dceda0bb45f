"""Things that happen later: requests, calls and programs at a time, once or again and again.

A job is made with the rights of the process that asks and never gains any. When it runs nobody is there to be asked.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from syscalls.caps import Right
from syscalls.declare import Area, Args, Effect, Nothing, Undo, Value
from syscalls.errors import BadArgument, Busy, DeviceFailed, NotFound, NotSupported, OverQuota, UnknownCall
from syscalls.sched_hints import AT, CANCEL, EVERY, LIST, PAUSE, RESUME, RUN_NOW, STOP

sched = Area("sched", "Later")

When = Annotated[str, Meta(min_length=1, max_length=200)]
What = Annotated[str, Meta(max_length=8_192)]
Name = Annotated[str, Meta(max_length=64)]
Misfire = Literal["skip", "once", "all"]
Overlap = Literal["skip", "queue"]
_FAULTS = (BadArgument, UnknownCall, NotSupported, OverQuota, Busy, DeviceFailed)
_KNOWN = (BadArgument, NotFound, NotSupported, Busy, DeviceFailed)


class Later(Args):
    """What happens, and when. Exactly one of `what` and `say` is given."""

    when: When
    """The time in words: "tomorrow at 9", "in 20 minutes", "every weekday at 9", "every 2 hours until sunday"."""
    what: What = ""
    """A request in words, read when its time has come; or `:area.verb key=value`, or `!program arguments`."""
    say: What = ""
    """A reminder: text that is shown, and nothing else is done."""
    name: Name = ""
    """What the job is called; its first words where it is empty."""
    misfire: Misfire = "once"
    """Of moments nobody was there for: "skip" them, run "once" for all, or run "all" (the latest 100)."""
    overlap: Overlap = "skip"
    """A moment that comes while an earlier run goes on: "skip" it, or "queue" it until that run has ended."""


class Which(Args):
    """Which job."""

    job: Annotated[str, Meta(min_length=1, max_length=200)]
    """Its id, its name, or words of it that no other job has."""


class JobInfo(msgspec.Struct, frozen=True):
    """One job."""

    id: str
    name: str
    what: str
    """As it was asked for; a reminder begins with `say `."""
    when: str
    """In full, such as "every Monday to Friday at 09:00"."""
    next: str
    """Its next moment, such as "Mon 30 Nov 2026 09:00"; empty where there is none."""
    next_at: float | None
    """The same as Unix time."""
    zone: str
    state: str
    """waiting, paused, done or canceled."""
    misfire: str
    cwd: str
    """The folder it works in."""
    overlap: str = "skip"
    running: int = 0
    """Runs of it that go on now."""
    failures: int = 0
    """How often in a row it failed: after each it waits longer, after five it is paused."""

    def line(self) -> str:
        """It on one line."""
        return f"{self.id}  {self.when}{self.ahead}: {self.what}{self.marks}"

    @property
    def ahead(self) -> str:
        """Its next moment, where that says more than its rule."""
        return f", next {self.next}" if self.next and self.next != self.when else ""

    @property
    def marks(self) -> str:
        """What is special about it now, in brackets; empty where nothing is."""
        found = []
        if self.running:
            found.append("running" if self.running == 1 else f"{self.running} running")
        failed = f"failed {self.failures} time{'s' if self.failures > 1 else ''} in a row"
        if self.state == "paused" and self.failures:
            found.append(f"paused: {failed}")
        elif self.failures:
            found.append(f"{failed}, waits longer" if self.next else failed)
        if self.state != "waiting" and not (self.running and self.state == "done") and not found:
            found.append(self.state)
        return "".join(f" [{each}]" for each in found)


class Job(Value, frozen=True):
    """One job as it stands now."""

    job: JobInfo

    def text(self) -> str:
        """It on one line."""
        return f"{self.job.line()}\n"


class Jobs(Value, frozen=True):
    """Jobs that are not over, the next one first."""

    items: tuple[JobInfo, ...]

    def text(self) -> str:
        """One line a job."""
        return "".join(f"{item.line()}\n" for item in self.items)

    def when_empty(self) -> str:
        """Nothing is planned."""
        return "nothing is scheduled"


@sched.call(1, effect=Effect.SCHEDULE, rights=(Right.SCHEDULE,), undo=Undo.ANOTHER, raises=_FAULTS, hints=AT)
def at(a: Later) -> Job:
    """Do something once, at a time.

    It is kept on disk, and happens also after a restart, when aosh runs then or at its next start. It can be
    canceled (`sched.cancel`). What would need a yes when it runs is denied, for nobody is there to give it.
    """


@sched.call(
    2, effect=Effect.SCHEDULE, rights=(Right.SCHEDULE,), undo=Undo.ANOTHER, raises=_FAULTS, hints=EVERY
)
def every(a: Later) -> Job:
    """Do something again and again, by a rule in words.

    As `sched.at`. A run that is still going when the next is due makes that one be skipped, or wait where `overlap`
    is "queue". After each failure in a row the job waits longer; after five it is paused.
    """


@sched.call(3, effect=Effect.READ, rights=(Right.SCHEDULE,), raises=_KNOWN, hints=LIST)
def list_(a: Nothing) -> Jobs:
    """What is scheduled."""


@sched.call(
    4, effect=Effect.SCHEDULE, rights=(Right.SCHEDULE,), undo=Undo.ANOTHER, raises=_KNOWN, hints=CANCEL
)
def cancel(a: Which) -> Job:
    """Let a job happen no more. `sched.resume` brings it back."""


@sched.call(
    5, effect=Effect.SCHEDULE, rights=(Right.SCHEDULE,), undo=Undo.ANOTHER, raises=_KNOWN, hints=PAUSE
)
def pause(a: Which) -> Job:
    """Hold a job until it is resumed."""


@sched.call(
    6, effect=Effect.SCHEDULE, rights=(Right.SCHEDULE,), undo=Undo.ANOTHER, raises=_KNOWN, hints=RESUME
)
def resume(a: Which) -> Job:
    """Let a held or canceled job go on, with its next moment from now."""


@sched.call(
    7, effect=Effect.SCHEDULE, rights=(Right.SCHEDULE,), undo=Undo.IMPOSSIBLE, raises=_KNOWN, hints=RUN_NOW
)
def run_now(a: Which) -> Job:
    """Make a job due now, whatever its time; its later moments stay as they are."""


@sched.call(
    8, effect=Effect.SCHEDULE, rights=(Right.SCHEDULE,), undo=Undo.IMPOSSIBLE, raises=_KNOWN, hints=STOP
)
def stop(a: Which) -> Job:
    """Stop the run of a job that is going on now, in whichever process; its later moments stay.

    What the run had changed can be undone. `sched.cancel` is what lets a job happen no more.
    """


CALLS = (at, every, list_, cancel, pause, resume, run_now, stop)
