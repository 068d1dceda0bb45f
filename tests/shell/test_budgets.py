"""Budgets through the whole shell: from the command line and config.toml, told of, and stopped with their own exit code."""

import json
from pathlib import Path

import pytest

from apps.shell.config import Config, with_limits
from apps.shell.exits import Exit
from kernel.meter import Limits
from kernel.resources.limits import BudgetSection, LimitsSection, Size, request_limits, session_limits
from tests.shell.test_shell_limits import World

GIB = 1 << 30


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_processor_time_that_is_spent_ends_a_request_with_47_and_says_how_to_raise_it(world: World) -> None:
    done = world.run("process.cpu_s = 0.3", "--output-format", "stream-json", "!sh -c 'while :; do :; done'")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == Exit.BUDGET
    told = [event["type"] for event in events if event["type"].startswith("budget.")]
    assert told[-1] == "budget.exceeded"
    assert [event["code"] for event in events if event["type"] == "syscall.completed"] == [205]
    assert "limit of 0.3 s of processor time reached; --limit cpu_s=S raises it" in done.stderr


def test_a_change_beyond_the_budget_is_not_made(world: World) -> None:
    text = "x" * 2_000_000
    (world.work / "big.txt").write_text(text, encoding="utf-8")
    done = world.run("", "--limit", "written_mb=1", ':file.copy paths=["big.txt"] to=copy.txt')
    assert done.returncode == Exit.BUDGET, done.stderr
    assert "2.0 MB more and 0 B already" in done.stderr and "nothing was changed" in done.stderr
    assert not (world.work / "copy.txt").exists()


def test_a_session_has_a_budget_of_its_own(world: World) -> None:
    done = world.run("session.calls = 1", ":file.list")
    assert done.returncode == 0, done.stderr
    done = world.run("", "--limit", "session.cpu_s=0.2", "!sh -c 'while :; do :; done'")
    assert done.returncode == Exit.BUDGET
    assert "by this session; --limit session.cpu_s=S raises it" in done.stderr


def test_what_was_used_is_told(world: World) -> None:
    done = world.run("session.memory_mb = 100", ":proc.budget")
    assert done.returncode == 0, done.stderr
    assert "memory, at most: 0 B of 104.9 MB" in done.stdout
    assert "calls: 1 of no limit" in done.stdout


@pytest.mark.parametrize(
    "given", ["cpu_s=0", "cpu_s", "mood=3", "a.cpu_s=3", "tokens=x", "processes=1.5", "cpu_s=nan"]
)
def test_a_limit_that_cannot_be_is_refused_and_says_what_would_do(given: str) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        with_limits(Config(), [given])
    assert repr(given) in str(refused.value)


def test_the_command_line_goes_before_config_and_the_last_of_two_holds() -> None:
    config = Config(limits=LimitsSection(process=BudgetSection(cpu_s=5, tokens=9)))
    found = with_limits(config, ["cpu_s=7", "process.cpu_s=8", "session.turns=3"]).limits
    assert (found.process.cpu_s, found.process.tokens, found.session.turns) == (8, 9, 3)


def test_what_is_not_set_follows_from_the_machine() -> None:
    size = Size(16 * GIB, 8 * GIB)
    request = request_limits(BudgetSection(), size, Limits(turns=20, calls=None))
    assert (request.memory_bytes, request.processes, request.written_bytes) == (4 * GIB, 256, 2 * GIB)
    assert (request.turns, request.cpu_s, request.network_bytes) == (20, None, None)
    session = session_limits(BudgetSection(memory_mb=1), size)
    assert (session.memory_bytes, session.processes, session.written_bytes) == (1 << 20, 1024, 2 * GIB)


def test_on_a_tiny_or_unknown_machine_there_is_still_something_to_use() -> None:
    for size in (Size(None, None), Size(1, 0)):
        for limits in (
            request_limits(BudgetSection(), size, Limits()),
            session_limits(BudgetSection(), size),
        ):
            assert limits.memory_bytes and limits.memory_bytes >= 256 << 20
            assert limits.written_bytes and limits.written_bytes >= 1 << 20


def test_samples_are_told_only_where_they_were_asked_for(world: World) -> None:
    for verbose in ((), ("-v",)):
        done = world.run("", "--output-format", "stream-json", *verbose, ":file.list")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        samples = [event for event in events if event["type"] == "resource.sample"]
        assert len(samples) == len(verbose), done.stderr
        assert all(sample["rss_bytes"] > 1 << 20 and sample["processes"] >= 1 for sample in samples)
