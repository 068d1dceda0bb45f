"""`python -m evals fuzz`: random answers of a real model under the menu's grammar, each decoded by the kernel.

At temperature 2 a small model writes nonsense; the grammar must make it well-formed nonsense. Texts are held to 8
characters, so that few answers run into the limit of tokens. An answer that
`max_tokens` cut is counted apart: it is not decoded, and a mind would ask again.
"""

import argparse
import asyncio
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import msgspec

from kernel.minds.generative.decoding import Malformed, decoded
from kernel.minds.generative.grammar import Bounds, compiled
from kernel.minds.generative.layout import messages
from kernel.minds.generative.port import Ask, Engine, whole
from kernel.minds.port import Prompt
from syscalls.built_in import BUILT_IN
from syscalls.table import AnyCall, Table

MENU: tuple[AnyCall, ...] = tuple(call for call in BUILT_IN if not call.is_hidden)
REQUESTS = (
    "read notes.txt",
    "delete the old logs and tell me how many there were",
    "find the biggest files, then copy them to backup",
    "replace foo by bar in every python file",
    "run the tests",
)
BOUNDS = Bounds(calls=2, items=2, string=8, text=8)
_TOLD_EVERY = 250
"""Samples."""


class Told(msgspec.Struct):
    """What came of the samples."""

    whole: int = 0
    cut: int = 0
    calls: int = 0
    tokens: int = 0
    names: Counter[str] = msgspec.field(default_factory=Counter)
    malformed: list[tuple[str, str]] = []
    """Answer and complaint."""

    def __str__(self) -> str:
        return (
            f"samples {self.whole + self.cut}  whole {self.whole}  cut by max_tokens {self.cut}  "
            f"tokens {self.tokens}\ncalls {self.calls} of {len(self.names)} of {len(MENU)} kinds  "
            f"malformed {len(self.malformed)}"
        )


async def fuzzed(
    engine: Engine,
    samples: int,
    *,
    most_tokens: int = 160,
    width: int = 64,
    menu: tuple[AnyCall, ...] = MENU,
    most_s: float = math.inf,
    first: int = 0,
    tell: Callable[[Told], None] = lambda _: None,
) -> Told:
    """Sample at temperature 2 and decode.

    Args:
        engine: must hold answers to the grammar.
        samples: how many answers.
        most_tokens: of one answer.
        width: answers under way at once.
        menu: the calls that may be made.
        first: samples with a lower number are passed over, as taken before; each has its own seed.
        most_s: seconds after which no further sample is begun.
        tell: shown what came so far, now and then.
    """
    end = perf_counter() + most_s
    told, table, grammar = Told(), Table(menu), compiled(menu, BOUNDS)
    numbers = iter(range(first, samples))

    async def worker() -> None:
        for number in numbers:
            if perf_counter() > end:
                return
            if number and number % _TOLD_EVERY == 0:
                tell(told)
            prompt = Prompt(REQUESTS[number % len(REQUESTS)], menu[:4], "/w")
            ask = Ask(
                messages=messages(prompt), schema=grammar.schema, max_tokens=most_tokens,
                temperature=2.0, seed=number, agent=f"fuzz-{number % width}",
            )  # fmt: skip
            answer = await whole(engine, ask)
            told.tokens += answer.tokens
            if answer.finish == "length":
                told.cut += 1
                continue
            told.whole += 1
            try:
                draft = decoded(answer, table, 1.0)
            except Malformed as misfit:
                told.malformed.append((answer.text, str(misfit)))
                continue
            told.calls += len(draft.calls)
            told.names.update(call.name for call in draft.calls)

    async with asyncio.TaskGroup() as group:
        for _ in range(width):
            group.create_task(worker())
    return told


def main(args: Sequence[str]) -> int:
    """Run; 1 where any answer was malformed."""
    parser = argparse.ArgumentParser(
        prog="aosh eval fuzz", description="Sample a model under the menu's grammar."
    )
    parser.add_argument(
        "--engine", required=True, metavar="NAME:MODEL", help="vllm:FOLDER, openai:MODEL, transformers:PATH"
    )
    parser.add_argument("--base-url", default="", metavar="URL", help="server of openai:MODEL")
    parser.add_argument("--samples", type=int, default=10_000, metavar="N")
    parser.add_argument("--max-tokens", type=int, default=160, metavar="N", help="of one answer (160)")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, metavar="N", help="begin no further sample then"
    )
    parser.add_argument(
        "--first", type=int, default=0, metavar="N", help="go on from there after a run that was cut off"
    )
    parser.add_argument("--width", type=int, default=64, metavar="N", help="answers under way at once (64)")
    options = parser.parse_args(args)
    told = asyncio.run(_run(options))
    print(told)
    for text, complaint in told.malformed[:10]:
        print(f"  {complaint}: {text[:200]!r}")
    return 1 if told.malformed else 0


async def _run(options: argparse.Namespace) -> Told:
    import os

    from apps.shell.boot import watch_nothing
    from apps.shell.engines import Engines, Whose
    from apps.shell.minds import mind_of
    from apps.shell.settings import Settings, folders
    from kernel.jail.tier import choose
    from kernel.minds.generative.mind import GenerativeMind

    settings = Settings(folders(os.environ, Path.home()), mind=options.engine, base_url=options.base_url)
    mind = mind_of(settings, choose(settings.folders.state), Engines(), Whose("fuzz", False, watch_nothing))
    if not isinstance(mind, GenerativeMind):
        raise SystemExit(
            f"{options.engine!r} generates nothing; expected vllm:FOLDER, openai:MODEL or transformers:PATH"
        )
    engine = mind.engine
    try:
        return await fuzzed(
            engine, options.samples, most_tokens=options.max_tokens, width=options.width, first=options.first,
            most_s=options.minutes * 60, tell=lambda told: print(told, file=sys.stderr, flush=True),
        )  # fmt: skip
    finally:
        await engine.close()
