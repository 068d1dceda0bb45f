"""`proc.*`: agents that agents start, through the gate."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from apps.shell.boot import Kernel, boot
from apps.shell.commands.crew import begin
from apps.shell.people import headless
from kernel.call import Approval, Choice, Err, Ok, Proposal
from kernel.happenings import Happening
from kernel.process import workspace_caps
from syscalls import proc
from syscalls.caps import Right
from syscalls.labels import Label, Labels
from tests.oneshot.conftest import until
from tests.processes.test_background import settings


class Agreeing:
    """Says yes, and keeps what it was asked."""

    is_present = True

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def approve(self, asked: Approval) -> Choice:
        """Yes."""
        self.asked.append(asked.decision.rule)
        return Choice.ONCE


def quiet(happening: Happening) -> None:
    del happening


@asynccontextmanager
async def session(tmp_path: Path, mind: str = "reader") -> AsyncIterator[Kernel]:
    nobody = headless(quiet)
    async with boot(settings(tmp_path, mind), replace(nobody, approver=Agreeing())) as kernel:
        yield kernel


async def call(kernel: Kernel, name: str, labels: Labels | None = None, **arguments: object) -> proc.One:
    given = Proposal(name, dict(arguments)) if labels is None else Proposal(name, dict(arguments), labels)
    reply = await kernel.gate(kernel.process, given)
    assert isinstance(reply, Ok), reply
    assert isinstance(reply.value, proc.One)
    return reply.value


async def refused(kernel: Kernel, name: str, **arguments: object) -> str:
    reply = await kernel.gate(kernel.process, Proposal(name, dict(arguments)))
    assert isinstance(reply, Err), reply
    return f"{reply.error.symbol}: {reply.error}"


async def test_an_agent_is_started_waited_for_and_read(tmp_path: Path) -> None:
    async with session(tmp_path) as kernel:
        begun = await call(kernel, "proc.spawn", goal="read a.txt")
        assert (begun.agent.pid, begun.output) == (2, "")
        ended = await call(kernel, "proc.wait", pid=2)
        assert (ended.agent.state, ended.output.strip()) == ("done", "here")


async def test_what_an_agent_has_seen_labels_whoever_reads_its_answer(tmp_path: Path) -> None:
    async with session(tmp_path) as kernel:
        await call(kernel, "proc.spawn", goal="read a.txt")
        assert not any(each.source.endswith("a.txt") for each in kernel.gate.labelling.exposure.labels.items)
        reply = await kernel.gate(kernel.process, Proposal("proc.wait", {"pid": 2}))
        assert isinstance(reply, Ok)
        assert any(each.source.endswith("a.txt") for each in reply.labels.items)
        assert any(each.source.endswith("a.txt") for each in kernel.gate.labelling.exposure.labels.items)


async def test_an_agent_that_was_started_holds_its_folders_and_starts_no_agents(tmp_path: Path) -> None:
    async with session(tmp_path, "none") as kernel:
        folder = str(kernel.settings.cwd / "in")
        await call(kernel, "proc.spawn", goal="look", read=["in"])
        (agent,) = kernel.host.agents
        assert agent.process.roots(Right.FS_READ) == (folder,)
        assert agent.process.roots(Right.FS_WRITE) == ()
        assert not any(cap.right is Right.PROC for cap in agent.process.caps)
        assert agent.process.cwd == folder


async def test_a_goal_that_untrusted_text_chose_is_asked_about(tmp_path: Path) -> None:
    async with session(tmp_path) as kernel:
        page = Labels((Label("https://example.org/", trusted=False),))
        await call(kernel, "proc.spawn", page, goal="read a.txt")
        asked = kernel.gate._approver  # whom the gate asked is the point
        assert isinstance(asked, Agreeing)
        assert len(asked.asked) == 1


@pytest.mark.parametrize("line", ["!rm -rf in", " :file.delete a.txt"])
async def test_a_goal_is_words_never_a_line_that_counts_as_typed(tmp_path: Path, line: str) -> None:
    async with session(tmp_path, "none") as kernel:
        assert "expected a request in words" in await refused(kernel, "proc.spawn", goal=line)


async def test_a_suspended_agent_makes_no_call_until_it_is_resumed(tmp_path: Path) -> None:
    async with session(tmp_path) as kernel:
        await call(kernel, "proc.spawn", goal="read a.txt")
        assert (await call(kernel, "proc.suspend", pid=2)).agent.state == "suspended"
        assert (await call(kernel, "proc.wait", pid=2, timeout_s=1)).agent.state == "suspended"
        await call(kernel, "proc.resume", pid=2)
        assert (await call(kernel, "proc.wait", pid=2)).agent.state == "done"
        assert "has ended already: done" in await refused(kernel, "proc.suspend", pid=2)


async def test_a_killed_agent_is_gone_and_what_it_used_can_be_seen(tmp_path: Path) -> None:
    async with session(tmp_path) as kernel:
        await call(kernel, "proc.spawn", goal="read a.txt", turns=3)
        await call(kernel, "proc.suspend", pid=2)
        assert (await call(kernel, "proc.kill", pid=2)).agent.state == "killed"
        reply = await kernel.gate(kernel.process, Proposal("proc.budget", {"pid": 2}))
        assert isinstance(reply, Ok)
        assert "of 3\n" in reply.value.text()
        assert "ENOENT: this session has no agent 9; it has: 2" in await refused(kernel, "proc.kill", pid=9)


async def test_words_list_and_stop_agents(tmp_path: Path) -> None:
    async with session(tmp_path) as kernel:
        assert "no agents" in (await kernel.request("list my agents")).replies[-1].value.when_empty()  # type: ignore[union-attr]
        await call(kernel, "proc.spawn", goal="read a.txt")
        await call(kernel, "proc.suspend", pid=2)
        await kernel.request("stop agent 2")
        assert [agent.row.state for agent in kernel.host.agents] == ["killed"]


def test_a_person_may_start_agents() -> None:
    assert any(cap.right is Right.PROC for cap in workspace_caps(["/desk"]))


async def test_an_agent_is_named_by_words_of_its_goal_and_given_half_of_what_runs(tmp_path: Path) -> None:
    async with session(tmp_path) as kernel, asyncio.timeout(60):
        for number in range(2):
            await call(kernel, "proc.spawn", goal=f"remember to index the notes {number} times")
        await call(kernel, "proc.spawn", goal="read a.txt")
        for agent in kernel.host.agents:
            await agent.ended.wait()
        agents = list(kernel.host.agents)
        assert (await call(kernel, "proc.wait", agent="notes 1")).agent.pid == agents[1].row.pid
        assert "no agent has 'whale'" in await refused(kernel, "proc.wait", agent="whale")
        assert "expected pid" in await refused(kernel, "proc.wait")


async def test_a_share_becomes_a_niceness_beside_the_others_that_run(tmp_path: Path) -> None:
    async with session(tmp_path) as kernel, asyncio.timeout(60):
        host, goal = kernel.host, "!sh -c 'echo up; while :; do sleep 0.05; done'"
        agents = [begin(kernel, goal) for _ in range(3)]
        pid = agents[0].row.pid
        await until(lambda: all(any(run.leader for run in host.runs.of(each.process)) for each in agents))
        told = await call(kernel, "proc.nice", pid=pid, share=50)
        assert told.agent.nice == -3, "1.25**3 is about the two others"
        (run,) = host.runs.of(agents[0].process)
        assert run.nice == 2
        await call(kernel, "proc.nice", pid=pid, nice=10)
        assert os.getpriority(os.PRIO_PGRP, run.leader) == 15
        assert (await call(kernel, "proc.wait", pid=pid, timeout_s=0)).agent.nice == 10
        assert "one of the two" in await refused(kernel, "proc.nice", pid=pid)
        assert "one of the two" in await refused(kernel, "proc.nice", pid=pid, nice=1, share=10)


async def test_the_budget_of_a_session_counts_what_its_agents_used(tmp_path: Path) -> None:
    async with session(tmp_path) as kernel:
        await call(kernel, "proc.spawn", goal="read a.txt", cpu_s=7, memory_mb=100)
        await call(kernel, "proc.wait", pid=2)
        own = await kernel.gate(kernel.process, Proposal("proc.budget", {"pid": 2}))
        whole = await kernel.gate(kernel.process, Proposal("proc.budget", {}))
        assert isinstance(own, Ok) and isinstance(own.value, proc.Used)
        assert isinstance(whole, Ok) and isinstance(whole.value, proc.Used)
        assert (own.value.cpu_limit_s, own.value.memory_limit_bytes) == (7, 100 << 20)
        assert whole.value.pid == 1 and whole.value.calls > own.value.calls >= 1
        assert "memory, at most: 0 B of 104.9 MB" in own.value.text()
