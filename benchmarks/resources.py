"""What does the resource sampler cost? Processor time of one look, with 200 tracked processes on a machine of many."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.report import Row, of_rounds
from benchmarks.world import Effort, World
from kernel.resources.machine import MachineLook
from kernel.resources.sampler import Sampler
from kernel.resources.trees import Tracked

TRACKED = 200
OTHERS = 800
_PARENT = (
    "import subprocess,sys;"
    "kids=[subprocess.Popen(['sleep','3600']) for _ in range(int(sys.argv[1]))];"
    "print(flush=True);input();[k.kill() for k in kids];[k.wait() for k in kids]"
)


def resources(made: World, effort: Effort) -> list[Row]:
    """Processor time a look takes; at one look a second, 10 ms is one per cent of a core."""
    del made
    looks = max(5, min(effort.calls, 30))
    with _family(OTHERS), _family(TRACKED - 1) as root:
        tree = Tracked("tools", "tool", root)
        count = len(tree.members())
        tree.look(time.monotonic())
        sampler = Sampler()
        full = [[_cost(lambda: tree.look(time.monotonic()), sampler.sample) for _ in range(looks)]]
        idle = MachineLook()
        bare = [[_cost(idle) for _ in range(looks)]]
    return [
        Row(
            f"sampler: a look at {count} tracked processes beside {OTHERS} others, processor time",
            of_rounds("ms", full), "<= 10 ms (1 % of a core at 1 Hz)", "the machine alone", of_rounds("ms", bare),
        )
    ]  # fmt: skip


def _cost(*looks: object) -> float:
    began = time.process_time()
    for look in looks:
        assert callable(look)
        look()
    return 1000 * (time.process_time() - began)


@contextmanager
def _family(count: int) -> Iterator[int]:
    """A process with so many children, all asleep; its pid."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        parent.stdout.readline()
        try:
            yield parent.pid
        finally:
            parent.communicate(b"\n")
