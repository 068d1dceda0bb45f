"""`aosh eval memory --part personas`: does what is recalled hold the answer, and does a language model then give it?

The Berkeley leaderboard's memory files: what two people tell over several conversations, one record a message, and
questions asked in a fresh context. An answer is right where it holds one of the accepted strings as whole words.
"""

import asyncio
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from apps.shell.boot import Kernel, boot
from apps.shell.people import headless
from apps.shell.settings import Folders, Settings
from evals.score import Rate
from kernel.call import Err, Ok, Proposal
from memory.minilm import MiniLM
from memory.recall import Query, recall
from memory.record import New
from memory.store import Store
from syscalls.model import Generated

WAYS = ("aosh", "BM25", "vector")
KS = (1, 3, 5, 10)
TOLD = 10
"""Records a language model is shown."""
TASK = "Answer this question from the notes in a few words, or say that they do not tell: {}"
Search = Callable[[Store, str], list[int]]


class Asked(NamedTuple):
    """One question, what was recalled for it by each way, and what is right."""

    text: str
    accepted: tuple[str, ...]
    recalled: dict[str, list[str]]
    """Way -> the texts, best first."""

    def holds(self, way: str, k: int) -> bool:
        """Whether the answer stands in the first k."""
        return any(is_right(text, self.accepted) for text in self.recalled[way][:k])


def is_right(text: str, accepted: Sequence[str]) -> bool:
    """Whether a text holds an accepted answer as whole words, capitals aside."""
    return any(
        re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text, re.IGNORECASE) is not None for each in accepted
    )


def asked(folder: Path, by_words: Search, by_vector: Search) -> list[Asked]:
    """Every question with what is recalled; the other ways search the same store.

    Args:
        folder: of the leaderboard's files.
        by_words: BM25 alone.
        by_vector: cosine alone.
    """
    questions = _lines(folder / "memory_questions.jsonl")
    found = []
    for persona in dict.fromkeys(each["scenario"] for each in questions):
        own = [each for each in questions if each["scenario"] == persona]
        with tempfile.TemporaryDirectory() as place:
            store = Store(Path(place, "memory.db"), MiniLM())
            try:
                store.add(told(_lines(folder / f"memory_{persona}.jsonl")))
                found += [_asked(store, each, by_words, by_vector) for each in own]
            finally:
                store.close()
    return found


def told(talks: Sequence[dict[str, Any]]) -> list[New]:
    """A record a message, in the order they were said; those of one conversation explain one another."""
    messages = [(talk["id"], each["content"]) for talk in talks for turn in talk["question"] for each in turn]
    return [
        New(text=text, made=float(number), thread=thread) for number, (thread, text) in enumerate(messages)
    ]


def _asked(store: Store, question: dict[str, Any], by_words: Search, by_vector: Search) -> Asked:
    text = " ".join(each["content"] for turn in question["question"] for each in turn)
    ids = {
        "aosh": [hit.record.id for hit in recall(store, Query(text=text, limit=max(KS), floor=False))],
        "BM25": by_words(store, text)[: max(KS)],
        "vector": by_vector(store, text)[: max(KS)],
    }
    recalled = {way: [store.get(each).text for each in found] for way, found in ids.items()}
    return Asked(text, tuple(question["answer"]["ground_truth"]), recalled)


async def answers(questions: Sequence[Asked], mind: str, base_url: str) -> dict[str, Rate]:
    """How often a language model's answer is right, told the first records of each way.

    Raises:
        SysError: the mind cannot be had, or does not answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        places = Folders(base / "state", base / "data", base / "run")
        settings = Settings(places, base, base, mind=mind, base_url=base_url, is_bare=True, is_ephemeral=True)
        async with boot(settings, headless(lambda happening: None)) as kernel:
            return {way: Rate(await _right(kernel, questions, way), len(questions)) for way in WAYS}


async def _right(kernel: Kernel, questions: Sequence[Asked], way: str) -> int:
    count = 0
    for each in questions:
        notes = "\n\n".join(each.recalled[way][:TOLD])
        arguments = {"prompt": TASK.format(each.text), "input": notes, "max_tokens": 64}
        process = kernel.make(kernel.settings)
        reply = await kernel.gate(process, Proposal("model.generate", arguments, origin="kernel"))
        if isinstance(reply, Err):
            raise reply.error
        assert isinstance(reply, Ok)
        assert isinstance(reply.value, Generated)
        count += is_right(reply.value.content, each.accepted)
    return count


def measure(folder: Path, by_words: Search, by_vector: Search, mind: str = "", base_url: str = "") -> str:
    """The figures as lines."""
    questions = asked(folder, by_words, by_vector)
    lines = [
        f"{len(questions)} questions to two personas; the answer stands in the first k, Wilson 95 % interval"
    ]
    for way in WAYS:
        rates = (f"@{k} {Rate(sum(each.holds(way, k) for each in questions), len(questions))}" for k in KS)
        lines.append(f"{way:<7}{'  '.join(rates)}")
    if mind:
        lines.append(f"answered by {mind}, told the first {TOLD}")
        lines += [f"{way:<7}{rate}" for way, rate in asyncio.run(answers(questions, mind, base_url)).items()]
    return "\n".join(lines)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
