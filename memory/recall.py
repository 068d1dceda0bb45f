"""What is known about this? By meaning and by words together; each hit says why it was found."""

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from memory.fusion import is_enough, spread
from memory.record import Kind, Record
from memory.schema import told
from memory.store import Store
from memory.words import exact_of, words_of

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Scores = NDArray[numpy.float64]

MEANING = 0.5
"""Weight of the vectors' likeness; the words' weight is the rest. Tuned on LoCoMo's development part."""
NEIGHBOUR = 0.35
"""Share of the words' score that the neighbours in a conversation lend each other."""
FLOOR = 0.4
"""Least cosine for a hit that shares neither half of the query's words nor an exact name with it."""
LARGE = 20_000
"""From so many records on, an index proposes which of them are looked at."""
PROPOSED = 300
"""Records an index, and the words, may propose in a space."""
MOST_SAID = 2_000
PINNED = 0.1
LATEST = 0.02
"""What the newest record has over the oldest: decides between equals."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What to recall."""

    text: str
    spaces: tuple[str, ...] = ("user",)
    kinds: tuple[Kind, ...] = ()
    """All when empty."""
    limit: int = 10
    history: bool = False
    """Also what was superseded."""
    floor: bool = True
    """False: the nearest are given, known or not."""


class Hit(msgspec.Struct, frozen=True):
    """One record and why it was found."""

    record: Record
    score: float
    """Higher is nearer; comparable within one recall only."""
    why: str
    """Such as "words: server, staging; meaning 0.71"."""


def recall(store: Store, query: Query) -> list[Hit]:
    """The nearest records that may be meant, best first; empty where nothing is known of it.

    All of a recall is read from one state of the file, whoever writes meanwhile.
    """
    if not query.text.strip():
        return []
    vector = store.embedder.embed([query.text])[0]
    with told(store.path):
        store.base.execute("begin")
        try:
            return _ranked(store, query, vector)
        finally:
            store.base.execute("rollback")


def _ranked(store: Store, query: Query, vector: "NDArray[numpy.float32]") -> list[Hit]:
    import numpy

    pool = _likely(store, query, vector) or _pool(store, query)
    if not pool.ids:
        return []
    cosine = (pool.matrix @ vector).astype(numpy.float64)
    asked, exact = frozenset(words_of(query.text)), exact_of(query.text)
    words = _by_words(store.base, asked, pool.ids)
    score = (1 - MEANING) * _lent(words, pool.threads) + MEANING * spread(cosine)
    score += PINNED * pool.pinned + LATEST * spread(pool.made)
    score[pool.expires <= store.now()] = -numpy.inf
    hits: dict[tuple[str, bool], Hit] = {}
    for at in numpy.argsort(-score, kind="stable")[: 50 + 4 * query.limit]:
        if score[at] == -numpy.inf or len(hits) == query.limit:
            break
        record = store.get(pool.ids[at])
        said = words_of(record.text)
        shared, same = asked & frozenset(said), exact & exact_of(record.text)
        is_known = cosine[at] >= FLOOR or is_enough(shared, asked) or bool(same)
        if is_known or not query.floor:
            why = _why(sorted(same | shared), float(cosine[at]), record)
            hits.setdefault((" ".join(said), record.labels.is_trusted), Hit(record, float(score[at]), why))
    return list(hits.values())


class _Pool(NamedTuple):
    """The records a recall looks at, column by column; rows are in the order they were stored."""

    ids: list[int]
    threads: list[str]
    pinned: "Scores"
    made: "Scores"
    expires: "Scores"
    """Infinite where it never does."""
    matrix: "NDArray[numpy.float32]"


def _pool(store: Store, query: Query) -> _Pool:
    """The records of the query's spaces and kinds, kept until anybody changes the file."""
    (seen,) = store.base.execute("pragma data_version").fetchone()
    key = (seen, store.base.total_changes, query.spaces, query.kinds, query.history)
    if store.pool is None or store.pool[0] != key:
        store.pool = (key, _read(store.base, query))
    pool = store.pool[1]
    assert isinstance(pool, _Pool)
    return pool


def _likely(store: Store, query: Query, vector: "NDArray[numpy.float32]") -> _Pool | None:
    """The part of large spaces that can be meant: near by meaning, by words, pinned, or not indexed yet.

    None where there is no index, the spaces are small, or so much is not indexed that all may as well be read.
    """
    index, base = store.index, store.base
    if index is None or (base.execute("select max(id) from records").fetchone()[0] or 0) < LARGE:
        return None
    chosen: set[int] = set()
    for space in query.spaces:
        fresh = base.execute(
            "select id from records where space = ? and id > ? limit ?", (space, index.upto(space), LARGE)
        ).fetchall()
        if len(fresh) == LARGE:
            return None
        chosen.update(row[0] for row in fresh)
        chosen.update(index.nearest(space, vector, PROPOSED))
        pinned = "select id from records where space = ? and pinned limit ?"
        chosen.update(row[0] for row in base.execute(pinned, (space, PROPOSED)))
    for identity, _ in _said(base, frozenset(words_of(query.text)), PROPOSED):
        chosen |= {identity - 1, identity, identity + 1}  # with its neighbours in a conversation
    return _read(base, query, sorted(chosen))


def _read(base: sqlite3.Connection, query: Query, only: Sequence[int] | None = None) -> _Pool:
    import numpy

    spaces, kinds = ",".join("?" * len(query.spaces)), ",".join("?" * len(query.kinds))
    where = f"space in ({spaces})" + (f" and kind in ({kinds})" if kinds else "")
    where += "" if query.history else " and superseded_by is null"
    where += "" if only is None else f" and id in ({','.join(map(str, only))})"
    rows = base.execute(
        f"select id, thread, pinned, made, expires, vector from records where {where} order by id",
        (*query.spaces, *query.kinds),
    ).fetchall()
    raw = b"".join(row[5] for row in rows)
    return _Pool(
        [row[0] for row in rows],
        [row[1] for row in rows],
        numpy.array([row[2] for row in rows], dtype=numpy.float64),
        numpy.array([row[3] for row in rows], dtype=numpy.float64),
        numpy.array([numpy.inf if row[4] is None else row[4] for row in rows], dtype=numpy.float64),
        numpy.frombuffer(raw, dtype=numpy.float32).reshape(len(rows), -1 if rows else 0),
    )


def _by_words(base: sqlite3.Connection, asked: frozenset[str], ids: Sequence[int]) -> "Scores":
    """BM25 of each record, the best 1; 0 where no word is shared."""
    import numpy

    out = numpy.zeros(len(ids))
    place = {identity: at for at, identity in enumerate(ids)}
    for identity, rank in _said(base, asked, -1 if len(ids) == 0 or ids[-1] < LARGE else MOST_SAID):
        if identity in place:
            out[place[identity]] = -rank
    return out / max(float(out.max()), 1e-9)


def _said(base: sqlite3.Connection, asked: frozenset[str], limit: int) -> list[tuple[int, float]]:
    """(id, rank) of the records that share a word with what is asked, best first; -1 is no limit."""
    if not asked:
        return []
    match = " OR ".join(f'"{word}"' for word in sorted(asked))
    found = base.execute(
        "select rowid, rank from words where words match ? order by rank limit ?", (match, limit)
    )
    return found.fetchall()


def _lent(words: "Scores", threads: Sequence[str]) -> "Scores":
    """The words' scores, each with a share of those of its neighbours in the same conversation."""
    import numpy

    if not any(threads):
        return words
    named = numpy.array(threads)
    joined = (named[1:] == named[:-1]) & (named[1:] != "")
    out = words.copy()
    out[1:] += NEIGHBOUR * words[:-1] * joined
    out[:-1] += NEIGHBOUR * words[1:] * joined
    return out


def _why(words: list[str], cosine: float, record: Record) -> str:
    parts = [f"words: {', '.join(words)}"] if words else []
    parts.append(f"meaning {cosine:.2f}")
    parts += ["pinned"] if record.pinned else []
    parts += ["superseded"] if record.superseded_by is not None else []
    return "; ".join(parts)
