"""A person's own file of settings: whether it can be relied on, its text, and the mistake in it that stops everything."""

import stat
from pathlib import Path

ROOT = 0
MOST_BYTES = 1 << 20


def distrusted(path: Path, owners: set[int]) -> str:
    """Why a path cannot be relied on; empty where it can."""
    try:
        facts = path.stat()
    except OSError as error:
        return str(error.strerror)
    if facts.st_uid not in owners:
        wanted = "root" if owners == {ROOT} else "you or root"
        return f"it belongs to uid {facts.st_uid}, and must belong to {wanted}"
    if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"its mode {stat.S_IMODE(facts.st_mode):o} lets others write to it; say: chmod go-w {path}"
    return ""


class BadFile(Exception):
    """A file that cannot be read or holds a mistake; aosh does not start on it."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}" if line else f"{file}: {problem}")


def text_of(file: Path, what: str, bad: type[BadFile]) -> str:
    """Its text.

    Args:
        file: a file of at most `MOST_BYTES`.
        what: what it holds, for people, such as "rules".
        bad: raised where it cannot be read, is too long or is no text.
    """
    try:
        with open(file, "rb") as opened:
            data = opened.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise bad(str(file), 0, f"expected at most {MOST_BYTES} bytes of {what}")
        return data.decode("utf-8")
    except OSError as error:
        raise bad(str(file), 0, f"it cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise bad(str(file), 0, f"expected UTF-8 text, got other bytes at {error.start}") from None
