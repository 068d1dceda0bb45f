"""Warm jailed drivers: one process per program and grant set, started on demand, restarted when it died.

The kernel never runs a program's code: it starts `apps.serve` in a jail and talks frames with it.
"""

import asyncio
import time
from typing import Any

from kernel.deadlines import Deadlines
from kernel.drivers.channel import Channel
from kernel.drivers.idle import IdleDrivers, ground
from kernel.drivers.launch import Grants, Launched, Program, end, grants_of, how_it_ended, launch
from kernel.drivers.port import LOOK_DEADLINE_S, Answer, Prepared
from kernel.jail.spec import Tier
from kernel.process import Process
from syscalls import wire
from syscalls.caps import Cap
from syscalls.errors import DriverDied, TimedOut
from syscalls.table import AnyCall
from syscalls.undo import Plan

EFFECT_DEADLINE_S = 600.0
RECHECK_S = 0.05
"""So long the folders of a running driver are taken to be there still."""
_MOST_READY = 256


class JailedDriver:
    """One running process and its channel."""

    def __init__(self, launched: Launched, channel: Channel) -> None:
        self.program = launched.program
        self.child = launched.child
        self.beside = launched.beside
        self.channel = channel
        self.ground = ground(launched.grants)
        """The folders that stood at its paths when it started."""
        self._deadlines = Deadlines()
        self._pending: set[int] = set()
        """Effects that are planned, and neither done nor dropped."""

    @property
    def is_idle(self) -> bool:
        """Whether it lives and nothing is under way in it."""
        return self.channel.is_open and not self.channel.is_waiting and not self._pending

    @classmethod
    async def start(cls, program: Program, grants: Grants, store: str, tier: Tier) -> "JailedDriver":
        """Start the process.

        Raises:
            DriverDied: the jail could not be had, or the interpreter not be started.
        """
        return await cls.over(launch(program, grants, store, tier))

    @classmethod
    async def over(cls, launched: Launched) -> "JailedDriver":
        """The driver whose process was started; it answers as soon as it has loaded."""
        program, child = launched.program, launched.child
        try:
            channel = await Channel.over(launched.sock, lambda: how_it_ended(program, child))
        except BaseException:  # whoever wanted it was stopped meanwhile: nobody else knows of the process
            launched.kill()
            raise
        return cls(launched, channel)

    async def look(self, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Carry out a call without side effects."""
        frame = wire.Call(self.channel.new_id(), call.name, arguments)
        answer = await self._within(LOOK_DEADLINE_S, frame, call.name)
        if not isinstance(answer, wire.Ok):
            raise DriverDied(
                f"the {self.program.name} driver answered {call.name} with {type(answer).__name__}"
            )
        return Answer(answer.value, answer.labels)

    async def prepare(self, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Plan an effect."""
        frame = wire.Call(self.channel.new_id(), call.name, arguments)
        answer = await self._within(EFFECT_DEADLINE_S, frame, call.name)
        if not isinstance(answer, wire.Planned):
            raise DriverDied(f"the {self.program.name} driver did {call.name} without a plan")
        self._pending.add(frame.id)
        return _Pending(self, frame.id, answer.plan, call.name)

    async def _within(
        self, seconds: float, frame: wire.Request, name: str
    ) -> wire.Ok | wire.Planned | wire.Described:
        try:
            with self._deadlines.within(seconds):
                return await self.channel.request(frame)
        except TimeoutError:
            self.kill()
            raise TimedOut(f"{name} gave no answer within {seconds:g} s; its driver was stopped") from None
        except asyncio.CancelledError:
            self.kill()
            raise

    async def describe(self) -> dict[str, Any]:
        """A plugin's manifest."""
        answer = await self._within(LOOK_DEADLINE_S, wire.Describe(self.channel.new_id()), "describe")
        if not isinstance(answer, wire.Described):
            raise DriverDied(f"{self.program.name} did not describe itself")
        return answer.manifest

    def kill(self) -> None:
        """Stop the process and its descendants now."""
        self.channel.close()
        end(self.child, self.beside)


class _Pending:
    """A planned effect in a driver."""

    def __init__(self, driver: JailedDriver, id_: int, plan: Plan, name: str) -> None:
        self._driver, self._id, self.plan, self._name = driver, id_, plan, name

    async def commit(self) -> Answer:
        self._driver._pending.discard(self._id)
        answer = await self._driver._within(EFFECT_DEADLINE_S, wire.Commit(self._id), self._name)
        if not isinstance(answer, wire.Ok):
            raise DriverDied(
                f"the {self._driver.program.name} driver answered a commit of {self._name} oddly"
            )
        return Answer(answer.value, answer.labels, answer.undo)

    async def abort(self) -> None:
        self._driver._pending.discard(self._id)
        self._driver.channel.send(wire.Abort(self._id))


class Drivers:
    """Every jailed program of a session, by namespace; fits `kernel.drivers.port.Server`."""

    def __init__(
        self, programs: list[Program], store: str, tier: Tier, idle: IdleDrivers | None = None
    ) -> None:
        """No driver runs yet.

        Args:
            programs: what can be started.
            store: the folder for pre-images and trash.
            tier: the jail they start in, or not at all.
            idle: where warm ones are taken from and given back; without it they end with the session.
        """
        self._programs = {program.name: program for program in programs}
        self._store = store
        self._tier = tier
        self._idle = idle
        self._running: dict[tuple[str, Grants], JailedDriver] = {}
        self._ready: dict[tuple[str, frozenset[Cap], str], tuple[float, JailedDriver]] = {}
        """What `_warm` found, by area, capabilities and working directory, and until when (monotonic)."""
        self._starting = asyncio.Lock()
        """Held while a driver starts, so that two calls do not start two."""

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Carry out a call without side effects."""
        driver = self._warm(process, call) or await self._driver(process, call)
        return await driver.look(call, arguments)

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Plan an effect."""
        driver = self._warm(process, call) or await self._driver(process, call)
        return await driver.prepare(call, arguments)

    async def adopt(self, launched: Launched) -> None:
        """Take over a driver that was started before this object was; from now on it ends with the others."""
        self._running[launched.program.name, launched.grants] = await JailedDriver.over(launched)

    async def warm(self, process: Process, name: str) -> None:
        """Start a driver ahead of its first call."""
        program = self._programs[name]
        await self._get(program, grants_of(program, process))

    def running(self) -> list[JailedDriver]:
        """The live ones, for `aosh doctor` and benchmarks."""
        return [driver for driver in self._running.values() if driver.channel.is_open]

    def lend(self) -> None:
        """Give back, for now, those with nothing under way: while a mind thinks, other sessions may use them."""
        if self._idle is None:
            return
        for key in [key for key, driver in self._running.items() if driver.is_idle]:
            driver = self._running.pop(key)
            self._idle.give(driver.program, key[1], driver)
        self._ready.clear()

    def close(self) -> None:
        """Give back those that others may use, and stop the rest."""
        for (_, grants), driver in self._running.items():
            if self._idle is None:
                driver.kill()
            else:
                self._idle.give(driver.program, grants, driver)
        self._running.clear()
        self._ready.clear()

    def _warm(self, process: Process, call: AnyCall) -> JailedDriver | None:
        """The driver for a call if it runs already."""
        key, now = (call.area, process.caps, process.cwd), time.monotonic()
        until, ready = self._ready.get(key, (0.0, None))
        if ready is not None and now < until and ready.channel.is_open:
            return ready
        program = self._programs[call.area]
        found = self._running.get((program.name, grants_of(program, process)))
        if found is None or not found.channel.is_open:
            return None
        if len(self._ready) >= _MOST_READY:
            self._ready.clear()
        self._ready[key] = (now + RECHECK_S, found)
        return found

    async def _driver(self, process: Process, call: AnyCall) -> JailedDriver:
        program = self._programs[call.area]
        return await self._get(program, grants_of(program, process))

    async def _get(self, program: Program, grants: Grants) -> JailedDriver:
        key = (program.name, grants)
        found = self._running.get(key)
        if found is not None and found.channel.is_open:
            return found
        async with self._starting:
            found = self._running.get(key)
            if found is None or not found.channel.is_open:
                if found is not None:
                    found.kill()
                found = self._idle.take(program, grants) if self._idle else None
                found = found or await JailedDriver.start(program, grants, self._store, self._tier)
                self._running[key] = found
            return found
