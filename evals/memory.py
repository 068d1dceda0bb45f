"""`aosh eval memory`: is the turn that answers a question among the first k recalled? Ours beside BM25 and vectors alone.

LoCoMo's development conversations, one record a turn; their answers are never looked at. Then the answers on the
Berkeley leaderboard's personas (`evals.personas`).
"""

import argparse
import json
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory.minilm import MiniLM
from memory.recall import Query, recall
from memory.record import New
from memory.store import Store
from memory.words import words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

KS = (1, 5, 10, 25)
DRAWS = 2000


def main(args: list[str]) -> int:
    """Measure and print a table; 0, or 2 where the data is absent."""
    parser = argparse.ArgumentParser(prog="aosh eval memory", description=__doc__.partition("\n")[0])
    data = os.environ.get("AOSH_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(data, "memory/locomo_dev.json"), metavar="FILE")
    parser.add_argument("--personas", type=Path, default=Path(data, "bfcl"), metavar="FOLDER")
    parser.add_argument("--part", choices=("locomo", "personas"), help="only this one; both when absent")
    parser.add_argument(
        "--mind", default="", help="a language model, as -m takes it, that answers the personas' questions"
    )
    parser.add_argument("--base-url", default="", help="its server")
    options = parser.parse_args(args)
    if options.part != "personas":
        _locomo(parser, options)
    if options.part != "locomo":
        _personas(parser, options)
    return 0


def _personas(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    from evals.personas import measure

    folder: Path = options.personas
    if not (folder / "memory_questions.jsonl").is_file():
        parser.error(f"no file 'memory_questions.jsonl' in {str(folder)!r}; name its folder by --personas")
    print(measure(folder, by_words, by_vector, options.mind, options.base_url))


def _locomo(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if not options.data.is_file():
        parser.error(f"no file {str(options.data)!r}; LoCoMo's conversations go there, or name one by --data")
    found: dict[str, list[list[float]]] = {"aosh": [], "BM25": [], "vector": []}
    for talk in json.loads(options.data.read_text("utf-8")):
        for name, rows in measured(talk).items():
            found[name] += rows
    print(f"{len(found['aosh'])} questions; evidence recall@k, 95 % bootstrap interval")
    for name, rows in found.items():
        print(f"{name:<7}", *(f"@{k} {interval([row[at] for row in rows])}" for at, k in enumerate(KS)))


def measured(talk: dict[str, Any]) -> dict[str, list[list[float]]]:
    """Of each way, the recall at each of `KS` for every question whose evidence is in the conversation."""
    turns, names = turns_of(talk["conversation"])
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder, "memory.db"), MiniLM())
        try:
            records = store.add(turns)
            return _asked(
                talk["qa"], store, {each.id: name for each, name in zip(records, names, strict=True)}
            )
        finally:
            store.close()


def _asked(
    questions: list[dict[str, Any]], store: Store, names: dict[int, str]
) -> dict[str, list[list[float]]]:
    found: dict[str, list[list[float]]] = {"aosh": [], "BM25": [], "vector": []}
    known = set(names.values())
    for asked in questions:
        evidence = known.intersection(asked.get("evidence") or ())
        if not evidence:
            continue
        query = Query(text=asked["question"], limit=max(KS), floor=False)
        ways = {
            "aosh": [hit.record.id for hit in recall(store, query)],
            "BM25": by_words(store, query.text),
            "vector": by_vector(store, query.text),
        }
        for way, ids in ways.items():
            got = [names[each] for each in ids]
            found[way].append([len(evidence.intersection(got[:k])) / len(evidence) for k in KS])
    return found


def turns_of(conversation: dict[str, Any]) -> tuple[list[New], list[str]]:
    """A record a turn, and each turn's name in the evidence."""
    turns: list[New] = []
    names: list[str] = []
    for key in sorted(filter(re.compile(r"session_\d+").fullmatch, conversation), key=lambda k: int(k[8:])):
        for turn in conversation[key]:
            text = f"{turn['speaker']}: {turn['text']} {turn.get('blip_caption', '')}"
            thread = key
            turns.append(New(text=text, kind="episode", made=float(len(turns)), thread=thread))
            names.append(turn["dia_id"])
    return turns, names


def by_words(store: Store, question: str) -> list[int]:
    """Plain BM25 over the same turns."""
    match = " OR ".join(f'"{word}"' for word in sorted(set(words_of(question)))) or '"-"'
    rows = store.base.execute(
        "select rowid from words where words match ? order by rank limit ?", (match, max(KS))
    )
    return [row[0] for row in rows]


def by_vector(store: Store, question: str) -> list[int]:
    """Plain cosine over the same turns."""
    import numpy

    rows = store.base.execute("select id, vector from records").fetchall()
    matrix = numpy.frombuffer(b"".join(row[1] for row in rows), dtype=numpy.float32).reshape(len(rows), -1)
    near = numpy.argsort(-(matrix @ store.embedder.embed([question])[0]))[: max(KS)]
    return [rows[at][0] for at in near]


def interval(values: Sequence[float]) -> str:
    """The mean and its 95 % bootstrap interval."""
    import numpy

    given: NDArray[numpy.float64] = numpy.array(values)
    draws = numpy.random.default_rng(0).choice(given, (DRAWS, len(given))).mean(axis=1)
    low, high = numpy.percentile(draws, (2.5, 97.5))
    return f"{given.mean():.3f} [{low:.3f}, {high:.3f}]"
