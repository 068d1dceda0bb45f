"""What is known about this? By meaning and by words together; each hit says why it was found."""

import sqlite3
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import msgspec

from memory import view as sizes
from memory.alike import NEAR, Said, is_one_word_more, said_in
from memory.fusion import is_enough, spread
from memory.group import Group, vectors_of
from memory.record import Kind, Record
from memory.schema import told
from memory.store import Store
from memory.view import Nearest
from memory.words import exact_of, words_of

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]
    Places = NDArray[numpy.int64]
    Flags = NDArray[numpy.bool_]
    Vector = NDArray[numpy.float32]

MEANING = 0.5
"""Weight of the vectors' likeness; the words' weight is the rest. Tuned on LoCoMo's development part."""
NEIGHBOUR = 0.35
"""Share of the words' score that the neighbours in a conversation lend each other."""
FLOOR = 0.4
"""Least cosine for a hit that shares neither half of the query's words nor an exact name with it."""
PROPOSED = 200
"""Records an index, the words, and pins may each propose in a large group."""
CLOSER = 2_000
"""So many of a large group, the best by the signs of their vectors, are compared by whole numbers."""
LOWEST = 100
"""And so many of the worst: a score counts from the lowest cosine of all."""
REFINED = 100
"""So many of the best by whole numbers are compared in full."""
FRESH = 5_000
"""With so many records that are not indexed yet, all are compared."""
MOST_LOOKED = 2_000
"""So many of the best are looked at, for as long as most of them say the same."""
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


def _ranked(store: Store, query: Query, vector: "Vector") -> list[Hit]:
    pool = _pool(store, query, vector)
    if pool is None:
        return []
    score = _scores(pool)
    if pool.is_rough:
        pool = _refined(store.base, pool, _best(score, MOST_LOOKED), vector)
        score = _scores(pool)
    return _hits(store, query, pool, score)


def _scores(pool: "_Pool") -> "Floats":
    score: Floats = (1 - MEANING) * pool.words + MEANING * _above(pool.least, pool.cosine)
    score += PINNED * pool.pinned
    score += LATEST * pool.late
    return score


def _refined(base: sqlite3.Connection, pool: "_Pool", best: list[int], vector: "Vector") -> "_Pool":
    """The best of a pool, the cosines of the very best in full."""
    import numpy

    places = numpy.array(best)
    chosen = _Pool(
        pool.ids[places], pool.words[places], pool.cosine[places], pool.pinned[places], pool.late[places],
        pool.least, is_rough=False,
    )  # fmt: skip
    first = chosen.ids[:REFINED]
    chosen.cosine[numpy.argsort(first)] = vectors_of(base, first.tolist()) @ vector
    return chosen


def _hits(store: Store, query: Query, pool: "_Pool", score: "Floats") -> list[Hit]:
    """The best that are known; of those that say the same the best one."""
    asked, exact = frozenset(words_of(query.text)), exact_of(query.text)
    found: dict[tuple[Said, bool], Hit] = {}
    alike: Counter[tuple[Said, bool]] = Counter()
    looked = 0
    for at in _best(score, MOST_LOOKED):
        if len(found) == query.limit or looked > 50 + 4 * query.limit:
            break
        record = store.get(int(pool.ids[at]))
        said = said_in(record.text)
        same = _same(store, found, (said, record.labels.is_trusted), record.id)
        if same is not None:
            alike[same] += 1
            continue
        looked += 1
        shared, named = asked & frozenset(said.words), exact & said.exact
        is_known = pool.cosine[at] >= FLOOR or is_enough(shared, asked) or bool(named)
        if is_known or not query.floor:
            why = _why(sorted(named | shared), float(pool.cosine[at]), record)
            found[said, record.labels.is_trusted] = Hit(record, float(score[at]), why)
    return [
        msgspec.structs.replace(hit, why=f"{hit.why}; {alike[key]} more say so") if alike[key] else hit
        for key, hit in found.items()
    ]


def _same(
    store: Store, found: dict[tuple[Said, bool], Hit], key: tuple[Said, bool], identity: int
) -> tuple[Said, bool] | None:
    """The hit that says what this record says, from as trusted a source; None for none."""
    if key in found:
        return key
    for other, hit in found.items():
        if key[1] == other[1] and is_one_word_more(key[0], other[0]):
            one, two = vectors_of(store.base, (hit.record.id, identity))
            if float(one @ two) >= NEAR:
                return other
    return None


def _best(score: "Floats", count: int) -> list[int]:
    """Places of the highest, highest first; the earlier one of equals."""
    import numpy

    if len(score) <= count:
        chosen = numpy.argsort(-score, kind="stable")
    else:
        top = numpy.sort(numpy.argpartition(-score, count)[:count])
        chosen = top[numpy.argsort(-score[top], kind="stable")]
    found: list[int] = chosen.tolist()
    return found


class _Pool(NamedTuple):
    """The records a recall weighs, column by column."""

    ids: "Places"
    words: "Floats"
    """BM25, the best 1, and what neighbours lend."""
    cosine: "Vector"
    pinned: "Flags"
    late: "Floats"
    """From 0, the oldest, to 1, the newest."""
    least: float
    """About the lowest cosine of all records that were asked for, also of those that were not proposed."""
    is_rough: bool
    """Whether some cosines are those of coarse vectors."""


def _pool(store: Store, query: Query, vector: "Vector") -> _Pool | None:
    """The records of the query's spaces and kinds, or of large ones those that can be meant; None where there are none."""
    import numpy

    view, base = store.view, store.base
    view.refresh(base)
    said = view.words.scores(base, frozenset(words_of(query.text)))
    now, best, least, is_rough = store.now(), 1e-9, 1.0, False
    first, last = float("inf"), float("-inf")
    parts: list[tuple[Any, ...]] = []
    for key in product(query.spaces, query.kinds or get_args(Kind)):
        group = view.group(base, *key)
        fits = group.fitting(now, history=query.history)
        if not len(fits):
            continue
        own, made = group.of_ids(said), group.made[fits]
        best = max(best, float(own[fits].max()))
        first, last = min(first, float(made.min())), max(last, float(made.max()))
        words = _lent(own, group.threads)
        likely = _likely(store.index, group, key, vector, words)
        if likely is not None:
            chosen = numpy.intersect1d(fits, likely, assume_unique=True)
            cosine = vectors_of(base, group.ids[chosen]) @ vector
            least = min(least, group.least(base, vector))
            group.release()
        elif group.is_coarse:
            rough = group.cosines(base, *key, vector)
            lowest = fits[numpy.argpartition(rough[fits], min(LOWEST, len(fits) - 1))[:LOWEST]]
            least, is_rough = min(least, float(group.closer(lowest, vector).min())), True
            chosen = _foremost(group, rough, words, fits)
            cosine = group.closer(chosen, vector)
        else:
            chosen = fits
            cosine = group.cosines(base, *key, vector)[chosen]
        parts.append((group.ids[chosen], words[chosen], cosine, group.pinned[chosen], group.made[chosen]))
    if not sum(len(part[0]) for part in parts):
        return None
    ids, words, cosine, pinned, made = map(numpy.concatenate, zip(*parts, strict=True))
    least = min(least, float(cosine.min()))
    return _Pool(ids, words / best, cosine, pinned, spread(made, first, last), least, is_rough)


def _likely(
    index: Nearest | None, group: Group, key: tuple[str, str], vector: "Vector", words: "Floats"
) -> "Places | None":
    """The places in a large group that can be meant: near by meaning, by words, pinned, or not indexed yet.

    None where there is no index, the group is small, or so much is not indexed that all may as well be read.
    """
    import numpy

    if index is None or len(group) < sizes.LARGE:
        return None
    proposed = index.nearest(*key, vector, PROPOSED)
    if proposed is None:
        return None
    fresh = numpy.flatnonzero(group.ids > proposed.upto)
    if len(fresh) >= FRESH:
        return None
    found = numpy.searchsorted(group.ids, proposed.ids)
    found = found[found < len(group)]
    found = found[numpy.isin(group.ids[found], proposed.ids)]
    best = numpy.argpartition(-words, min(PROPOSED, len(words) - 1))[:PROPOSED]
    pinned = numpy.flatnonzero(group.pinned)[:PROPOSED]
    return numpy.unique(numpy.concatenate([fresh, found, best[words[best] > 0], pinned]))


def _foremost(group: Group, rough: "Vector", words: "Floats", fits: "Places") -> "Places":
    """The places of a large group, of those that fit, whose score may turn out to be among the best."""
    import numpy

    if len(fits) <= CLOSER:
        return fits
    words, rough, made = words[fits], rough[fits], group.made[fits]
    pool = _Pool(
        group.ids[fits], words / max(float(words.max()), 1e-9), rough, group.pinned[fits],
        spread(made, float(made.min()), float(made.max())), float(rough.min()), is_rough=True,
    )  # fmt: skip
    return numpy.sort(fits[_best(_scores(pool), CLOSER)])


def _above(least: float, cosine: "Vector") -> "Vector":
    """From 0, the least, to 1, the highest: what is proposed weighs as it would among all."""
    return (cosine - least) / max(float(cosine.max()) - least, 1e-9)


def _lent(words: "Floats", threads: "Places") -> "Floats":
    """The words' scores, each with a share of those of its neighbours in the same conversation."""
    if not threads.any():
        return words
    joined = (threads[1:] == threads[:-1]) & (threads[1:] != 0)
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
