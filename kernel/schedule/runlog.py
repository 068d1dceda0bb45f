"""What runs of jobs left behind: how each one ended and what it said; what nobody was told yet; which shall stop."""

import sqlite3
import time
from collections.abc import Callable

import msgspec

from kernel.schedule.dbfile import File
from kernel.schedule.job import MOST_OUTPUT, MOST_RUNS, End, Job, Run

RUN = "SELECT number, job, due, started, owner, end, output, missed, ended FROM runs"
_WITH_JOB = (
    "SELECT runs.number, job, runs.due, started, owner, end, output, missed, ended, body, seq"
    " FROM runs JOIN jobs ON jobs.id = job"
)


class RunLog:
    """The runs in a file of jobs."""

    def __init__(self, file: File, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock

    def of(self, id_: str, limit: int = 20) -> list[Run]:
        """A job's latest runs, the newest first."""
        rows = self._file.db.execute(f"{RUN} WHERE job = ? ORDER BY number DESC LIMIT ?", (id_, limit))
        return [Run(*row) for row in rows]

    def under_way(self) -> dict[str, int]:
        """How many runs have no end yet, by the id of the job."""
        rows = self._file.db.execute("SELECT job, count(*) FROM runs WHERE end IS NULL GROUP BY job")
        return dict(rows.fetchall())

    def latest(self) -> int:
        """The number of the latest end; ends are numbered as they happen."""
        found = self._file.db.execute("SELECT max(seq) FROM runs WHERE seq IS NOT NULL").fetchone()[0]
        return int(found or 0)

    def ended_after(self, seq: int) -> list[tuple[Job, Run, int]]:
        """Ends later than that number, with their own numbers, oldest first; at most 1,000."""
        rows = self._file.db.execute(f"{_WITH_JOB} WHERE seq > ? ORDER BY seq LIMIT 1000", (seq,))
        return [(_job(row[9]), Run(*row[:9]), row[10]) for row in rows]

    def untold(self) -> list[tuple[Job, Run]]:
        """Ends that a person should hear of, and none has yet, oldest first; at most 1,000."""
        rows = self._file.db.execute(
            f"{_WITH_JOB} WHERE told = 0 AND seq IS NOT NULL ORDER BY seq LIMIT 1000"
        )
        return [(_job(row[9]), Run(*row[:9])) for row in rows]

    def told(self, until: int) -> None:
        """A person has heard of every end up to that number."""
        if self._file.db.execute("SELECT 1 FROM runs WHERE told = 0 AND seq <= ?", (until,)).fetchone():
            with self._file.writing() as db:
                db.execute("UPDATE runs SET told = 1 WHERE told = 0 AND seq <= ?", (until,))

    def stop(self, id_: str) -> int:
        """Ask whoever carries a job out to stop; how many runs that are."""
        with self._file.writing() as db:
            return db.execute("UPDATE runs SET stop = 1 WHERE job = ? AND end IS NULL", (id_,)).rowcount

    def to_stop(self, owner: str) -> list[int]:
        """The numbers of an owner's runs that somebody asked to stop."""
        rows = self._file.db.execute(
            "SELECT number FROM runs WHERE end IS NULL AND owner = ? AND stop = 1", (owner,)
        )
        return [number for (number,) in rows]

    def close(
        self,
        db: sqlite3.Connection,
        job: Job,
        number: int,
        end: End,
        output: str = "",
        *,
        is_news: bool = False,
    ) -> bool:
        """Write an end, in a transaction of the caller's; False where the run has one already.

        Args:
            is_news: a person should hear of it even later. So it is of a reminder and of what did not end well.
        """
        is_news = is_news or end in ("failed", "may have run") or (job.is_reminder and end == "done")
        changed = db.execute(
            "UPDATE runs SET end = ?, output = ?, ended = ?, told = ?,"
            " seq = (SELECT coalesce(max(seq), 0) + 1 FROM runs WHERE seq IS NOT NULL)"
            " WHERE number = ? AND end IS NULL",
            (end, output[-MOST_OUTPUT:], self._clock(), not is_news, number),
        ).rowcount
        db.execute(
            "DELETE FROM runs WHERE job = ?1 AND end IS NOT NULL AND number <= ("
            " SELECT number FROM runs WHERE job = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
            (job.id, MOST_RUNS),
        )
        return bool(changed)


def _job(body: bytes) -> Job:
    return msgspec.json.decode(body, type=Job)
