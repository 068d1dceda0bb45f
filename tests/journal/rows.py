"""Rows for the tests, as short as can be."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from kernel.journal.port import Body, Journal
from kernel.journal.records import IntentRow, NoteRow, OutcomeRow
from syscalls.errors import WireError
from syscalls.undo import Change, Plan, Step


def note(journal: Journal, text: str, *, session: str = "s", durable: bool = False) -> int:
    return journal.append(session, "note", NoteRow(text), durable=durable)


def notes(journal: Journal, session: str | None = None) -> list[str]:
    return [row.record().text for row in journal.rows(session, kinds=["note"])]


def intent(call_id: str, path: str = "/w/a") -> IntentRow:
    plan = Plan((Change("created", path),), (Step("remove", path),))
    return IntentRow(call_id, "file.write", {"path": path}, plan)


def done(call_id: str, path: str = "/w/a") -> OutcomeRow:
    return OutcomeRow(call_id, "file.write", True, undo=(Step("remove", path, mode=0o644),))


def failed(call_id: str, code: int = 28) -> OutcomeRow:
    return OutcomeRow(call_id, "file.write", False, WireError(code, "no"))


def add(journal: Journal, *bodies: tuple[str, Body], session: str = "s") -> None:
    for kind, body in bodies:
        journal.append(session, kind, body, durable=False)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root passes every permission check; act as a user who does not."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if was == 0:
            os.seteuid(was)
