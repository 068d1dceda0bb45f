"""`aosh undo`, `aosh redo`, `aosh history`."""

import asyncio
from collections.abc import Sequence

from apps.shell.answers import answer_of
from apps.shell.boot import boot, watch_nothing
from apps.shell.commands import effects
from apps.shell.commands.effects import Verb
from apps.shell.commands.output import complain, directory, parser_of, print_json, settings_at, show
from apps.shell.early import user_process
from apps.shell.exits import exit_of_result
from apps.shell.oneshot import write
from apps.shell.people import People, Talk
from apps.shell.settings import Settings
from kernel.call import AlwaysYes
from kernel.journal.effects import EFFECT_KINDS, Effect
from kernel.journal.effects import effects as fold
from kernel.journal.sqlite import SqliteJournal
from kernel.loop import Nobody, Result

HISTORY_ROWS = 50


def undo(args: Sequence[str]) -> int:
    """`aosh undo [N|ID] [--force]`."""
    return _turn("undo", args)


def redo(args: Sequence[str]) -> int:
    """`aosh redo [N|ID] [--force]`."""
    return _turn("redo", args)


def history(args: Sequence[str]) -> int:
    """`aosh history [-n N] [--all] [--json]`."""
    parser = parser_of("history", json_too=True)
    directory(parser)
    parser.add_argument(
        "-n", type=int, default=HISTORY_ROWS, metavar="N", help=f"the last N (default: {HISTORY_ROWS})"
    )
    parser.add_argument(
        "-a", "--all", action="store_true", help="those of every folder, not only of this one"
    )
    options = parser.parse_args(args)
    if options.n < 1:
        parser.error(f"-n: expected a number of at least 1, got {options.n}")
    settings = settings_at(parser, options.directory)
    everything = effects.own(_recorded(settings))
    found = everything if options.all else effects.here(everything, user_process(settings))
    shown = found[-options.n :]
    if options.json:
        print_json([effects.facts(effect) for effect in shown])
        return 0
    show(effects.grid(shown, len(found) - len(shown)))
    if len(found) < len(everything):
        complain(f"{len(everything) - len(found)} more in other folders: aosh history --all")
    return 0


def _recorded(settings: Settings) -> list[Effect]:
    """Every effect of the journal; none where there is no journal yet."""
    if not settings.folders.journal.exists():
        return []
    journal = SqliteJournal.open(settings.folders.journal)
    try:
        return fold(journal.rows(kinds=EFFECT_KINDS))
    finally:
        journal.close()


def _turn(verb: Verb, args: Sequence[str]) -> int:
    parser = parser_of(verb)
    directory(parser)
    parser.add_argument(
        "which", nargs="?", default="1", metavar="N|ID", help="how many, newest first, or an id (default: 1)"
    )
    parser.add_argument("-f", "--force", action="store_true", help="also where a file was changed since")
    options = parser.parse_args(args)
    settings = settings_at(parser, options.directory)
    result = asyncio.run(_carry_out(settings, verb, options.which, force=options.force))
    write(answer_of(result))
    if result.error is not None:
        complain(f"{result.error.symbol}: {result.error}")
    return exit_of_result(result)


async def _carry_out(settings: Settings, verb: Verb, which: str, *, force: bool) -> Result:
    """Typing the command is the yes that a change outside this folder needs."""
    people = People(AlwaysYes(), Nobody(), watch_nothing, Talk(complain))
    async with boot(settings, people) as kernel:
        return await effects.turn(kernel, verb, which, force=force)
