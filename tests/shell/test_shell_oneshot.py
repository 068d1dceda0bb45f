import asyncio
import os
from pathlib import Path

import pytest

from apps.shell import main as front
from apps.shell.broadcast import Broadcast
from apps.shell.console.emitters import Collector
from apps.shell.events import Init, Result
from apps.shell.piped import piped
from apps.shell.settings import Folders, Settings


def settings_in(folder: Path) -> Settings:
    return Settings(Folders(folder / "s", folder / "d", folder / "r"), cwd=folder, home=folder)


def test_a_bug_ends_with_one_init_and_one_result(tmp_path: Path) -> None:
    told = Collector()
    with pytest.raises(KeyError), Broadcast(told, settings_in(tmp_path), "s"):
        raise KeyError("x")
    init, result = told.events
    assert isinstance(init, Init)
    assert isinstance(result, Result)
    assert (result.subtype, result.exit_code, result.session_id) == ("crash", 1, init.session_id)


def test_an_ending_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = Collector()
    with Broadcast(told, settings_in(tmp_path), "s") as out:
        assert out.end(124, "late") == 124
    assert [type(event) for event in told.events] == [Init, Result]
    assert capsys.readouterr().err == "aosh: late\n"


def test_the_front_door_is_quiet_when_the_reader_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Broken())
    assert front.main(["--version"]) == 0


def test_a_silent_pipe_is_left_alone_with_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    reads, writes = os.pipe()
    said: list[str] = []
    with open(reads, encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        assert asyncio.run(piped(is_waiting=False, remark=said.append)) == ""
        os.write(writes, b"late")
        os.close(writes)
        assert asyncio.run(piped(is_waiting=True, remark=said.append)) == "late"
    assert len(said) == 1
    assert "`-`" in said[0]
