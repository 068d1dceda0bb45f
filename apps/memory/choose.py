"""Which memory is meant, where words say so? Never guessed: where several may be, they are named."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from apps.memory.base import found, spaces_of, store_of
from apps.memory.look import certain, is_kind
from apps.sdk import Context
from memory.recall import Hit, Query
from memory.recall import recall as hits_of
from memory.record import Record
from memory.words import words_of
from syscalls.errors import BadArgument, NotFound
from syscalls.mem import Kinds, Spaces

OFFERED = 5
CLEAR = 0.15
"""By so much more one sentence must be like what is said than the next, to be the one that is corrected; 0 to 1."""


def chosen(ctx: Context, verb: str, identity: int, about: str, spaces: Spaces) -> Record:
    """The one of that number, or the one that is almost certainly meant.

    Raises:
        BadArgument: neither a number nor words, or both.
        NotFound: none is meant, or several may be; names them.
    """
    if identity and about.strip():
        raise BadArgument(f"mem.{verb}: expected id or about, not both; got {identity} and {about!r}")
    if identity:
        return found(ctx, identity, spaces)
    if not about.strip():
        newest = held(ctx, spaces)[-OFFERED:][::-1]
        raise NotFound(f"mem.{verb}: which memory? {_named(newest) or 'nothing is remembered yet'}")
    return meant(ctx, verb, about, spaces)


def meant(ctx: Context, verb: str, about: str, spaces: Spaces, kind: Kinds = "all") -> Record:
    """The one memory that words mean.

    Raises:
        NotFound: none, or several: names them, for one to be chosen by number.
    """
    near = _near(ctx, about, spaces, kind)
    sure = certain(store_of(ctx), about, near)
    if len(sure) == 1:
        return sure[0].record
    if not near:
        raise NotFound(f"nothing is remembered of {about!r}")
    offers = _named([hit.record for hit in (sure or near)[:OFFERED]])
    raise NotFound(f"{about!r} may mean {offers}; `aosh memory {verb} ID` takes one")


def corrected(ctx: Context, said: str, spaces: Spaces) -> Record:
    """The memory whose sentence a new one takes the place of.

    Raises:
        NotFound: none says anything like it, or several do about equally; names them.
    """
    near = _near(ctx, said, spaces, "all")
    sure = certain(store_of(ctx), said, near)
    ranked = sorted(
        ((_likeness(said, hit.record.text), hit.record) for hit in sure), key=lambda each: -each[0]
    )
    if ranked and (len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= CLEAR):
        return ranked[0][1]
    if not near:
        raise NotFound(f"nothing is remembered that {said!r} could correct; `remember that ...` keeps it")
    offers = _named([record for _, record in ranked] or [hit.record for hit in near])
    raise NotFound(f"{said!r} may correct {offers}; say `change memory ID to ...`")


def all_of(ctx: Context, about: str, spaces: Spaces, kind: Kinds) -> list[Record]:
    """Every memory of a kind, or of it every one that is almost certainly about something.

    Raises:
        NotFound: there is none.
    """
    if about.strip():
        near = _near(ctx, about, spaces, kind, limit=100)
        records = [hit.record for hit in certain(store_of(ctx), about, near)]
    else:
        records = [each for each in held(ctx, spaces, history=True) if is_kind(each, kind)]
    if not records:
        of = f" of {about!r}" if about.strip() else f" as {kind}" if kind != "all" else ""
        raise NotFound(f"nothing is remembered{of}")
    return records


def held(ctx: Context, spaces: Spaces, *, history: bool = False) -> list[Record]:
    """What is remembered in these spaces, oldest first."""
    inside = spaces_of(ctx, spaces)
    return [
        each
        for each in store_of(ctx).all()
        if each.space in inside and (history or each.superseded_by is None)
    ]


def _near(ctx: Context, about: str, spaces: Spaces, kind: Kinds, limit: int = 2 * OFFERED) -> list[Hit]:
    kinds = () if kind == "all" else (kind,)
    return hits_of(store_of(ctx), Query(text=about, spaces=spaces_of(ctx, spaces), kinds=kinds, limit=limit))


def _named(records: Sequence[Record]) -> str:
    return "; ".join(f"{each.id}: {each.text[:100]!r}" for each in records)


def _likeness(said: str, text: str) -> float:
    """How much of two sentences is the same words in the same order, 0 to 1."""
    return SequenceMatcher(None, words_of(said), words_of(text), autojunk=False).ratio()
