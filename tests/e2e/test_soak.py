"""The soak, shortened: random agents, jobs and kills lose, double and leak nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import ROOT


@pytest.mark.slow
def test_random_agents_jobs_and_kills_lose_double_and_leak_nothing(tmp_path: Path) -> None:
    report = tmp_path / "soak.json"
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "soak", "--minutes", "0.4", "--json", str(report)],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    rows = {row["name"].partition(": ")[2]: row for row in json.loads(report.read_text("utf-8"))["rows"]}
    assert rows["jobs lost"]["figure"]["best"] == 0, ran.stdout
    assert rows["jobs done twice"]["figure"]["best"] == 0, ran.stdout
    for what in ("open descriptors", "processes below it", "tasks of the loop"):
        row = rows[f"{what} at the end"]
        assert row["figure"]["best"] <= row["beside"]["best"], ran.stdout
