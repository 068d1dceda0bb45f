"""How fast are files read for being found by meaning, how soon are changes heard, and how long takes a question?"""

import asyncio
import contextlib
import random
import tempfile
import time
import zlib
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, Row, of_rounds
from benchmarks.world import Effort, World

FILES = 1_000
WORDS = 100
"""A file."""
EMBEDDED = 12
PASSAGES = 20_000


def documents(made: World, effort: Effort) -> list[Row]:
    """Reading, embedding, moving, hearing and asking; the driver's own work, without jail and gate."""
    del made
    try:
        import numpy  # noqa: F401
        import onnxruntime  # noqa: F401
        import pypdf  # noqa: F401
    except ImportError as missing:
        return [Row("files by meaning", None, note=str(missing))]
    with tempfile.TemporaryDirectory() as base:
        return [*_reading(Path(base), effort), *_asking(Path(base), effort)]


def _text(chance: random.Random, words: int) -> str:
    return " ".join(f"w{int(chance.paretovariate(0.5)) % 20_000}" for _ in range(words))


def _library(folder: Path, own: Path, embedder: Any) -> Any:
    from apps.documents.library import Library
    from apps.sdk import Grants, Root

    folder.mkdir(exist_ok=True)
    own.mkdir(exist_ok=True)
    return Library(Grants((Root(str(folder)),), str(folder), str(own)), embedder)


def _reading(base: Path, effort: Effort) -> list[Row]:
    from memory.embedding import HashedWords
    from memory.minilm import MiniLM

    chance = random.Random(1)
    folder = base / "files"
    library = _library(folder, base / "own", HashedWords())
    (folder / "a").mkdir()
    for number in range(FILES):
        (folder / "a" / f"{number}.txt").write_text(_text(chance, WORDS), "utf-8")
    plain = _seconds(lambda: [path.read_bytes() for path in (folder / "a").iterdir()])
    first = _seconds(lambda: _words_only(library, folder))
    again = _seconds(lambda: _words_only(library, folder))
    passages = library.shelf.counts(str(folder)).passages
    (folder / "a").rename(folder / "b")
    moved = _seconds(lambda: _words_only(library, folder))
    texts = [text for _, text in library.shelf.bare(str(folder), EMBEDDED)]
    model = MiniLM(threads=1)
    model.embed(texts[:1])
    embedding = [EMBEDDED / _seconds(lambda: [model.embed([each]) for each in texts]) for _ in range(2)]
    heard = asyncio.run(_heard(library, folder, base / "own", max(5, effort.rounds)))
    library.close()
    return [
        Row(f"reading {FILES:,} files, words only", _rate("files/s", FILES / first), "",
            "reading their bytes", _rate("files/s", FILES / plain)),
        Row("the same: passages", _rate("/s", passages / first)),
        Row("making vectors, one thread", Figure("/s", min(embedding), max(embedding), None, len(embedding))),
        Row(f"looking for changes among {FILES:,} files", of_rounds("ms", [[again * 1000]])),
        Row(f"a folder of {FILES:,} files was renamed: until all are found there", of_rounds("ms", [[moved * 1000]])),
        Row("a file was written: until it is heard of, read and found by words", of_rounds("ms", [heard])),
    ]  # fmt: skip


def _words_only(library: Any, folder: Path) -> None:
    """All but the vectors."""
    library._look(str(folder))
    passed: set[int] = set()
    while library._read_some(str(folder), float("inf"), passed):
        pass


async def _heard(library: Any, folder: Path, own: Path, count: int) -> list[float]:
    from apps.shell.upkeep import changes
    from memory.documents.recall import find

    took: list[float] = []
    async with contextlib.aclosing(changes([folder], own)) as happening:
        await anext(happening)
        for number in range(count):
            word = f"unheard{number}"
            async with asyncio.TaskGroup() as group:
                hearing = group.create_task(_next(happening))
                await asyncio.sleep(1.0)  # until the watch stands and what was before is over
                started = time.perf_counter()
                (folder / f"new{number}.txt").write_text(word, "utf-8")
                await hearing
            while True:
                _words_only(library, folder)
                if find(library.shelf, library.embedder, word, [str(folder)]):
                    break
            took.append((time.perf_counter() - started) * 1000)
    return took


async def _next(happening: AsyncGenerator[None, None]) -> None:
    await anext(happening)


class _Drawn:
    """Vectors drawn by the text, so that embedding takes no time and is the same again."""

    name = "drawn"
    dimension = 384

    def embed(self, texts: Sequence[str]) -> Any:
        import numpy

        rows = [numpy.random.default_rng(zlib.crc32(each.encode())).standard_normal(384) for each in texts]
        out = numpy.array(rows, dtype=numpy.float32).reshape(len(rows), 384)
        return out / numpy.linalg.norm(out, axis=1, keepdims=True)


def _asking(base: Path, effort: Effort) -> list[Row]:
    import numpy

    from memory.documents.passages import Passage
    from memory.documents.recall import find
    from memory.documents.shelf import Facts, Read

    chance = random.Random(2)
    folder = base / "many"
    library = _library(folder, base / "many-own", _Drawn())
    shelf, root = library.shelf, str(folder)
    names = [f"{root}/{number}.txt" for number in range(PASSAGES // 4)]
    shelf.compare(root, {name: (Facts(1, number, 1, number, 1), "") for number, name in enumerate(names)})
    for waiting in shelf.waiting(root, len(names)):
        passages = [Passage(_text(chance, 60), line, 0) for line in range(4)]
        shelf.add([Read(waiting, waiting.path.encode(), passages)])
    while some := shelf.bare(root, 5_000):
        shelf.embed([identity for identity, _ in some], library.embedder.embed([t for _, t in some]), "drawn")
    asked = [_text(chance, 6) for _ in range(max(20, effort.calls // 10))]
    find(shelf, library.embedder, asked[0], [root])
    rounds = _rounds(lambda words: find(shelf, library.embedder, words, [root]), asked, effort)
    rows = shelf.base.execute("select vector from passages").fetchall()
    matrix = numpy.frombuffer(b"".join(row[0] for row in rows), numpy.float16).reshape(len(rows), -1)
    matrix = matrix.astype(numpy.float32)
    brute = _rounds(
        lambda words: (matrix @ library.embedder.embed([words])[0]).argsort()[-10:], asked, effort
    )
    library.close()
    return [
        Row(f"a question over {PASSAGES:,} passages of {len(names):,} files, without embedding it",
            rounds, "", "numpy, vectors alone", brute),
    ]  # fmt: skip


def _rounds(act: Callable[[str], object], asked: list[str], effort: Effort) -> Figure:
    """Milliseconds of each question."""
    return of_rounds(
        "ms", [[_seconds(partial(act, each)) * 1000 for each in asked] for _ in range(effort.rounds)]
    )


def _seconds(act: Any) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _rate(unit: str, value: float) -> Figure:
    return Figure(unit, value, value, None, 1)
