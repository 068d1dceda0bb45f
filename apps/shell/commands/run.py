"""`aosh COMMAND ...`: which one. Each loads only what it needs: `undo` must not wait for a mind."""

from collections.abc import Callable, Sequence

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
        case "why":
            from apps.shell.commands.why import why

            return why
        case "doctor":
            from apps.shell.doctor import doctor

            return doctor
        case "policy":
            from apps.shell.commands.policy import policy

            return policy
        case "syscalls":
            from apps.shell.commands.calls import syscalls

            return syscalls
        case "sessions":
            from apps.shell.commands.sessions import sessions

            return sessions
        case "config":
            from apps.shell.commands.config import config

            return config
        case "eval":
            from apps.shell.commands.evaluate import evaluate

            return evaluate
        case _:
            return _running(name)


def _running(name: str) -> Command:
    """The function of a command that looks after what runs."""
    match name:
        case "top":
            from apps.shell.commands.top import top

            return top
        case "serve":
            from apps.shell.commands.serve import serve

            return serve
        case _:
            from apps.shell.commands.mind import mind

            return mind
