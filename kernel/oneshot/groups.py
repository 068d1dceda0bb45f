"""Can control groups count and cap the processes of a run here? Found by trying; rlimits and the watchdog stay.

A group is made only below this process's own, and only where that is the top of its hierarchy or was delegated
to this user: a group that another program manages is that program's, even where root could write there.

Source: Linux Documentation/admin-guide/cgroup-v1/pids.rst, cgroup-v2.rst (delegation, no internal processes).
"""

import contextlib
import os
from typing import Literal, NamedTuple

_TASKS_A_PROCESS = 8
"""Threads are tasks too: the hard cap leaves room for them, the watchdog counts processes."""
_PREFIX = "aosh-"


class Caps(NamedTuple):
    """What a group is capped at, 0 for no cap."""

    tasks: int = 0
    memory_bytes: int = 0


class Controller(NamedTuple):
    """One controller as found here."""

    name: str
    """pids or memory."""
    folder: str
    """Where groups are made; empty where they cannot be."""
    reason: str
    """Why they cannot; else empty."""
    version: int


class Group:
    """One run's groups, one in each hierarchy."""

    def __init__(self, folders: dict[str, tuple[str, int]]) -> None:
        self._folders = folders
        """Controller -> (its folder, cgroup version)."""

    def cap(self, caps: Caps) -> None:
        """Set the limits; where one is refused the watchdog's holds alone."""
        for name, (folder, version) in self._folders.items():
            file, value = _CAP_FILES[name, version], caps.tasks if name == "pids" else caps.memory_bytes
            with contextlib.suppress(OSError):
                _write(f"{folder}/{file}", str(value or "max"))

    def members(self) -> list[int] | None:
        """The pids inside; None where it cannot tell."""
        for folder, _ in self._folders.values():
            with contextlib.suppress(OSError):
                return [int(pid) for pid in _read(f"{folder}/cgroup.procs").split()]
        return None

    def overran(self) -> Literal["", "processes", "memory"]:
        """Which cap was hit."""
        for name, (folder, version) in self._folders.items():
            file, key = _EVENT_FILES[name, version]
            with contextlib.suppress(OSError, ValueError):
                counts = dict(line.split() for line in _read(f"{folder}/{file}").splitlines())
                if int(counts.get(key, 0)):
                    return "processes" if name == "pids" else "memory"
        return ""

    def remove(self) -> None:
        """Take the empty groups away; what is still dying is left to `Groups.sweep`."""
        for folder, _ in self._folders.values():
            with contextlib.suppress(OSError):
                os.rmdir(folder)


class Groups:
    """Makes a group for each run, with the controllers that hold here."""

    def __init__(self, controllers: tuple[Controller, ...]) -> None:
        """Args: `controllers` is what `probe` found; () for none."""
        self.controllers = controllers

    def make(self, leader: int) -> Group | None:
        """A group with `leader` inside; None where none can be had."""
        made: dict[str, tuple[str, int]] = {}
        for controller in self.controllers:
            if not controller.folder:
                continue
            folder = f"{controller.folder}/{_PREFIX}{os.getpid()}-{leader}"
            with contextlib.suppress(OSError):
                os.makedirs(folder, exist_ok=True)
                _write(f"{folder}/cgroup.procs", str(leader))
                made[controller.name] = (folder, controller.version)
        return Group(made) if made else None

    def sweep(self) -> None:
        """Remove empty groups of ours, and of kernels that are no more."""
        for folder in {controller.folder for controller in self.controllers} - {""}:
            for name in os.listdir(folder):
                if name.startswith(_PREFIX) and _is_over(name):
                    with contextlib.suppress(OSError):
                        os.rmdir(f"{folder}/{name}")


_CAP_FILES = {
    ("pids", 1): "pids.max",
    ("pids", 2): "pids.max",
    ("memory", 1): "memory.limit_in_bytes",
    ("memory", 2): "memory.max",
}
_EVENT_FILES = {
    ("pids", 1): ("pids.events", "max"),
    ("pids", 2): ("pids.events", "max"),
    ("memory", 1): ("memory.oom_control", "oom_kill"),
    ("memory", 2): ("memory.events", "oom_kill"),
}


def caps(process_count: int, rss_bytes: int) -> Caps:
    """The hard caps behind a run's budget."""
    return Caps(_TASKS_A_PROCESS * process_count, rss_bytes)


def probe() -> tuple[Controller, ...]:
    """What pids and memory groups do here, tried by making one of each."""
    own = _own_groups()
    return tuple(_try(name, own) for name in ("pids", "memory"))


def _try(name: str, own: dict[str, str]) -> Controller:
    mounts = _mounts()
    if name in own and name in mounts:
        version, path, root = 1, own[name], mounts[name]
    elif "" in own and "" in mounts:
        version, path, root = 2, own[""], mounts[""]
    else:
        return Controller(name, "", "no such control group hierarchy is mounted", 0)
    folder = os.path.normpath(f"{root}/{path}")
    if path != "/" and not _is_delegated(folder):
        return Controller(name, "", f"this process's group {path!r} is managed by another program", version)
    return Controller(name, *_attempt(name, folder, version), version)


def _attempt(name: str, folder: str, version: int) -> tuple[str, str]:
    """(folder, "") or ("", reason)."""
    trial = f"{folder}/{_PREFIX}{os.getpid()}-probe"
    try:
        if version == 2 and name not in _read(f"{folder}/cgroup.subtree_control").split():
            return "", f"{name} is not passed on to groups below this process's own"
        os.mkdir(trial)
        try:
            _write(f"{trial}/{_CAP_FILES[name, version]}", str(1 << 20))
        finally:
            os.rmdir(trial)
    except OSError as refusal:
        return "", f"{refusal.strerror}: {refusal.filename}"
    return folder, ""


def _own_groups() -> dict[str, str]:
    """Controller (v2: "") -> the path of this process's group in its hierarchy."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in _read("/proc/self/cgroup").splitlines():
            _, names, path = line.split(":", 2)
            found |= dict.fromkeys(names.split(","), path)
    return found


def _mounts() -> dict[str, str]:
    """Controller (v2: "") -> where its hierarchy is mounted."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in _read("/proc/self/mounts").splitlines():
            _, target, kind, options, *_ = line.split(" ")
            if kind == "cgroup2":
                found.setdefault("", target)
            elif kind == "cgroup":
                found |= dict.fromkeys(options.split(","), target)
    return found


def _is_delegated(folder: str) -> bool:
    """Whether a manager has handed the group to this user: it owns it, or systemd's mark says so."""
    with contextlib.suppress(OSError):
        if os.stat(folder).st_uid == os.geteuid() != 0:
            return True
    for mark in ("user.delegate", "trusted.delegate"):
        with contextlib.suppress(OSError):
            if os.getxattr(folder, mark) == b"1":
                return True
    return False


def _is_over(name: str) -> bool:
    """Whether the kernel process that made a group is this one or is gone; a probe's is never waited for."""
    pid = name.removeprefix(_PREFIX).split("-")[0]
    return pid.isdigit() and (int(pid) == os.getpid() or not os.path.exists(f"/proc/{pid}"))


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
