"""Where typed lines are kept: a file only its owner reads, or memory where none can be had."""

import os
import stat
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory


class PrivateHistory(FileHistory):
    """Lines in a file of mode 0600. A line that begins with a space is not written down.

    Raises:
        OSError: no regular file can be had at the path (a symbolic link is none).
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(f"{path} is no regular file")
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
        super().__init__(str(path))

    def store_string(self, string: str) -> None:
        """Write the line down, unless it was meant to be forgotten."""
        if not string.startswith(" "):
            super().store_string(string.encode("utf-8", "replace").decode())


def history_at(path: Path | None) -> History:
    """History in that file, or in memory where there is no path or the file cannot be had."""
    if path is None:
        return InMemoryHistory()
    try:
        return PrivateHistory(path)
    except OSError:
        return InMemoryHistory()
