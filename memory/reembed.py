"""Vectors of another model, for texts that are there: a few at a time, each time whole, so that it may be stopped anywhere."""

from collections.abc import Callable
from pathlib import Path

from memory.embedding import Embedder
from memory.schema import connect, told, transaction

BATCH = 64
Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


def reembed(truth: Path, embedder: Embedder, progress: Progress) -> int:
    """Give every record a vector of this model; how many had none. Stopped, it goes on from there when called again.

    Raises:
        DeviceFailed: the model cannot be had, or the memory is damaged.
        NoSpace, Busy: it went no further.
    """
    base = connect(truth)
    try:
        with told(truth):
            name = embedder.name
            where = "model < ? or model > ?"
            (total,) = base.execute(f"select count(*) from records where {where}", (name, name)).fetchone()
            done = 0
            while True:
                rows = base.execute(
                    f"select id, text from records where {where} limit ?", (name, name, BATCH)
                ).fetchall()
                if not rows:
                    return done
                vectors = embedder.embed([text for _, text in rows])
                with transaction(base):
                    base.executemany(
                        "update records set vector = ?, model = ? where id = ?",
                        [(row.tobytes(), name, rows[at][0]) for at, row in enumerate(vectors)],
                    )
                done += len(rows)
                progress(done, max(total, done))
    finally:
        base.close()
