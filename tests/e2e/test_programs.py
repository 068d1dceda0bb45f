"""Running programs with the real aosh: exit codes, events, what lands, what is left."""

import signal
from pathlib import Path

import pytest

from tests.e2e.program import Program, call, ended
from tests.e2e.test_endings import until

STREAM = ("--output-format", "stream-json")


def left_over(aosh: Program) -> list[Path]:
    """Folders of runs that are still in the store."""
    return sorted((aosh.base / "home" / "data" / "undo").glob("overlays/*"))


@pytest.fixture
def project(aosh: Program) -> Program:
    """A project whose build writes a file."""
    (aosh.workspace / "Makefile").write_text("build:\n\techo built >> out.txt\n\techo done\n")
    (aosh.workspace / "check.sh").write_text("#!/bin/sh\necho checked >> log.txt\n")
    (aosh.workspace / "check.sh").chmod(0o755)
    return aosh


def test_a_line_of_ones_own_runs_and_what_it_changed_is_undone(project: Program) -> None:
    ran = project("!echo one > made; cat made")
    assert (ran.code, ran.out.splitlines()[:2]) == (0, ["one", "created made (4 bytes)"])
    assert "+one" in ran.out
    assert (project.workspace / "made").read_text() == "one\n"
    assert project.run("undo").code == 0
    assert not (project.workspace / "made").exists()
    assert left_over(project) == []


def test_a_program_that_fails_ends_with_1(project: Program) -> None:
    ran = project("!sh -c 'echo oops >&2; exit 7'")
    assert (ran.code, ran.out) == (1, "oops\nexit status 7\n")


def test_words_need_a_yes_and_with_one_the_diff_is_shown(project: Program) -> None:
    refused = project("run ./check.sh")
    assert refused.code == 45
    assert not (project.workspace / "log.txt").exists()
    ran = project("run ./check.sh", "--yes")
    assert ran.code == 0, ran.err
    assert "+checked" in ran.out
    assert (project.workspace / "log.txt").read_text() == "checked\n"


def test_output_and_changes_are_events(project: Program) -> None:
    ran = project("!sh -c 'echo out; echo err >&2; echo x > f'", *STREAM)
    found = [event for event in ran.events if event["type"] == "syscall.output"]
    assert "".join(event["text"] for event in found if event["stream"] == "stdout") == "out\n"
    assert "".join(event["text"] for event in found if event["stream"] == "stderr") == "err\n"
    (done,) = [event for event in ran.events if event["type"] == "syscall.completed"]
    assert done["effects"] == ["created f (2 bytes)"]
    assert done["value"]["status"] == 0
    assert done["undo_token"]


def test_what_a_program_prints_cannot_drive_the_terminal(project: Program) -> None:
    ran = project(r"!printf '\033]0;title\007'", *STREAM)
    assert "\x1b" not in ran.out and "\x07" not in ran.out


def test_piped_data_makes_a_typed_line_untrusted(project: Program) -> None:
    assert project("!wc -c", stdin=b"12345").code == 45
    assert project("!wc -c", "--yes", stdin=b"12345").out == "5\n"


def test_outside_the_jail_is_for_the_prompt_only(project: Program) -> None:
    ran = project("!!touch made")
    assert (ran.code, "only at the prompt" in ran.err) == (1, True)
    assert not (project.workspace / "made").exists()


def test_a_minds_program_is_asked_about_whatever_the_mode_allows(project: Program) -> None:
    asked = project.scripted({"calls": [call("tool.exec", argv=["touch", "made"])]})
    assert asked("do it", "--permission-mode", "auto-safe").code == 45
    assert not (project.workspace / "made").exists()


def test_an_interrupt_kills_the_tree_and_nothing_lands(project: Program) -> None:
    line = "!sh -c 'echo x > made; echo ready; sleep 1000 & sleep 1000'"
    with project.start(*STREAM, "-p", line) as process:
        until(lambda: bool(list((project.base / "home" / "data").rglob("upper/made"))))
        process.send_signal(signal.SIGINT)
        ran = ended(process)
    assert ran.code == 130
    assert not (project.workspace / "made").exists()
    assert left_over(project) == []


def test_kill_9_while_a_program_runs_leaves_the_workspace_alone_and_the_next_start_tidies(
    project: Program,
) -> None:
    line = "!sh -c 'echo x > made; sleep 1000'"
    with project.start("-p", line) as process:
        until(lambda: bool(list((project.base / "home" / "data").rglob("upper/made"))))
        process.kill()
        ended(process)
    assert not (project.workspace / "made").exists()
    assert left_over(project) != []
    assert project("!true").code == 0
    assert left_over(project) == []
