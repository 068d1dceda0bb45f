"""How much memory does each process take?

Proportional set size: pages that several processes share are divided among them.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil

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
                Row(f"memory: {name}", _figure(*processes), "", "an idle Python", beside)
                for name, processes in {"the shell's kernel": [child.pid], **trees(pids)}.items()
            ]
        finally:
            bare.communicate(b"\n")
            child.stdin.close()
            child.wait(timeout=30)
    return rows


def trees(pids: dict[str, int]) -> dict[str, list[int]]:
    """Each with its descendants: in tier F who waits for a jailed process is a process too."""
    return {
        name: [pid, *(each.pid for each in psutil.Process(pid).children(recursive=True))]
        for name, pid in pids.items()
    }


def _figure(*pids: int) -> Figure:
    size = 0.0
    for pid in pids:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        size += sum(float(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))
    return Figure("MB", size, size, None, 1)
