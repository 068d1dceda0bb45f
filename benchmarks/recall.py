"""How long does remembering take, and finding it again among 100,000 records? Beside brute force and bare chromadb."""

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, Row, of_rounds
from benchmarks.world import Effort, World

RECORDS = 100_000
WORDS = 20_000
"""Of the made-up language; a record has eight."""
DIMENSION = 384


def recall(made: World, effort: Effort) -> list[Row]:
    """Recall with the index, with a filter, and without; storing one record and many. Embedding is left out."""
    del made
    try:
        import chromadb  # noqa: F401
        import numpy  # noqa: F401
    except ImportError as missing:
        return [
            Row(f"recall among {RECORDS:,} records", None, "p50 <= 15 ms, p95 <= 40 ms", note=str(missing))
        ]
    with tempfile.TemporaryDirectory() as folder:
        return _rows(Path(folder), effort)


class _Drawn:
    """Vectors drawn by the text, so that embedding takes no time and is the same again."""

    name = "drawn"
    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> Any:
        import numpy

        out = numpy.empty((len(texts), DIMENSION), dtype=numpy.float32)
        for row, text in zip(out, texts, strict=True):
            row[:] = numpy.random.default_rng(abs(hash(text))).standard_normal(DIMENSION, dtype=numpy.float32)
        return out / numpy.linalg.norm(out, axis=1, keepdims=True)


def _rows(folder: Path, effort: Effort) -> list[Row]:
    from memory.index import Index
    from memory.recall import Query
    from memory.recall import recall as ask
    from memory.record import New
    from memory.store import Store

    chance = random.Random(1)

    def text() -> str:
        return " ".join(f"w{int(chance.paretovariate(0.4)) % WORDS}" for _ in range(8))

    store = Store(folder / "memory.db", _Drawn())
    started = time.perf_counter()
    for _ in range(0, RECORDS, 5_000):
        store.add([New(text=text(), kind=chance.choice(("fact", "episode"))) for _ in range(5_000)])
    bulk = RECORDS / (time.perf_counter() - started)
    started = time.perf_counter()
    index = Index(folder / "chroma", store)
    index.catch_up()
    indexing = RECORDS / (time.perf_counter() - started)
    asked = [text() for _ in range(max(20, effort.calls // 4))]

    def figure(act: Callable[[str], object]) -> Figure:
        act(asked[0])
        return of_rounds("ms", [[_ms(act, each) for each in asked] for _ in range(effort.rounds)])

    pool = _matrix(store)
    brute = figure(lambda each: (pool @ store.embedder.embed([each])[0]).argsort()[-10:])
    bare = figure(lambda each: index.nearest("user", store.embedder.embed([each])[0], 10))
    without = figure(lambda each: ask(store, Query(text=each)))
    store.index, store.pool = index, None
    hybrid = figure(lambda each: ask(store, Query(text=each)))
    filtered = figure(lambda each: ask(store, Query(text=each, kinds=("episode",))))
    one = of_rounds(
        "ms", [[_ms(lambda each: store.add([New(text=each)]), f"{text()} {n}") for n in range(30)]]
    )
    changed = of_rounds("ms", [[_after_a_change(store, each) for each in asked[:20]]])
    name, target = f"recall among {RECORDS:,} records", "p50 <= 15 ms, p95 <= 40 ms"
    numpy_name, chroma_name = "numpy, brute force, vectors alone", "chromadb alone"
    return [
        Row(f"{name}: words, meaning, index", hybrid, target, chroma_name, bare),
        Row(f"{name}: the same, one kind only", filtered, target, numpy_name, brute),
        Row(f"{name}: just after a change", changed, target, numpy_name, brute),
        Row(f"{name}: without an index", without, "", numpy_name, brute),
        Row("remembering one, durable, without embedding", one, "p50 <= 10 ms"),
        Row("remembering many, without embedding", Figure("/s", bulk, bulk, None, 1), ">= 500 /s"),
        Row("indexing", Figure("/s", indexing, indexing, None, 1)),
    ]


def _after_a_change(store: Any, words: str) -> float:
    from memory.recall import Query
    from memory.recall import recall as ask
    from memory.record import New

    store.add([New(text=f"changed by {words} {time.time()}")])
    return _ms(lambda each: ask(store, Query(text=each)), words)


def _matrix(store: Any) -> Any:
    import numpy

    rows = store.base.execute("select vector from records").fetchall()
    return numpy.frombuffer(b"".join(row[0] for row in rows), dtype=numpy.float32).reshape(len(rows), -1)


def _ms(act: Callable[[str], object], words: str) -> float:
    started = time.perf_counter()
    act(words)
    return (time.perf_counter() - started) * 1000
