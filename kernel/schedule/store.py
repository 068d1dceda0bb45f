"""The jobs on disk: SQLite, shared by every shell and service of a user.

A due moment is taken in one write transaction that inserts the run and moves the job on, so of several
processes exactly one gets it. The run's row carries its owner; an owner that no longer lives left it
between firing and recording, and `abandoned` settles what that means.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from kernel.schedule.job import LATE_S, MOST_JOBS, MOST_MISSED, MOST_OUTPUT, End, Job, Run, State
from syscalls.errors import BadArgument, Busy, DeviceFailed, NotFound, OverQuota

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, body BLOB NOT NULL, due REAL, state TEXT NOT NULL, failures INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_by_due ON jobs (due) WHERE state = 'waiting' AND due IS NOT NULL;
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY, job TEXT NOT NULL, due REAL NOT NULL, started REAL NOT NULL, owner TEXT NOT NULL,
    end TEXT, output TEXT NOT NULL DEFAULT '', missed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS runs_open ON runs (owner) WHERE end IS NULL;
CREATE INDEX IF NOT EXISTS runs_by_job ON runs (job, number);
"""
_NEXT = "SELECT id, body, due FROM jobs WHERE state = 'waiting' AND due IS NOT NULL ORDER BY due LIMIT 1"
_RUN = "SELECT number, job, due, started, owner, end, output, missed FROM runs"
FAILURES_IN_A_ROW = 5
"""After so many failed runs a job is paused and waits for a person."""


class Store:
    """Jobs and their runs in one file. Used in one thread, ended by `close`."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time, wait_s: float = 5.0) -> None:
        """Open the file, made if absent.

        Raises:
            DeviceFailed: it cannot be opened.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._clock = clock
        try:
            self._db = sqlite3.connect(path, timeout=wait_s, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            path.chmod(0o600)
        except (sqlite3.Error, OSError) as failure:
            raise DeviceFailed(f"the jobs in {str(path)!r} cannot be opened: {failure}") from failure

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
        now, rows = self._clock(), []
        for job in jobs:
            due = job.first(now)
            if due is None or due <= now:
                raise BadArgument(
                    f"the job {job.name!r} has no moment ahead; a time after now would be accepted"
                )
            rows.append((job.id, msgspec.json.encode(job), due))
        with self._writing() as db:
            (count,) = db.execute("SELECT count(*) FROM jobs WHERE state IN ('waiting', 'paused')").fetchone()
            if count + len(rows) > MOST_JOBS:
                raise OverQuota(
                    f"there are {count} jobs already and {len(rows)} more were asked for; the most is {MOST_JOBS}"
                )
            db.executemany("INSERT INTO jobs (id, body, due, state) VALUES (?, ?, ?, 'waiting')", rows)
        return [row[2] for row in rows]

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
        """All jobs that are not over, the next due first."""
        rows = self._db.execute(
            "SELECT body, state, due FROM jobs WHERE state IN ('waiting', 'paused') ORDER BY due IS NULL, due, id"
        )
        return [(_job(body), state, due) for body, state, due in rows]

    def next_due(self) -> float | None:
        """When the next job is due, by the index: Unix time."""
        row = self._db.execute(_NEXT.replace("id, body, due", "due")).fetchone()
        return row[0] if row else None

    def overdue(self, now: float) -> list[str]:
        """Names of the waiting jobs whose moment is more than a little past."""
        rows = self._db.execute(
            "SELECT body FROM jobs WHERE state = 'waiting' AND due < ? ORDER BY due LIMIT 100",
            (now - LATE_S,),
        )
        return [_job(body).name for (body,) in rows]

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
        while True:
            with self._writing() as db:
                row = db.execute(_NEXT).fetchone()
                now = self._clock()
                if row is None or row[2] > now:
                    return None
                job, due = _job(row[1]), float(row[2])
                runs_still = db.execute(
                    "SELECT 1 FROM runs WHERE job = ? AND end IS NULL", (job.id,)
                ).fetchone()
                following, missed = _moved_on(job, due, now)
                is_skipped = runs_still is not None or (job.misfire == "skip" and now - due > LATE_S)
                end = "missed" if is_skipped else None
                db.execute(
                    "UPDATE jobs SET due = ?, state = ? WHERE id = ?",
                    (following, "waiting" if following else "done", job.id),
                )
                cursor = db.execute(
                    "INSERT INTO runs (job, due, started, owner, end, missed) VALUES (?, ?, ?, ?, ?, ?)",
                    (job.id, due, now, owner, end, missed),
                )
                number = int(cursor.lastrowid or 0)
            if end is None:
                return job, Run(number, job.id, due, now, owner, None, "", missed)

    def finish(self, run: Run, end: End, output: str) -> None:
        """Record how a run ended. A job that fails in a row waits longer each time, and is paused at last."""
        with self._writing() as db:
            changed = db.execute(
                "UPDATE runs SET end = ?, output = ? WHERE number = ? AND end IS NULL",
                (end, output[-MOST_OUTPUT:], run.number),
            ).rowcount
            if changed and end == "done":
                db.execute("UPDATE jobs SET failures = 0 WHERE id = ?", (run.job,))
            elif changed and end == "failed":
                self._back_off(db, run.job)

    def _back_off(self, db: sqlite3.Connection, id_: str) -> None:
        db.execute("UPDATE jobs SET failures = failures + 1 WHERE id = ?", (id_,))
        failures, due, state = db.execute(
            "SELECT failures, due, state FROM jobs WHERE id = ?", (id_,)
        ).fetchone()
        if due is None or state != "waiting":
            return
        if failures >= FAILURES_IN_A_ROW:
            db.execute("UPDATE jobs SET state = 'paused' WHERE id = ?", (id_,))
            return
        earliest = self._clock() + 60.0 * 2**failures
        job, _, _ = self.get(id_)
        later = due if due >= earliest else job.after(earliest)
        db.execute("UPDATE jobs SET due = ? WHERE id = ?", (later, id_))

    def abandoned(self, is_alive: Callable[[str], bool]) -> list[tuple[Job, Run]]:
        """Settle runs whose owner died: made again where that does no harm, else marked "may have run".

        Args:
            is_alive: whether the process of that owner's name still lives.

        Returns:
            What was marked, to be told to a person; what is made again is simply due.
        """
        told = []
        with self._writing() as db:
            for row in db.execute(f"{_RUN} WHERE end IS NULL").fetchall():
                run = Run(*row)
                if is_alive(run.owner):
                    continue
                job, _, due = self.get(run.job)
                if job.is_idempotent:
                    db.execute("DELETE FROM runs WHERE number = ?", (run.number,))
                    again = min(run.due, due) if due else run.due
                    db.execute(
                        "UPDATE jobs SET due = ?, state = 'waiting' WHERE id = ? AND state IN ('waiting', 'done')",
                        (again, job.id),
                    )
                else:
                    db.execute("UPDATE runs SET end = 'may have run' WHERE number = ?", (run.number,))
                    told.append((job, msgspec.structs.replace(run, end="may have run")))
        return told

    def runs(self, id_: str, limit: int = 20) -> list[Run]:
        """A job's latest runs, the newest first."""
        return [
            Run(*row)
            for row in self._db.execute(f"{_RUN} WHERE job = ? ORDER BY number DESC LIMIT ?", (id_, limit))
        ]

    def _turn(self, id_: str, state: State, before: tuple[State, ...]) -> None:
        with self._writing() as db:
            marks = ", ".join("?" * len(before))
            if not db.execute(
                f"UPDATE jobs SET state = ? WHERE id = ? AND state IN ({marks})", (state, id_, *before)
            ).rowcount:
                raise NotFound(f"no job {id_!r} is {' or '.join(before)}; `aosh jobs` lists them")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as failure:
            raise Busy(f"the jobs in {str(self.path)!r} cannot be written now: {failure}") from failure
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _job(body: bytes) -> Job:
    return msgspec.json.decode(body, type=Job)


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
