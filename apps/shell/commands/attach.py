"""`aosh attach [ID]`: come back to an interactive session that goes on in the service."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from apps.shell.cli import common, settings_of
from apps.shell.commands.output import complain
from apps.shell.exit_codes import Exit
from apps.shell.service.client import LATEST
from apps.shell.service.visiting import ENDED, Gone, visit


def attach(args: Sequence[str]) -> int:
    """Attach to the session that was left last, of this folder where there is one, or to that of an id."""
    parser = argparse.ArgumentParser(
        prog="aosh attach",
        description="Come back to an interactive session of `aosh serve` that was left with /detach or Ctrl-Z. "
        "It keeps the settings it was opened with; what happened meanwhile is shown, and what it asks is asked.",
    )
    parser.add_argument("session", nargs="?", default=LATEST, metavar="ID", help="see aosh serve status")
    common(parser)
    options = parser.parse_args(args)
    try:
        settings = settings_of(options)
    except ValueError as wrong:
        complain(str(wrong))
        return Exit.USAGE
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        complain("a session is attached to a terminal, and there is none")
        return Exit.INPUT
    came = asyncio.run(visit(options, settings, "", options.session))
    if came is None:
        complain("no service keeps sessions here; `aosh serve` starts one")
        return Exit.INPUT
    if isinstance(came, Gone):
        complain(ENDED)
        return Exit.FATAL
    return came
