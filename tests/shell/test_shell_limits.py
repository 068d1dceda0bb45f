"""Where the machine lacks the room that config.toml wants free, no program starts, and that is said."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.shell.exits import Exit

ROOT = Path(__file__).parents[2]
FULL = "headroom_mb = 1000000000\nwait_s = 0.01\n"


class World:
    """A fresh home, a folder to work in, and limits."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.work.mkdir()
        self._home = folder / "aosh"
        self._config = folder / "limits.toml"

    def run(self, limits: str, *args: str) -> "subprocess.CompletedProcess[str]":
        self._config.write_text(f"[limits]\n{limits}", encoding="utf-8")
        line = [sys.executable, "-m", "apps.shell.main", "-p", "--config", str(self._config)]
        return subprocess.run(
            [*line, "-C", str(self.work), *args], cwd=ROOT, env=os.environ | {"AOSH_HOME": str(self._home)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_program_without_room_waits_aloud_and_is_not_started(world: World) -> None:
    done = world.run(FULL, "--output-format", "stream-json", "!touch begun")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [event["name"] for event in events if event["type"] == "resource.waiting"] == ["touch"]
    assert "touch waits: " in done.stderr and "are to stay free" in done.stderr
    assert [event["code"] for event in events if event["type"] == "syscall.completed"] == [218]
    assert not (world.work / "begun").exists()


def test_with_room_the_same_program_runs_and_nothing_is_said_of_waiting(world: World) -> None:
    done = world.run("headroom_mb = 0\npressure_percent = 100\n", "!echo begun")
    assert done.returncode == 0, done.stderr
    assert "begun" in done.stdout and "waits" not in done.stderr


def test_looking_at_files_goes_on_without_room(world: World) -> None:
    (world.work / "notes.txt").write_text("here", encoding="utf-8")
    done = world.run(FULL, ":file.read notes.txt")
    assert done.returncode == 0 and "here" in done.stdout


@pytest.mark.parametrize("line", ["headroom_mb = -1", "wait_s = -2", "pressure_percent = 101"])
def test_a_limit_that_cannot_be_stops_the_start(world: World, line: str) -> None:
    done = world.run(line, ":file.list .")
    assert done.returncode == Exit.CONFIG
    assert f"{line.split()[0]}: expected" in done.stderr
