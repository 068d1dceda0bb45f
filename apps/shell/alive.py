"""Which sessions run now? Each holds a lock, which the system lets go of even after kill -9."""

import fcntl
import os
from typing import IO

from apps.shell.settings import Folders


def own(places: Folders, session: str) -> IO[bytes]:
    """A lock that says this session runs; the system lets go of it even after kill -9."""
    for old in places.sessions.glob("*.lock"):
        if not is_alive(places, old.stem):
            old.unlink(missing_ok=True)
    descriptor = os.open(places.sessions / f"{session}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return os.fdopen(descriptor, "r+b")


def is_alive(places: Folders, session: str) -> bool:
    """Whether a session's process still runs."""
    try:
        descriptor = os.open(places.sessions / f"{session}.lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(descriptor)
