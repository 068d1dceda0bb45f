"""`aosh top` finds what runs by the locks of sessions, and shows it as a table, as JSON and live."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from apps.shell.alive import own
from apps.shell.main import main
from apps.shell.settings import Folders, folders
from apps.shell.top.live import live
from apps.shell.top.scene import Stage


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    monkeypatch.setenv("AOSH_HOME", str(tmp_path / "aosh"))
    monkeypatch.chdir(tmp_path)
    found = folders(os.environ, tmp_path)
    found.sessions.mkdir(parents=True)
    return found


@pytest.fixture
def programs() -> Iterator[int]:
    """A child that looks as the parent of programs does; its pid."""
    line = [sys.executable, "-c", "input() # kernel.oneshot.zygote"]
    with subprocess.Popen(line, stdin=subprocess.PIPE) as child:
        yield child.pid
        child.kill()


def test_a_session_and_what_it_started_are_found_by_its_lock(places: Folders, programs: int) -> None:
    with own(places, "abc"):
        scene = Stage(places.sessions, None).look()
    assert scene.session_count == 1
    kinds = {tree.pid: (tree.name, tree.kind) for tree in scene.trees}
    assert kinds[os.getpid()] == ("session abc", "kernel")
    assert kinds[programs] == ("session abc", "programs")


def test_a_session_that_ended_is_not_shown(places: Folders) -> None:
    own(places, "abc").close()
    assert (places.sessions / "abc.lock").exists()
    assert Stage(places.sessions, None).look().trees == ()


def test_a_system_that_tells_of_no_locks_shows_no_sessions(places: Folders, tmp_path: Path) -> None:
    with own(places, "abc"):
        assert Stage(places.sessions, None, tmp_path / "none").look().trees == ()


def test_rows_come_in_the_order_asked_for(places: Folders, programs: int) -> None:
    with own(places, "abc"):
        sizes = [tree.rss_bytes for tree in Stage(places.sessions, programs).look("memory").trees]
    assert len(sizes) >= 2 and sizes == sorted(sizes, reverse=True)


def test_one_picture_is_a_table(places: Folders, programs: int, capfd: pytest.CaptureFixture[str]) -> None:
    with own(places, "abc"):
        assert main(["top", "--once"]) == 0
    out = capfd.readouterr().out
    assert "memory" in out and "session abc" in out
    assert any(line.split()[:2] == [str(programs), "programs"] for line in out.splitlines())


def test_json_is_for_scripts(places: Folders, capfd: pytest.CaptureFixture[str]) -> None:
    with own(places, "abc"):
        assert main(["top", "--json"]) == 0
    scene = json.loads(capfd.readouterr().out)
    assert scene["session_count"] == 1
    assert scene["machine"]["memory_total_bytes"] > 0
    assert os.getpid() in [tree["pid"] for tree in scene["trees"]]


def test_nothing_running_is_said(places: Folders, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["top", "--once"]) == 0
    assert "no session of aosh runs" in capfd.readouterr().out


def test_without_a_terminal_it_names_the_options_that_work(
    places: Folders, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["top"]) == 2
    assert "--once" in capfd.readouterr().err


class Orders(Stage):
    """Keeps the orders that were asked for."""

    def __init__(self, sessions: Path) -> None:
        super().__init__(sessions, None)
        self.orders: list[str] = []

    def look(self, order: str = "cpu"):  # type: ignore[no-untyped-def]
        self.orders.append(order)
        return super().look(order)


async def test_keys_sort_and_quit(places: Folders) -> None:
    stage = Orders(places.sessions)
    with create_pipe_input() as keyboard:
        keyboard.send_text("mnq")
        await live(stage, "cpu", keyboard, DummyOutput())
    assert stage.orders[-2:] == ["memory", "name"]
