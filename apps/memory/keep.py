"""Serving the calls that change what is remembered. Nothing is stored, loaded or embedded before the yes."""

from typing import Literal

from apps.memory.base import found, labels_in, space_of, spaces_of, store_of
from apps.memory.look import certain
from apps.memory.secrets import looks_secret
from apps.sdk import Context, Effected, Effecting
from memory.recall import Query
from memory.recall import recall as hits_of
from memory.record import New, Record, check
from syscalls.errors import BadArgument, NotFound, Sensitive
from syscalls.mem import Did, Forget, Kept, Pin, Remember, Reword
from syscalls.undo import Change, Done, Plan

_SHOWN = 300
_OFFERED = 5


def store(ctx: Context, a: Remember) -> Effecting[Kept]:
    """Remember a text."""
    new = New(
        text=a.text, kind=a.kind, space=space_of(ctx, a.space),
        labels=labels_in(a.sources, is_private=a.private),
    )  # fmt: skip
    check(new)
    _refuse_secrets(a.text, is_forced=a.force)
    base = store_of(ctx)
    before = max((each.id for each in base.all()), default=0)
    yield _plan("created", "memory", a.text)
    (record,) = base.add([new])
    return _kept(record, "remembered" if record.id > before else "known")


def update(ctx: Context, a: Reword) -> Effecting[Kept]:
    """Let a memory say something else."""
    old = found(ctx, a.id, a.space)
    if old.superseded_by is not None:
        raise NotFound(f"memory {a.id} was replaced by {old.superseded_by}; update that one")
    labels = labels_in(a.sources, is_private=a.private or old.labels.is_private)
    new = New(
        text=a.text, kind=old.kind, space=old.space, labels=labels, supersedes=old.id, pinned=old.pinned
    )
    check(new)
    _refuse_secrets(a.text, is_forced=a.force)
    if a.text.strip() == old.text:
        raise BadArgument(f"memory {a.id} says that already")
    yield _plan("modified", f"memory {old.id}", f"{old.text} -> {a.text}")
    (record,) = store_of(ctx).add([new])
    return Effected(Kept(record.id, record.text, "updated", old.id), Done(()))


def forget(ctx: Context, a: Forget) -> Effecting[Kept]:
    """Remove one memory for good."""
    if bool(a.id) == bool(a.about.strip()):
        raise BadArgument(
            f"mem.forget: expected id or about, not both or neither; got {a.id!r} and {a.about!r}"
        )
    record = found(ctx, a.id, a.space) if a.id else _meant(ctx, a)
    yield _plan("removed", f"memory {record.id}", record.text)
    store_of(ctx).forget(record.id)
    return _kept(record, "forgotten")


def pin(ctx: Context, a: Pin) -> Effecting[Kept]:
    """Keep a memory in front, or no longer."""
    record = found(ctx, a.id, a.space)
    yield _plan("modified", f"memory {record.id}", "pinned" if a.pinned else "no longer pinned")
    return _kept(store_of(ctx).pin(record.id, pinned=a.pinned), "pinned" if a.pinned else "unpinned")


def _meant(ctx: Context, a: Forget) -> Record:
    """The one memory that `about` means.

    Raises:
        NotFound: none, or several: names them, for one to be chosen by number.
    """
    base = store_of(ctx)
    near = hits_of(base, Query(text=a.about, spaces=spaces_of(ctx, a.space), limit=_OFFERED))
    sure = certain(base, a.about, near)
    if len(sure) == 1:
        return sure[0].record
    if not near:
        raise NotFound(f"nothing is remembered of {a.about!r}")
    offers = "; ".join(f"{hit.record.id}: {hit.record.text[:100]!r}" for hit in (sure or near))
    raise NotFound(f"{a.about!r} may mean {offers}; `aosh memory forget ID` forgets one")


def _refuse_secrets(text: str, *, is_forced: bool) -> None:
    what = "" if is_forced else looks_secret(text)
    if what:
        raise Sensitive(f"it seems to hold {what}; `remember anyway that ...` stores it all the same")


def _plan(what: Literal["created", "modified", "removed"], where: str, note: str) -> Plan:
    return Plan((Change(what, where, note=note[:_SHOWN]),), ())


def _kept(record: Record, did: Did) -> Effected[Kept]:
    return Effected(Kept(record.id, record.text, did), Done(()))
