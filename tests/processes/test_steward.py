"""Agents and programs of ours are paused while memory is short, and go on by themselves; a person may overrule it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from apps.shell.background import Task, start
from apps.shell.early import user_process
from apps.shell.host import Host, open_host
from apps.shell.settings import Settings
from kernel.oneshot.oversight import Oversight
from kernel.processes.agent import State
from kernel.processes.steward import Steward
from kernel.processes.table import Agent
from kernel.resources.limits import Headroom
from kernel.resources.procfs import stat
from kernel.resources.relief import CALM_S, TIGHT_S
from kernel.resources.room import Room
from tests.oneshot.conftest import until
from tests.processes.test_background import settings

PLENTY, TIGHT = Room(9000, 5000), Room(9000, 10)
TICKER = "!sh -c 'echo up; while :; do sleep 0.05; done'"


@dataclass
class World:
    host: Host
    chosen: Settings
    room: Room = PLENTY
    now_s: float = 0.0
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.host.steward.close()
        self.steward = Steward(
            self.host.agents, self.host.runs, lambda: self.room, lambda total: Headroom(1000, 50, 30),
            period_s=3600, clock=lambda: self.now_s,
        )  # fmt: skip

    def start(self, nice: int = 0) -> Agent:
        return start(self.host, self.chosen, user_process(self.chosen), Task(goal=TICKER, nice=nice))

    def pass_time(self, seconds: float, room: Room) -> None:
        self.room = room
        self.steward.look()
        self.now_s += seconds
        self.steward.look()

    def run_of(self, agent: Agent) -> Oversight:
        (run,) = self.host.runs.of(agent.process)
        return run


@asynccontextmanager
async def world(tmp_path: Path) -> AsyncIterator[World]:
    chosen = settings(tmp_path)
    async with asyncio.timeout(60), open_host(chosen) as host:
        yield World(host, chosen)


async def until_running(made: World, *agents: Agent) -> None:
    """Until each has a program with a process group."""
    runs = made.host.runs
    await until(lambda: all(any(run.leader for run in runs.of(each.process)) for each in agents))


def state_of(leader: int) -> str:
    found = stat(leader)
    return found.state if found else ""


async def until_state(leader: int, wanted: str) -> None:
    await until(lambda: (state_of(leader) == "T") is (wanted == "T"))


async def test_the_nicer_of_two_agents_is_paused_with_its_program_and_goes_on_later(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        usual, nice = made.start(), made.start(nice=5)
        await until_running(made, usual, nice)
        made.pass_time(TIGHT_S, TIGHT)
        assert (usual.state, nice.state) == (State.RUNNING, State.SUSPENDED)
        assert "the machine is short of memory" in nice.row.reason and "goes on by itself" in nice.row.reason
        await until_state(made.run_of(nice).leader, "T")
        assert state_of(made.run_of(usual).leader) != "T"
        assert made.steward.held_count == 1
        made.pass_time(CALM_S, PLENTY)
        assert (nice.state, made.steward.held_count) == (State.RUNNING, 0)
        await until_state(made.run_of(nice).leader, "S")


async def test_one_that_a_person_lets_go_on_is_left_alone(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        first, second, third = made.start(), made.start(nice=5), made.start(nice=1)
        await until_running(made, first, second, third)
        made.pass_time(TIGHT_S, TIGHT)
        assert second.state is State.SUSPENDED
        made.host.agents.resume(second)
        await until_state(made.run_of(second).leader, "S")
        made.pass_time(10 * TIGHT_S, TIGHT)
        assert (second.state, third.state) == (State.RUNNING, State.SUSPENDED)


async def test_one_that_a_person_suspended_does_not_go_on_by_itself(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        one, other = made.start(), made.start()
        await until_running(made, one, other)
        made.host.agents.suspend(one)
        made.pass_time(10 * CALM_S, PLENTY)
        assert one.state is State.SUSPENDED


async def test_a_paused_agent_can_be_killed(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        one, other = made.start(), made.start(nice=3)
        await until_running(made, one, other)
        made.pass_time(TIGHT_S, TIGHT)
        leader = made.run_of(other).leader
        await until_state(leader, "T")
        await made.host.agents.stop([other], "not wanted")
        assert (other.state, made.steward.held_count) == (State.KILLED, 0)
        assert stat(leader) is None
