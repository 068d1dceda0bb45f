"""Which passages of files speak of this? By words, by the file's name and by meaning together."""

import math
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from memory.documents.schema import told
from memory.documents.shelf import Facts, Shelf, name_words
from memory.embedding import Embedder
from memory.fusion import is_enough
from memory.words import exact_of, words_of

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Scores = NDArray[numpy.float64]

WORDS = 0.1
"""What a passage that holds all of the query's words has over one that holds none, in cosine."""
UNTIL_THEN = 0.6
"""The cosine of a passage that holds all of the words, as long as it has no vector."""
NAME = 0.1
"""Likewise of the file's name."""
FLOOR = 0.3
"""Least cosine of a hit that shares neither half of the query's words nor an exact name with it."""

MOST_DOUBTFUL = 200
"""After so many files that do not fit, no more are looked at."""


class Hit(NamedTuple):
    """The passage of one file that fits best."""

    path: str
    facts: Facts
    """Of the file when it was read."""
    digest: bytes
    line: int
    page: int
    text: str
    score: float
    """Higher is nearer; comparable within one recall only."""
    why: str
    """Such as "words: dentist; meaning 0.71"."""
    also: tuple[str, ...]
    """Other paths of the same content."""


def find(
    shelf: Shelf,
    embedder: Embedder,
    text: str,
    roots: Sequence[str],
    *,
    limit: int = 50,
    has_floor: bool = True,
) -> list[Hit]:
    """The files below some folders that speak of it, best first; the caller checks that they still do.

    All is read from one state of the shelf, whoever writes meanwhile.

    Args:
        text: a question, or words.
        roots: absolute, none within another.
        has_floor: False gives the nearest, whether they fit or not.
    """
    if not text.strip() or not roots:
        return []
    with told(shelf.path):
        shelf.base.execute("begin")
        try:
            return list(islice(_ranked(shelf, embedder, text, roots, has_floor), limit))
        finally:
            shelf.base.execute("rollback")


def _ranked(
    shelf: Shelf, embedder: Embedder, text: str, roots: Sequence[str], has_floor: bool
) -> Iterator[Hit]:
    import numpy

    pool, scope = _pool(shelf), _scope(shelf, roots)
    rows = numpy.flatnonzero(numpy.isin(pool.contents, scope.contents))
    if not len(rows):
        return
    asked, exact = frozenset(words_of(text)), exact_of(text)
    words = _shares(shelf, "said", asked, pool.ids)[rows]
    cosine = _cosines(pool, rows, embedder, text)
    cosine[pool.bare[rows]] = UNTIL_THEN * words[pool.bare[rows]]
    name = _named(shelf, asked, scope)[numpy.searchsorted(scope.contents, pool.contents[rows])]
    score = cosine + WORDS * words + NAME * name
    done: set[int] = set()
    for at in numpy.argsort(-score, kind="stable").tolist():
        content = int(pool.contents[rows[at]])
        if content in done:
            continue
        done.add(content)
        hit = _hit(shelf, int(pool.ids[rows[at]]), roots, float(score[at]))
        shared = asked & (frozenset(words_of(hit.text)) | frozenset(name_words(hit.path).split()))
        same = exact & exact_of(f"{hit.text} {os.path.basename(hit.path)}")
        near = float(cosine[at])
        if not has_floor or near >= FLOOR or is_enough(shared, asked) or same:
            yield hit._replace(why=_why(sorted(same | shared), near, is_bare=bool(pool.bare[rows[at]])))
        elif len(done) > MOST_DOUBTFUL:
            return


def _cosines(pool: "_Pool", rows: "NDArray[numpy.intp]", embedder: Embedder, text: str) -> "Scores":
    """Likeness in meaning; 0 of passages without a vector."""
    import numpy

    out = numpy.zeros(len(rows))
    if not pool.bare[rows].all():
        chosen = pool.matrix if len(rows) == len(pool.ids) else pool.matrix[rows]
        out = (chosen @ embedder.embed([text])[0]).astype(numpy.float64)
    return out


class _Scope(NamedTuple):
    """What is looked at: files of some folders."""

    files: "NDArray[numpy.int64]"
    """Ids, ascending."""
    held: "NDArray[numpy.intp]"
    """Of each file, the place of its content in `contents`."""
    contents: "NDArray[numpy.int64]"
    """Ascending, each once."""


class _Pool(NamedTuple):
    """All passages, column by column."""

    ids: "NDArray[numpy.int64]"
    contents: "NDArray[numpy.int64]"
    bare: "NDArray[numpy.bool_]"
    """Those without a vector."""
    matrix: "NDArray[numpy.float32]"


def _pool(shelf: Shelf) -> _Pool:
    """Kept until anybody changes the file."""
    (seen,) = shelf.base.execute("pragma data_version").fetchone()
    key = (seen, shelf.base.total_changes)
    if shelf.pool is None or shelf.pool[0] != key:
        shelf.pool = (key, _read(shelf))
    pool = shelf.pool[1]
    assert isinstance(pool, _Pool)
    return pool


def _read(shelf: Shelf) -> _Pool:
    import numpy

    rows = shelf.base.execute("select id, content, vector from passages order by id").fetchall()
    size = next((len(row[2]) for row in rows if row[2] is not None), 2)
    nothing = bytes(size)
    raw = b"".join(row[2] or nothing for row in rows)
    return _Pool(
        numpy.array([row[0] for row in rows], dtype=numpy.int64),
        numpy.array([row[1] for row in rows], dtype=numpy.int64),
        numpy.array([row[2] is None for row in rows], dtype=bool),
        numpy.frombuffer(raw, dtype=numpy.float16)
        .reshape(len(rows), -1 if rows else 0)
        .astype(numpy.float32),
    )


def _scope(shelf: Shelf, roots: Sequence[str]) -> _Scope:
    import numpy

    where, bounds = _below(roots)
    rows = shelf.base.execute(
        f"select id, content from files where content is not null and {where} order by id", bounds
    ).fetchall()
    columns = numpy.array(rows, dtype=numpy.int64).reshape(-1, 2)
    contents, held = numpy.unique(columns[:, 1], return_inverse=True)
    return _Scope(columns[:, 0], held, contents)


def _shares(shelf: Shelf, table: str, asked: frozenset[str], ids: "NDArray[numpy.int64]") -> "Scores":
    """By id, how much of what is asked the row holds, 0 to 1; rare words count for more, as in BM25.

    Args:
        ids: ascending; rows of other ids are left out.
    """
    import numpy

    out = numpy.zeros(len(ids))
    whole = 0.0
    for word in asked:
        match = f"select group_concat(rowid, ' ') from {table} where {table} match ?"  # of many rows, much faster than rows
        (listed,) = shelf.base.execute(match, (f'"{word}"',)).fetchone()
        rows = numpy.fromstring(listed or "", dtype=numpy.int64, sep=" ")
        places = numpy.minimum(numpy.searchsorted(ids, rows), len(ids) - 1)
        places = places[ids[places] == rows]
        weight = math.log(1 + (len(ids) + 1) / (len(places) + 0.5))
        whole += weight
        out[places] += weight
    return out / max(whole, 1e-9)


def _named(shelf: Shelf, asked: frozenset[str], scope: _Scope) -> "Scores":
    """Of each content, how well the name of its best named file fits."""
    import numpy

    out = numpy.zeros(len(scope.contents))
    numpy.maximum.at(out, scope.held, _shares(shelf, "named", asked, scope.files))
    return out


def _hit(shelf: Shelf, passage: int, roots: Sequence[str], score: float) -> Hit:
    content, line, page, text, digest = shelf.base.execute(
        "select c.id, p.line, p.page, p.text, c.digest from passages p join contents c on c.id = p.content"
        " where p.id = ?",
        (passage,),
    ).fetchone()
    where, bounds = _below(roots)
    first, *others = shelf.base.execute(
        "select path, device, inode, size, modified, changed from files"
        f" where content = ? and {where} order by path",
        (content, *bounds),
    ).fetchall()
    also = tuple(os.fsdecode(each[0]) for each in others)
    return Hit(os.fsdecode(first[0]), Facts(*first[1:]), digest, line, page, text, score, "", also)


def _below(roots: Sequence[str]) -> tuple[str, list[bytes]]:
    """A condition on `path`, and what it is compared with."""
    raw = [os.fsencode(root.rstrip("/")) for root in roots]
    return (
        f"({' or '.join(['path >= ? and path < ?'] * len(raw))})",
        [bound for each in raw for bound in (each + b"/", each + b"0")],
    )


def _why(words: list[str], cosine: float, *, is_bare: bool) -> str:
    parts = [f"words: {', '.join(words)}"] if words else []
    parts.append("meaning not read yet" if is_bare else f"meaning {cosine:.2f}")
    return "; ".join(parts)
