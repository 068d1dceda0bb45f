"""`aosh sessions`: the sessions the journal holds."""

import time
from collections.abc import Sequence
from typing import Any

from rich.text import Text

from apps.shell.alive import is_alive
from apps.shell.commands.output import parser_of, print_json, settings_at, show
from apps.shell.render.view import name, notice
from apps.shell.render.view import table as grid
from apps.shell.settings import Settings
from kernel.journal.records import IntentRow, RequestRow, SessionRow
from kernel.journal.sqlite import SqliteJournal
from syscalls.taste import ago

ROWS = 50


def sessions(args: Sequence[str]) -> int:
    """List them, newest last."""
    parser = parser_of("sessions", json_too=True)
    parser.add_argument("-n", type=int, default=ROWS, metavar="N", help=f"the last N (default: {ROWS})")
    options = parser.parse_args(args)
    if options.n < 1:
        parser.error(f"-n: expected a number of at least 1, got {options.n}")
    found = _found(settings_at(parser))[-options.n :]
    if options.json:
        print_json(found)
        return 0
    if not found:
        show(notice("no sessions yet"))
        return 0
    rows = grid(
        "session",
        "began",
        "folder",
        "mind",
        "requests",
        "changes",
        "first request",
        right=("requests", "changes"),
    )
    for each in found:
        running = " (running)" if each["running"] else ""
        rows.add_row(
            name(each["session"], "cyan"),
            Text(ago(each["began"], time.time()) + running),
            name(each["cwd"]),
            name(each["mind"]),
            Text(str(each["requests"])),
            Text(str(each["changes"])),
            name(each["first"][:60]),
        )
    show(rows)
    return 0


def _found(settings: Settings) -> list[dict[str, Any]]:
    if not settings.folders.journal.exists():
        return []
    journal = SqliteJournal.open(settings.folders.journal)
    try:
        found = {
            span.session: {
                "session": span.session, "began": span.began, "last": span.last, "rows": span.row_count,
                "cwd": "", "mind": "", "requests": 0, "changes": 0, "first": "",
                "running": is_alive(settings.folders, span.session),
            }
            for span in journal.sessions()
        }  # fmt: skip
        for row in journal.rows(kinds=("session", "request", "intent")):
            _count(found.get(row.session, {}), row.record())
    finally:
        journal.close()
    return list(found.values())


def _count(facts: dict[str, Any], record: object) -> None:
    match record:
        case SessionRow(cwd, mind):
            facts |= {"cwd": cwd, "mind": mind}
        case RequestRow(_, text):
            facts["requests"] = facts.get("requests", 0) + 1
            facts["first"] = facts.get("first") or text
        case IntentRow():
            facts["changes"] = facts.get("changes", 0) + 1
