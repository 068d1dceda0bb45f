"""Does a run keep to its budget? Looks at the whole tree, at most ten times a second, while it runs."""

import contextlib
import os
from typing import NamedTuple

from kernel.jail.spec import Tier
from kernel.oneshot.groups import Group
from kernel.oneshot.port import Order, Stop
from kernel.resources.procfs import every_pid, stat

FIRST_S = 0.02
"""When a run is looked at first: a bomb needs little time."""
EVERY_S = 0.1
_FOLDERS_SHARE = 20
"""Measuring folders takes at most one part in so many of the time."""


class Sample(NamedTuple):
    """A tree at one moment."""

    process_count: int = 0
    rss_bytes: int = 0
    cpu_s: float = 0.0
    """Of those alive and the children they have waited for."""


def look(leader: int, group: Group | None, helpers: int) -> Sample:
    """What the tree uses now.

    Args:
        leader: the pid of its process group, which nothing inside can leave.
        group: its control group: a quicker way to its members than to look through all processes.
        helpers: how many generations from the leader on are ours and not counted.
    """
    members = group.members() if group is not None else None
    found = [each for pid in (every_pid() if members is None else members) if (each := stat(pid))]
    tree = [each for each in found if each.group == leader and each.state not in "ZX"]
    ours = {leader} if helpers else set()
    for _ in range(helpers - 1):
        ours |= {each.pid for each in tree if each.parent in ours}
    counted = [each for each in tree if each.pid not in ours]
    return Sample(
        len(counted),
        sum(each.rss_bytes for each in counted),
        sum(each.cpu_s for each in counted),
    )


def verdict(order: Order, sample: Sample) -> Stop:
    """Which budget a sample is over."""
    if sample.process_count > order.process_count:
        return "processes"
    if sample.rss_bytes > order.rss_bytes:
        return "memory"
    if sample.cpu_s > order.cpu_s:
        return "cpu"
    return ""


class Folders:
    """How much have the folders grown that a run may write?"""

    def __init__(self, order: Order, tier: Tier) -> None:
        """Args: `order` names them; in tier F /tmp is the run's own, and of limited size."""
        uppers = [overlay.upper for overlay in order.overlays]
        self._paths = uppers or [path for path in order.spec.write if path != "/tmp" or tier == "L"]
        self._limit_bytes = order.write_bytes
        self._before: int | None = 0 if uppers else None
        """What was there when first measured; an upper begins empty."""
        self.grown_bytes = 0
        """As last measured."""
        self.next_s = 0.0
        """On the caller's clock: not to be measured before."""

    def is_over(self) -> bool:
        """Measure, in whatever time that takes: call it in a thread."""
        size = sum(_size(path) for path in self._paths)
        if self._before is None:
            self._before = size
        self.grown_bytes = max(0, size - self._before)
        return self.grown_bytes > self._limit_bytes

    def measured(self, now_s: float, took_s: float) -> None:
        """Be measured again only after a while."""
        self.next_s = now_s + max(EVERY_S, took_s * _FOLDERS_SHARE)


def _size(path: str) -> int:
    """Bytes on disk of all beneath; a name counts as a block, so that empty files are no way around."""
    total, folders = 0, [path]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    total += 4096 + entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
    return total
