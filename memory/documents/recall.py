"""Which passages of files speak of this? By words, by the file's name and by meaning together."""

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from memory.documents.shelf import Facts, Shelf, name_words
from memory.embedding import Embedder
from memory.fusion import is_enough
from memory.words import exact_of, words_of

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Scores = NDArray[numpy.float64]

WORDS = 0.25
"""What a passage that holds all of the query's words has over one that holds none, in cosine."""
NAME = 0.1
"""Likewise of the file's name."""
FLOOR = 0.3
"""Least cosine of a hit that shares neither half of the query's words nor an exact name with it."""


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


def find(shelf: Shelf, embedder: Embedder, text: str, root: str, *, has_floor: bool = True) -> list[Hit]:
    """The files below a folder that speak of it, best first; the caller checks that they still do.

    Args:
        text: a question, or words.
        root: absolute.
        has_floor: False gives the nearest, whether they fit or not.
    """
    import numpy

    places = _places(shelf, root)
    pool = _pool(shelf)
    held = numpy.fromiter((each in places for each in pool.contents.tolist()), bool, len(pool.contents))
    rows = numpy.flatnonzero(held)
    if not len(rows) or not text.strip():
        return []
    asked, exact = frozenset(words_of(text)), exact_of(text)
    cosine = _cosines(pool, rows, embedder, text)
    said = _shares(shelf, "said", asked, len(pool.ids))
    words = numpy.array([said.get(identity, 0.0) for identity in pool.ids[rows].tolist()])
    named = _named(places, _shares(shelf, "named", asked, len(pool.ids)))
    name = numpy.array([named.get(each, 0.0) for each in pool.contents[rows].tolist()])
    score = cosine + WORDS * words + NAME * name
    hits: list[Hit] = []
    done: set[int] = set()
    for at in numpy.argsort(-score, kind="stable").tolist():
        content = int(pool.contents[rows[at]])
        if content in done:
            continue
        done.add(content)
        hit = _hit(shelf, int(pool.ids[rows[at]]), places[content], float(score[at]))
        shared = asked & (frozenset(words_of(hit.text)) | frozenset(name_words(hit.path).split()))
        same = exact & exact_of(f"{hit.text} {os.path.basename(hit.path)}")
        near = float(cosine[at])
        if has_floor and not (near >= FLOOR or is_enough(shared, asked) or same):
            if len(done) > 200:
                break
            continue
        hits.append(hit._replace(why=_why(sorted(same | shared), near, is_bare=bool(pool.bare[rows[at]]))))
        if len(hits) == 100:
            break
    return hits


def _cosines(pool: "_Pool", rows: "NDArray[numpy.intp]", embedder: Embedder, text: str) -> "Scores":
    """Likeness in meaning; passages without a vector have that of the least like one."""
    import numpy

    out = numpy.zeros(len(rows))
    made = ~pool.bare[rows]
    if made.any():
        out[made] = pool.matrix[rows[made]] @ embedder.embed([text])[0]
        out[~made] = out[made].min()
    return out


class _Place(NamedTuple):
    """A path that holds a content."""

    id: int
    path: bytes
    facts: Facts


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


def _places(shelf: Shelf, root: str) -> dict[int, list[_Place]]:
    """Content -> the paths below a folder that hold it."""
    raw = os.fsencode(root.rstrip("/"))
    rows = shelf.base.execute(
        "select content, id, path, device, inode, size, modified, changed from files"
        " where content is not null and path >= ? and path < ? order by path",
        (raw + b"/", raw + b"0"),
    ).fetchall()
    found: dict[int, list[_Place]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(_Place(row[1], row[2], Facts(*row[3:])))
    return found


def _shares(shelf: Shelf, table: str, asked: frozenset[str], total: int) -> dict[int, float]:
    """By row, how much of what is asked it holds, 0 to 1; rare words count for more, as in BM25."""
    rows = {
        word: shelf.base.execute(
            f"select rowid from {table} where {table} match ?", (f'"{word}"',)
        ).fetchall()
        for word in asked
    }
    weights = {word: math.log(1 + (total + 1) / (len(held) + 0.5)) for word, held in rows.items()}
    out: dict[int, float] = {}
    for word, held in rows.items():
        for (identity,) in held:
            out[identity] = out.get(identity, 0.0) + weights[word]
    whole = sum(weights.values())
    return {identity: weight / whole for identity, weight in out.items()}


def _named(places: dict[int, list[_Place]], shares: dict[int, float]) -> dict[int, float]:
    """Content -> how well the name of its best named path fits."""
    if not shares:
        return {}
    return {content: max(shares.get(place.id, 0.0) for place in those) for content, those in places.items()}


def _hit(shelf: Shelf, passage: int, places: Sequence[_Place], score: float) -> Hit:
    line, page, text, digest = shelf.base.execute(
        "select p.line, p.page, p.text, c.digest from passages p join contents c on c.id = p.content where p.id = ?",
        (passage,),
    ).fetchone()
    first, *others = places
    also = tuple(os.fsdecode(each.path) for each in others)
    return Hit(os.fsdecode(first.path), first.facts, digest, line, page, text, score, "", also)


def _why(words: list[str], cosine: float, *, is_bare: bool) -> str:
    parts = [f"words: {', '.join(words)}"] if words else []
    parts.append("meaning not read yet" if is_bare else f"meaning {cosine:.2f}")
    return "; ".join(parts)
