"""Agents in the background: what they hold, who is asked, how they end."""

import asyncio
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from apps.shell.alive import is_alive
from apps.shell.background import Task, background, start
from apps.shell.early import user_process
from apps.shell.host import open_host
from apps.shell.settings import Settings, folders
from kernel.journal.records import LabelRow
from kernel.policy import Mode
from kernel.process import Limits
from kernel.processes.agent import MOST_OUTPUT, ProcessRow, State, shortened
from kernel.processes.table import Agent, settle, told
from syscalls.caps import Cap, Right
from syscalls.errors import BadArgument, NotPermitted
from syscalls.labels import Label, Labels


def settings(base: Path, mind: str = "none") -> Settings:
    work = base / "work"
    work.joinpath("in").mkdir(parents=True, exist_ok=True)
    work.joinpath("a.txt").write_text("here\n", encoding="utf-8")
    work.joinpath("in/b.txt").write_text("inside\n", encoding="utf-8")
    return Settings(folders({"AOSH_HOME": str(base / "home")}, base), work, base, mind=mind, is_bare=True)


def reading(chosen: Settings, folder: str) -> frozenset[Cap]:
    return frozenset({Cap(Right.FS_READ, str(chosen.cwd / folder))})


async def test_an_agent_carries_out_a_request_in_words_and_its_answer_is_kept(tmp_path: Path) -> None:
    chosen = settings(tmp_path, "reader")
    async with open_host(chosen) as host:
        ended = await background(host, chosen, user_process(chosen), Task(goal="read a.txt"))
        assert (ended.state, ended.output.strip()) == (State.DONE, "here")
        (row,) = told(host.journal, lambda session: False)
        assert (row.pid, row.parent, row.state, row.output.strip()) == (2, 1, "done", "here")


async def test_an_agent_never_holds_more_than_its_parent(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    parent = user_process(chosen)
    wide = (
        Cap(Right.FS_READ, str(tmp_path)),
        Cap(Right.NET, "example.org"),
        Cap(Right.APP, "mail"),
        Cap(Right.FS_WRITE, "/"),
    )
    async with open_host(chosen) as host:
        for cap in wide:
            with pytest.raises(NotPermitted, match="cannot be handed down"):
                await background(host, chosen, parent, Task(goal=":ui.say hi", caps=frozenset({cap})))
        assert list(host.agents) == [], "what was refused never was an agent"


async def test_an_agent_reaches_only_what_it_was_handed(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host:
        parent, only = user_process(chosen), reading(chosen, "in")
        inside = await background(host, chosen, parent, Task(goal=":file.read b.txt", caps=only))
        assert (inside.state, inside.output.strip()) == (State.DONE, "inside")
        outside = await background(host, chosen, parent, Task(goal=":file.read ../a.txt", caps=only))
        assert outside.state is State.DENIED
        written = await background(host, chosen, parent, Task(goal=":file.write c.txt content=x", caps=only))
        assert written.state is State.DENIED
        assert not (chosen.cwd / "in/c.txt").exists()


async def test_nobody_to_ask_is_no_and_the_question_is_kept(tmp_path: Path) -> None:
    chosen = replace(settings(tmp_path), mode=Mode.ASK)
    async with open_host(chosen) as host:
        ended = await background(host, chosen, user_process(chosen), Task(goal=":file.delete a.txt"))
        assert ended.state is State.DENIED
        assert "nobody is here" in ended.questions[0]
        assert (chosen.cwd / "a.txt").exists()
        (row,) = told(host.journal, lambda session: False)
        assert row.questions == ended.questions


async def test_labels_are_handed_down_to_an_agent_and_back_up(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    tainted = Labels((Label("https://example.org/page", trusted=False),))
    async with open_host(chosen) as host:
        ended = await background(
            host, chosen, user_process(chosen), Task(goal=":file.read a.txt", labels=tainted)
        )
        session = ended.agent.row.session
        rows = [row.record() for row in host.journal.rows(session, ("label",))]
        assert any(isinstance(row, LabelRow) and row.labels.items[0] in tainted.items for row in rows)
        sources = {label.source for label in ended.agent.labels.items}
        assert "https://example.org/page" in sources
        assert any(source.endswith("a.txt") for source in sources)


async def test_time_used_up_stops_an_agent_as_its_budget(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    task = Task(goal="!sleep 30", limits=Limits(wall_s=0.6))
    async with open_host(chosen) as host, asyncio.timeout(20):
        ended = await background(host, chosen, user_process(chosen), task)
    assert (ended.state, ended.agent.row.reason) == (State.BUDGET, "time limit of 0.6 s reached")


async def test_calls_used_up_stop_an_agent_as_its_budget(tmp_path: Path) -> None:
    chosen = settings(tmp_path, "reader")
    async with open_host(chosen) as host:
        task = Task(goal="read a.txt", limits=Limits(turns=5, calls=0))
        ended = await background(host, chosen, user_process(chosen), task)
    assert "limit of 0 syscalls" in ended.agent.row.reason
    assert ended.state is State.BUDGET


async def test_cancelling_kills_an_agent_and_says_so(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    running = asyncio.Event()

    def watch(agent: Agent) -> None:
        if agent.state is State.RUNNING:
            running.set()

    async with open_host(chosen) as host:
        host.agents.watchers.append(watch)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(background(host, chosen, user_process(chosen), Task(goal="!sleep 30")))
            async with asyncio.timeout(10):
                await running.wait()
            task.cancel()
        (agent,) = host.agents
        assert agent.state is State.KILLED


async def test_an_agent_stopped_before_it_began_has_ended(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with asyncio.timeout(10), open_host(chosen) as host:
        agent = start(host, chosen, user_process(chosen), Task(goal=":ui.say hi"))
        await host.agents.stop([agent], "not wanted")
        assert (agent.state, agent.row.reason) == (State.KILLED, "not wanted")


async def test_an_agent_without_a_goal_is_refused(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host:
        with pytest.raises(BadArgument, match="a request in words"):
            await background(host, chosen, user_process(chosen), Task(goal="  "))


async def test_agents_of_a_dead_kernel_are_told_to_be_interrupted_once(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_host(chosen) as host:
        host.agents.add(user_process(chosen), "gone")

        def alive(session: str) -> bool:
            return is_alive(chosen.folders, session)

        (row,) = settle(host.journal, alive)
        assert row.state == "interrupted"
        assert "its kernel ended while it was ready" in row.reason
        assert settle(host.journal, alive) == []
        assert [each.state for each in told(host.journal, alive)] == ["interrupted"]


async def test_pids_go_on_after_those_of_the_last_kernel(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    pids = []
    for _ in range(2):
        async with open_host(chosen) as host:
            ended = await background(host, chosen, user_process(chosen), Task(goal=":ui.say hi"))
            pids.append(ended.agent.row.pid)
            assert ended.output.startswith("hi")
    assert pids == [2, 3]


async def test_each_state_is_told_once_and_an_end_stands(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    heard: list[ProcessRow] = []
    async with open_host(chosen) as host:
        host.agents.watchers.append(lambda agent: heard.append(agent.row))
        ended = await background(host, chosen, user_process(chosen), Task(goal=":ui.say hi"))
        host.agents.end(ended.agent, State.FAILED, "too late")
    assert [row.state for row in heard] == ["ready", "running", "done"]


def test_of_much_output_both_ends_are_kept() -> None:
    text = shortened("a" + "x" * 10 * MOST_OUTPUT + "z")
    assert (len(text) <= MOST_OUTPUT, text[0], text[-1]) == (True, "a", "z")


async def test_an_agent_that_is_stopped_while_it_begins_leaves_no_process_and_holds_nothing(
    tmp_path: Path,
) -> None:
    chosen, before = settings(tmp_path), psutil.Process().children()
    async with open_host(chosen) as host:
        for turns in range(6):
            agent = start(host, chosen, user_process(chosen), Task(goal=":file.list"))
            for _ in range(turns):
                await asyncio.sleep(0)
            await host.agents.stop([agent], "no longer wanted")
            assert agent.ended.is_set()
            assert agent.task is None, "a cancelled task holds its frames, and with them the session"
        started = [child for child in psutil.Process().children() if child not in before]
        host.idle.close()
        _, left = psutil.wait_procs(started, timeout=10)
        assert not left
