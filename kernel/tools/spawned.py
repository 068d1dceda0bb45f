"""A runner: one fresh jailed interpreter a program, killed as one tree."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from contextlib import ExitStack

from kernel.jail.child import NOT_JAILED
from kernel.jail.spawn import Jailed, spawn
from kernel.jail.spec import JailError, Tier
from kernel.oneshot.port import OnOutput, Order, Outcome, Stream
from syscalls.errors import DriverDied

_READ_BYTES = 65_536


class Spawned:
    """Runs orders; fits `kernel.oneshot.port.Runner`."""

    def __init__(self, tier: Tier = "L") -> None:
        """Args: `tier` is the jail's; overlays are mounted in tier F only."""
        self._tier: Tier = tier

    async def run(self, order: Order, on_output: OnOutput) -> Outcome:
        """Run one to its end."""
        started = time.perf_counter()
        with ExitStack() as ours:
            child, streams = _start(order, self._tier, ours)
            counts = _Counted(order.output_bytes, on_output)
            readers = [_Reader(end, counts.taker(name)) for name, end in streams.items()]
            stopped = await _ended(child, order.timeout_s)
            for reader in readers:
                await reader.finished()
        if child.returncode == NOT_JAILED and child.stderr_tail():
            raise DriverDied(f"the program's jail could not be had: {child.stderr_tail().strip()}")
        return Outcome(
            status=child.returncode, stopped="timeout" if stopped else "", cpu_s=0.0, peak_bytes=0,
            wall_s=time.perf_counter() - started, is_cut=counts.is_cut,
            stdout_bytes=counts.seen["stdout"], stderr_bytes=counts.seen["stderr"],
        )  # fmt: skip


def _start(order: Order, tier: Tier, ours: ExitStack) -> tuple[Jailed, dict[Stream, int]]:
    """The process, and our ends of its streams.

    Raises:
        DriverDied: no jail, or no interpreter.
    """
    with ExitStack() as theirs:
        source = os.memfd_create("stdin")
        theirs.callback(os.close, source)
        os.write(source, order.stdin)
        os.lseek(source, 0, os.SEEK_SET)
        ends: dict[Stream, int] = {}
        given = [source]
        for name in ("stdout", "stderr"):
            reads, writes = os.pipe()
            theirs.callback(os.close, writes)
            ours.callback(os.close, reads)
            os.set_blocking(reads, False)
            ends["stdout" if name == "stdout" else "stderr"] = reads
            given.append(writes)
        told = {
            "program": order.argv[0], "argv": order.argv, "cwd": order.cwd, "env": order.env, "streams": given,
        }  # fmt: skip
        try:
            child = spawn(
                order.spec,
                "kernel.tools.launch",
                [json.dumps(told)],
                name="aosh-tool",
                pass_fds=tuple(given),
                tier=tier,
                overlays=[(each.lower, each.upper, each.work) for each in order.overlays],
            )
        except (JailError, OSError) as error:
            raise DriverDied(f"the program could not be started: {error}") from None
    return child, ends


async def _ended(child: Jailed, timeout_s: float) -> bool:
    """Wait for the program's end, then end what it left behind; whether time ran out."""
    loop = asyncio.get_running_loop()
    gone: asyncio.Future[None] = loop.create_future()
    process = os.pidfd_open(child.pid)

    def note() -> None:
        if not gone.done():
            gone.set_result(None)

    loop.add_reader(process, note)
    try:
        async with asyncio.timeout(timeout_s):
            await gone
        return False
    except TimeoutError:
        return True
    finally:
        loop.remove_reader(process)
        os.close(process)
        child.kill_tree()
        child.wait()


class _Counted:
    """Passes output on up to a limit and counts all of it."""

    def __init__(self, limit_bytes: int, on_output: OnOutput) -> None:
        self._left = limit_bytes
        self._on_output = on_output
        self.seen: dict[Stream, int] = {"stdout": 0, "stderr": 0}
        self.is_cut = False

    def taker(self, stream: Stream) -> Callable[[bytes], None]:
        """What takes one stream's bytes."""

        def take(data: bytes) -> None:
            self.seen[stream] += len(data)
            kept = data[: self._left]
            self._left -= len(kept)
            self.is_cut = self.is_cut or len(kept) < len(data)
            if kept:
                self._on_output(stream, kept)

        return take


class _Reader:
    """Reads a pipe until nobody holds its other end."""

    def __init__(self, descriptor: int, take: Callable[[bytes], None]) -> None:
        self._descriptor = descriptor
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._end: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(descriptor, self._more)

    async def finished(self) -> None:
        """Wait for the end."""
        try:
            await self._end
        finally:
            self._loop.remove_reader(self._descriptor)

    def _more(self) -> None:
        try:
            data = os.read(self._descriptor, _READ_BYTES)
        except BlockingIOError:
            return
        if data:
            self._take(data)
            return
        self._loop.remove_reader(self._descriptor)
        if not self._end.done():
            self._end.set_result(None)
