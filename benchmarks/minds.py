"""How long does a request in words take: the reader alone, and the reader with the warm engine?"""

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import Any

from benchmarks.report import Row, of_rounds
from benchmarks.world import WORDS, Effort, World, kernel, timed_plain
from kernel.happenings import Happening, Thought
from kernel.loop import Loop
from kernel.minds.needle.mind import NeedleMind
from kernel.minds.needle.tools import shelves
from kernel.reader.names import Name, Names
from kernel.reader.reader import Reader
from syscalls.built_in import BUILT_IN

PLAIN = (
    "list the files here",
    "show me the first 5 lines of report-20.txt",
    "what is the biggest file here?",
    "how many lines does notes-12.txt have",
    "find files larger than 2 MB",
    "copy draft-5.txt to backup",
    "which files changed today?",
    "count the words in letter-6.txt",
    "search for TODO in the folder part3",
    "move budget-4.txt into part7 and then list part7",
)
"""Requests the reader is sure of."""
HARD = (
    "could you give me an idea of what sits around in here",
    "anything about tiny in the files?",
    "peek into the tiny one please",
    "tell me roughly how much room the reports take",
    "where did I put the words",
    "is the machine sweating?",
    "what would you say about report-3.txt",
    "get rid of the clutter in report-4.txt",
    "put the tiny text somewhere safe",
)
"""Requests that some version of the reader is unsure of; those the engine was asked about are measured."""


def reader(made: World, effort: Effort) -> list[Row]:
    """The reader over a workspace of 5,000 names, in this process."""
    del made
    paths = [f"part{number // 50}/{WORDS[number % len(WORDS)]}-{number}.txt" for number in range(5_000)]
    names = [Name(path, False) for path in paths]
    reading = Reader(tuple(BUILT_IN))
    requests = iter(PLAIN * effort.rounds * effort.calls)
    fewer = Effort(effort.rounds, max(20, effort.calls // 20))

    def read() -> None:
        reading.read(next(requests), Names(names), has_recent=False)

    def scan() -> list[str]:
        said = PLAIN[1].split()
        return [path for path in paths if any(word in path for word in said)]

    asked, beside = of_rounds("ms", timed_plain(fewer, read)), of_rounds("ms", timed_plain(fewer, scan))
    started = perf_counter()
    Reader(tuple(BUILT_IN))
    built = of_rounds("ms", [[(perf_counter() - started) * 1e3]])
    return [
        Row("reader: a request over 5,000 names", asked, "", "which of the names hold a word of it", beside),
        Row("reader: made, once a process", built),
    ]


def warm(made: World, effort: Effort) -> list[Row]:
    """A request in words through a running kernel: by the reader alone, and with the engine asked."""
    return asyncio.run(_warm(made, Effort(effort.rounds, max(3, effort.calls // 100))))


async def _warm(made: World, effort: Effort) -> list[Row]:
    seen: list[float] = []

    def watch(happening: Happening) -> None:
        if isinstance(happening, Thought):
            seen.append(happening.draft.seconds)

    async with kernel(made.settings("needle"), watch) as running:
        mind = running.mind
        assert isinstance(mind, NeedleMind)

        async def ask(words: str) -> tuple[float, float]:
            started = perf_counter()
            loop = Loop(running.gate, mind, running.journal, running.session, _Never(), watch)
            await loop.run(running.process, words, running.menu)
            return (perf_counter() - started) * 1e3, seen[-1] * 1e3

        plain = [words for words in PLAIN if "copy" not in words and "move" not in words]
        await ask(plain[0])
        quick = [[(await ask(words))[0] for words in plain for _ in range(5)] for _ in range(effort.rounds)]
        hard = [words for words in HARD if (await ask(words))[1]]
        if not hard:
            return [
                Row("warm request by the reader", of_rounds("ms", quick)),
                Row("warm request with the engine", None, note="the reader was sure of every request"),
            ]
        both = [
            [await ask(words) for words in hard for _ in range(effort.calls)] for _ in range(effort.rounds)
        ]
        menu = shelves(tuple(running.menu))[0].menu
        service = made.service()
        straight = [
            [await _straight(service.complete(menu, words)) for words in hard] for _ in range(effort.rounds)
        ]
        await service.close()
    beside = of_rounds("ms", straight)
    yardstick = "the engine asked directly"
    return [
        Row("warm request by the reader", of_rounds("ms", quick), "", yardstick, beside),
        Row(
            "warm request with the engine",
            of_rounds("ms", [[whole for whole, _ in each] for each in both]),
            "",
            yardstick,
            beside,
        ),
        Row("... of which the engine", of_rounds("ms", [[engine for _, engine in each] for each in both])),
        Row(
            "... and the rest", of_rounds("ms", [[whole - engine for whole, engine in each] for each in both])
        ),
    ]


async def _straight(question: Coroutine[Any, Any, object]) -> float:
    started = perf_counter()
    await question
    return (perf_counter() - started) * 1e3


class _Never:
    """Whoever is asked whether an unclear draft was meant: no, so that nothing is changed."""

    async def confirm(self, drafted: object) -> bool:
        """Never."""
        del drafted
        return False
