"""What a line that was not understood is more likely to be: a command of aosh, or of a shell. And where a no leads on."""

import re
import shlex
import shutil
from collections.abc import Sequence

from apps.shell.bang import has_syntax
from apps.shell.cli import COMMANDS
from kernel.call import Err, Reply
from kernel.loop import Result
from kernel.verdicts import Verdict
from syscalls.errors import Denied, NotUnderstood

_ASIDE = r"(?:\s+(?:it|that|this|(?:the|my)\s+last(?:\s+(?:change|one|step|thing))?))?"
_COMMANDS = (
    (re.compile(rf"(?:please\s+)?(undo|redo){_ASIDE}[.!]?", re.IGNORECASE), r"/\1"),
    (re.compile(r"(undo|redo)\s+(?:the\s+last\s+)?(\d{1,3})(?:\s+changes)?", re.IGNORECASE), r"/\1 \2"),
    (re.compile(r"(?:show\s+)?(?:me\s+)?(?:the\s+)?(history|help|grants)[?.!]?", re.IGNORECASE), r"/\1"),
    (re.compile(r"(why|clear|mode)\s*\??", re.IGNORECASE), r"/\1"),
)
_PROSE = frozenset(
    """a all an and any are as called every everything file files find folder for from how i in is it its line lines me my named
    of on or our please some that the them these this those to us what where which with your""".split()
)


def command_of(line: str) -> str:
    """The `/command` that plain words stand for at the prompt; empty for none."""
    for pattern, command in _COMMANDS:
        if found := pattern.fullmatch(line.strip()):
            return found.expand(command).lower()
    return ""


def program_of(line: str, search: Sequence[str]) -> str:
    """The line that would run it as a program, where it begins like a command line; empty for none.

    Args:
        search: the folders that programs are looked for in.
    """
    text = line.strip()
    words = text.split()
    if not words or "\n" in text or not re.fullmatch(r"[\w./+-]+", words[0]):
        return ""
    if not has_syntax(text) and not _PROSE.isdisjoint(word.lower() for word in words[1:]):
        return ""
    is_program = shutil.which(words[0], path=":".join(search)) is not None
    return f"!{text}" if is_program else ""


def hint_of(result: Result, request: str, search: Sequence[str]) -> str:
    """How to go on after a request that failed, for `-p`; empty where there is nothing to say.

    Args:
        search: as of `program_of`.
    """
    if any(map(_is_unanswered, result.replies)):
        return "--yes answers beforehand; --dry-run shows which --allow would"
    if not isinstance(result.error, NotUnderstood):
        return ""
    command = command_of(request).removeprefix("/")
    if command.split(" ")[0] in COMMANDS:
        return f"for that there is: aosh {command}"
    if program := program_of(request, search):
        return f"to run it as a program, in the jail: aosh -p {shlex.quote(program)}"
    if result.nearest:
        return f"things I can do: {'; '.join(map(repr, result.nearest))}"
    return ""


def _is_unanswered(reply: Reply) -> bool:
    """Whether a yes was needed and nobody was there to give it, where `--yes` would count."""
    return (
        isinstance(reply, Err)
        and isinstance(reply.error, Denied)
        and reply.decision is not None
        and reply.decision.verdict is Verdict.ASK
    )
