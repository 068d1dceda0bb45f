"""`aosh COMMAND ...`: which one, and what they share."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from apps.shell.commands import calls, changes, evaluate, mind, sessions
from apps.shell.commands.output import complain
from apps.shell.doctor import doctor
from apps.shell.exits import exit_of
from syscalls.errors import SysError

Command = Callable[[Sequence[str]], int]
_KNOWN: Mapping[str, Command] = MappingProxyType(
    {
        "undo": changes.undo,
        "redo": changes.redo,
        "history": changes.history,
        "doctor": doctor,
        "syscalls": calls.syscalls,
        "sessions": sessions.sessions,
        "mind": mind.mind,
        "eval": evaluate.evaluate,
    }
)


def run_command(name: str, args: Sequence[str]) -> int:
    """Run one command; the exit code."""
    try:
        return _KNOWN[name](args)
    except SysError as error:
        complain(f"{error.symbol}: {error}")
        return exit_of(error)
