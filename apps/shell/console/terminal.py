"""The console that this terminal can have."""

from prompt_toolkit.utils import is_dumb_terminal

from apps.shell.console.console import Console, Setup
from apps.shell.console.plain import PlainConsole
from syscalls.table import Table


def console_of(table: Table, setup: Setup) -> Console:
    """With editing and colours, or lines alone."""
    return PlainConsole(table, setup) if is_dumb_terminal() else Console(table, setup)
