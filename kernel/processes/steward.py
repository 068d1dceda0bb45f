"""Suspends agents and programs of ours while memory is short, lowest priority first, and lets them go on later.

Whoever suspends an agent, its programs are paused with it. It looks once a second, and only while something of ours
runs. The user's own programs are none of its business.
"""

import asyncio
import time
from collections.abc import Callable

from kernel.oneshot.oversight import Oversight, Runs
from kernel.processes.agent import State
from kernel.processes.table import Agent, Agents
from kernel.resources.admission import LimitsOf
from kernel.resources.relief import Act, Relief, Tenant
from kernel.resources.room import Room

PERIOD_S = 1.0


class Steward:
    """One host's. Belongs to one event loop."""

    def __init__(
        self, agents: Agents, runs: Runs, look: Callable[[], Room], limits: LimitsOf, *,
        period_s: float = PERIOD_S, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Args: `limits` gives those of a machine of so many bytes; `clock` only goes forward."""
        self._agents, self._runs = agents, runs
        self._look, self._limits = look, limits
        self._period_s, self._clock = period_s, clock
        self._relief = Relief()
        self._timer: asyncio.TimerHandle | None = None
        self._held: dict[int, Agent] = {}
        """Agents that were suspended here, by pid."""
        self._spared: set[int] = set()
        """Agents that a person let go on in spite of it."""
        self._looked_s = float("-inf")
        self._free_bytes: int | None = None
        self._is_acting = False
        """Whether it is not a person who lets one go on."""
        agents.watchers.append(self._agent_changed)
        runs.watchers.append(self._arm)

    @property
    def held_count(self) -> int:
        """How many agents and programs are suspended for want of memory."""
        return len(self._held) + sum(bool(run.why_paused) for run in self._loose())

    @property
    def free_bytes(self) -> int | None:
        """Memory that is left, as looked at within the last second; None where the machine does not tell."""
        now_s = self._clock()
        if now_s - self._looked_s >= self._period_s:
            self._looked_s, self._free_bytes = now_s, self._look().free_bytes
        return self._free_bytes

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def look(self) -> Act | None:
        """Look now, and do what follows."""
        room = self._look()
        running, suspended = self._tenants()
        act = self._relief.decide(self._clock(), room, self._limits(room.total_bytes), running, suspended)
        if act is not None:
            self._do(act)
        return act

    def _tenants(self) -> tuple[list[Tenant], list[Tenant]]:
        running, suspended = [], []
        for agent in self._agents:
            if agent.state in (State.RUNNING, State.SUSPENDED):
                pid = agent.row.pid
                tenant = Tenant(pid, f"agent {pid}", agent.row.nice, False, agent.row.started)
                if pid in self._held:
                    suspended.append(tenant)
                elif agent.state is State.RUNNING and pid not in self._spared:
                    running.append(tenant)
        for order, run in enumerate(self._loose()):
            tenant = Tenant(run, run.name, run.process.nice, True, order)
            (suspended if run.why_paused else running).append(tenant)
        return running, suspended

    def _loose(self) -> list[Oversight]:
        """Programs that belong to no agent."""
        own = {id(agent.process.meter) for agent in self._agents if not agent.state.is_end}
        return [run for run in self._runs if id(run.process.meter) not in own]

    def _do(self, act: Act) -> None:
        if isinstance(act.key, Oversight):
            act.key.pause(act.why) if act.is_suspension else act.key.go_on()
            return
        agent = self._agents.get(int(str(act.key)))
        if act.is_suspension:
            self._held[agent.row.pid] = agent
            self._agents.suspend(agent, f"the machine is short of memory: {act.why}; it goes on by itself")
        else:
            self._is_acting = True
            try:
                self._agents.resume(agent)
            finally:
                self._is_acting = False

    def _agent_changed(self, agent: Agent) -> None:
        pid = agent.row.pid
        if agent.state is State.SUSPENDED:
            for run in self._runs.of(agent.process):
                run.pause(agent.row.reason)
        elif agent.state is State.RUNNING:
            for run in self._runs.of(agent.process):
                run.go_on()
            if self._held.pop(pid, None) is not None and not self._is_acting:
                self._spared.add(pid)
        elif agent.state.is_end:
            self._held.pop(pid, None)
            self._spared.discard(pid)
        self._arm()

    def _arm(self) -> None:
        if self._timer is None and (self._agents.running or any(True for _ in self._runs)):
            self._timer = asyncio.get_running_loop().call_later(self._period_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        try:
            self.look()
        finally:
            self._arm()
