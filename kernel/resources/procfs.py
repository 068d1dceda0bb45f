"""One process, as /proc shows it: a third of what the same look costs through psutil's `oneshot`."""

import os
import re
from typing import NamedTuple

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PART_BYTES = 4096
_WHOLE_BYTES = _PART_BYTES - 16
"""The system fills a page with whole numbers: a part shorter than this is the last one."""
_WRITTEN = re.compile(rb"^write_bytes: (\d+)", re.MULTILINE)
_GONE = (FileNotFoundError, ProcessLookupError)


class Stat(NamedTuple):
    """A process at one moment."""

    pid: int
    parent: int
    group: int
    state: str
    """One letter, as `ps` shows it; Z and X are dead."""
    cpu_s: float
    """Its own and that of the children it has waited for."""
    rss_bytes: int
    threads: int
    started: int
    """In ticks since boot; with the pid it names a process for ever."""


class Kept(NamedTuple):
    """Descriptors to look at a process again and again, which spares two thirds of the cost; they end with it."""

    stat: int
    children: int
    """Of its first thread."""

    def close(self) -> None:
        """Look no more."""
        os.close(self.stat)
        os.close(self.children)


def keep(pid: int) -> Kept | None:
    """Descriptors of a process; None where there is none, or the system does not tell."""
    try:
        first = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return Kept(first, os.open(f"/proc/{pid}/task/{pid}/children", os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        os.close(first)
        return None


def stat(pid: int, kept: Kept | None = None) -> Stat | None:
    """What a process uses; None where there is none of that number, or it is hidden."""
    try:
        text = _read(f"/proc/{pid}/stat") if kept is None else _rest(kept.stat)
    except (*_GONE, PermissionError):
        return None
    fields = text.rpartition(b")")[2].split()
    if len(fields) < 22:
        return None
    ticks = int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
    return Stat(
        pid, int(fields[1]), int(fields[2]), fields[0].decode(), ticks * _TICK_S, int(fields[21]) * _PAGE,
        int(fields[17]), int(fields[19]),
    )  # fmt: skip


def children(of: Stat, kept: Kept | None = None) -> list[int]:
    """The pids a process's threads have started and that still run; none where the system does not tell."""
    if kept is not None and of.threads == 1:
        try:
            return [*map(int, _rest(kept.children).split())]
        except OSError:
            return []
    folder = f"/proc/{of.pid}/task"
    try:
        threads = [str(of.pid)] if of.threads == 1 else os.listdir(folder)
    except OSError:
        return []
    found: list[int] = []
    for thread in threads:
        try:
            found += map(int, _read(f"{folder}/{thread}/children").split())
        except OSError:
            continue  # ended meanwhile
    return found


def written_bytes(pid: int) -> int | None:
    """What a process has had written to disks; None where the system does not let us see."""
    try:
        found = _WRITTEN.search(_read(f"/proc/{pid}/io"))
    except OSError:
        return None
    return int(found[1]) if found else None


def every_pid() -> list[int]:
    """Of all processes that are seen."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(path: str) -> bytes:
    """All of a small file of /proc; a file object would cost as much again."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return _rest(descriptor)
    finally:
        os.close(descriptor)


def _rest(descriptor: int) -> bytes:
    """All from the beginning, wherever it was read to before."""
    text = part = os.pread(descriptor, _PART_BYTES, 0)
    while len(part) >= _WHOLE_BYTES:
        part = os.pread(descriptor, _PART_BYTES, len(text))
        text += part
    return text
