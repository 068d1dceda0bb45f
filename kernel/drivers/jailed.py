"""Warm jailed drivers: one process per program and grant set, started on demand, restarted when it died.

The kernel never runs a program's code: it starts `apps.serve` in a jail and talks frames with it.
"""

import asyncio
import json
import os
import socket
import subprocess
from functools import lru_cache
from typing import Any

import msgspec

from kernel.deadlines import Deadlines
from kernel.drivers.channel import Channel
from kernel.drivers.port import Answer, Prepared
from kernel.jail.spawn import Jailed, spawn
from kernel.jail.spec import JailError, JailSpec
from kernel.process import Process
from syscalls import wire
from syscalls.caps import Cap, Right
from syscalls.errors import DriverDied, TimedOut
from syscalls.table import AnyCall
from syscalls.undo import Plan

SDK = "apps.serve"
LOOK_DEADLINE_S = 60.0
EFFECT_DEADLINE_S = 600.0


class Program(msgspec.Struct, frozen=True):
    """What the kernel must know to run a driver or plugin, without importing it."""

    name: str
    """Namespace it serves, such as "file"."""
    reference: str
    """`module:attribute` of its `App`, imported only inside the jail."""
    read: tuple[str, ...] = ()
    """Folders it may always read (system information for the machine driver)."""
    imports: tuple[str, ...] = ()
    """Folders added to its module search path."""
    has_files: bool = False
    """Whether it gets the caller's file grants, and the undo store."""


class Grants(msgspec.Struct, frozen=True):
    """The folders one driver process is opened on."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    home: str = "/"
    """Results show paths relative to it."""


class JailedDriver:
    """One running process and its channel."""

    def __init__(self, program: Program, child: Jailed, channel: Channel) -> None:
        self.program = program
        self.child = child
        self.channel = channel
        self._deadlines = Deadlines()

    @classmethod
    async def start(cls, program: Program, grants: Grants, store: str) -> "JailedDriver":
        """Start the process.

        Raises:
            DriverDied: the jail could not be had, or the interpreter not be started.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            child = spawn(
                jail_of(program, grants, store), SDK, [settings(program, grants, store, theirs.fileno())],
                name=f"aosh-{program.name}", pass_fds=(theirs.fileno(),),
            )  # fmt: skip
        except (JailError, OSError) as error:
            ours.close()
            raise DriverDied(f"the {program.name} driver could not be started: {error}") from None
        finally:
            theirs.close()
        channel = await Channel.over(ours, lambda: how_it_ended(program, child))
        return cls(program, child, channel)

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
        self.child.kill_tree()
        self.channel.close()
        self.child.wait()


class _Pending:
    """A planned effect in a driver."""

    def __init__(self, driver: JailedDriver, id_: int, plan: Plan, name: str) -> None:
        self._driver, self._id, self.plan, self._name = driver, id_, plan, name

    async def commit(self) -> Answer:
        answer = await self._driver._within(EFFECT_DEADLINE_S, wire.Commit(self._id), self._name)
        if not isinstance(answer, wire.Ok):
            raise DriverDied(
                f"the {self._driver.program.name} driver answered a commit of {self._name} oddly"
            )
        return Answer(answer.value, answer.labels, answer.undo)

    async def abort(self) -> None:
        self._driver.channel.send(wire.Abort(self._id))


class Drivers:
    """Every jailed program of a session, by namespace; fits `kernel.drivers.port.Server`."""

    def __init__(self, programs: list[Program], store: str) -> None:
        """Args: `store` is the folder for pre-images and trash."""
        self._programs = {program.name: program for program in programs}
        self._store = store
        self._running: dict[tuple[str, Grants], JailedDriver] = {}
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

    async def warm(self, process: Process, name: str) -> None:
        """Start a driver ahead of its first call."""
        program = self._programs[name]
        await self._get(program, grants_of(program, process))

    def running(self) -> list[JailedDriver]:
        """The live ones, for `aosh doctor` and benchmarks."""
        return [driver for driver in self._running.values() if driver.channel.is_open]

    def close(self) -> None:
        """Stop all of them."""
        for driver in self._running.values():
            driver.kill()
        self._running.clear()

    def _warm(self, process: Process, call: AnyCall) -> JailedDriver | None:
        """The driver for a call if it runs already."""
        program = self._programs[call.area]
        found = self._running.get((program.name, grants_of(program, process)))
        return found if found is not None and found.channel.is_open else None

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
                found = await JailedDriver.start(program, grants, self._store)
                self._running[key] = found
            return found


def grants_of(program: Program, process: Process) -> Grants:
    """The file grants of a process, for a program that serves files."""
    if not program.has_files:
        return Grants(home=process.cwd)
    read, write = _roots(process.caps)
    return Grants(read=tuple(map(_folder, read)), write=tuple(map(_folder, write)), home=process.cwd)


@lru_cache(maxsize=256)
def _roots(caps: frozenset[Cap]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The roots that may only be read, and those that may be written, sorted."""
    write = tuple(sorted({cap.scope for cap in caps if cap.right is Right.FS_WRITE}))
    read = tuple(sorted({cap.scope for cap in caps if cap.right is Right.FS_READ}))
    return tuple(root for root in read if root not in write), write


def _folder(path: str) -> str:
    """The nearest existing folder that contains `path`: what a driver can be opened on."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def jail_of(program: Program, grants: Grants, store: str) -> JailSpec:
    """The jail of one driver process."""
    keeps = (store,) if program.has_files else ()
    return JailSpec(
        read=(*program.read, *grants.read),
        write=(*grants.write, *keeps),
        imports=program.imports,
        metadata=program.has_files,
    )


def settings(program: Program, grants: Grants, store: str, channel: int) -> str:
    """What `apps.serve.main` reads: one JSON object."""
    roots = [{"path": path, "write": True} for path in grants.write]
    roots += [{"path": path, "write": False} for path in grants.read]
    return json.dumps(
        {
            "app": program.reference,
            "channel": channel,
            "roots": roots,
            "home": grants.home,
            "store": store if program.has_files else None,
        }
    )


def how_it_ended(program: Program, child: Jailed) -> str:
    """One sentence on a dead driver."""
    try:
        code = child.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return f"the {program.name} driver hung up"
    how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
    last = child.stderr_tail().strip().splitlines()
    return f"the {program.name} driver {how}" + (f": {last[-1]}" if last else "")
