"""How is a foreign program run in a real jail? One ready child, three streams, and a watch until all is gone."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple, Self

from kernel.jail.child import NOT_JAILED
from kernel.jail.spec import JailError, Tier
from kernel.meter import Figures
from kernel.oneshot.groups import Groups, caps, probe
from kernel.oneshot.oversight import Oversight
from kernel.oneshot.plans import jail_of, program_of
from kernel.oneshot.pool import Child, NeverBegan, Pool, Work
from kernel.oneshot.port import OnOutput, Order, Outcome, Stop
from kernel.oneshot.streams import Input, Listener, Output
from kernel.oneshot.watch import EVERY_S, FIRST_S, Folders, Sample, look, verdict
from syscalls.errors import DriverDied

_LEVELS: dict[str, Stop] = {"memory_bytes": "memory", "processes": "processes"}
_GRACE_S = 1.0
"""Between SIGTERM and SIGKILL, for a run that took too long."""
_REST_S = 0.002
"""After a run, before the next ones are made ready."""
_DEATH_S = 5.0
"""How long the dead may take to go."""
_ATTEMPTS = 5
"""Children that an order is given to, should one after another die before it reads it."""


class _Asked(NamedTuple):
    """An order and where it is carried out."""

    order: Order
    tier: Tier
    oversight: Oversight | None


class JailedRunner:
    """Runs programs in jails of one tier; fits `kernel.oneshot.port.Runner`. Belongs to one event loop."""

    def __init__(self, tier: Tier = "L", spare: int = 3) -> None:
        """Nothing is started yet.

        Args:
            tier: F needs namespaces, and has overlays.
            spare: how many children wait for orders once the first has come, 1 to 4.
        """
        self.tier: Tier = tier
        self.groups = Groups(probe())
        self._pool = Pool(self.groups, tier, spare)

    @property
    def zygote_pid(self) -> int | None:
        """Of the process that forks the children; None before the first run."""
        return self._pool.zygote_pid

    def warm(self) -> None:
        """Start what the first run would wait for."""
        self._pool.fill()

    async def close(self) -> None:
        """End what runs and what waits."""
        await self._pool.close()

    async def run(self, order: Order, on_output: OnOutput, oversight: Oversight | None = None) -> Outcome:
        """See `kernel.oneshot.port.Runner`."""
        try:
            jail = jail_of(order, self.tier)
        except (JailError, OSError) as refusal:
            raise DriverDied(f"the program could not be started: {refusal}") from None
        nice = oversight.nice if oversight is not None else 0
        work = Work(jail, program_of(order), caps(order.process_count, order.rss_bytes), nice)
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(NeverBegan):
                return await self._once(_Asked(order, self.tier, oversight), work, on_output)
        raise DriverDied("the processes that were to run the program died before it began")

    async def _once(self, asked: _Asked, work: Work, on_output: OnOutput) -> Outcome:
        oversight = asked.oversight
        with _Streams(asked.order, on_output) as streams:
            child = await self._pool.start(work, streams.theirs())
            try:
                streams.given()
                run = _Run(self._pool, child, asked, streams)
                run.when_long(lambda: self._pool.expect(work.jail))
                await run.to_its_end()
                wall_s = perf_counter() - child.began_s
                await streams.drained()
                return run.outcome(wall_s)
            finally:
                await self._clear(child)
                if oversight is not None:
                    oversight.ended(child.cpu_s)
                # not now: the zygote would fork while somebody waits for the outcome
                asyncio.get_running_loop().call_later(_REST_S, self._pool.expect, work.jail)

    async def _clear(self, child: Child) -> None:
        """Leave nothing of a run behind, also when it was cancelled."""
        self._pool.kill(child, signal.SIGKILL)
        try:
            if not child.ended.done():
                await asyncio.wait([child.ended], timeout=_DEATH_S)
        finally:
            self._pool.drop(child)


class _Streams:
    """Standard input, output and error of one run."""

    def __init__(self, order: Order, on_output: OnOutput) -> None:
        self.listener = Listener(on_output, order.output_bytes)
        self.stdin = Input(order.stdin)
        self.stdout = Output("stdout", self.listener)
        self.stderr = Output("stderr", self.listener)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for end in (self.stdin, self.stdout, self.stderr):
            end.close()

    def theirs(self) -> list[int]:
        """The ends for the program."""
        return [self.stdin.theirs, self.stdout.theirs, self.stderr.theirs]

    def given(self) -> None:
        """The program has its ends."""
        for end in (self.stdin, self.stdout, self.stderr):
            end.given()

    async def drained(self) -> None:
        """All that was written before the last process died is passed on; raises what a listener raised."""
        rest = [output.over for output in (self.stdout, self.stderr) if not output.over.done()]
        if rest:
            await asyncio.wait(rest, timeout=_DEATH_S)
        self.listener.close()


class _Run:
    """One run under watch; fits `kernel.oneshot.oversight.Control`."""

    def __init__(self, pool: Pool, child: Child, asked: _Asked, streams: _Streams) -> None:
        self._pool = pool
        self._child = child
        self._order, tier, self._oversight = asked
        self._helpers = 2 if tier == "F" else 0  # who waits outside, and the first process inside
        self._streams = streams
        self._folders = Folders(self._order, tier)
        self._stopped: Stop = ""
        self._why = ""
        self._peak_bytes = 0
        self._deadline = perf_counter() + self._order.timeout_s
        self._paused_s = 0.0
        """Since when it is paused, as `perf_counter` says it; 0 while it runs."""
        self._when_long: Callable[[], None] = lambda: None
        if self._oversight is not None:
            self._oversight.began(self)

    @property
    def leader(self) -> int:
        """The number of its process group."""
        return self._child.leader

    def pause(self) -> None:
        """Stop the whole tree where it stands."""
        if not self._paused_s:
            self._paused_s = perf_counter()
            self._pool.kill(self._child, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on, with as much time as it had."""
        if self._paused_s:
            self._deadline += perf_counter() - self._paused_s
            self._paused_s = 0.0
            self._pool.kill(self._child, signal.SIGCONT)

    def when_long(self, act: Callable[[], None]) -> None:
        """Have something done once it is no short run: at its start that would slow it down."""
        self._when_long = act

    async def to_its_end(self) -> None:
        """Until the last process of the tree is gone, whoever ended it."""
        pause = FIRST_S
        while not await self._ends_within(min(pause, self._left_s())):
            if pause == FIRST_S:
                self._when_long()
            pause = EVERY_S
            self._stopped = "timeout" if not self._left_s() else await self._overrun()
            if self._stopped:
                await self._stop()
                return

    def outcome(self, wall_s: float) -> Outcome:
        """How it ended.

        Raises:
            DriverDied: its jail could not be had, or it is not known.
            NeverBegan: the child was killed from outside while it waited, and had not read its order.
        """
        ended = self._child.ended.result()
        status = os.waitstatus_to_exitcode(ended.status)
        if status == -signal.SIGKILL and not self._stopped and not self._child.was_heard():
            raise NeverBegan
        if status == NOT_JAILED and (words := self._child.words()):
            raise DriverDied(f"the program's jail could not be had: {words.decode('utf-8', 'replace')}")
        return Outcome(
            status,
            self._stopped or self._killed_by(status),
            wall_s,
            ended.cpu_s,
            max(self._peak_bytes, ended.peak_bytes),
            self._streams.stdout.seen_bytes,
            self._streams.stderr.seen_bytes,
            self._streams.listener.is_cut,
            self._why,
        )

    def _left_s(self) -> float:
        """Of its time; that of a paused run does not pass."""
        return max(0.0, self._deadline - (self._paused_s or perf_counter()))

    async def _ends_within(self, pause_s: float) -> bool:
        """Whether it ends in time; raises what a listener raised."""
        ended, failed = self._child.ended, self._streams.listener.failed
        either: list[asyncio.Future[Any]] = [ended, failed]
        await asyncio.wait(either, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
        if failed.done():
            failed.result()
        return ended.done()

    async def _overrun(self) -> Stop:
        sample = look(self._child.leader, self._child.group, self._helpers)
        self._peak_bytes = max(self._peak_bytes, sample.rss_bytes)
        group = self._child.group
        over = (
            self._over_budget(sample)
            or verdict(self._order, sample)
            or (group.overran() if group is not None else "")
        )
        if not over and perf_counter() >= self._folders.next_s:
            begun = perf_counter()
            is_over = await asyncio.to_thread(self._folders.is_over)
            over, now = self._over_budget(sample) or ("disk" if is_over else ""), perf_counter()
            self._folders.measured(now, now - begun)
        return over

    def _over_budget(self, sample: Sample) -> Stop:
        """Of its process; all that the process runs counts."""
        figures = Figures(sample.cpu_s, sample.rss_bytes, sample.process_count, self._folders.grown_bytes)
        standing = self._oversight.used(figures) if self._oversight is not None else None
        if standing is None:
            return ""
        self._why = standing.spent()
        return _LEVELS.get(standing.key, "budget")

    async def _stop(self) -> None:
        """Kill the tree: one that took too long may end by itself first."""
        if self._stopped == "timeout":
            self._pool.kill(self._child, signal.SIGTERM)
            if await self._ends_within(_GRACE_S):
                return
        self._pool.kill(self._child, signal.SIGKILL)
        if not await self._ends_within(_DEATH_S):
            raise DriverDied(f"{self._order.argv[0]!r} is alive {_DEATH_S:.0f} s after it was killed")

    def _killed_by(self, status: int) -> Stop:
        """The limit behind a death by signal that was not ours."""
        if status == -signal.SIGXCPU:
            return "cpu"
        group = self._child.group
        is_memory = status == -signal.SIGKILL and group is not None and group.overran() == "memory"
        return "memory" if is_memory else ""
