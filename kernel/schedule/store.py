"""The jobs on disk: SQLite, shared by every shell and service of a user.

A due moment is taken in one write transaction that inserts the run and moves the job on, so of several
processes exactly one gets it. The run's row carries its owner; an owner that no longer lives left it
between firing and recording, and `abandoned` settles what that means.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from kernel.schedule.dbfile import File
from kernel.schedule.glance import LATE_S
from kernel.schedule.job import MOST_JOBS, MOST_MISSED, MOST_OVER, End, Job, Run, State
from kernel.schedule.runlog import RUN, RunLog
from syscalls.errors import BadArgument, NotFound, OverQuota

_NEXT = (
    "SELECT id, body, due, failures FROM jobs WHERE state = 'waiting' AND due IS NOT NULL"
    " AND NOT (queues AND EXISTS (SELECT 1 FROM runs WHERE job = jobs.id AND end IS NULL)) ORDER BY due LIMIT 1"
)
"""A job that queues is not due while a run of it goes on."""
_LATE = "left out: nobody was there when it was due, and this job skips such moments"
FAILURES_IN_A_ROW = 5
"""After so many failed runs a job is paused and waits for a person."""
FIRST_BACK_OFF_S = 120.0
"""How long a job that failed once waits at least; doubled with each failure in a row."""


class Store:
    """Jobs and their runs in one file. Used in one thread, ended by `close`."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time, wait_s: float = 5.0) -> None:
        """Open the file, made if absent.

        Raises:
            DeviceFailed: it cannot be opened.
        """
        self._file = File(path, wait_s)
        self._db = self._file.db
        self._writing = self._file.writing
        self._clock = clock
        self.log = RunLog(self._file, clock)
        """What runs left behind."""

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def add(self, job: Job) -> float:
        """Keep a job; its first moment as Unix time. Raises as `add_all`."""
        return self.add_all((job,))[0]

    def add_all(self, jobs: Sequence[Job]) -> list[float]:
        """Keep all of some jobs or none; their first moments as Unix times.

        Raises:
            BadArgument: its time has passed, or its rule names no moment.
            OverQuota: there are as many as are kept.
        """
        self._check_room(len(jobs))
        now, rows = self._clock(), []
        for job in jobs:
            due = job.first(now)
            if due is None or due <= now:
                raise BadArgument(
                    f"the job {job.name!r} has no moment ahead; a time after now would be accepted"
                )
            rows.append((job.id, msgspec.json.encode(job), due, job.overlap == "queue"))
        with self._writing() as db:
            self._check_room(len(rows))
            db.executemany(
                "INSERT INTO jobs (id, body, due, state, queues) VALUES (?, ?, ?, 'waiting', ?)", rows
            )
            _forget(db)
        return [row[2] for row in rows]

    def _check_room(self, more: int) -> None:
        (count,) = self._db.execute(
            "SELECT count(*) FROM jobs WHERE state IN ('waiting', 'paused')"
        ).fetchone()
        if count + more > MOST_JOBS:
            raise OverQuota(
                f"there are {count} jobs already and {more} more were asked for; the most is {MOST_JOBS}"
            )

    def get(self, id_: str) -> tuple[Job, State, float | None]:
        """A job with its state and next moment.

        Raises:
            NotFound: there is none of that id.
        """
        row = self._db.execute("SELECT body, state, due FROM jobs WHERE id = ?", (id_,)).fetchone()
        if row is None:
            raise NotFound(f"no job {id_!r}; `aosh jobs` lists them")
        return _job(row[0]), row[1], row[2]

    def listed(self) -> list[tuple[Job, State, float | None]]:
        """All jobs that are not over, or of which a run goes on, the next due first."""
        rows = self._db.execute(
            "SELECT body, state, due FROM jobs WHERE state IN ('waiting', 'paused')"
            " OR id IN (SELECT job FROM runs WHERE end IS NULL) ORDER BY due IS NULL, due, id"
        )
        return [(_job(body), state, due) for body, state, due in rows]

    def failures(self) -> dict[str, int]:
        """How often in a row each job failed that did at its latest run, by id."""
        return dict(self._db.execute("SELECT id, failures FROM jobs WHERE failures > 0").fetchall())

    def states(self) -> dict[str, int]:
        """How many jobs are in each state, how many are `due` and how many `running`."""
        counted = self._db.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall()
        (due,) = self._db.execute(
            "SELECT count(*) FROM jobs WHERE state = 'waiting' AND due <= ?", (self._clock(),)
        ).fetchone()
        return dict(counted) | {"due": due, "running": len(self.log.under_way())}

    def next_due(self) -> float | None:
        """When the next job is due, by the index: Unix time."""
        row = self._db.execute(_NEXT).fetchone()
        return row[2] if row else None

    def cancel(self, id_: str) -> None:
        """Let a job happen no more. Raises NotFound."""
        self._turn(id_, "canceled", ("waiting", "paused"))

    def pause(self, id_: str) -> None:
        """Hold a job until it is resumed. Raises NotFound."""
        self._turn(id_, "paused", ("waiting",))

    def resume(self, id_: str) -> float | None:
        """Let a held or canceled job go on with its next moment from now; what came meanwhile is skipped.

        Raises:
            NotFound: there is none of that id.
            BadArgument: its only moment has passed.
        """
        job, _, _ = self.get(id_)
        now = self._clock()
        due = job.first(now)
        if due is None or due <= now:
            raise BadArgument(f"the job {job.name!r} has no moment ahead; make it anew with a later time")
        with self._writing() as db:
            db.execute("UPDATE jobs SET state = 'waiting', due = ?, failures = 0 WHERE id = ?", (due, id_))
        return due

    def make_due(self, id_: str) -> None:
        """Make a waiting job due now. Raises NotFound."""
        with self._writing() as db:
            if not db.execute(
                "UPDATE jobs SET due = ? WHERE id = ? AND state = 'waiting'", (self._clock(), id_)
            ).rowcount:
                raise NotFound(f"no job {id_!r} is waiting; `aosh jobs` lists them")

    def claim(self, owner: str) -> tuple[Job, Run] | None:
        """Take the earliest moment that is due, as its only owner; None where nothing is due.

        Args:
            owner: the name of a process whose life others can check.
        """
        while (due := self.next_due()) is not None and due <= self._clock():
            with self._writing() as db:
                row = db.execute(_NEXT).fetchone()
                now = self._clock()
                if row is None or row[2] > now:
                    return None
                job, due = _job(row[1]), float(row[2])
                following, missed = _moved_on(job, due, now)
                db.execute(
                    "UPDATE jobs SET due = ?, state = ? WHERE id = ?",
                    (following, "waiting" if following else "done", job.id),
                )
                why_not = _why_not(db, job, due, now)
                cursor = db.execute(
                    "INSERT INTO runs (job, due, started, owner, missed) VALUES (?, ?, ?, ?, ?)",
                    (job.id, due, now, owner, missed),
                )
                number = int(cursor.lastrowid or 0)
                if why_not:
                    self.log.close(db, job, number, "missed", f"{why_not}\n", is_news=why_not == _LATE)
                    continue
            return job, Run(number, job.id, due, now, owner, None, "", missed)
        return None

    def finish(self, run: Run, end: End, output: str) -> None:
        """Record how a run ended. A job that fails in a row waits longer each time, and is paused at last."""
        with self._writing() as db:
            job, _, _ = self.get(run.job)
            if not self.log.close(db, job, run.number, end, output):
                return
            if end == "done":
                db.execute("UPDATE jobs SET failures = 0 WHERE id = ?", (run.job,))
            elif end == "failed":
                self._back_off(db, job)

    def _back_off(self, db: sqlite3.Connection, job: Job) -> None:
        db.execute("UPDATE jobs SET failures = failures + 1 WHERE id = ?", (job.id,))
        failures, due, state = db.execute(
            "SELECT failures, due, state FROM jobs WHERE id = ?", (job.id,)
        ).fetchone()
        if due is None or state != "waiting":
            return
        if failures >= FAILURES_IN_A_ROW:
            db.execute("UPDATE jobs SET state = 'paused' WHERE id = ?", (job.id,))
            return
        earliest = self._clock() + FIRST_BACK_OFF_S * 2 ** (failures - 1)
        later = due if due >= earliest else job.after(earliest)
        db.execute("UPDATE jobs SET due = ? WHERE id = ?", (later, job.id))

    def abandoned(self, is_alive: Callable[[str], bool]) -> list[tuple[Job, Run]]:
        """Settle runs whose owner died: made again where that does no harm, else marked "may have run".

        Args:
            is_alive: whether the process of that owner's name still lives.

        Returns:
            What was marked, to be told to a person; what is made again is simply due.
        """
        owners = self._db.execute("SELECT DISTINCT owner FROM runs WHERE end IS NULL").fetchall()
        dead = [owner for (owner,) in owners if not is_alive(owner)]
        if not dead:
            return []
        with self._writing() as db:
            rows = db.execute(f"{RUN} WHERE end IS NULL").fetchall()
            left = [Run(*row) for row in rows if row[4] in dead]
            return [
                (job, msgspec.structs.replace(run, end="may have run"))
                for run in left
                if (job := self._given_up(db, run)) is not None
            ]

    def give_up(self, run: Run) -> None:
        """Its owner ends in the middle of a run: as `abandoned`, at once."""
        with self._writing() as db:
            self._given_up(db, run)

    def _given_up(self, db: sqlite3.Connection, run: Run) -> Job | None:
        """The job where its run was marked; None where it is made again."""
        job, _, due = self.get(run.job)
        if not job.is_idempotent:
            return job if self.log.close(db, job, run.number, "may have run") else None
        db.execute("DELETE FROM runs WHERE number = ? AND end IS NULL", (run.number,))
        db.execute(
            "UPDATE jobs SET due = ?, state = 'waiting' WHERE id = ? AND state IN ('waiting', 'done')",
            (min(run.due, due) if due else run.due, job.id),
        )
        return None

    def _turn(self, id_: str, state: State, before: tuple[State, ...]) -> None:
        with self._writing() as db:
            marks = ", ".join("?" * len(before))
            if not db.execute(
                f"UPDATE jobs SET state = ? WHERE id = ? AND state IN ({marks})", (state, id_, *before)
            ).rowcount:
                raise NotFound(f"no job {id_!r} is {' or '.join(before)}; `aosh jobs` lists them")


def _job(body: bytes) -> Job:
    return msgspec.json.decode(body, type=Job)


def _why_not(db: sqlite3.Connection, job: Job, due: float, now: float) -> str:
    """Why the moment at `due` is left out; empty where it is not."""
    if db.execute("SELECT 1 FROM runs WHERE job = ? AND end IS NULL", (job.id,)).fetchone():
        return "left out: an earlier run was still going"
    if job.misfire != "skip" or now - due <= LATE_S:
        return ""
    waited = db.execute("SELECT 1 FROM runs WHERE job = ? AND started <= ? AND ended > ?", (job.id, due, due))
    return "" if job.overlap == "queue" and waited.fetchone() else _LATE


def _forget(db: sqlite3.Connection) -> None:
    """Drop what is over, but for the latest."""
    over = (
        "SELECT id FROM jobs WHERE state IN ('done', 'canceled') AND id NOT IN (SELECT job FROM runs WHERE end IS NULL)"
        " ORDER BY rowid DESC LIMIT -1 OFFSET ?"
    )
    db.execute(f"DELETE FROM runs WHERE job IN ({over})", (MOST_OVER,))
    db.execute(f"DELETE FROM jobs WHERE id IN ({over})", (MOST_OVER,))


def _moved_on(job: Job, due: float, now: float) -> tuple[float | None, int]:
    """The job's next moment, and how many moments the run at `due` leaves behind unrun.

    A job that catches up on all keeps its following moment, at most `MOST_MISSED` back; the others go on from now.
    """
    if job.rule is None:
        return None, 0
    following = job.after(due)
    missed, last = 0, due
    while following is not None and following <= now and missed < MOST_MISSED:
        missed, last, following = missed + 1, following, job.after(following)
    if job.misfire == "all" and missed < MOST_MISSED:
        return job.after(due), 0
    return job.after(max(now, last)), missed
