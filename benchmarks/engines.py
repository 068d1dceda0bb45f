"""What does the way through the kernel add to vLLM, and how evenly are turns shared? Beside AsyncLLM, called directly."""

import asyncio
import os
import time
import tracemalloc
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import cache
from importlib.util import find_spec
from statistics import median
from typing import Any

import msgspec

from benchmarks.grammar import MODEL, menu
from benchmarks.report import Figure, Row, of_rounds
from benchmarks.world import Effort, World
from kernel.minds.generative.layout import menu_text, messages
from kernel.minds.generative.port import Ask, Message, whole
from kernel.minds.generative.scripted_engine import ScriptedEngine
from kernel.minds.generative.vllm_engine import VllmEngine
from kernel.minds.generative.vllm_settings import VllmSettings
from kernel.minds.port import Prompt
from kernel.turns.policies import fair, fifo
from kernel.turns.scheduled import ScheduledEngine

BATCH = 64
IDLE = 1_000
WINDOW_TOKENS = 700
"""Served in all while weights are compared: a quantum of 4 tokens is 4 % of the lightest agent's seventh of it."""
WEIGHTS = {"a": 1.0, "b": 2.0, "c": 4.0}


def engines(made: World, effort: Effort) -> list[Row]:
    """All rows; without vLLM or a model only what needs neither."""
    del made
    rows = [asyncio.run(_idle())]
    if find_spec("vllm") is None or MODEL not in os.environ:
        return [*rows, Row("engines: vLLM", None, note="needs vLLM and --model PATH")]
    return rows + asyncio.run(_measured(effort))


async def _measured(effort: Effort) -> list[Row]:
    settings = VllmSettings(model=os.environ[MODEL], dtype="float32", context_tokens=4_096, eager=True)
    engine = VllmEngine(settings)
    await engine.start()
    try:
        await whole(engine, _ask("Warm up."))
        return [
            await _latency(engine, effort),
            await _throughput(engine, effort),
            await _hits(engine),
            *[await _beside(engine, effort, ask, slots) for ask in (_ask, _plain) for slots in (BATCH, 1)],
            *await _shares(engine, effort),
        ]
    finally:
        await engine.close()


def _ask(text: str, tokens: int = 1, **more: Any) -> Ask:
    """A turn with the prompt of a real one: rules and menu first, the request last."""
    told = messages(Prompt(text, menu(), "/w"), menu=_menu_text())
    return msgspec.structs.replace(Ask(messages=told, max_tokens=tokens), **more)


def _plain(text: str, tokens: int = 1, **more: Any) -> Ask:
    """A turn of `model.generate`: the text alone, no menu."""
    return Ask(messages=(Message("user", text),), max_tokens=tokens, **more)


@cache
def _menu_text() -> str:
    return menu_text(menu())


async def _spent(stream: AsyncGenerator[Any, None]) -> float:
    """Milliseconds until the stream ended."""
    begun = time.perf_counter()
    async with aclosing(stream):
        async for _ in stream:
            pass
    return (time.perf_counter() - begun) * 1_000


async def _latency(engine: VllmEngine, effort: Effort) -> Row:
    shared = ScheduledEngine(engine, fifo, BATCH)
    ours: list[list[float]] = []
    raw: list[list[float]] = []
    added: list[tuple[float, float]] = []
    for round_number in range(effort.rounds):
        ours.append([])
        raw.append([])
        for number in range(max(20, effort.calls // 25)):
            turn = _ask(f"Read file {round_number}-{number}.")
            ids = engine.tokens(turn.messages)
            await _spent(engine.raw(ids, turn))  # so that what is measured finds the same in the prefix cache
            steps = [(raw, engine.raw(ids, turn)), (ours, shared.generate(turn))]
            processor_ms = {}
            for kept, stream in steps if number % 2 else reversed(steps):
                begun = time.process_time()
                kept[-1].append(await _spent(stream))
                processor_ms[kept is ours] = (time.process_time() - begun) * 1_000
            added.append((ours[-1][-1] - raw[-1][-1], processor_ms[True] - processor_ms[False]))
    note = (
        f"added {median(each for each, _ in added):.2f} ms, of this process's processor time "
        f"{median(each for _, each in added):.2f} ms (medians of {len(added)} pairs)"
    )
    return Row(
        "engines: a turn of one token", of_rounds("ms", ours), "adds p50 <= 2 ms", "AsyncLLM", of_rounds("ms", raw),
        note=note,
    )  # fmt: skip


async def _throughput(engine: VllmEngine, effort: Effort) -> Row:
    shared, tokens = ScheduledEngine(engine, fair, BATCH), 32
    turns = [
        _ask(f"Tell me about the number {number}.", tokens, agent=str(number)) for number in range(BATCH)
    ]
    prompts = [engine.tokens(turn.messages) for turn in turns]
    ours: list[list[float]] = []
    raw: list[list[float]] = []
    await _together([engine.raw(ids, turn) for ids, turn in zip(prompts, turns, strict=True)])
    for number in range(max(2, effort.rounds // 2)):
        steps = [
            (raw, [engine.raw(ids, turn) for ids, turn in zip(prompts, turns, strict=True)]),
            (ours, [shared.generate(turn) for turn in turns]),
        ]
        for kept, streams in steps if number % 2 else reversed(steps):
            kept.append([BATCH * tokens / await _together(streams)])
    ratio = median(our[0] for our in ours) / median(one[0] for one in raw)
    return Row(
        f"engines: {BATCH} turns at once", of_rounds("tokens/s", ours, most_is_best=True), ">= 95 % of AsyncLLM",
        "AsyncLLM", of_rounds("tokens/s", raw, most_is_best=True), note=f"{ratio:.1%}",
    )  # fmt: skip


async def _together(streams: list[AsyncGenerator[Any, None]]) -> float:
    """Seconds until all ended."""
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for stream in streams:
            group.create_task(_spent(stream))
    return time.perf_counter() - begun


async def _hits(engine: VllmEngine) -> Row:
    """Share of the static prompt that the prefix cache has from the second turn on."""
    static = engine.count(_ask("").messages[:1])
    shares = []
    for number in range(6):
        answer = await whole(engine, _ask(f"{number} is a number."))
        shares.append(100 * min(1.0, answer.cached_tokens / static))
    return Row("engines: static prompt from the prefix cache", of_rounds("%", [shares[1:]]), ">= 90 %")


async def _beside(engine: VllmEngine, effort: Effort, ask: Callable[..., Ask], slots: int) -> Row:
    """Time to the end of a turn of one token, beside a long one and alone; no two have the same words, all as many tokens."""
    shared = ScheduledEngine(engine, fair, slots)
    count, kind = max(8, effort.rounds * 2), f"{'text' if ask is _plain else 'calls'}, {slots} slots"
    beside = []
    story = ask("Tell a story.", 1_000, agent="long", interactive=False)
    async with aclosing(shared.generate(story)) as long:
        for number in range(count):
            await anext(long)
            async with asyncio.TaskGroup() as group:
                turn = ask(f"Go {number:03} ({kind}).", agent="short")
                short = group.create_task(_spent(shared.generate(turn)))
                if slots > 1:  # its reader goes on
                    group.create_task(_read(long, 4))
            beside.append(short.result())
    alone = [
        await _spent(shared.generate(ask(f"Do {number:03} ({kind}).", agent="short")))
        for number in range(count)
    ]
    floor, step = await _beside_raw(engine, count, ask, kind)
    delay = median(beside) - median(alone)
    return Row(
        f"engines: a short turn beside a long one, {kind}", of_rounds("ms", [beside]), "delay <= 50 ms",
        "alone", of_rounds("ms", [alone]),
        note=f"delayed {delay:.1f} ms; by AsyncLLM {floor - median(alone):.1f} ms; a step takes {step:.1f} ms",
    )  # fmt: skip


async def _beside_raw(
    engine: VllmEngine, count: int, ask: Callable[..., Ask], kind: str
) -> tuple[float, float]:
    """Milliseconds where AsyncLLM is given both: of the short turn, and of the long one's step with nothing beside it."""
    story, found, steps = ask("Tell a story.", 1_000), [], []
    async with aclosing(engine.raw(engine.tokens(story.messages), story)) as long:
        for number in range(count):
            await anext(long)
            begun = time.perf_counter()
            await anext(long)
            steps.append((time.perf_counter() - begun) * 1_000)
            turn = ask(f"So {number:03} ({kind}).")
            async with asyncio.TaskGroup() as group:
                short = group.create_task(_spent(engine.raw(engine.tokens(turn.messages), turn)))
                group.create_task(_read(long, 4))
            found.append(short.result())
    return median(found), median(steps)


async def _read(stream: AsyncGenerator[Any, None], pieces: int) -> None:
    for _ in range(pieces):
        await anext(stream)


async def _shares(engine: VllmEngine, effort: Effort) -> list[Row]:
    """Jain's index of equal agents, and how far from their weights others were served, while all have work."""
    even = await _served(engine, dict.fromkeys("abcd", 1.0), 80 * effort.rounds)
    uneven = await _served(engine, WEIGHTS, WINDOW_TOKENS)
    served = {account.agent: account.service for account in uneven.ledger.snapshot()}
    whole_weight, all_served = sum(WEIGHTS.values()), sum(served.values())
    error = max(abs(served[name] / all_served / (WEIGHTS[name] / whole_weight) - 1) for name in WEIGHTS)
    index = even.ledger.fairness()
    return [
        Row("engines: Jain's index, 4 equal agents", Figure("", index, index, None, 1), ">= 0.95"),
        Row("engines: weights 1, 2, 4 missed by", Figure("%", 100 * error, 100 * error, None, 1), "<= 5 %"),
    ]


async def _served(engine: VllmEngine, weights: dict[str, float], goal: int) -> ScheduledEngine:
    """One slot, and every agent asking until so many tokens were served in all."""
    shared = ScheduledEngine(engine, fair, 1, quantum_tokens=4)

    async def busy(agent: str) -> None:
        stream = shared.generate(_ask("Tell a story.", 1_000, agent=agent, weight=weights[agent]))
        async with aclosing(stream):
            async for _ in stream:
                if sum(account.tokens_out for account in shared.ledger.snapshot()) >= goal:
                    return

    async with asyncio.TaskGroup() as group:
        for agent in weights:
            group.create_task(busy(agent))
    return shared


async def _idle() -> Row:
    """What an agent that took a turn and has none under way keeps in memory."""
    shared = ScheduledEngine(ScriptedEngine(["a word"] * (IDLE + 1)), fair, 1)
    await whole(shared, _ask("Go."))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(IDLE):
        await whole(shared, Ask(messages=(Message("user", "Go."),), agent=f"agent-{number}"))
    size = (tracemalloc.get_traced_memory()[0] - before) / IDLE / 1_000
    tracemalloc.stop()
    return Row(
        f"engines: each of {IDLE} idle agents, at the engine",
        Figure("kB", size, size, None, IDLE),
        "<= 50 kB",
    )
