"""Which effects happened, and which can be taken back? A pure fold over the journal's rows.

Taking back is an effect itself: its own intent and outcome, and an `undone` record that names
what it takes back. An effect and all that was done to take it back and bring it again form one
line; the newest member that ended well holds the steps that turn it over once more.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from kernel.journal.port import Row
from kernel.journal.records import IntentRow, OutcomeRow, UndoneRow
from syscalls.errors import DriverDied, NotFound
from syscalls.undo import Plan, Step

EFFECT_KINDS = ("intent", "outcome", "undone")
"""The rows `effects` needs. Do not filter by session: an effect may be undone from another."""

Status = Literal["done", "failed", "open", "undone", "redone"]


class Effect(msgspec.Struct, frozen=True):
    """One effect as it stands now."""

    call_id: str
    session: str
    ts: float
    """Unix time of its intent."""
    seq: int
    """Of its intent."""
    name: str
    arguments: dict[str, object]
    plan: Plan
    status: Status
    """"open": begun, and nobody knows how it ended. "failed": nothing of it remains, of itself or because
    an open one was rolled back. "redone": in force again."""
    undo: tuple[Step, ...]
    """Applied last to first, they turn the effect over: undo what is in force, redo what is undone."""
    undoes: str | None = None
    """The effect this one takes back or brings again; None for one of its own."""
    turned: int = 0
    """`seq` of the row by which it was last undone or redone; 0 when never."""

    @property
    def is_undoable(self) -> bool:
        """Whether it is in force, stands for itself and can be taken back."""
        return self.status in ("done", "redone") and self.undoes is None and bool(self.undo)

    @property
    def is_redoable(self) -> bool:
        """Whether it was taken back and can be brought again."""
        return self.status == "undone" and self.undoes is None and bool(self.undo)


class _Act:
    """What the rows say of one call: its intent, its end, what it takes back."""

    def __init__(self, row: Row, intent: IntentRow) -> None:
        self.row = row
        self.intent = intent
        self.outcome: OutcomeRow | None = None
        self.ended = 0
        self.undoes: str | None = None
        self.turners: list[tuple[int, str]] = []

    @property
    def is_done(self) -> bool:
        return self.outcome is not None and self.outcome.ok

    @property
    def is_open(self) -> bool:
        error = self.outcome.error if self.outcome is not None else None
        return self.outcome is None or (error is not None and error.code == DriverDied.code)

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.outcome.undo if self.outcome is not None and self.outcome.undo else self.intent.plan.undo


def effects(rows: Iterable[Row], session: str | None = None) -> list[Effect]:
    """Every effect begun, oldest first; those that take others back are among them.

    Args:
        rows: the journal's rows of `EFFECT_KINDS`, of all sessions.
        session: only effects begun in it.
    """
    acts: dict[str, _Act] = {}
    links: dict[str, tuple[int, UndoneRow]] = {}
    for row in rows:
        match row.record() if row.kind in EFFECT_KINDS else None:
            case IntentRow() as intent:
                acts.setdefault(intent.call_id, _Act(row, intent))
            case OutcomeRow() as outcome if (act := acts.get(outcome.call_id)) is not None:
                act.outcome, act.ended = outcome, row.seq
            case UndoneRow() as undone:
                links.setdefault(undone.by, (row.seq, undone))
    _bind_turners(acts, links)
    found = [_effect(act, acts) for act in acts.values()]
    return [effect for effect in found if session in (None, effect.session)]


def undoable(found: Iterable[Effect]) -> list[Effect]:
    """Those that `undo` would take, the next one first."""
    return sorted((one for one in found if one.is_undoable), key=lambda one: one.seq, reverse=True)


def redoable(found: Iterable[Effect]) -> list[Effect]:
    """Those that `redo` would take, the last one undone first."""
    return sorted((one for one in found if one.is_redoable), key=lambda one: one.turned, reverse=True)


def next_undo(found: Iterable[Effect], which: int | str = 1) -> list[Effect]:
    """What to take back, in that order: the newest `which` effects, or the one with that id.

    Raises:
        NotFound: there is none.
    """
    return _pick(undoable(found), which, "undo")


def next_redo(found: Iterable[Effect], which: int | str = 1) -> list[Effect]:
    """What to bring again, in that order: the `which` last undone, or the one with that id.

    Raises:
        NotFound: there is none.
    """
    return _pick(redoable(found), which, "redo")


def open_effects(found: Iterable[Effect]) -> list[Effect]:
    """Effects begun whose end nobody knows, newest first: what recovery must finish or roll back.

    One is closed by an `undone` row, when what takes it back has ended well, or by an outcome of its own.
    """
    return sorted((one for one in found if one.status == "open"), key=lambda one: one.seq, reverse=True)


def _bind_turners(acts: dict[str, _Act], links: dict[str, tuple[int, UndoneRow]]) -> None:
    """Hang every act of taking back that ended well onto the effect at the root of its line."""
    for by, (seq, undone) in links.items():
        if by in acts:
            acts[by].undoes = undone.effect
        root = _root(undone.effect, links)
        if root in acts and (by not in acts or acts[by].is_done):
            acts[root].turners.append((max(seq, acts[by].ended) if by in acts else seq, by))


def _root(call_id: str, links: dict[str, tuple[int, UndoneRow]]) -> str:
    seen = {call_id}
    while call_id in links and (above := links[call_id][1].effect) not in seen:
        seen.add(above)
        call_id = above
    return call_id


def _effect(act: _Act, acts: dict[str, _Act]) -> Effect:
    turners = sorted(act.turners)
    newest = acts.get(turners[-1][1]) if turners else act
    return Effect(
        call_id=act.intent.call_id,
        session=act.row.session,
        ts=act.row.ts,
        seq=act.row.seq,
        name=act.intent.name,
        arguments=act.intent.arguments,
        plan=act.intent.plan,
        status=_status(act, len(turners)),
        undo=newest.steps if newest is not None else (),
        undoes=act.undoes,
        turned=turners[-1][0] if turners else 0,
    )


def _status(act: _Act, turn_count: int) -> Status:
    if act.is_open:
        return "failed" if turn_count else "open"
    if not act.is_done:
        return "failed"
    if turn_count == 0:
        return "done"
    return "undone" if turn_count % 2 else "redone"


def _pick(candidates: Sequence[Effect], which: int | str, verb: str) -> list[Effect]:
    is_count = isinstance(which, int)
    picked = (
        list(candidates[: max(int(which), 0)])
        if is_count
        else [one for one in candidates if one.call_id == which]
    )
    if not picked:
        what = "nothing" if isinstance(which, int) else f"no effect {which!r}"
        raise NotFound(f"there is {what} to {verb}")
    return picked
