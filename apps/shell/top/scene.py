"""Which process trees are aosh's? Its running sessions, their drivers and programs, and the warm mind."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from apps.shell.door import look_into, tell
from apps.shell.seen import AgentSeen, Asked, Seen
from kernel.resources.machine import Machine, MachineLook
from kernel.resources.procfs import Stat, children, stat
from kernel.resources.trees import Tracked, Tree

_LOCKS = Path("/proc/locks")
_KINDS = {b"kernel.oneshot.zygote": "programs", b"kernel.jail.child": "driver"}
_ORDERS: dict[str, Callable[[Tree], object]] = {
    "cpu": lambda tree: -tree.cpu_percent,
    "memory": lambda tree: -tree.rss_bytes,
    "name": lambda tree: tree.name,
}
ORDERS = tuple(_ORDERS)


class NextJob(msgspec.Struct, frozen=True):
    """A job that is due."""

    name: str
    due: float
    """Unix time."""


class Scene(msgspec.Struct, frozen=True):
    """Everything `aosh top` shows, at one moment."""

    machine: Machine
    trees: tuple[Tree, ...]
    session_count: int
    kernels: tuple[Seen, ...] = ()
    """What running kernels tell of their agents, programs, engines and queues."""
    tokens_s: float | None = None
    """Of models in all kernels, a second, since the look before; None at the first."""
    jobs: tuple[NextJob, ...] = ()
    """What is due next, soonest first."""

    @property
    def agents(self) -> list[tuple[int, AgentSeen]]:
        """Every agent with the pid of its kernel."""
        return [(kernel.kernel, agent) for kernel in self.kernels for agent in kernel.agents]


class Stage:
    """Looks again and again; who comes and goes is found each time, without looking through all processes."""

    def __init__(
        self, sessions: Path, mind_pid: int | None, locks: Path = _LOCKS, *, runtime: Path | None = None,
        jobs: Callable[[], list[NextJob]] = list,
    ) -> None:  # fmt: skip
        """Where to look.

        Args:
            sessions: holds the lock files of running sessions.
            mind_pid: of the warm mind.
            locks: where the system tells of locks.
            runtime: where kernels listen; None: they are not asked.
            jobs: what is due next.
        """
        self._runtime, self._jobs = runtime, jobs
        self._tokens: tuple[float, dict[int, int]] | None = None
        self._sessions = sessions
        self._mind_pid = mind_pid
        self._locks = locks
        self._machine = MachineLook()
        self._known: dict[tuple[int, int], Tracked] = {}

    def look(self, order: str = "cpu") -> Scene:
        """What runs now, in one of `ORDERS`."""
        found: dict[tuple[int, int], Tracked] = {}
        running = self._running()
        for session, pid in running.items():
            root = stat(pid)
            if root is None:
                continue
            self._add(found, root, f"session {session}", "kernel")
            for child in filter(None, map(stat, children(root))):
                self._add(found, child, f"session {session}", _kind(child.pid))
        if self._mind_pid is not None and (root := stat(self._mind_pid)):
            self._add(found, root, "mind", "engine")
        self._known = found
        now_s = time.monotonic()
        trees = [tree for tracked in found.values() if (tree := tracked.look(now_s)).is_alive]
        trees.sort(key=lambda tree: (_ORDERS[order](tree), tree.pid))
        kernels = tuple(look_into(self._runtime)) if self._runtime is not None else ()
        return Scene(
            self._machine(), tuple(trees), len(running), kernels, self._tokens_s(now_s, kernels), tuple(self._jobs())
        )  # fmt: skip

    def tell(self, kernel: int, asked: Asked) -> str:
        """Have a kernel do something with an agent; what went wrong, or nothing."""
        return "no kernel is asked" if self._runtime is None else tell(self._runtime, kernel, asked)

    def _tokens_s(self, now_s: float, kernels: tuple[Seen, ...]) -> float | None:
        """Of kernels that were there at the look before."""
        now = {each.kernel: each.tokens for each in kernels}
        before, self._tokens = self._tokens, (now_s, now)
        if before is None or now_s <= before[0]:
            return None
        more = sum(max(0, now[pid] - before[1][pid]) for pid in now.keys() & before[1].keys())
        return round(more / (now_s - before[0]), 1)

    def _add(self, found: dict[tuple[int, int], Tracked], root: Stat, name: str, kind: str) -> None:
        key = (root.pid, root.started)
        found[key] = self._known.get(key) or Tracked(name, kind, root.pid, is_whole=kind != "kernel")

    def _running(self) -> dict[str, int]:
        """Sessions and their pids: who holds the lock of a session's file."""
        inodes: dict[str, str] = {}
        for file in self._sessions.glob("*.lock"):
            try:
                facts = file.stat()
            except OSError:
                continue  # it ended meanwhile
            device = facts.st_dev
            inodes[f"{os.major(device):02x}:{os.minor(device):02x}:{facts.st_ino}"] = file.stem
        try:
            rows = [line.split() for line in self._locks.read_text("ascii").splitlines()]
        except OSError:
            return {}
        return {
            inodes[row[5]]: int(row[4])
            for row in rows
            if len(row) > 5 and row[1] == "FLOCK" and row[5] in inodes and int(row[4]) > 0
        }


def _kind(pid: int) -> str:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return "other"
    return next((kind for mark, kind in _KINDS.items() if mark in line), "other")
