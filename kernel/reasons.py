"""Why a call was made or refused, and where its arguments came from: read from the journal alone."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from kernel.grounding import leaves
from kernel.journal.port import Journal, Row
from kernel.journal.records import (
    DECISION_KINDS,
    OUTCOME_KINDS,
    DecisionRow,
    OutcomeRow,
    RequestRow,
    SessionRow,
    decision_in,
    outcome_in,
)
from kernel.origins import WORDS, Origin
from kernel.provenance import FOLDED_KINDS, Provenance
from syscalls.errors import NotFound
from syscalls.labels import NONE, Label, Labels

SHORTEST_ID = 4
DEEPEST = 6
"""Effects a chain is followed back over."""
_FILE = "file:"
_PLACES = {
    "stdin": "what was piped in with the request",
    "names": "the names of the workspace's files",
    "session": "what this session had read before",
}


class Ruling(msgspec.Struct, frozen=True):
    """One decision on the call; a program's changes get one of their own."""

    verdict: str
    rule: str
    reason: str
    approved_by: str
    """"user", "scope" (an earlier yes), "nobody", "refused"; empty where nobody was asked."""


class Argument(msgspec.Struct, frozen=True):
    """One argument, and where its value came from."""

    name: str
    value: Any
    how: str
    """In words; "typed by hand" where no mind drafted it."""
    sources: tuple[Label, ...]
    found_in: tuple[str, ...]
    """Replies and other things it was found in, each in words."""


class Link(msgspec.Struct, frozen=True):
    """One step back: how a source came to hold what it holds."""

    source: str
    what: str
    by: str
    """The call that did it; `why` takes it."""
    sources: tuple[Label, ...]
    """What that call wrote came from these."""
    depth: int


class Reason(msgspec.Struct, frozen=True):
    """All that is known of one call."""

    call_id: str
    name: str
    session: str
    ts: float
    """Unix time of the decision."""
    request: str
    """What was being carried out; empty where nobody asked in words."""
    wanted_by: str
    """"user", "mind", "kernel" or "app:NAME"; empty in rows of older versions."""
    rulings: tuple[Ruling, ...]
    arguments: tuple[Argument, ...]
    labels: tuple[Label, ...]
    """Join over the arguments."""
    outcome: str
    """"done", "failed: ..." or "not carried out"."""
    wrote: tuple[Label, ...]
    """What the files it wrote hold from elsewhere."""
    chain: tuple[Link, ...]


class Known:
    """The rows that reasons are made of, read once."""

    def __init__(self, journal: Journal) -> None:
        self.decisions: dict[str, list[tuple[Row, DecisionRow]]] = {}
        self.folders: dict[str, str] = {}
        self._requests: dict[str, list[tuple[int, str]]] = {}
        self.outcomes: dict[str, OutcomeRow] = {}
        for row in journal.rows(kinds=("session", "request", *DECISION_KINDS, *OUTCOME_KINDS)):
            self._take(row, row.record())
        self.files = Provenance()
        self._ended = list(journal.rows(kinds=FOLDED_KINDS))

    def _take(self, row: Row, record: object) -> None:
        if isinstance(record, RequestRow):
            self._requests.setdefault(row.session, []).append((row.seq, record.text))
        elif isinstance(record, SessionRow):
            self.folders[row.session] = record.cwd
        decision, outcome = decision_in(record), outcome_in(record)
        if decision is not None and decision.call_id:
            self.decisions.setdefault(decision.call_id, []).append((row, decision))
        if outcome is not None:
            self.outcomes[outcome.call_id] = outcome

    def look_back(self, seq: int) -> None:
        """What files held before a row."""
        self.files.fold(row for row in self._ended if row.seq < seq)

    def request(self, row: Row) -> str:
        """What was asked for before a row in its session."""
        before = [text for seq, text in self._requests.get(row.session, ()) if seq < row.seq]
        return before[-1] if before else ""


def explain(journal: Journal, given: str, folder: str = "") -> Reason:
    """The reason of one call.

    Args:
        journal: of all sessions.
        given: its id or the unique beginning of one; empty: the last call made in `folder`.
        folder: the working folder whose sessions count when no id is given; empty: all.

    Raises:
        NotFound: there is no such call, or several begin so.
    """
    known = Known(journal)
    call_id = _whole(known, given) if given else _last(known, folder)
    rows = known.decisions[call_id]
    row, decision = rows[0]
    known.look_back(row.seq)
    outcome = known.outcomes.get(call_id)
    return Reason(
        call_id=call_id,
        name=decision.name,
        session=row.session,
        ts=row.ts,
        request=known.request(row),
        wanted_by=decision.origin,
        rulings=tuple(Ruling(each.verdict, each.rule, each.reason, each.approved_by) for _, each in rows),
        arguments=tuple(_argument(known, decision, name) for name in decision.arguments),
        labels=decision.labels.items,
        outcome=_ended(outcome),
        wrote=outcome.labels.items if outcome else (),
        chain=tuple(_chain(known, _begun(known, decision, outcome))),
    )


def _whole(known: Known, given: str) -> str:
    begun = [id_ for id_ in known.decisions if len(given) >= SHORTEST_ID and id_.startswith(given)]
    if len(begun) == 1:
        return begun[0]
    if begun:
        raise NotFound(f"{given!r} begins several ids: {', '.join(begun[:5])}; give more of it")
    raise NotFound(
        f"no call has the id {given!r}; expected one of `aosh history`, or its first {SHORTEST_ID} or more letters"
    )


def _last(known: Known, folder: str) -> str:
    for call_id, rows in reversed(known.decisions.items()):
        row, decision = rows[0]
        if decision.origin != "kernel" and folder in ("", known.folders.get(row.session)):
            return call_id
    raise NotFound("no call was made here yet")


def _argument(known: Known, decision: DecisionRow, name: str) -> Argument:
    origin = decision.origins.get(name)
    value = decision.arguments[name]
    if origin is None:
        by_hand = decision.origin == "user"
        sources = () if by_hand else decision.labels.items
        return Argument(name, value, "typed by hand" if by_hand else "not traced", sources, ())
    return Argument(name, value, WORDS[origin.how], origin.labels.items, tuple(_places(known, origin)))


def _places(known: Known, origin: Origin) -> Iterable[str]:
    for place in origin.of:
        if place in known.decisions:
            _, decision = known.decisions[place][0]
            yield f"the reply of {line(decision)} ({place})"
        else:
            yield _PLACES.get(place, place)


def _ended(outcome: OutcomeRow | None) -> str:
    if outcome is None:
        return "not carried out"
    return "done" if outcome.ok or outcome.error is None else f"failed: {outcome.error.message}"


def _begun(known: Known, decision: DecisionRow, outcome: OutcomeRow | None) -> Labels:
    """Where chains begin: the arguments' sources, the files they name, and what was written."""
    paths = [
        leaf for leaf in leaves(decision.arguments) if isinstance(leaf, str) and known.files.writer(leaf)
    ]
    named = Labels(tuple(Label(f"{_FILE}{path}", trusted=False) for path in paths))
    return named.join(decision.labels, outcome.labels if outcome else NONE)


def _chain(known: Known, labels: Labels) -> Iterable[Link]:
    """What wrote the files behind the labels, and what wrote those these came from."""
    ahead: list[tuple[Label, int]] = [(label, 1) for label in reversed(labels.items)]
    seen: set[str] = set()
    while ahead:
        label, depth = ahead.pop()
        if not label.source.startswith(_FILE) or label.source in seen or depth > DEEPEST:
            continue
        seen.add(label.source)
        by = known.files.writer(label.source[len(_FILE) :])
        if by not in known.decisions:
            continue
        outcome = known.outcomes.get(by)
        sources = outcome.labels.items if outcome else ()
        _, decision = known.decisions[by][0]
        yield Link(label.source, f"written by {line(decision)}", by, sources, depth)
        ahead += [(each, depth + 1) for each in reversed(sources)]


def line(decision: DecisionRow) -> str:
    """A call on one line, not escaped; long values are cut."""
    words = [f"{name}={_brief(value)}" for name, value in decision.arguments.items()]
    return " ".join([decision.name, *words])


def _brief(value: Any, most: int = 60) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= most else f"{text[: most - 1]}…"


def untrusted(labels: Sequence[Label]) -> list[str]:
    """The sources that need care, private ones said to be."""
    return [
        f"{label.source}{' (private)' if label.private else ''}"
        for label in labels
        if label.private or not label.trusted
    ]
