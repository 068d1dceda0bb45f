"""What should a person know of the jobs, at a glance? Reads the file only, and loads nothing that settles times."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

LATE_S = 60.0
"""A moment this far back was missed: nobody was running when it came."""
_MOST = 100


class Glance(NamedTuple):
    """What waits for a person."""

    overdue: tuple[str, ...] = ()
    """Names of waiting jobs whose moment is more than a little past, the earliest first; at most 100."""
    untold: int = 0
    """Ends that nobody has been told of."""


def glance(path: Path, now: float | None = None) -> Glance:
    """A look at the jobs in a file; nothing where it cannot be had now, or was made by an earlier version."""
    late = (time.time() if now is None else now) - LATE_S
    if not path.exists():
        return Glance()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.2)) as db:
            bodies = db.execute(
                "SELECT body FROM jobs WHERE state = 'waiting' AND due < ? ORDER BY due LIMIT ?",
                (late, _MOST),
            )
            names = tuple(str(json.loads(body)["name"]) for (body,) in bodies)
            (untold,) = db.execute("SELECT count(*) FROM runs WHERE told = 0").fetchone()
            return Glance(names, untold)
    except (sqlite3.Error, ValueError, KeyError):
        return Glance()
