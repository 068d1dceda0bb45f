"""Names of files beneath the workspace, for completion: quickly or not at all."""

import os
import posixpath
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from syscalls.caps import is_beneath

MOST = 200
_STRAY = re.compile("[\ud800-\udfff]")
"""Bytes that are no text: such a name cannot be typed."""


class Name(NamedTuple):
    """One file or folder whose path continues what was typed."""

    path: str
    """As typed so far, completed; folders end in a slash."""
    is_folder: bool


def names_like(typed: str, cwd: Path, workspace: Path, deadline_s: float) -> list[Name]:
    """Paths that begin with `typed`, sorted; nothing outside the workspace.

    Args:
        typed: relative to `cwd`, or absolute.
        cwd: the working directory.
        workspace: the folder that is not left, not even through a link.
        deadline_s: looking stops after so long, with what was found.
    """
    until = time.monotonic() + deadline_s
    folder, _, prefix = typed.rpartition("/")
    if typed.startswith("/"):
        folder = folder or "/"
    inside = os.path.realpath(posixpath.join(cwd, folder))
    head = typed[: len(typed) - len(prefix)]
    if not is_beneath(inside, os.path.realpath(workspace)):
        return []
    try:
        with os.scandir(inside) as entries:
            return sorted(_matching(entries, head, prefix, until))
    except OSError:
        return []


def _matching(entries: Iterable["os.DirEntry[str]"], head: str, prefix: str, until: float) -> list[Name]:
    found: list[Name] = []
    for entry in entries:
        if len(found) >= MOST or time.monotonic() > until:
            break
        if _is_meant(entry.name, prefix):
            is_folder = entry.is_dir()
            found.append(Name(f"{head}{entry.name}{'/' if is_folder else ''}", is_folder))
    return found


def _is_meant(name: str, prefix: str) -> bool:
    is_hidden = name.startswith(".") and not prefix.startswith(".")
    return name.startswith(prefix) and not is_hidden and not _STRAY.search(name)
