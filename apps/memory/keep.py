"""Serving the calls that change what is remembered. Nothing is stored, loaded or embedded before the yes."""

from collections.abc import Sequence
from typing import Literal

from apps.memory.base import labels_in, space_of, store_of
from apps.memory.choose import all_of, chosen, corrected, meant
from apps.memory.choose import held as held_in
from apps.memory.secrets import looks_secret
from apps.sdk import Context, Effected, Effecting
from memory.record import New, Record, check
from syscalls.errors import BadArgument, NotFound, Sensitive
from syscalls.mem import Carried, Did, Forget, Kept, Load, Loaded, Pin, Remember, Reword
from syscalls.preferences import is_about_rules, settings_of, told
from syscalls.undo import Change, Done, Plan

_SHOWN = 300
_TOLD = 20
"""Memories that a plan names one by one."""


def store(ctx: Context, a: Remember) -> Effecting[Kept]:
    """Remember a text. A preference takes the place of one that settles the same."""
    labels = labels_in(a.sources, is_private=a.private)
    new = New(
        text=a.text, kind=a.kind, space=space_of(ctx, a.space), labels=labels, pinned=a.pinned,
        made=float(a.made) or None, supersedes=_settled_before(ctx, a),
    )  # fmt: skip
    check(new)
    _refuse_secrets(a.text, is_forced=a.force)
    base = store_of(ctx)
    before = base.last()
    yield _plan("created", "memory", a.text)
    (record,) = base.add([new])
    if a.pinned and not record.pinned:
        record = base.pin(record.id, pinned=True)
    did: Did = "remembered" if record.id > before else "known"
    return Effected(Kept(record.id, record.text, did, record.supersedes, effect=_effect(record)), Done(()))


def load(ctx: Context, a: Load) -> Effecting[Loaded]:
    """Keep what was exported, all or none."""
    space = space_of(ctx, a.space)
    news = [_carried(each, a, space) for each in a.items]
    for each in a.items:
        _refuse_secrets(each.text, is_forced=a.force)
    base = store_of(ctx)
    for each in a.items:
        if each.replaces and base.get(each.replaces).space != space:
            raise NotFound(f"nothing is remembered under {each.replaces!r}")
    yield _plan("created", "memory", f"{len(news)} memories, such as {a.items[0].text!r}")
    ids = base.load(news, [each.replaces_item for each in a.items])
    return Effected(Loaded(tuple(ids)), Done(()))


def _carried(each: Carried, a: Load, space: str) -> New:
    labels = labels_in(each.sources, is_private=each.private)
    if a.sources or a.private:
        labels = labels.join(labels_in(a.sources, is_private=a.private))
    new = New(
        text=each.text, kind=each.kind, space=space, labels=labels, made=each.made or None, pinned=each.pinned,
        expires=each.expires or None, thread=each.thread, supersedes=each.replaces or None,
    )  # fmt: skip
    check(new)
    return new


def update(ctx: Context, a: Reword) -> Effecting[Kept]:
    """Let a memory say something else."""
    if a.id and a.about.strip():
        raise BadArgument(f"mem.update: expected id or about, not both; got {a.id} and {a.about!r}")
    old = corrected(ctx, a.about, a.space) if a.about.strip() else chosen(ctx, "update", a.id, "", a.space)
    if old.superseded_by is not None:
        raise NotFound(f"memory {old.id} was replaced by {old.superseded_by}; update that one")
    labels = labels_in(a.sources, is_private=a.private or old.labels.is_private)
    new = New(
        text=a.text, kind=old.kind, space=old.space, labels=labels, supersedes=old.id, pinned=old.pinned
    )
    check(new)
    _refuse_secrets(a.text, is_forced=a.force)
    if a.text.strip() == old.text:
        raise BadArgument(f"memory {old.id} says that already")
    yield _plan("modified", f"memory {old.id}", f"{old.text} -> {a.text}")
    (record,) = store_of(ctx).add([new])
    return Effected(Kept(record.id, record.text, "updated", old.id, effect=_effect(record)), Done(()))


def forget(ctx: Context, a: Forget) -> Effecting[Kept]:
    """Remove one memory for good, or every one that fits."""
    if a.every:
        if a.id:
            raise BadArgument(f"mem.forget: expected every or id, not both; got {a.id}")
        return (yield from _forget_all(ctx, all_of(ctx, a.about, a.space, a.kind)))
    if not a.id and not a.about.strip() and a.kind != "all":
        record = _only(ctx, a)
    elif a.id or not a.about.strip():
        record = chosen(ctx, "forget", a.id, a.about, a.space)
    else:
        record = meant(ctx, "forget", a.about, a.space, a.kind)
    yield _plan("removed", f"memory {record.id}", record.text)
    store_of(ctx).forget(record.id)
    return _kept(record, "forgotten")


def pin(ctx: Context, a: Pin) -> Effecting[Kept]:
    """Keep a memory in front, or no longer."""
    record = chosen(ctx, "pin", a.id, a.about, a.space)
    yield _plan("modified", f"memory {record.id}", "pinned" if a.pinned else "no longer pinned")
    return _kept(store_of(ctx).pin(record.id, pinned=a.pinned), "pinned" if a.pinned else "unpinned")


def _forget_all(ctx: Context, records: Sequence[Record]) -> Effecting[Kept]:
    shown = [Change("removed", f"memory {each.id}", note=each.text[:_SHOWN]) for each in records[:_TOLD]]
    if more := len(records) - len(shown):
        shown.append(Change("removed", f"{more} more memories"))
    yield Plan(tuple(shown), ())
    for each in records:
        store_of(ctx).forget(each.id)
    number = f"{len(records)} memories" if len(records) != 1 else "1 memory"
    return Effected(Kept(0, number, "forgotten"), Done(()))


def _only(ctx: Context, a: Forget) -> Record:
    """The one memory of a kind.

    Raises:
        NotFound: there is none, or more than one; names them.
    """
    of_kind = [each for each in held_in(ctx, a.space) if each.kind == a.kind]
    if len(of_kind) == 1:
        return of_kind[0]
    if not of_kind:
        raise NotFound(f"no {a.kind} is remembered")
    offers = "; ".join(f"{each.id}: {each.text[:100]!r}" for each in of_kind[-10:])
    raise NotFound(f"which {a.kind}? {offers}; `aosh memory forget ID` forgets one")


def _settled_before(ctx: Context, a: Remember) -> int | None:
    """The newest preference of the person that settles the same as a new one; None where there is none."""
    settings = settings_of(a.text).keys() if a.kind == "preference" and not a.sources else ()
    if not settings:
        return None
    own = [
        each
        for each in held_in(ctx, a.space)
        if each.kind == "preference" and each.labels.is_trusted and each.text != a.text.strip()
    ]
    return next(
        (each.id for each in reversed(own) if set() < settings_of(each.text).keys() <= settings), None
    )


def _effect(record: Record) -> str:
    """What follows from a preference."""
    if record.kind != "preference":
        return ""
    if not record.labels.is_trusted:
        return "not your own words, so nothing is settled by them"
    if settled := told(settings_of(record.text)):
        return f"{settled} from now on"
    if is_about_rules(record.text):
        return "what may be done and what is asked about is settled by rules alone, see `aosh policy`"
    return "aosh has no setting of that; language models are told of it"


def _refuse_secrets(text: str, *, is_forced: bool) -> None:
    what = "" if is_forced else looks_secret(text)
    if what:
        raise Sensitive(f"it seems to hold {what}; `remember anyway that ...` stores it all the same")


def _plan(what: Literal["created", "modified", "removed"], where: str, note: str) -> Plan:
    return Plan((Change(what, where, note=note[:_SHOWN]),), ())


def _kept(record: Record, did: Did) -> Effected[Kept]:
    return Effected(Kept(record.id, record.text, did), Done(()))
