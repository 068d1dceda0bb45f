"""Is the memory's file whole? Looked at without loading a model, and without changing anything."""

import sqlite3
from pathlib import Path
from urllib.parse import quote


def faults(path: Path) -> list[str]:
    """What is wrong with the file; empty when nothing is, or when there is none."""
    if not path.exists():
        return []
    base = None
    try:
        base = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5.0)
        found = [row[0] for row in base.execute("pragma integrity_check(10)") if row[0] != "ok"]
        (lost,) = base.execute(
            "select count(*) from records where id not in (select rowid from words)"
        ).fetchone()
        return found + ([f"{lost} records cannot be found by words"] if lost else [])
    except sqlite3.Error as error:
        return [str(error)]
    finally:
        if base is not None:
            base.close()
