"""What was done in a session, from its rows alone: what was asked, which effects stand, what was taken back.

Made of a person's own words and of nothing else: a file is named where the person named it, else counted. So no
text of others comes into it. Requests about the memory are left out, for what was forgotten must not stand here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

import msgspec

from kernel.grounding import is_said
from kernel.journal.effects import Effect
from kernel.journal.port import Row
from kernel.journal.records import DECISION_KINDS, RequestRow, SessionRow, decision_in
from syscalls.file_values import counted, sentence
from syscalls.undo import Change

KINDS = ("session", "request", "intent", *DECISION_KINDS)
"""The rows that a digest is made of."""
SOURCES = ("words", "typed")
"""Requests of a person: those of jobs and agents may hold words of others."""
MEMORY = "mem."
MOST_REQUESTS = 40
MOST_CHARACTERS = 200
"""Of one request."""


class Asked(msgspec.Struct):
    """One request and what came of it."""

    text: str
    ts: float
    effects: list[Effect]
    is_of_memory: bool = False


class Told(msgspec.Struct, frozen=True):
    """Some requests of one session."""

    session: str
    cwd: str
    asked: tuple[Asked, ...]
    upto: int
    """`seq` of the last row that was looked at."""

    @property
    def began(self) -> float:
        """Unix time of the first request."""
        return self.asked[0].ts


def told(session: str, rows: Iterable[Row], effects: Mapping[int, Effect], after: int = 0) -> Told | None:
    """What a session's rows tell; None where a person asked for nothing since.

    Args:
        session: its name.
        rows: all of the session's, of `KINDS`, in order.
        effects: by the `seq` of their intent, as they stand now.
        after: rows up to this `seq` were told before.
    """
    cwd, asked, upto, is_a_persons = "", list[Asked](), after, False
    for row in rows:
        record = row.record()
        if isinstance(record, SessionRow):
            cwd = record.cwd
        if row.seq <= after:
            continue
        upto = row.seq
        if isinstance(record, RequestRow):
            is_a_persons = record.source in SOURCES
            if is_a_persons:
                asked.append(Asked(record.text, row.ts, []))
        elif asked and is_a_persons:
            if row.seq in effects:
                asked[-1].effects.append(effects[row.seq])
            decision = decision_in(record)
            is_a_minds = (
                decision is not None and decision.origin != "kernel"
            )  # the kernel recalls for every request
            if is_a_minds and decision is not None and decision.name.startswith(MEMORY):
                asked[-1].is_of_memory = True
    return Told(session, cwd, tuple(asked), upto) if asked else None


def lines(parts: Sequence[Told], is_kept_back: Callable[[str], bool]) -> list[str]:
    """One line a request that changed something, then what was only looked at.

    Args:
        parts: of one folder, in their order.
        is_kept_back: whether a request's words hold what is not to be remembered, such as a password.
    """
    asked = [each for part in parts for each in part.asked if not each.is_of_memory]
    shown = [each for each in asked if not is_kept_back(each.text)]
    found = []
    for each in shown[-MOST_REQUESTS:]:
        if each.effects:
            found += [f"- asked {_words(each.text)}: {'; '.join(_did(each, one) for one in each.effects)}"]
    looks = list(dict.fromkeys(_words(each.text) for each in shown[-MOST_REQUESTS:] if not each.effects))
    if looks:
        found.append(f"- changed nothing: {'; '.join(looks)}")
    if more := len(shown) - MOST_REQUESTS:
        found += [f"- and {counted(more, 'request')} before"] if more > 0 else []
    return found


def _words(text: str) -> str:
    said = " ".join(text.split())
    return f'"{said if len(said) <= MOST_CHARACTERS else said[:MOST_CHARACTERS] + "..."}"'


_STANDS = {"done": "", "redone": "", "undone": " (undone since)", "failed": " (failed)", "open": " (cut off)"}


def _did(asked: Asked, effect: Effect) -> str:
    """An effect as it stands, by the names the person used."""
    changes = effect.plan.changes
    named = [each for each in changes if _is_named(each, asked.text)]
    parts = [sentence(msgspec.structs.replace(each, note="")) for each in named[:5]]
    rest = Counter(each.what for each in changes if each not in named[:5])
    parts += [f"{what} {counted(number, 'thing')}" for what, number in sorted(rest.items())]
    return f"{', '.join(parts) or effect.name}{_STANDS[effect.status]}"


def _is_named(change: Change, text: str) -> bool:
    """Whether every place of a change stands in the person's own words."""
    places = [
        place for place in (change.path, change.to if change.what in ("moved", "copied") else "") if place
    ]
    return all(is_said(PurePosixPath(place).name or place, text) for place in places)
