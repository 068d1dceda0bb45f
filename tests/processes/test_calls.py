"""`proc.*`: agents that agents start, through the gate."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from apps.shell.boot import Kernel, boot
from apps.shell.people import headless
from kernel.call import Approval, Choice, Err, Ok, Proposal
from kernel.happenings import Happening
from kernel.process import workspace_caps
from syscalls import proc
from syscalls.caps import Right
from syscalls.labels import Label, Labels
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
