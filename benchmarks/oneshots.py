"""How much does the jail add to running a program once? `true` in each tier, beside it bare and under bwrap."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter

from benchmarks.report import Figure, Row, of_rounds
from benchmarks.world import Effort, World
from kernel.jail.spec import JailSpec, Tier
from kernel.oneshot.port import Order, Overlay
from kernel.oneshot.runner import JailedRunner
from syscalls.errors import DriverDied

_TRUE = shutil.which("true") or "/bin/true"
_BARE = "bare: asyncio subprocess, three streams"
_BWRAP = ("bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink",
          "usr/lib64", "/lib64", "--symlink", "usr/bin", "/bin", "--proc", "/proc", "--dev", "/dev")  # fmt: skip
_QUIET_S = 0.03
"""Before each run: nobody starts one program right after another, and the pool fills meanwhile."""
_AT_ONCE = 2


def oneshots(made: World, effort: Effort) -> list[Row]:
    """One run after another with pauses, then without."""
    return asyncio.run(_rows(made, effort))


async def _rows(made: World, effort: Effort) -> list[Row]:
    rows = []
    for tier, target, hoped in (("L", "<= bare + 3 ms", ""), ("F", "<= bare + 8 ms", " (hoped: 3 ms)")):
        name = f"one-shot jailed run of `true`, tier {tier}"
        try:
            rows += await _tier("F" if tier == "F" else "L", name, target + hoped, (made, effort))
        except DriverDied as refusal:
            rows.append(Row(name, None, target, note=str(refusal)))
    if shutil.which("bwrap"):
        under, bare = await _pair(effort, lambda: _bare(*_BWRAP, _TRUE))
        rows.append(Row("`bwrap --unshare-all ... true`", under, "", _BARE, bare))
    else:
        rows.append(Row("`bwrap --unshare-all ... true`", None, note="not installed"))
    return rows


async def _tier(tier: Tier, name: str, target: str, rest: tuple[World, Effort]) -> list[Row]:
    made, effort = rest
    runner = JailedRunner(tier)
    try:
        same = _order(made.work, ())
        await runner.run(same, _nobody)
        again, beside_again = await _pair(effort, lambda: runner.run(same, _nobody))
        orders = _Folders(made, tier).orders(effort.rounds * effort.starts)
        own, beside_own = await _pair(effort, lambda: runner.run(orders.pop(), _nobody))
        flow = of_rounds(
            "/s", [[await _flow(runner, same, effort)] for _ in range(effort.rounds)], most_is_best=True
        )
        bare_flow = of_rounds("/s", [[_bare_flow(effort)] for _ in range(effort.rounds)], most_is_best=True)
    finally:
        await runner.close()
    what = "an overlay of its own" if tier == "F" else "a folder of its own"
    return [
        Row(f"{name}, same jail again", again, target, _BARE, beside_again),
        Row(f"{name}, {what}", own, target, _BARE, beside_own),
        Row(f"... sustained, {_AT_ONCE} at once", flow, "", "bare: one after another", bare_flow),
    ]


def _order(work: Path, overlays: tuple[Overlay, ...]) -> Order:
    spec = JailSpec(write=(str(work),), execute=True, processes=True)
    return Order(argv=(_TRUE,), cwd="/", spec=spec, overlays=overlays)


class _Folders:
    """Orders no two of which have the same jail, as tools have them."""

    def __init__(self, made: World, tier: Tier) -> None:
        self._made, self._tier, self._count = made, tier, 0

    def orders(self, count: int) -> list[Order]:
        """That many, their folders made."""
        return [self._order() for _ in range(count)]

    def _order(self) -> Order:
        self._count += 1
        base = self._made.home / f"{self._tier}{self._count}"
        for name in ("upper", "work"):
            os.makedirs(base / name)
        if self._tier == "L":
            return _order(base / "upper", ())
        work = self._made.work
        return _order(work, (Overlay(str(work), str(base / "upper"), str(base / "work")),))


async def _pair(effort: Effort, act: Callable[[], Awaitable[object]]) -> tuple[Figure, Figure]:
    """What was asked for and the bare program, in turn: a machine is not as fast one minute as the next."""
    rounds, beside = [], []
    for _ in range(effort.rounds):
        pairs = [(await _took_ms(act), await _took_ms(lambda: _bare(_TRUE))) for _ in range(effort.starts)]
        rounds.append([ours for ours, _ in pairs])
        beside.append([bare for _, bare in pairs])
    return of_rounds("ms", rounds), of_rounds("ms", beside)


async def _took_ms(act: Callable[[], Awaitable[object]]) -> float:
    await asyncio.sleep(_QUIET_S)
    started = perf_counter()
    await act()
    return (perf_counter() - started) * 1e3


async def _bare(*argv: str) -> None:
    pipe = subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*argv, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)
    _, said = await child.communicate()
    assert child.returncode == 0, said


async def _flow(runner: JailedRunner, order: Order, effort: Effort) -> float:
    """Runs a second, for a while."""
    end, count = perf_counter() + effort.burst_s, 0

    async def client() -> None:
        nonlocal count
        while perf_counter() < end:
            await runner.run(order, _nobody)
            count += 1

    started = perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(client())
    return count / (perf_counter() - started)


def _bare_flow(effort: Effort) -> float:
    started, count = perf_counter(), 0
    while perf_counter() < started + effort.burst_s:
        subprocess.run([_TRUE], stdin=subprocess.DEVNULL, capture_output=True, check=True)
        count += 1
    return count / (perf_counter() - started)


def _nobody(_stream: str, _chunk: bytes) -> None:
    """Hears what `true` says."""
