"""How much memory is left here, and is anybody waiting for it? Cheap enough to be asked before each program."""

import re
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60
"""Version 1 of control groups writes "no limit" as a number near 2**63."""
_ROW = re.compile(r"^(MemTotal|MemAvailable):\s+(\d+) kB$", re.MULTILINE)


class Room(NamedTuple):
    """What a machine has left; None and nothing where it does not tell, which holds nobody up."""

    total_bytes: int | None
    free_bytes: int | None
    memory_pressure: float = 0.0
    """Share of the last 10 s that some task waited for memory, 0 to 100."""


def room(proc: Path = PROC, cgroups: Path = CGROUPS) -> Room:
    """What is left now."""
    total, free = memory(proc, cgroups)
    return Room(total, free, pressure(proc, ("memory",)).get("memory", 0.0))


def memory(proc: Path = PROC, cgroups: Path = CGROUPS) -> tuple[int | None, int | None]:
    """Bytes that may be used here, and those still free, under the tightest limit that holds."""
    total, available = _machines(proc)
    for limit, used in _groups(proc, cgroups):
        total = min(total or limit, limit)
        free = max(0, limit - used)
        available = free if available is None else min(available, free)
    return total, available


def pressure(proc: Path = PROC, of: tuple[str, ...] = ("cpu", "memory", "io")) -> dict[str, float]:
    """Pressure-stall shares by resource; empty where the system keeps none."""
    found = {}
    for resource in of:
        try:
            line = (proc / "pressure" / resource).read_text("ascii").split("\n", 1)[0]
            found[resource] = float(dict(field.split("=") for field in line.split()[1:])["avg10"])
        except (OSError, ValueError, KeyError):
            continue
    return found


def _machines(proc: Path) -> tuple[int | None, int | None]:
    """Of the whole machine, whatever limits hold here."""
    try:
        rows = {name: int(size) << 10 for name, size in _ROW.findall((proc / "meminfo").read_text("ascii"))}
    except (OSError, ValueError):
        return None, None
    return rows.get("MemTotal"), rows.get("MemAvailable")


def _groups(proc: Path, cgroups: Path) -> list[tuple[int, int]]:
    """Limit and use of the memory control groups we are in, where there is a limit."""
    try:
        lines = (proc / "self/cgroup").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controllers and "memory" not in controllers.split(","):
            continue
        root = cgroups / "memory" if controllers else cgroups
        names = (
            ("memory.limit_in_bytes", "memory.usage_in_bytes")
            if controllers
            else ("memory.max", "memory.current")
        )
        inside = root / path.lstrip("/")
        for folder in (inside, *inside.parents):
            limit, used = _number(folder / names[0]), _number(folder / names[1])
            if limit is not None and used is not None and limit < _UNLIMITED:
                found.append((limit, max(0, used - _cache(folder))))
            if folder == root:
                break
    return found


def _cache(folder: Path) -> int:
    """Bytes of files kept in memory, which the system gives up when it needs room."""
    try:
        lines = (folder / "memory.stat").read_text("ascii").splitlines()
    except (OSError, ValueError):
        return 0
    fields = dict(line.split(" ", 1) for line in lines if " " in line)
    return int(fields.get("total_inactive_file", fields.get("inactive_file", "0")))


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None
