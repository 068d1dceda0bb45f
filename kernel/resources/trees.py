"""What does a tree of processes use? From its root down, without looking at anybody else's processes."""

import resource

import msgspec

from kernel.resources.procfs import Kept, Stat, children, keep, stat, written_bytes

_WRITES_EVERY = 4
"""What a process has written is read at every fourth look, and at the first: it is a third of the cost."""
_MOST_OPEN = 1024
MOST = 4096
"""A tree is measured to that many processes, so that a fork bomb cannot make measuring it the problem."""


def _most_open() -> int:
    """From this descriptor on no more are kept, by whatever tree: half of what may be open is for others."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_OPEN if soft < 0 else min(_MOST_OPEN, soft // 2)


class Tree(msgspec.Struct, frozen=True):
    """A tracked tree at one moment."""

    name: str
    kind: str
    """What it is to aosh: kernel, driver, tool, engine, agent."""
    pid: int
    """Of its root."""
    is_alive: bool
    """Whether the root still runs; all figures of a dead tree are 0."""
    process_count: int = 0
    rss_bytes: int = 0
    cpu_s: float = 0.0
    cpu_percent: float = 0.0
    """Of one core, since the look before; 0 at the first."""
    written_bytes: int | None = None
    """To disks, by those alive and those that have ended, up to 4 looks ago; None where we may not see it."""


class Tracked:
    """A tree that is looked at again and again."""

    def __init__(self, name: str, kind: str, pid: int, *, is_whole: bool = True) -> None:
        """Args: `is_whole` says whether the root's descendants belong to it."""
        self.name = name
        self.kind = kind
        self.pid = pid
        self._is_whole = is_whole
        root = stat(pid)
        self._started = root.started if root else -1
        self._before: tuple[float, float] | None = None
        self._looks = 0
        self._written: dict[tuple[int, int], int] = {}
        self._written_before = 0
        """By members that have ended."""
        self._kept: dict[int, Kept] = {}
        self._keeps = True

    def __del__(self) -> None:
        """Close what was kept open."""
        self.close()

    def close(self) -> None:
        """Close what is kept open; looking goes on all the same."""
        kept, self._kept = self._kept, {}
        for each in kept.values():
            each.close()

    def members(self) -> list[Stat]:
        """The living processes of the tree, root first; none once the root has ended."""
        root = self._stat(self.pid)
        if root is None or root.started != self._started or root.state in "ZX":
            return []
        found = [root]
        seen = {root.pid}
        for each in found:
            for pid in children(each, self._kept.get(each.pid)) if self._is_whole else ():
                if len(found) >= MOST:
                    return found
                child = self._stat(pid) if pid not in seen else None
                if child is not None and child.state not in "ZX":
                    seen.add(pid)
                    found.append(child)
        return found

    def _stat(self, pid: int) -> Stat | None:
        """A look at one member; who was looked at once is kept open."""
        kept = self._kept.get(pid)
        if kept is not None:
            if found := stat(pid, kept):
                return found
            self._kept.pop(pid).close()  # it ended; its number may be another's by now
        elif self._keeps and (kept := keep(pid)):
            self._kept[pid] = kept
            self._keeps = kept.children < _most_open()
        return stat(pid, kept if pid in self._kept else None)

    def _forget(self, members: list[Stat]) -> None:
        for ended in self._kept.keys() - {each.pid for each in members}:
            self._kept.pop(ended).close()
            self._keeps = True

    def look(self, now_s: float) -> Tree:
        """What it uses; `now_s` is on any clock that only goes forward."""
        members = self.members()
        self._forget(members)
        if not members:
            return Tree(self.name, self.kind, self.pid, is_alive=False)
        cpu_s = sum(each.cpu_s for each in members)
        share = 0.0
        if self._before is not None and now_s > self._before[0]:
            share = max(0.0, 100 * (cpu_s - self._before[1]) / (now_s - self._before[0]))
        self._before = (now_s, cpu_s)
        return Tree(
            self.name, self.kind, self.pid, is_alive=True, process_count=len(members),
            rss_bytes=sum(each.rss_bytes for each in members), cpu_s=round(cpu_s, 3),
            cpu_percent=round(share, 1), written_bytes=self._writes(members),
        )  # fmt: skip

    def _writes(self, members: list[Stat]) -> int | None:
        self._looks += 1
        living = {(each.pid, each.started) for each in members}
        for ended in self._written.keys() - living:
            self._written_before += self._written.pop(ended)
        for each in living:
            if each not in self._written or (each[0] + self._looks) % _WRITES_EVERY == 0:
                size = written_bytes(each[0])
                if size is not None:
                    self._written[each] = size
        return self._written_before + sum(self._written.values()) if self._written else None
