"""What does aosh itself add to a turn on vLLM? Measured with vLLM's place taken by an answer that is there at once.

So nothing of a model's noise is in the figures. In them: layout, template and tokens of a prompt whose request is new, the
menu's grammar, sampling parameters, scheduling, the stream, and the decoding of the answer to checked calls. How long a short
turn waits beside a long one is measured with steps of a fixed time, which an engine does not interrupt.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncGenerator
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from types import SimpleNamespace
from typing import Any

from benchmarks.grammar import MODEL, menu
from benchmarks.report import Row, of_rounds
from benchmarks.world import Effort, World
from kernel.minds.generative.mind import GenerativeMind
from kernel.minds.generative.port import Ask, Message, Piece, whole
from kernel.minds.generative.prompt_tokens import PromptTokens
from kernel.minds.generative.vllm_engine import VllmEngine
from kernel.minds.generative.vllm_settings import VllmSettings
from kernel.minds.port import Prompt
from kernel.turns.policies import fair
from kernel.turns.scheduled import ScheduledEngine

STEP_S = 0.015
"""Of a model of 8B parameters on one GPU, about."""
ANSWER = '{"calls":[{"name":"file.read","arguments":{"path":"notes.txt"}}],"text":"","done":true}'
PIECES = 32


class _AtOnce:
    """In the place of AsyncLLM: the answer in pieces, none of which is waited for."""

    errored = False

    async def generate(self, *given: Any, **named: Any) -> AsyncGenerator[Any, None]:
        del given, named
        step = len(ANSWER) // PIECES + 1
        for start in range(0, len(ANSWER), step):
            reason = "stop" if start + step >= len(ANSWER) else None
            part = SimpleNamespace(text=ANSWER[start : start + step], token_ids=[start], finish_reason=reason)
            yield SimpleNamespace(outputs=[part], num_cached_tokens=0)


class _InSteps:
    """In the place of AsyncLLM: whoever is there when a step begins has one token at its end."""

    errored = False

    def __init__(self) -> None:
        self._begins, self._ends, self._wanted = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._present = 0

    async def steps(self) -> None:
        """For ever, while there is anybody."""
        while True:
            await self._wanted.wait()
            begins, self._begins, self._ends = self._begins, asyncio.Event(), asyncio.Event()
            begins.set()
            await asyncio.sleep(STEP_S)
            self._ends.set()

    async def generate(
        self, prompt: Any, sampling: Any, *given: Any, **named: Any
    ) -> AsyncGenerator[Any, None]:
        del prompt, given, named
        self._present += 1
        self._wanted.set()
        try:
            await self._begins.wait()
            for number in range(sampling.max_tokens):
                await self._ends.wait()
                reason = "length" if number + 1 == sampling.max_tokens else None
                part = SimpleNamespace(text="a ", token_ids=[number], finish_reason=reason)
                yield SimpleNamespace(outputs=[part], num_cached_tokens=0)
        finally:
            self._present -= 1
            if not self._present:
                self._wanted.clear()


class _Engine(VllmEngine):
    """The engine as it is once its model is loaded."""

    def __init__(self, model: str, llm: Any) -> None:
        super().__init__(VllmSettings(model=model))
        self._llm, self.context_tokens = llm, 32_768
        self._tokens = PromptTokens(import_module("transformers").AutoTokenizer.from_pretrained(model))


def added(made: World, effort: Effort) -> list[Row]:
    """One row; needs vLLM's package and a tokenizer, and starts no engine."""
    del made
    if find_spec("vllm") is None or MODEL not in os.environ:
        return [Row("added: a mind's turn", None, note="needs vLLM and --model PATH")]
    model = os.environ[MODEL]
    return [
        asyncio.run(_added(model, effort)),
        *[asyncio.run(_beside(model, effort, slots)) for slots in (64, 1)],
    ]


async def _added(model: str, effort: Effort) -> Row:
    engine, calls = _Engine(model, _AtOnce()), menu()
    mind = GenerativeMind(ScheduledEngine(engine, fair, 64))
    ours: list[list[float]] = []
    raw: list[list[float]] = []
    for number in range(effort.rounds):
        ours.append([])
        raw.append([])
        for turn in range(max(10, effort.calls // 10)):
            prompt = Prompt(f"read {number}-{turn}.txt", calls, "/w")
            begun = time.perf_counter()
            draft = await mind.think(prompt)
            ours[-1].append((time.perf_counter() - begun) * 1_000)
            assert draft.calls
            asked = mind.ask(prompt)
            ids = engine.tokens(asked.messages)
            begun = time.perf_counter()
            await _read(engine, ids, asked)
            raw[-1].append((time.perf_counter() - begun) * 1_000)
    difference = median(value for values in ours for value in values) - median(
        value for values in raw for value in values
    )
    return Row(
        f"added: a mind's turn over {len(calls)} calls, {PIECES} pieces", of_rounds("ms", ours), "adds p50 <= 2 ms",
        "the same tokens and sampling given to AsyncLLM's place", of_rounds("ms", raw), note=f"adds {difference:.2f} ms",
    )  # fmt: skip


async def _beside(model: str, effort: Effort, slots: int) -> Row:
    """A short turn that arrives at any moment, alone and beside one that a reader follows."""
    llm = _InSteps()
    shared = ScheduledEngine(_Engine(model, llm), fair, slots)
    short = Ask(messages=(Message("user", "Go."),), max_tokens=1, agent="short")
    story = Ask(
        messages=(Message("user", "Tell a story."),), max_tokens=10_000, agent="long", interactive=False
    )

    async def spent() -> float:
        await asyncio.sleep(STEP_S * random.random() * 3)
        begun = time.perf_counter()
        await whole(shared, short)
        return (time.perf_counter() - begun) * 1_000

    async with asyncio.TaskGroup() as group:
        stepping = group.create_task(llm.steps())
        alone = [await spent() for _ in range(effort.rounds * 20)]
        reading = group.create_task(whole(shared, story))
        beside = [await spent() for _ in range(effort.rounds * 20)]
        stepping.cancel()
        reading.cancel()
    return Row(
        f"added: a short turn beside a long one, {slots} slots, steps of {STEP_S * 1_000:.0f} ms",
        of_rounds("ms", [beside]), "delay <= 50 ms", "alone", of_rounds("ms", [alone]),
        note=f"delayed {median(beside) - median(alone):.2f} ms",
    )  # fmt: skip


async def _read(engine: VllmEngine, ids: list[int], asked: Ask) -> list[Piece]:
    return [output async for output in engine.raw(ids, asked)]
