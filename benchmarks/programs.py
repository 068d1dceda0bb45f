"""What does it cost that a program's run is a transaction? In a workspace of many files, beside the bare run."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.report import Figure, Row, of_rounds
from benchmarks.world import Effort, World, kernel, many_names, timed
from kernel.call import Ok, Proposal
from kernel.jail.spec import JailSpec, Tier
from kernel.oneshot.port import Order
from kernel.oneshot.runner import JailedRunner
from syscalls.errors import SysError
from syscalls.tool_values import Ran

FILES = 10_000
SCRIPT = "echo a line >> notes.txt"


def programs(made: World, effort: Effort) -> list[Row]:
    """One small program that changes one file of 10,000, through the gate and landed; and the program alone."""
    work = made.home / "many"
    many_names(work, FILES)
    (work / "notes.txt").write_text("a line\n", encoding="utf-8")
    few = Effort(min(effort.rounds, 3), 10)
    return asyncio.run(_measured(made, few, work))


async def _measured(made: World, effort: Effort, work: Path) -> list[Row]:
    name = f"program that changes 1 of {FILES} files, landed"
    async with kernel(made.settings("reader", work)) as running:

        async def landed() -> None:
            proposal = Proposal("tool.exec", {"argv": ["sh", "-c", SCRIPT]})
            reply = await running.gate(running.process, proposal)
            assert isinstance(reply, Ok), reply
            assert isinstance(reply.value, Ran)
            assert len(reply.value.changes) == 1, reply.value

        try:
            whole = of_rounds("ms", await timed(effort, landed))
        except SysError as refusal:
            return [Row(name, None, note=str(refusal))]
    bare = await _bare(effort, work, "F") or await _bare(effort, work, "L")
    note = "" if bare is None else f"{whole.p50 - bare.p50:.0f} ms more"
    return [Row(name, whole, "<= 50 ms more", "the program alone, jailed", bare, note)]


async def _bare(effort: Effort, work: Path, tier: Tier) -> Figure | None:
    """The program with its folder granted for writing, no overlay, nothing compared; None where no jail is had."""
    runner = JailedRunner(tier)
    spec = JailSpec(write=(str(work),), execute=True, processes=True, metadata=True, memory_bytes=64 << 30)
    order = Order(argv=("/usr/bin/sh", "-c", SCRIPT), cwd=str(work), env={"PATH": "/usr/bin:/bin"}, spec=spec)

    async def run() -> None:
        outcome = await runner.run(order, lambda stream, data: None)
        assert outcome.status == 0, outcome

    act: Callable[[], Awaitable[object]] = run
    try:
        return of_rounds("ms", await timed(effort, act))
    except (SysError, AssertionError):
        return None
    finally:
        await runner.close()
