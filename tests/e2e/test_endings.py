"""How `aosh -p` ends: its exit code, and one `init` first and one `result` last whatever happens."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from kernel.journal.effects import EFFECT_KINDS, effects
from kernel.journal.sqlite import SqliteJournal
from tests.e2e.program import ROOT, Program, Ran, call, ended
from tests.tiers import best

STREAM = ("--output-format", "stream-json")
SLOW = ":file.hash huge"
FILES = 2_000
"""Enough that copying them takes a second."""


def final(ran: Ran) -> dict[str, Any]:
    """The result event, after checking the frame around it."""
    types = [event["type"] for event in ran.events]
    assert (types[0], types[-1]) == ("init", "result")
    assert (types.count("init"), types.count("result")) == (1, 1)
    assert [event["seq"] for event in ran.events] == list(range(len(types)))
    assert len({event["session_id"] for event in ran.events}) == 1
    result: dict[str, Any] = ran.events[-1]
    assert result["exit_code"] == ran.code
    return result


@pytest.fixture
def slow(aosh: Program) -> Program:
    """A workspace with a file that takes hours to hash and no room on the disk."""
    with open(aosh.workspace / "huge", "wb") as file:
        file.truncate(2**40)
    return aosh.scripted()


@contextmanager
def under_way(aosh: Program, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A run whose driver works already."""
    with aosh.start(*words) as process:
        until(lambda: bool(drivers_of(process)))
        yield process


def until(is_so: Any) -> None:
    for _ in range(2000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it never happened")


def drivers_of(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """Its file drivers that have computed for a while."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if _has_worked(child)]


def _has_worked(child: psutil.Process) -> bool:
    try:
        return child.cpu_times().user > 0.3
    except psutil.NoSuchProcess:  # gone since it was listed
        return False


@pytest.mark.parametrize(
    ("request_", "options", "code"),
    [
        (":file.list", (), 0),
        (":file.read gone", (), 1),
        (":file.raed a", (), 1),
        (":file.read a x=1", (), 1),
        (":file.list limit=soon", (), 1),
        (":file.read /etc/passwd", (), 45),
        (":file.write a content=x", ("--permission-mode", "plan"), 45),
        ("   ", (), 42),
        ("nothing in the script", (), 48),
    ],
)
def test_the_exit_code_says_how_it_ended(
    aosh: Program, request_: str, options: tuple[str, ...], code: int
) -> None:
    ran = aosh.scripted()(request_, *STREAM, *options)
    assert ran.code == code, ran.err
    final(ran)
    assert "Traceback" not in ran.err


def test_a_wrong_option_and_a_folder_that_is_none_are_usage(aosh: Program) -> None:
    assert aosh("x", "--nonsense").code == 2
    assert aosh("x", "-C", "/nonexistent").code == 2
    assert "the whole machine" in aosh("x", "-C", "/").err


def test_a_current_folder_that_is_gone_is_said_plainly(aosh: Program) -> None:
    gone = aosh.base / "gone"
    here = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "AOSH_HOME": str(aosh.base / "home")}
    for arguments in ("-p list", "undo"):
        gone.mkdir()
        line = f"cd {gone}; rmdir {gone}; exec {sys.executable} -m apps.shell.main {arguments}"
        ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, env=here)
        assert (ran.returncode, "Traceback" in ran.stderr) == (2, False), ran.stderr
        assert "the current folder" in ran.stderr


def test_a_folder_whose_path_cannot_be_journalled_is_refused_before_anything_is_done(aosh: Program) -> None:
    odd = os.fsencode(aosh.base) + b"/odd\xff"
    os.mkdir(odd)
    ran = aosh("list", "-C", os.fsdecode(odd))
    assert ran.code == 2
    assert "not UTF-8" in ran.err


def test_a_shell_line_and_a_command_in_words_are_offered_as_what_they_are(aosh: Program) -> None:
    nothing = aosh.scripted({"calls": []})
    ran = nothing("ls -1 | wc -l")
    assert (ran.code, "aosh -p '!ls -1 | wc -l'" in ran.err) == (48, True), ran
    assert "for that there is: aosh undo" in nothing("undo that").err


def test_a_delete_without_a_yes_is_denied_and_told(aosh: Program) -> None:
    (aosh.workspace / "a").write_text("x")
    scripted = aosh.scripted({"calls": [call("file.delete", paths=["a"])]})
    ran = scripted("go", *STREAM)
    assert ran.code == 45
    assert final(ran)["permission_denials"] == ["file.delete"]
    assert [e["choice"] for e in ran.events if e["type"] == "approval.resolved"] == ["nobody"]
    assert (aosh.workspace / "a").exists()
    assert "--yes answers beforehand" in scripted("go").err
    ran = aosh.scripted({"calls": [call("file.delete", paths=["a"])]})("go", *STREAM, "-y")
    assert ran.code == 0
    assert [e["choice"] for e in ran.events if e["type"] == "approval.resolved"] == ["once"]
    assert final(ran)["effects"] == ["removed a (to the trash)"]


def test_the_turn_limit_is_53(aosh: Program) -> None:
    again = {"calls": [call("file.list")], "done": False}
    ran = aosh.scripted(again, again)("go", "--max-turns", "1", *STREAM)
    assert ran.code == 53, ran.err
    assert final(ran)["subtype"] == "budget"


def test_a_mind_that_cannot_be_had_is_1(aosh: Program) -> None:
    ran = aosh("go", "-m", "nonesuch", *STREAM)
    assert ran.code == 1
    assert "EMIND" in final(ran)["result"]


def test_init_tells_what_runs(aosh: Program) -> None:
    ran = aosh.scripted()(":file.list", *STREAM)
    init = ran.events[0]
    assert (init["mind"], init["jail"], init["cwd"]) == ("scripted", best(), str(aosh.workspace))
    assert "file.read" in init["syscalls"]
    journal = SqliteJournal.open(aosh.base / "home/state/journal.db")
    assert [span.session for span in journal.sessions()] == [init["session_id"]]
    journal.close()


def test_out_of_time_is_124(slow: Program) -> None:
    ran = slow(SLOW, "--timeout", "3", *STREAM)
    assert ran.code == 124
    assert final(ran)["subtype"] == "timeout"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_in_good_order(slow: Program, number: int, code: int) -> None:
    with under_way(slow, *STREAM, "-p", SLOW) as process:
        process.send_signal(number)
        process.send_signal(number)
        ran = ended(process)
    assert ran.code == code
    assert final(ran)["subtype"] == "interrupted"
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("after_s", [0.05, 0.2, 0.5])
def test_sigint_while_starting_ends_in_good_order_too(slow: Program, after_s: float) -> None:
    slow.is_measured = False
    with slow.start(*STREAM, "-p", SLOW) as process:
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        ran = ended(process)
    assert "Traceback" not in ran.err or not ran.out, ran.err
    if ran.out:
        assert ran.code == 130
        final(ran)


def test_sigint_while_waiting_for_piped_data_ends_at_once(slow: Program) -> None:
    with slow.start(*STREAM, "-p", "go -", stdin=subprocess.PIPE) as process:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        process.kill()


def test_a_reader_that_has_gone_is_no_error(aosh: Program) -> None:
    (aosh.workspace / "big.txt").write_text("line\n" * 200_000)
    with aosh.scripted().start("-p", ":file.read big.txt limit_bytes=900000") as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(60) == 0
        assert errors == b""


def test_a_home_that_cannot_be_made_is_told_in_one_line(aosh: Program) -> None:
    (aosh.base / "home").write_text("a file stands here")
    ran = aosh(":file.list", *STREAM)
    assert ran.code == 1
    assert "EIO" in final(ran)["result"]
    assert len(ran.err.splitlines()) == 1


def test_a_driver_killed_in_the_middle_is_told_and_the_next_run_works(slow: Program) -> None:
    with under_way(slow, *STREAM, "-p", SLOW) as process:
        for driver in drivers_of(process):
            os.kill(driver.pid, signal.SIGKILL)
        ran = ended(process)
    assert ran.code == 54, ran.err
    assert "EDRIVER" in final(ran)["result"]
    assert slow(":file.list").code == 0


def test_killed_between_intent_and_outcome_is_rolled_back_at_the_next_start(aosh: Program) -> None:
    tree = aosh.workspace / "tree"
    tree.mkdir()
    for number in range(FILES):
        (tree / str(number)).write_text("x")
    scripted = aosh.scripted()
    with scripted.start("-p", ":file.copy tree copy") as process:
        until(lambda: has_open_intent(aosh.base) or process.poll() is not None)
        process.kill()
        process.communicate()
    assert has_open_intent(aosh.base), "the copy was too fast to be caught in the middle"
    ran = scripted(":file.list")
    assert "rolled back" in ran.err
    assert [path.name for path in aosh.workspace.iterdir()] == ["tree"]
    assert len(list(tree.iterdir())) == FILES
    assert statuses(aosh.base)["file.copy"] == "failed"


def has_open_intent(base: Path) -> bool:
    return "open" in statuses(base).values()


def statuses(base: Path) -> dict[str, str]:
    path = base / "home/state/journal.db"
    if not path.exists():
        return {}
    journal = SqliteJournal.open(path)
    found = effects(journal.rows(kinds=EFFECT_KINDS))
    journal.close()
    return {effect.name: effect.status for effect in found}
