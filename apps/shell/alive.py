"""Which sessions run now? Each holds a lock, which the system lets go of even after kill -9."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from apps.shell.settings import Folders


def own(places: Folders, session: str) -> IO[bytes]:
    """A lock that says this session runs; the system lets go of it even after kill -9."""
    for old in places.sessions.glob("*.lock"):
        _clear_away(old)
    path = places.sessions / f"{session}.lock"
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_file(path, descriptor):
            return os.fdopen(descriptor, "r+b")
        os.close(descriptor)  # somebody took it for an old one before it was locked


def is_alive(places: Folders, session: str) -> bool:
    """Whether a session's process still runs."""
    try:  # for reading: whoever listens for the end of a session hears only what was open for writing
        descriptor = os.open(places.sessions / f"{session}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two that look do not see each other
        return False
    except OSError:
        return True
    finally:
        os.close(descriptor)


def _clear_away(path: Path) -> None:
    """Remove the file of a session that is gone; under its lock, for one that begins may just have made it."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_file(path, descriptor):
                path.unlink()
        finally:
            os.close(descriptor)


def _is_file(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
