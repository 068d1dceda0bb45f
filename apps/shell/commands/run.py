"""`aosh COMMAND ...`: which one. Each loads only what it needs: `undo` must not wait for a mind."""

from collections.abc import Callable, Sequence
from importlib import import_module

from apps.shell.config import BadConfig
from apps.shell.exits import Exit, exit_of
from apps.shell.oneshot import complain
from kernel.rules.source import BadRules
from syscalls.errors import SysError

Command = Callable[[Sequence[str]], int]


def run_command(name: str, args: Sequence[str]) -> int:
    """Run one command; the exit code."""
    try:
        return command(name)(args)
    except (BadConfig, BadRules) as error:
        complain(str(error))
        return Exit.CONFIG
    except SysError as error:
        complain(f"{error.symbol}: {error}")
        return exit_of(error)


def command(name: str) -> Command:
    """The function behind a name of `cli.COMMANDS`."""
    match name:
        case "undo" | "redo" | "history":
            from apps.shell.commands import changes

            return {"undo": changes.undo, "redo": changes.redo, "history": changes.history}[name]
        case (
            "why"
            | "policy"
            | "sessions"
            | "ps"
            | "jobs"
            | "metrics"
            | "config"
            | "top"
            | "serve"
            | "attach"
            | "memory"
            | "index"
            | "mind"
            | "minds"
        ):
            found: Command = getattr(import_module(f"apps.shell.commands.{name}"), name)
            return found
        case "doctor":
            from apps.shell.doctor import doctor

            return doctor
        case "syscalls":
            from apps.shell.commands.calls import syscalls

            return syscalls
        case _:
            from apps.shell.commands.evaluate import evaluate

            return evaluate
