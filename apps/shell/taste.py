"""How does this person want things shown, now? Read from the memory's file whenever that has changed."""

import os
import time
from pathlib import Path

from memory.preferences import preferences, project_space
from syscalls.taste import PLAIN, Taste

FILE = "memory.db"


class Tastes:
    """The taste that holds in one folder; what a project is told holds over what is told for all."""

    def __init__(self, memory: Path, folder: str) -> None:
        """Args: `memory` is the folder of what is remembered; `folder` the working folder."""
        self._path = memory / FILE
        self._spaces = ("user", project_space(folder))
        self._seen: tuple[object, ...] = ()
        self._taste = PLAIN

    def now(self) -> Taste:
        """What holds at this moment, whoever changed it."""
        seen = (_stamp(self._path), _stamp(self._path.with_name(f"{FILE}-wal")))
        if seen != self._seen:
            self._taste = _of(preferences(self._path, self._spaces, time.time()))
            self._seen = seen
        return self._taste


def _of(texts: list[str]) -> Taste:
    if not texts:
        return PLAIN
    from syscalls.preferences import taste_of  # most people have none, and it takes its time to load

    return taste_of(texts)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
