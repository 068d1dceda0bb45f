"""Which preferences hold? Read straight from the file, without a model or a driver: they are needed before anything is shown."""

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from syscalls.labels import Labels


def project_space(folder: str) -> str:
    """The store's name of what is remembered of a project: the digest of its folder."""
    return f"project:{hashlib.sha256(folder.encode()).hexdigest()[:16]}"


def preferences(path: Path, spaces: Sequence[str], now: float) -> list[str]:
    """What the person prefers, in the order it is to be read: space by space, the newest last.

    Only what the person said: words from elsewhere settle nothing. Empty where there is no memory, or it cannot be
    read; whoever asks the memory itself is told why.

    Args:
        path: the memory's file.
        spaces: the store's names; later ones hold over earlier ones.
        now: Unix seconds.
    """
    if not path.exists():
        return []
    try:
        base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)
        try:
            rows = base.execute(
                "select space, text, labels from records where kind = 'preference' and superseded_by is null"
                " and (expires is null or expires > ?) order by made, id",
                (now,),
            ).fetchall()
        finally:
            base.close()
    except sqlite3.Error:
        return []
    held = [(space, text) for space, text, labels in rows if space in spaces and _is_own(labels)]
    return [text for _, text in sorted(held, key=lambda row: spaces.index(row[0]))]


def _is_own(labels: bytes) -> bool:
    try:
        return msgspec.json.decode(labels, type=Labels).is_trusted
    except msgspec.DecodeError:
        return False
