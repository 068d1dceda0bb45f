"""`aosh why [ID]`: which rule decided a call, and where each of its arguments came from."""

from collections.abc import Sequence

from apps.shell.commands.output import directory, parser_of, print_json, settings_at, show
from apps.shell.render.reason import as_json, reason
from kernel.journal.sqlite import SqliteJournal
from kernel.reasons import explain
from syscalls.errors import NotFound


def why(args: Sequence[str]) -> int:
    """`aosh why [ID] [--json]`."""
    parser = parser_of("why", json_too=True)
    directory(parser)
    parser.add_argument(
        "id",
        nargs="?",
        default="",
        metavar="ID",
        help="a call's id, or how it begins (default: the last here)",
    )
    options = parser.parse_args(args)
    settings = settings_at(parser, options.directory)
    if not settings.folders.journal.exists():
        raise NotFound("no call was made yet")
    journal = SqliteJournal.open(settings.folders.journal)
    try:
        found = explain(journal, options.id, str(settings.cwd.resolve()))
    finally:
        journal.close()
    if options.json:
        print_json(as_json(found))
    else:
        show(reason(found))
    return 0
