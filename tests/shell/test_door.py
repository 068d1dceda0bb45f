"""A running kernel is looked into from outside by its own user, and its agents are stopped, paused and reniced."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from apps.shell.background import Task, start
from apps.shell.door import folder_of, look_into, tell
from apps.shell.early import user_process
from apps.shell.host import Host, open_host
from apps.shell.seen import AgentSeen, Asked, Seen
from apps.shell.top.live import live
from apps.shell.top.scene import Stage
from kernel.processes.agent import State
from kernel.processes.table import Agent
from tests.oneshot.conftest import until
from tests.processes.test_background import settings

TICKER = "!sh -c 'while :; do sleep 0.05; done'"


@asynccontextmanager
async def host_with(tmp_path: Path, count: int) -> AsyncIterator[tuple[Host, list[Agent]]]:
    """A host that listens, and agents whose programs run."""
    chosen = settings(tmp_path)
    async with asyncio.timeout(60), open_host(chosen) as host:
        agents = [start(host, chosen, user_process(chosen), Task(goal=TICKER)) for _ in range(count)]
        await until(lambda: all(any(run.leader for run in host.runs.of(each.process)) for each in agents))
        await until(lambda: list(folder_of(host.folders.runtime).glob("*.sock")))
        yield host, agents


async def seen(host: Host) -> Seen:
    (found,) = await asyncio.to_thread(look_into, host.folders.runtime)
    return found


async def test_agents_and_programs_are_seen_with_what_they_use(tmp_path: Path) -> None:
    async with host_with(tmp_path, 2) as (host, agents):
        await until(lambda: all(run.figures.processes for run in host.runs))
        found = await seen(host)
        assert found.kernel == os.getpid()
        assert [(each.pid, each.state, each.programs) for each in found.agents] == [
            (agent.row.pid, "running", 1) for agent in agents
        ]
        assert all(each.memory_bytes > 0 and each.limits["processes"] == 256 for each in found.agents)
        assert [program.name for program in found.programs] == ["sh", "sh"]
    assert not list(folder_of(host.folders.runtime).glob("*.sock")), "it hangs up when it ends"


async def test_agents_are_paused_reniced_and_killed_from_outside(tmp_path: Path) -> None:
    async with host_with(tmp_path, 1) as (host, (agent,)):

        async def told(asked: Asked) -> str:
            return await asyncio.to_thread(tell, host.folders.runtime, os.getpid(), asked)

        pid = agent.row.pid
        assert await told(Asked("suspend", pid)) == ""
        assert agent.state is State.SUSPENDED
        assert (await seen(host)).programs[0].why_paused == "it waits until it is resumed"
        assert await told(Asked("resume", pid)) == ""
        assert await told(Asked("nice", pid, 400)) == ""
        assert agent.row.nice == 19
        assert "expected one that is suspended" in await told(Asked("resume", pid))
        assert "there is no agent 77" in await told(Asked("kill", 77))
        assert await told(Asked("kill", pid)) == ""
        assert (agent.state, agent.row.reason) == (State.KILLED, "you stopped it")


async def test_what_is_no_question_is_refused_and_the_kernel_lives_on(tmp_path: Path) -> None:
    async with host_with(tmp_path, 0) as (host, _):
        for line in (b"", b"\n", b"{", b'{"do": "format"}\n', b"\xff\xfe\n", b"x" * 100_000):
            _, writer = await asyncio.open_unix_connection(
                str(folder_of(host.folders.runtime) / f"{os.getpid()}.sock")
            )
            writer.write(line)
            writer.close()
        assert (await seen(host)).agents == ()


async def test_nobody_else_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with host_with(tmp_path, 0) as (host, _):
        assert folder_of(host.folders.runtime).stat().st_mode & 0o077 == 0
        own = os.getuid()
        monkeypatch.setattr("apps.shell.service.place.os.getuid", lambda: own + 1)
        assert await asyncio.to_thread(look_into, host.folders.runtime) == []


def test_what_a_dead_kernel_left_is_taken_away(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    folder.mkdir()
    (folder / "4194305.sock").touch()
    assert look_into(tmp_path) == []
    assert list(folder.iterdir()) == []


async def test_a_deep_folder_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    async with host_with(deep, 0) as (host, _):
        assert (await seen(host)).kernel == os.getpid()


class Kernels(Stage):
    """Answers for one kernel with two agents, and keeps what it was told."""

    def __init__(self, folder: Path, made: Callable[[], Seen]) -> None:
        super().__init__(folder, None)
        self._made = made
        self.told: list[Asked] = []

    def look(self, order: str = "cpu"):  # type: ignore[no-untyped-def]
        return type(found := super().look(order))(found.machine, found.trees, 1, (self._made(),))

    def tell(self, kernel: int, asked: Asked) -> str:
        self.told.append(asked)
        return ""


async def test_keys_of_top_act_on_the_marked_agent(tmp_path: Path) -> None:
    agents = tuple(AgentSeen(pid, "running", "x", "you", 0.0, nice=pid) for pid in (2, 3))
    stage = Kernels(tmp_path, lambda: Seen(1, agents))
    with create_pipe_input() as keyboard:
        keyboard.send_text("x\x1b[B\x1b[Bsr+-xq")
        await live(stage, "cpu", keyboard, DummyOutput())
    assert stage.told == [
        Asked("suspend", 3, 3), Asked("resume", 3, 3), Asked("nice", 3, 4), Asked("nice", 3, 2), Asked("kill", 3, 3),
    ]  # fmt: skip
