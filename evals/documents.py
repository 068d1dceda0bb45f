"""`aosh eval documents`: is the file that a question is about among the first k? Ours beside BM25, vectors and plain grep.

Two sets. *notes*: 48 short files and 96 questions written for this (`documents.jsonl`), a file's two questions seldom in
its own words; ten more that no file answers. *code*: small modules of Python's own library, asked for by the first
line of their documentation, which is taken out of them: nobody here chose those words.
"""

import argparse
import ast
import json
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from apps.documents.library import Library
from apps.sdk import Grants, Root
from evals.memory import interval
from memory.documents.recall import find
from memory.minilm import MiniLM
from memory.words import words_of

CORPUS = Path(__file__).with_name("documents.jsonl")
KS = (1, 5)
SMALL_BYTES = 6_000
"""Of a module: a passage costs up to a fifth of a second to embed."""
LEAST_WORDS = 4


class Asked(NamedTuple):
    """A question and the file that answers it; empty for none."""

    text: str
    name: str


class Corpus(NamedTuple):
    """Files by name, and what is asked of them."""

    files: dict[str, str]
    questions: list[Asked]


def main(args: list[str]) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        prog="aosh eval documents", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("sets", nargs="*", metavar="SET", help="notes, code; both by default")
    options = parser.parse_args(args)
    known: dict[str, Callable[[], Corpus]] = {"notes": notes, "code": code}
    if unknown := set(options.sets) - set(known):
        parser.error(f"no set is called {unknown.pop()!r}; there are {', '.join(known)}")
    for name in options.sets or known:
        measured(name, known[name]())
    return 0


def notes() -> Corpus:
    """The notes written for this."""
    rows = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
    files = {row["name"]: row["text"] for row in rows if row["name"]}
    return Corpus(files, [Asked(text, row["name"]) for row in rows for text in row["asks"]])


def code() -> Corpus:
    """Python's own modules, each without its docstring, which asks for it."""
    files, questions = {}, []
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        text = path.read_text("utf-8", "replace")
        said = ast.get_docstring(ast.parse(text)) or ""
        first = said.strip().partition("\n")[0].strip(" .")
        if len(text) > SMALL_BYTES or len(words_of(first)) < LEAST_WORDS:
            continue
        files[path.name] = _without_docstring(text)
        questions.append(Asked(first, path.name))
    return Corpus(files, questions)


def _without_docstring(text: str) -> str:
    node = ast.parse(text).body[0]
    lines = text.splitlines()
    return "\n".join([*lines[: node.lineno - 1], *lines[node.end_lineno :]])


def measured(name: str, corpus: Corpus) -> None:
    """Index a corpus, ask all, print."""
    with tempfile.TemporaryDirectory() as base:
        folder, own = Path(base, "files"), Path(base, "own")
        own.mkdir()
        for path, text in corpus.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        library = Library(Grants((Root(str(folder)),), str(folder), str(own)), MiniLM())
        started = time.perf_counter()
        library.work(str(folder), float("inf"), look=True)
        counts = library.shelf.counts(str(folder))
        seconds = time.perf_counter() - started
        print(f"{name}: {counts.files} files, {counts.passages} passages, read in {seconds:.0f} s")
        _table(library, folder, corpus)
        library.close()


def _table(library: Library, folder: Path, corpus: Corpus) -> None:
    present = [asked for asked in corpus.questions if asked.name]
    ways: dict[str, Callable[[str], Sequence[str]]] = {
        "aosh": lambda text: ours(library, folder, text),
        "BM25": lambda text: by_words(library, folder, text),
        "vector": lambda text: by_vector(library, folder, text),
        "grep": lambda text: by_grep(corpus.files, text),
    }
    print(f"{len(present)} questions; recall@k of the file, 95 % bootstrap interval")
    for way, act in ways.items():
        found = [list(act(asked.text)) for asked in present]
        rows = [[float(asked.name in got[:k]) for k in KS] for asked, got in zip(present, found, strict=True)]
        print(f"{way:<7}", *(f"@{k} {interval([row[at] for row in rows])}" for at, k in enumerate(KS)))
    known = [bool(ours(library, folder, each.text, has_floor=True)) for each in present]
    print(f"answered at all: {sum(known)} of {len(known)}")
    absent = [asked for asked in corpus.questions if not asked.name]
    if absent:
        silent = [not ours(library, folder, each.text, has_floor=True) for each in absent]
        print(f"that no file answers: {sum(silent)} of {len(silent)} left without one")


def ours(library: Library, folder: Path, text: str, *, has_floor: bool = False) -> list[str]:
    """As `doc.find` does."""
    hits = find(library.shelf, library.embedder, text, [str(folder)], has_floor=has_floor)
    return [str(Path(hit.path).relative_to(folder)) for hit in hits]


_FILE = "select f.path from files f join passages p on p.content = f.content where p.id = ?"


def by_words(library: Library, folder: Path, text: str) -> list[str]:
    """Plain BM25 over the same passages."""
    match = " OR ".join(f'"{word}"' for word in sorted(set(words_of(text)))) or '"-"'
    rows = library.shelf.base.execute("select rowid from said where said match ? order by rank", (match,))
    return _files(library, folder, [row[0] for row in rows])


def by_vector(library: Library, folder: Path, text: str) -> list[str]:
    """Plain cosine over the same passages."""
    import numpy

    rows = library.shelf.base.execute("select id, vector from passages").fetchall()
    matrix = numpy.frombuffer(b"".join(row[1] for row in rows), dtype=numpy.float16).reshape(len(rows), -1)
    near = numpy.argsort(-(matrix.astype(numpy.float32) @ library.embedder.embed([text])[0]))
    return _files(library, folder, [rows[at][0] for at in near])


def by_grep(files: dict[str, str], text: str) -> list[str]:
    """Files by how many of the question's words stand in them, as `grep -i` finds them; names as well."""
    words = {word for word in text.lower().replace("?", "").split() if len(word) > 3}
    counted = {name: sum(word in f"{name} {said}".lower() for word in words) for name, said in files.items()}
    return sorted((name for name in counted if counted[name]), key=lambda name: (-counted[name], name))


def _files(library: Library, folder: Path, passages: Sequence[int]) -> list[str]:
    found: dict[str, None] = {}
    for each in passages:
        for (path,) in library.shelf.base.execute(_FILE, (each,)):
            found.setdefault(str(Path(path.decode()).relative_to(folder)))
    return list(found)
