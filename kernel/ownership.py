"""Whether a file can be relied on: whose it is, and who else could have written it."""

import stat
from pathlib import Path

ROOT = 0


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
