"""`aosh metrics`: the figures of the running service, once."""

import os
from collections.abc import Sequence
from pathlib import Path

from apps.shell.commands.output import complain, parser_of
from apps.shell.exits import Exit
from apps.shell.oneshot import write
from apps.shell.service import messages, run
from apps.shell.service.place import Unsafe
from apps.shell.settings import folders


def metrics(args: Sequence[str]) -> int:
    """Print what `aosh serve --metrics` serves."""
    parser_of("metrics").parse_args(args)
    try:
        found = run.answer(folders(os.environ, Path.home()), messages.Metrics())
    except Unsafe as unsafe:
        complain(str(unsafe))
        return Exit.FAILED
    if not isinstance(found, messages.Figures):
        complain("no service runs here; `aosh serve` starts one, whose figures these are")
        return Exit.FAILED
    write(found.text)
    return Exit.DONE
