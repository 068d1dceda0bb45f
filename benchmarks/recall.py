"""How long does remembering take, and finding it again among 100,000 records? Beside brute force and bare chromadb.

The sentences are made (`benchmarks.remembered`). The first of them are embedded by the real model; the vectors of the
rest are drawn about those, since embedding them all takes minutes and is not what is measured. Questions are
embedded ahead: durations are those besides embedding, unless a row says otherwise.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any

import msgspec
import psutil

from apps.shell.early import MEMORY, index_of
from benchmarks.remembered import Remembered
from benchmarks.report import Figure, Row, of_rounds, percentile
from benchmarks.world import Effort, World, call, kernel, timed
from kernel.call import Proposal
from kernel.drivers.beside import start_beside
from kernel.jail.tier import choose
from memory import group, view
from memory.view import View

if TYPE_CHECKING:
    from memory.proposals import Proposals
    from memory.recall import Hit
    from memory.store import Store

RECORDS = 100_000
REAL = 2_000
"""So many of them are embedded for real."""
SPREAD = 0.02
"""Of the drawn vectors about the real ones, in each direction."""
TARGET = "p50 <= 15 ms, p95 <= 40 ms"
PATIENCE_S = 3600.0
LEAST = 20_000
"""The index is measured with fewer records than it is used from (`memory.view.LARGE`): where it would pay is the question."""


def recall(made: World, effort: Effort) -> list[Row]:
    """Storing, indexing and recalling; then the driver at rest."""
    try:
        import chromadb  # noqa: F401

        from memory.minilm import MiniLM
        from memory.store import Store
    except ImportError as missing:
        return [Row(f"recall among {RECORDS:,} records", None, TARGET, note=str(missing))]
    settings = made.settings("none")
    folder = settings.folders.memory
    folder.mkdir(parents=True)
    embedder = _Prepared(MiniLM())
    store = Store(folder / MEMORY, embedder)
    try:
        rows = _storing(store, embedder)
        asked = list(islice(Remembered(2).questions(), max(60, effort.calls // 4)))
        embedder.prepare(asked)
        with _indexing(made) as (index, seconds, pid):
            rows.append(Row("memory: indexing", _rate(RECORDS / seconds)))
            rows.append(Row("memory: index's process at rest, resident", _rss(pid)))
            rows += _recalling(store, index, embedder, (asked, effort.rounds), folder)
    finally:
        store.close()
    return rows + asyncio.run(_at_rest(made, asked[:50]))


class _Prepared:
    """Vectors that were made ahead, by their text, so that embedding takes no time."""

    def __init__(self, model: Any) -> None:
        self.name, self.dimension = model.name, model.dimension
        self._model = model
        self._made: dict[str, Any] = {}

    def prepare(self, texts: Sequence[str]) -> None:
        """Embed for real."""
        self._made |= dict(zip(texts, self._model.embed(texts), strict=True))

    def draw(self, texts: Sequence[str]) -> None:
        """Draw about those that were embedded."""
        import numpy

        chance, real = numpy.random.default_rng(0), numpy.stack(list(self._made.values()))
        drawn = real[chance.integers(0, len(real), len(texts))]
        drawn += SPREAD * chance.standard_normal(drawn.shape, dtype=numpy.float32)
        drawn /= numpy.linalg.norm(drawn, axis=1, keepdims=True)
        self._made |= {text: row for text, row in zip(texts, drawn, strict=True) if text not in self._made}

    def embed(self, texts: Sequence[str]) -> Any:
        """Look them up."""
        import numpy

        return numpy.stack([self._made[text] for text in texts])


def _storing(store: "Store", embedder: _Prepared) -> list[Row]:
    from memory.record import New

    texts = list(islice(dict.fromkeys(islice(Remembered().texts(), 2 * RECORDS)), RECORDS + 100))
    embedder.prepare(texts[:32])
    started = time.perf_counter()
    embedder.prepare(texts[:REAL])
    sentences = REAL / (time.perf_counter() - started)
    embedder.draw(texts[REAL:])
    news = [New(text=f"{text}") for text in texts]
    started = time.perf_counter()
    for at in range(0, RECORDS, 5_000):
        store.add(news[at : at + 5_000])
    bulk = RECORDS / (time.perf_counter() - started)
    one = of_rounds("ms", [[_ms(store.add, [each]) for each in news[RECORDS:]]])
    both = 1 / (1 / bulk + 1 / sentences)
    return [
        Row("memory: storing one, durable, beside 100,000", one, "p50 <= 10 ms"),
        Row("memory: sentences embedded in batches", _rate(sentences)),
        Row("memory: import, embedding included", _rate(both), ">= 500 /s", "without embedding", _rate(bulk)),
    ]


@contextmanager
def _indexing(made: World) -> "Iterator[tuple[Proposals, float, int]]":
    """The index's process in its jail, having indexed all, how long that took, and its pid."""
    from memory.proposals import Proposals

    places = made.settings("none").folders
    started = time.perf_counter()
    with ExitStack() as ends:
        whole = index_of(places)
        told = msgspec.json.decode(whole.settings) | {"least": LEAST}
        earlier = msgspec.structs.replace(whole, settings=msgspec.json.encode(told).decode())
        begun = start_beside(earlier, choose(places.state).start, ends)
        index = Proposals(socket(fileno=os.dup(begun.end)))
    try:
        while (far := index.far(PATIENCE_S)) is None or far.done < far.of:
            if far is None:
                raise RuntimeError("the index could not be had")
            time.sleep(0.2)
        yield index, time.perf_counter() - started, begun.process.pid
    finally:
        index.close()
        begun.process.wait(60)


def _recalling(
    store: "Store", index: "Proposals", embedder: _Prepared, asked: tuple[list[str], int], folder: Path
) -> list[Row]:
    from memory.recall import Query
    from memory.recall import recall as ask
    from memory.record import New

    questions, rounds = asked
    name = f"recall among {RECORDS:,} records"
    project = [New(text=f"{text} here", space="project:x") for text in questions]
    embedder.prepare([new.text for new in project])
    store.add(project)

    def measured(act: Callable[[str], object]) -> tuple[Figure, str]:
        for each in questions[:5]:
            act(each)
        sys.stderr.write(f"measuring recall ... {os.getloadavg()[0]:.1f} load\n")
        times = [[_ms(act, each) for each in questions] for _ in range(rounds)]
        every = [value for values in times for value in values]
        return of_rounds("ms", times), f"p95 {percentile(every, 0.95):.1f} ms"

    with_index: dict[str, list[int]] = {}

    def found(each: str) -> None:
        with_index[each] = _ids(ask(store, Query(text=each)))

    hybrid = measured(lambda each: ask(store, Query(text=each)))
    filters = measured(
        lambda each: ask(store, Query(text=each, spaces=("user", "project:x"), kinds=("fact", "preference")))
    )
    changed = measured(lambda each: (store.pin(1, pinned=True), ask(store, Query(text=each))))
    full = _in_full(store, questions)
    coarsely = _shared(full, {each: _ids(ask(store, Query(text=each))) for each in questions})
    large, view.LARGE = view.LARGE, LEAST
    store.index = index
    proposed = measured(found)
    store.index, view.LARGE = None, large
    by_index = _shared(full, with_index)
    matrix = _matrix(store)
    brute = measured(lambda each: (matrix @ embedder.embed([each])[0]).argsort()[-10:])
    index.close()
    with _bare(folder, embedder) as asks:
        bare = measured(asks)
    numpy_name, chroma_name = "numpy, brute force, vectors alone", "chromadb alone, in this process"
    rows = [
        (f"{name}: words and meaning", hybrid, TARGET, chroma_name, bare),
        (f"{name}: two kinds in two spaces", filters, TARGET, numpy_name, brute),
        (f"{name}: just after a change, the change included", changed, "", numpy_name, brute),
        (f"{name}: what an index proposes", proposed, "", numpy_name, brute),
    ]
    made = [
        Row(what, figure[0], target, beside, other[0], f"{figure[1]}; yardstick {other[1]}")
        for what, figure, target, beside, other in rows
    ]
    return [
        *made,
        Row("recall: of the ten best with all vectors in full, found", coarsely),
        Row("recall: ... of what an index proposes", by_index),
    ]


def _in_full(store: "Store", questions: Sequence[str]) -> dict[str, list[int]]:
    """What is found where every vector is compared as it is."""
    from memory.recall import Query
    from memory.recall import recall as ask

    usual, group.COARSE = group.COARSE, 2 * RECORDS
    store.view = View(store.embedder.name)
    found = {each: _ids(ask(store, Query(text=each))) for each in questions}
    store.view, group.COARSE = View(store.embedder.name), usual
    return found


def _shared(full: dict[str, list[int]], other: dict[str, list[int]]) -> Figure:
    shares = [len(set(ids) & set(other[each])) / max(1, len(ids)) for each, ids in full.items()]
    share = 100 * sum(shares) / len(shares)
    return Figure("%", share, share, None, len(shares))


def _ids(hits: "Sequence[Hit]") -> list[int]:
    return [hit.record.id for hit in hits]


@contextmanager
def _bare(folder: Path, embedder: _Prepared) -> Iterator[Callable[[str], object]]:
    """chromadb asked directly, once the process that held it is gone."""
    from memory.index import client_of
    from memory.marks import FOLDER

    time.sleep(3)
    client = client_of(folder / "index" / FOLDER)
    collection = max(client.list_collections(), key=lambda each: each.count())
    yield lambda each: collection.query(
        query_embeddings=[embedder.embed([each])[0]], n_results=10, include=[]
    )
    client.close()


async def _at_rest(made: World, asked: list[str]) -> list[Row]:
    """The whole way through gate and jail, embedding included; then what the processes hold."""
    effort = Effort(rounds=1, calls=len(asked))
    at = iter(asked * 20)
    started = time.perf_counter()
    async with kernel(made.settings("none")) as running:

        async def ask() -> None:
            await call(running, Proposal("mem.recall", {"text": next(at)}))

        await ask()
        first = time.perf_counter() - started
        whole = of_rounds("ms", await timed(effort, ask))
        await asyncio.sleep(1)
        (driver,) = [each for each in running.drivers.running() if each.program.name == "mem"]
        size = _rss(driver.child.pid)
    return [
        Row("memory: kernel, driver and first recall, cold", Figure("ms", first * 1e3, first * 1e3, None, 1)),
        Row("memory: a recall through gate and jail, embedding included", whole),
        Row("memory: driver at rest, resident", size, "<= 350 MB"),
    ]


def _rss(pid: int) -> Figure:
    root = psutil.Process(pid)
    size = sum(each.memory_info().rss for each in (root, *root.children(recursive=True))) / 1e6
    return Figure("MB", size, size, None, 1)


def _rate(value: float) -> Figure:
    return Figure("/s", value, value, None, 1)


def _matrix(store: Any) -> Any:
    import numpy

    rows = store.base.execute("select vector from records").fetchall()
    return numpy.frombuffer(b"".join(row[0] for row in rows), dtype=numpy.float32).reshape(len(rows), -1)


def _ms(act: Callable[[Any], object], given: Any) -> float:
    started = time.perf_counter()
    act(given)
    return (time.perf_counter() - started) * 1000
