"""What does the gate cost? One call at a time, many at once, an effect, a turn."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from apps.shell.boot import Kernel
from benchmarks.report import Figure, Row, of_rounds
from benchmarks.world import Effort, World, call, kernel, look, many_names, timed, timed_plain
from benchmarks.yardsticks import EchoClient, durable_write, echo, has_mcp, mcp_tool, round_trip
from kernel.call import Proposal
from kernel.loop import End

CLIENTS = 32


def overhead(made: World, effort: Effort) -> list[Row]:
    """One jailed read at a time: gate, journal on disk, warm driver, reply."""
    tiny = made.work / "tiny.txt"
    with echo() as sock:
        bare = of_rounds("ms", timed_plain(effort, lambda: round_trip(sock)))
    read, status, driver = asyncio.run(_overhead(made, effort, tiny))
    target = "p50 <= 0.5 ms, p99 <= 5 ms"
    rows = [
        Row("syscall: file.read of 12 bytes", read, target, "socket pair echo", bare),
        Row("syscall: file.stat", status, target, "socket pair echo", bare),
        Row("the same file.read without the gate", driver, "", "socket pair echo", bare),
    ]
    if has_mcp():
        beside = asyncio.run(_mcp(Effort(min(effort.rounds, 3), min(effort.calls, 200)), tiny))
        return [*rows, Row("syscall: file.read of 12 bytes", read, target, "MCP stdio tool call", beside)]
    return [*rows, Row("MCP stdio tool call", None, note="not installed")]


async def _overhead(made: World, effort: Effort, tiny: Path) -> tuple[Figure, Figure, Figure]:
    stat = Proposal("file.stat", {"paths": [str(tiny)]})
    async with kernel(made.settings("reader")) as running:
        declared = running.table["file.read"].call
        arguments = {"path": str(tiny)}
        return (
            of_rounds("ms", await timed(effort, lambda: call(running, look(tiny)))),
            of_rounds("ms", await timed(effort, lambda: call(running, stat))),
            of_rounds(
                "ms", await timed(effort, lambda: running.drivers.look(running.process, declared, arguments))
            ),
        )


async def _mcp(effort: Effort, tiny: Path) -> Figure:
    async with mcp_tool() as tool:
        return of_rounds("ms", await timed(effort, lambda: tool.read(tiny)))


def sustained(made: World, effort: Effort) -> list[Row]:
    """Jailed reads by 32 clients over one gate."""
    return [asyncio.run(_sustained(made, effort))]


async def _sustained(made: World, effort: Effort) -> Row:
    proposal = look(made.work / "tiny.txt")
    with echo() as sock:
        client = await EchoClient.over(sock)
        bare = await rate(effort, client.ask)
        await client.close()
    async with kernel(made.settings("reader")) as running:
        ours = await rate(effort, lambda: call(running, proposal))
    return Row(
        f"sustained file.read, {CLIENTS} clients", ours, ">= 10,000/s", "socket pair echo, 32 clients", bare
    )


async def rate(effort: Effort, act: Callable[[], Awaitable[object]]) -> Figure:
    """Calls a second by all clients together."""
    await _burst(act, 0.3)
    return of_rounds(
        "/s", [[await _burst(act, effort.burst_s)] for _ in range(effort.rounds)], most_is_best=True
    )


async def _burst(act: Callable[[], Awaitable[object]], seconds: float) -> float:
    count = 0
    started = time.perf_counter()
    end = started + seconds

    async def client() -> None:
        nonlocal count
        while time.perf_counter() < end:
            await act()
            count += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(client())
    return count / (time.perf_counter() - started)


def effects(made: World, effort: Effort) -> list[Row]:
    """Changes of 100 bytes whose intent and undo steps are durable before they happen."""
    fewer = Effort(effort.rounds, effort.calls // 5)
    content = "x" * 99 + "\n"
    beside = of_rounds("ms", timed_plain(fewer, lambda: durable_write(made.work, content.encode())))
    write, append = asyncio.run(_effects(made, fewer, content))
    name = "write, fsync, rename in plain Python"
    return [
        Row("effect: file.write of 100 bytes", write, "", name, beside),
        Row("effect: file.append of 100 bytes", append, "", name, beside),
    ]


async def _effects(made: World, effort: Effort, content: str) -> tuple[Figure, Figure]:
    write = Proposal("file.write", {"path": "written.txt", "content": content})
    append = Proposal("file.append", {"path": "appended.txt", "content": content})
    async with kernel(made.settings("reader")) as running:
        return (
            of_rounds("ms", await timed(effort, lambda: call(running, write))),
            of_rounds("ms", await timed(effort, lambda: call(running, append))),
        )


def turns(made: World, effort: Effort) -> list[Row]:
    """A request with a mind that costs nothing, beside its one read passed to the gate."""
    fewer = Effort(effort.rounds, effort.calls // 5)
    wide = made.home.parent / "wide"
    many_names(wide, 5_000)
    slow = Effort(effort.rounds, max(10, effort.calls // 50))
    wide.joinpath("tiny.txt").write_text("a few words\n", encoding="utf-8")
    return [
        asyncio.run(_turn(made, fewer, made.work, "turn: one scripted read, 21 names", "p50 <= 2 ms")),
        asyncio.run(_turn(made, slow, wide, "turn: one scripted read, 5,000 names", "")),
    ]


async def _turn(made: World, effort: Effort, work: Path, name: str, target: str) -> Row:
    async with _scripted(made, effort, work) as running:
        direct = of_rounds("ms", await timed(effort, lambda: call(running, look(work / "tiny.txt"))))

        async def request() -> None:
            result = await running.request("show me the tiny file")
            assert result.end is End.DONE, result
            assert result.replies, result

        ours = of_rounds("ms", await timed(effort, request))
    return Row(name, ours, target, "the read through the gate alone", direct)


@asynccontextmanager
async def _scripted(made: World, effort: Effort, work: Path) -> AsyncIterator[Kernel]:
    """A kernel whose mind proposes one read, as often as asked."""
    line = '{"calls": [{"name": "file.read", "arguments": {"path": "tiny.txt"}}]}\n'
    script = made.home / "script.jsonl"
    script.write_text(line * ((effort.rounds + 2) * effort.calls + 20), encoding="utf-8")
    async with kernel(made.settings(f"scripted:{script}", work)) as running:
        yield running
