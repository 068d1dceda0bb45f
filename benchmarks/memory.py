"""How much memory does each process take?

Proportional set size: pages that several processes share are divided among them.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.report import Figure, Row
from benchmarks.world import Effort, World


def memory(made: World, effort: Effort) -> list[Row]:
    """The shell's kernel, its two drivers and the mind process, all idle after some calls."""
    del effort
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.resident", str(made.home), str(made.work)],
        env=made.environ(),
        cwd=made.work,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        pids = json.loads(child.stdout.readline())
        bare = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        try:
            time.sleep(0.5)
            beside = _figure(bare.pid)
            rows = [
                Row(f"memory: {name}", _figure(pid), "", "an idle Python", beside)
                for name, pid in {"the shell's kernel": child.pid, **pids}.items()
            ]
        finally:
            bare.communicate(b"\n")
            child.stdin.close()
            child.wait(timeout=30)
    return rows


def _figure(pid: int) -> Figure:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    (size,) = [float(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")]
    return Figure("MB", size, size, None, 1)
