"""`aosh ps`: the agents the journal knows, of every kernel."""

from collections.abc import Sequence

import msgspec

from apps.shell.alive import is_alive
from apps.shell.commands.crew import grid
from apps.shell.commands.output import parser_of, print_json, settings_at, show
from apps.shell.door import look_into
from apps.shell.seen import AgentSeen
from kernel.journal.sqlite import SqliteJournal
from kernel.processes.agent import ProcessRow, State
from kernel.processes.table import told

ROWS = 20


def ps(args: Sequence[str]) -> int:
    """List them, newest last."""
    parser = parser_of("ps", json_too=True)
    parser.add_argument("-a", "--all", action="store_true", help="those that ended too")
    parser.add_argument("-n", type=int, default=ROWS, metavar="N", help=f"the last N (default: {ROWS})")
    options = parser.parse_args(args)
    if options.n < 1:
        parser.error(f"-n: expected a number of at least 1, got {options.n}")
    settings = settings_at(parser)
    running = {
        agent.session: agent for kernel in look_into(settings.folders.runtime) for agent in kernel.agents
    }
    found: list[ProcessRow] = []
    if settings.folders.journal.exists():
        journal = SqliteJournal.open(settings.folders.journal)
        try:
            found = told(journal, lambda session: is_alive(settings.folders, session))
        finally:
            journal.close()
    if not options.all:
        found = [row for row in found if not State(row.state).is_end or State(row.state) is State.INTERRUPTED]
    found = [_live(row, running) for row in found[-options.n :]]
    if options.json:
        print_json([msgspec.to_builtins(row) for row in found])
    else:
        show(grid(found))
    return 0


def _live(row: ProcessRow, running: dict[str, AgentSeen]) -> ProcessRow:
    """The row with what its kernel says has been used by now."""
    agent = running.get(row.session)
    return row if agent is None else msgspec.structs.replace(row, used=agent.used, near=agent.near)
