"""Agents at the prompt, and `aosh ps` from outside."""

import json
from pathlib import Path

import pytest

from apps.shell.commands.crew import behind, ending
from apps.shell.commands.run import run_command
from kernel.processes.agent import ProcessRow, State
from tests.shell.sitting import PROMPT, sitting


async def test_a_request_that_ends_in_an_ampersand_runs_behind_and_its_end_is_told(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        (person.workspace / "a.txt").write_text("one\n")
        await person.types(":file.read a.txt &\r", "agent 2 is at it")
        await person.sees("agent 2 done")
        seen = await person.asks("/fg 2", "agent 2 done")
        assert "one" in seen
        assert ":file.read a.txt" in await person.asks("/jobs", "done")


async def test_an_agent_is_stopped_by_its_number_while_the_prompt_goes_on(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.types("!sleep 60 &\r", "agent 2 is at it")
        await person.sees(PROMPT)
        assert "running" in await person.asks("/jobs", "running")
        await person.types("/kill 2\r", "agent 2 killed")
        await person.sees(PROMPT)
        await person.asks("/kill 2", "has ended already: killed")
        await person.asks("/kill 9", "there is no agent 9")
        await person.asks("/kill x", "expected the number of an agent")


async def test_what_an_agent_would_have_asked_is_denied_and_shown_later(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        (person.workspace / "a.txt").write_text("precious")
        await person.types(":file.delete a.txt &\r", "agent 2 denied")
        await person.sees(PROMPT)
        await person.asks("/fg", "it would have asked you")
        assert (person.workspace / "a.txt").exists()


async def test_agents_end_with_the_shell_that_started_them(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.types("!sleep 60 &\r", "agent 2 is at it")
        await person.sees(PROMPT)
        (agent,) = person.kernel.host.agents
    assert (agent.state, agent.row.reason) == (State.KILLED, "its parent ended")


def test_which_lines_go_behind() -> None:
    assert behind("back up notes &") == "back up notes"
    assert behind("!make all & ") == "!make all"
    for line in ("what is in R&D", "a && b", "/jobs &", "!!vim &", "&", "find R&", ""):
        assert behind(line) == "", line


def test_an_end_says_how_and_why() -> None:
    row = ProcessRow(3, "s", "read " + "x" * 100, "failed", 0.0, reason="ENOENT: gone")
    assert ending(row).startswith("agent 3 failed (read xxx")
    assert ending(row).endswith("...): ENOENT: gone")


def test_ps_tells_of_agents_as_json_and_as_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from kernel.journal.sqlite import SqliteJournal

    monkeypatch.setenv("AOSH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run_command("ps", ["--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    (tmp_path / "state").mkdir()
    journal = SqliteJournal.open(tmp_path / "state/journal.db")
    for pid, state in ((2, "done"), (3, "running")):
        row = ProcessRow(pid, f"s{pid}", "look\x1b[2J", state, 1.0)
        journal.append(row.session, "process", row, durable=True)
    journal.close()
    assert run_command("ps", ["--json"]) == 0
    (dead,) = json.loads(capsys.readouterr().out)
    assert (dead["pid"], dead["state"]) == (3, "interrupted")
    assert run_command("ps", ["--all"]) == 0
    shown = capsys.readouterr().out
    assert "done" in shown
    assert "interrupted" in shown
    assert "\x1b[2J" not in shown
