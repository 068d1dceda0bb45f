"""How soon is a program that takes all it can stopped, and does the kernel answer meanwhile?

Each bomb runs as a user's `!program` would, under `[limits.process]`; beside it a direct call is made again and again.
"""

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from time import perf_counter
from typing import NamedTuple

import msgspec

from apps.shell.boot import Kernel
from benchmarks.report import Row, of_rounds
from benchmarks.world import Effort, World, call, kernel
from kernel.call import Err, Ok, Proposal
from kernel.happenings import Happening, Near
from kernel.resources.limits import BudgetSection, LimitsSection
from syscalls.tool_values import Ran


class Bomb(NamedTuple):
    """A program that takes all it can of one thing."""

    script: str
    """Of Python."""
    budget: BudgetSection
    stopped: str
    """How it ends: as `Ran.stopped`; "budget" where the request's budget is spent."""


BOMBS = {
    "memory bomb (256 MB)": Bomb(
        "x = []\nwhile True: x.append(bytearray(1 << 22))", BudgetSection(memory_mb=256), "memory"
    ),
    "fork bomb (64 processes)": Bomb(
        "import os\nwhile True:\n try: os.fork()\n except OSError: pass",
        BudgetSection(processes=64),
        "processes",
    ),
    "disk filler (256 MB)": Bomb(
        "n = 0\nwhile True:\n n += 1\n with open(f'f{n}', 'wb') as f: f.write(bytes(1 << 22))",
        BudgetSection(written_mb=256),
        "budget",
    ),
    "busy loop (0.5 s of processor)": Bomb(
        "import os\nfor _ in range(3): os.fork()\nwhile True: pass", BudgetSection(cpu_s=0.5), "budget"
    ),
}
LOOK = Proposal("file.list", {})
STILL_S = 0.005
"""Between two direct calls."""


class Contained(NamedTuple):
    """What came of one bomb."""

    lived_s: float
    """From the request to its end, when nothing of its tree is left."""
    answers_ms: list[float]
    """Of the direct calls meanwhile."""
    stopped: str
    died_s: float = 0.0
    """From when its budget was seen to be passed to the end of the request, its files thrown away."""


@asynccontextmanager
async def asking(running: Kernel) -> AsyncIterator[list[float]]:
    """While the block runs a direct call is made again and again; how long each took, in ms."""
    took: list[float] = []

    async def ask() -> None:
        while True:
            began = perf_counter()
            reply = await running.gate(running.make(running.settings), LOOK)  # a request of its own
            assert isinstance(reply, Ok), reply
            took.append(1000 * (perf_counter() - began))
            await asyncio.sleep(STILL_S)

    async with asyncio.TaskGroup() as group:
        asker = group.create_task(ask())
        try:
            yield took
        finally:
            asker.cancel()
            with suppress(asyncio.CancelledError):
                await asker


async def explode(running: Kernel, bomb: Bomb) -> Contained:
    """Run one bomb as a person's typed line."""
    async with asking(running) as took:
        began = perf_counter()
        done = await running.typed(f"!python3 -I -S -c {shlex.quote(bomb.script)}")
        lived_s = perf_counter() - began
    (reply,) = done.replies
    if isinstance(reply, Err):
        return Contained(lived_s, took, "budget" if reply.error.symbol == "EBUDGET" else str(reply.error))
    assert isinstance(reply, Ok) and isinstance(reply.value, Ran)
    return Contained(lived_s, took, reply.value.stopped)


def containment(made: World, effort: Effort) -> list[Row]:
    """A row a bomb."""
    rows = []
    for name, bomb in BOMBS.items():
        found = [asyncio.run(_once(made, bomb)) for _ in range(min(5, effort.rounds))]
        wrong = {each.stopped for each in found} - {bomb.stopped}
        lived = of_rounds("s", [[each.lived_s for each in found]])
        longest = of_rounds("ms", [[max(each.answers_ms) for each in found]])
        most = max(max(each.answers_ms) for each in found)
        died = max(each.died_s for each in found)
        note = (
            f"ended as {wrong}"
            if wrong
            else f"gone at most {died:.2f} s after it was seen; longest answer {most:.0f} ms"
        )
        beside = "longest direct call of each run (<= 100 ms)"
        rows.append(Row(f"{name}: start to end of its whole tree", lived, "<= 2 s", beside, longest, note))
    return rows


async def _once(made: World, bomb: Bomb) -> Contained:
    settings = made.settings("none")
    config = msgspec.structs.replace(settings.config, limits=LimitsSection(process=bomb.budget))
    passed: list[float] = []

    def watch(happening: Happening) -> None:
        if isinstance(happening, Near) and happening.standing.is_over:
            passed.append(perf_counter())

    async with kernel(replace(settings, config=config), watch) as running:
        await call(running, LOOK)
        found = await explode(running, bomb)
        return found._replace(died_s=perf_counter() - passed[0]) if passed else found
