"""Serving the calls that only look."""

from apps.memory.base import labels_out, shown, spaces_of, store_of
from apps.sdk import Context
from memory.recall import Hit, Query
from memory.recall import recall as hits_of
from memory.record import Record
from memory.store import Newest, Store
from memory.words import words_of
from syscalls.mem import Kinds, Listed, Memories, Recall

SURE = 0.6
"""Least cosine of a hit that counts as certainly meant though it shares few words."""
_LIKELY = 0.4
"""The same where half of the words are shared."""


def recall(ctx: Context, a: Recall) -> Memories:
    """What is remembered of something."""
    kinds = () if a.kind == "all" else (a.kind,)
    query = Query(text=a.text, spaces=spaces_of(ctx, a.space), kinds=kinds, limit=a.limit, history=a.history)
    hits = hits_of(store_of(ctx), query)
    if a.sure:
        hits = certain(store_of(ctx), a.text, hits)
    first = _kept_in_front(ctx, a) if a.pinned else []
    ids = {each.id for each in first}
    found = [(each, "pinned" if each.pinned else "preference") for each in first]
    found += [(hit.record, hit.why) for hit in hits if hit.record.id not in ids]
    for record, _ in found:
        ctx.holds(labels_out(record))
    return Memories(tuple(shown(record, why) for record, why in found))


def _kept_in_front(ctx: Context, a: Recall) -> list[Record]:
    """What is pinned, and what the person prefers, newest first."""
    return [each for each in store_of(ctx).in_front(spaces_of(ctx, a.space)) if is_kind(each, a.kind)]


def list_(ctx: Context, a: Listed) -> Memories:
    """All that is remembered, newest first."""
    records = store_of(ctx).newest(
        Newest(
            spaces_of(ctx, a.space), a.limit, a.history, "" if a.kind == "all" else a.kind, a.since, a.until
        )
    )
    for each in records:
        ctx.holds(labels_out(each))
    return Memories(tuple(map(shown, records)), numbered=a.kind != "episode")


def is_kind(record: Record, kind: Kinds) -> bool:
    """Whether it is of that kind, or any will do."""
    return kind in ("all", record.kind)


def certain(store: Store, text: str, hits: list[Hit]) -> list[Hit]:
    """The hits that are almost certainly meant: near in meaning, or near enough with half of the words shared."""
    if not hits:
        return []
    asked = frozenset(words_of(text))
    rows = store.embedder.embed([text, *(hit.record.text for hit in hits)])
    cosine = rows[1:] @ rows[0]
    return [
        hit
        for hit, near in zip(hits, cosine, strict=True)
        if near >= SURE or (near >= _LIKELY and 2 * len(asked & set(words_of(hit.record.text))) >= len(asked))
    ]
