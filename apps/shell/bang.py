"""`!line`: a program the person runs by typing its command line.

Plain words become the program and its arguments. A line with shell syntax goes to `sh -c`: it is the
person's own text, typed here, and never a mind's.
"""

import re
import shlex

from apps.shell.direct import Spoken
from syscalls.errors import BadArgument

EXEC = "tool.exec"
_QUOTED = re.compile(r"'[^']*'|\"[^\"$`\\]*\"")
_SYNTAX = re.compile(r"[|&;<>()$`\\\"'*?\[\]{}~#\n]|^\s*\w+=")
_OF_SHELLS = frozenset(
    "cd export source . set unset ulimit umask type command eval exec alias if for while case test [ time".split()
)


def shell_line(line: str, stdin: str = "") -> Spoken:
    """The call that a line beginning with `!` means.

    Args:
        line: as typed.
        stdin: what was piped in; the program reads it.

    Raises:
        BadArgument: nothing follows the `!`, or it is the prompt's `!!`.
    """
    if line.startswith("!!"):
        raise BadArgument(
            "!! runs a program outside the jail, and only at the prompt; one ! runs it in the jail"
        )
    argv = argv_of(line[1:])
    return Spoken(EXEC, {"argv": argv} | ({"stdin": stdin} if stdin else {}))


def argv_of(text: str) -> list[str]:
    """Program and arguments of a command line.

    Raises:
        BadArgument: it is empty.
    """
    text = text.strip()
    if not text:
        raise BadArgument("expected a program after !, such as !ls -la")
    if has_syntax(text):
        return ["sh", "-c", text]
    return shlex.split(text)


def has_syntax(text: str) -> bool:
    """Whether only a shell understands the line: pipes, variables, patterns, its own commands."""
    bare = _QUOTED.sub("x", text)
    return _SYNTAX.search(bare) is not None or text.split(None, 1)[0] in _OF_SHELLS
