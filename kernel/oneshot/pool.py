"""How does the kernel keep a zygote, children ready for orders, and the news of how they end?"""

import asyncio
import contextlib
import marshal
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from time import perf_counter
from typing import NamedTuple

from kernel.jail.plan import package_root
from kernel.jail.spec import Tier
from kernel.oneshot.child import APART, ON_GROUND, RUN, TO_JAIL, receive
from kernel.oneshot.groups import Caps, Group, Groups
from kernel.oneshot.plans import ground_of
from syscalls.errors import DriverDied

_BOOT = "import sys; sys.path.append(sys.argv[1]); from kernel.oneshot.zygote import main; main()"
_PATIENCE_S = 10.0
_MESSAGE_BYTES = 4096


class NeverBegan(Exception):
    """A child died while it waited, its order unread: another may have it."""


class Ended(NamedTuple):
    """What the zygote says of a run whose whole tree is gone."""

    status: int
    """Of wait(2)."""
    cpu_s: float
    peak_bytes: int


class Work(NamedTuple):
    """What a child is to become."""

    jail: bytes
    program: bytes
    caps: Caps
    nice: int = 0
    """The niceness of its processes."""


class Child:
    """One forked process: ready, perhaps jailed ahead of its order, then running that, then gone."""

    def __init__(self, leader: int, orders: socket.socket, group: Group | None) -> None:
        self.leader = leader
        """Its pid, and that of the process group which it and its descendants cannot leave."""
        self.group = group
        self.jail = b""
        """The jail it is in; empty: none yet."""
        self.began_s = 0.0
        """When it was told its program, as `perf_counter` says it."""
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        """Fails with DriverDied where the zygote died before it could tell."""
        self._orders = orders

    @property
    def cpu_s(self) -> float | None:
        """What its whole tree came to; None where that is not known."""
        if not self.ended.done() or self.ended.cancelled() or self.ended.exception() is not None:
            return None
        return self.ended.result().cpu_s

    def make_ready(self, ground: bytes, *, apart: bool) -> None:
        """Let it do what needs no order: leave for namespaces of its own, with its control group, and lay the ground."""
        with contextlib.suppress(OSError):  # its end will be heard of
            if apart:
                self._orders.send(APART)
            self._send(ON_GROUND, ground, [])

    def go_to(self, jail: bytes) -> None:
        """Let it enter a jail, of which there is one in a life."""
        self.jail = jail
        self._send(TO_JAIL, jail, [])

    def become(self, work: Work, streams: list[int]) -> None:
        """Let it run a program; OSError where it is gone."""
        order = marshal.dumps((b"" if self.jail else work.jail, work.program))
        self.jail = work.jail
        if self.group is not None:
            self.group.cap(work.caps)
        if work.nice:
            with contextlib.suppress(OSError):  # it is gone, which sending tells
                os.setpriority(os.PRIO_PGRP, self.leader, work.nice)
        self.began_s = perf_counter()
        self._send(RUN, order, streams)

    def _send(self, word: bytes, content: bytes, fds: list[int]) -> None:
        memory = os.memfd_create("order", os.MFD_CLOEXEC)
        try:
            with open(memory, "wb", closefd=False) as file:
                file.write(content)
            socket.send_fds(self._orders, [word], [memory, *fds])
        finally:
            os.close(memory)

    def words(self) -> bytes:
        """What it says by now: b"" where it has become the program."""
        try:
            return self._orders.recv(_MESSAGE_BYTES, socket.MSG_DONTWAIT)
        except OSError:
            return b""

    def was_heard(self) -> bool:
        """Whether it, being gone, had read all it was told: the system resets what was closed over unread messages."""
        try:
            self._orders.recv(_MESSAGE_BYTES, socket.MSG_DONTWAIT)
        except ConnectionResetError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Hang up: one that is idle ends."""
        self._orders.close()


class Pool:
    """A zygote, started when first needed, and its children. Belongs to one event loop."""

    def __init__(self, groups: Groups, tier: Tier, spare: int) -> None:
        """A pool.

        Args:
            groups: where each run is counted.
            tier: what its children are made for.
            spare: how many wait for orders, from 1; all but one in the last run's jail, where that recurs.
        """
        self._tier = tier
        self._groups = groups
        self._spare = spare
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._idle: deque[Child] = deque()
        self._known: dict[int, Child] = {}
        self._forking = 0
        self._waiting = 0
        self._last = b""
        self._likely = b""
        """The jail that the next order is expected to name."""
        self._news = asyncio.Event()
        self._is_closed = False

    async def start(self, work: Work, streams: list[int]) -> Child:
        """Have a child become a program; the caller `drop`s it in the end.

        Args:
            streams: its standard input, output and error.

        Raises:
            NeverBegan: the child was dead by then.
            DriverDied: none could be had.
        """
        child = await self._take(work.jail)
        try:
            child.become(work, streams)
        except OSError:
            self.drop(child)
            raise NeverBegan from None
        return child

    async def _take(self, jail: bytes) -> Child:
        """A child that is in `jail`, or in none yet."""
        if self._is_closed:
            raise DriverDied("no program runs any more: the runner is closed")
        self._waiting += 1
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while (child := self._fitting(jail)) is None:
                    self.fill()
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise DriverDied(f"no process was ready to run a program within {_PATIENCE_S:.0f} s") from None
        finally:
            self._waiting -= 1
        return child

    def expect(self, jail: bytes) -> None:
        """Have children ready: in this jail, where the last run had the same."""
        likely = jail if jail == self._last else b""
        self._last = jail
        if likely != self._likely:
            self._likely = likely
            for child in [child for child in self._idle if child.jail]:
                self._idle.remove(child)
                self.drop(child)
        self.fill()

    def fill(self) -> None:
        """See to it that enough children are ready soon; starts the zygote."""
        if self._is_closed:
            return
        if self._control is None:
            self._start()
        blank = sum(not child.jail for child in self._idle)
        while len(self._idle) + self._forking < self._spare or blank + self._forking < self._waiting:
            self._forking += 1
            self._tell("fork")

    def _fitting(self, jail: bytes) -> Child | None:
        for wanted in (jail, b""):
            for child in self._idle:
                if child.jail == wanted:
                    self._idle.remove(child)
                    return child
        return None

    def kill(self, child: Child, number: signal.Signals) -> None:
        """Signal the whole tree of a child; void where it is gone."""
        if not child.ended.done():
            self._tell("kill", child.leader, int(number))

    def drop(self, child: Child) -> None:
        """Forget a child that was taken; the zygote has said that it is gone, or it is killed now."""
        self.kill(child, signal.SIGKILL)
        child.close()
        if child.group is not None and child.ended.done():
            child.group.remove()

    @property
    def zygote_pid(self) -> int | None:
        """Of the running zygote."""
        return None if self._process is None else self._process.pid

    async def close(self) -> None:
        """End the zygote and all it forked, for good."""
        self._is_closed = True
        if self._control is None or self._process is None:
            return
        process = self._process
        self._hang_up()
        await asyncio.to_thread(_bury, process)
        self._groups.sweep()

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-I", "-S", "-c", _BOOT, package_root(), str(theirs.fileno())]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
                cwd="/",
                start_new_session=True,
            )
        ours.setblocking(False)
        self._control = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._hear)

    def _tell(self, *message: str | int) -> None:
        if self._control is not None:
            with contextlib.suppress(OSError):  # a dead zygote is heard of by reading
                self._control.send(marshal.dumps(message))

    def _hear(self) -> None:
        assert self._control is not None
        try:
            message, fds = receive(self._control, _MESSAGE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            message, fds = b"", []
        if not message:
            self._hang_up()
            self._end_zygote()
            return
        verb, leader, *rest = marshal.loads(message)
        if verb == "ready":
            self._forking -= 1
            child = Child(leader, socket.socket(fileno=fds[0]), self._groups.make(leader))
            self._known[leader] = child
            child.make_ready(ground_of(self._tier), apart=self._tier == "F")
            self._idle.append(child)
            self._jail_ahead()
            self._news.set()
        elif (gone := self._known.pop(leader, None)) is not None:
            self._gone(gone, Ended(*rest))

    def _jail_ahead(self) -> None:
        """Send all idle children but one to the jail that is expected; none while someone waits for a child."""
        blank = [child for child in self._idle if not child.jail]
        for child in blank[1:] if self._likely and not self._waiting else ():
            with contextlib.suppress(OSError):  # its end will be heard of
                child.go_to(self._likely)

    def _gone(self, child: Child, ended: Ended) -> None:
        if child in self._idle:  # killed from outside before it had an order
            self._idle.remove(child)
            child.ended.cancel()
            self.drop(child)
        elif not child.ended.done():
            child.ended.set_result(ended)

    def _hang_up(self) -> None:
        """Forget the zygote: its children are killed, those who wait for news of them are told."""
        assert self._control is not None
        assert self._process is not None
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        self._control.close()
        self._control, self._forking = None, 0
        for child in self._known.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.leader, signal.SIGKILL)
            if not child.ended.done():
                child.ended.set_exception(DriverDied("the process that watches over programs died"))
                child.ended.exception()  # heard: an idle child has no listener
        for child in self._idle:
            child.close()
        self._idle.clear()
        self._known.clear()
        self._news.set()

    def _end_zygote(self) -> None:
        """It hung up, so it is dying already: waiting takes no time."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


def _bury(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
