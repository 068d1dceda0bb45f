"""What running a program answers, and which environment variables it may be given."""

import re

from syscalls.declare import Value
from syscalls.file_values import sentence
from syscalls.undo import Change

ENVIRONMENT = (
    "LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CI", "DEBUG",
    "VERBOSE", "SOURCE_DATE_EPOCH", "GIT_AUTHOR_*", "GIT_COMMITTER_*",
)  # fmt: skip
"""Names of variables a caller may set. None of them makes a program load code."""
ENVIRONMENT_PATTERN = "^(" + "|".join(
    re.escape(name).replace(r"\*", "[A-Z_]+") for name in ENVIRONMENT
) + ")$"  # fmt: skip


class Ran(Value, frozen=True):
    """How a program ended, what it printed and what it changed."""

    program: str
    """The file that was run, absolute; empty outside the jail."""
    argv: tuple[str, ...]
    status: int
    """Exit code, or minus the signal that ended it."""
    stdout: str
    """Bytes that are no UTF-8 are shown as `\\xNN`."""
    stderr: str
    seconds: float
    changes: tuple[Change, ...] = ()
    """What landed in the workspace."""
    stopped: str = ""
    """Why aosh ended it: timeout, memory, processes, cpu. Nothing it changed was kept then."""
    cut: str = ""
    """What is not shown of its output; empty when all is."""
    diff: str = ""
    """Unified diff of the text files it changed."""
    flags: tuple[str, ...] = ()
    """What is out of the ordinary in its changes."""
    why: str = ""
    """Where a budget stopped it: which one, and what raises it."""

    @property
    def is_failed(self) -> bool:
        """Whether it ended in any way but well."""
        return self.status != 0 or bool(self.stopped)

    def text(self) -> str:
        """Its output, how it ended where that was not well, and what it changed."""
        parts = [_whole_lines(self.stdout), _whole_lines(self.stderr)]
        if self.cut:
            parts.append(f"... {self.cut}\n")
        if self.is_failed:
            parts.append(f"{self.ending()}\n")
        parts += [f"{sentence(change)}\n" for change in self.changes]
        return "".join([*parts, self.diff])

    def ending(self) -> str:
        """How it ended, in words."""
        if self.stopped:
            limit = self.why or f"over its limit of {_LIMITS.get(self.stopped, self.stopped)}"
            return f"stopped: {limit}; nothing it changed was kept"
        if self.status < 0:
            return f"killed by signal {-self.status}"
        return f"exit status {self.status}"

    def when_empty(self) -> str:
        """It said nothing."""
        return "it printed nothing and changed nothing"

    def paths(self) -> tuple[str, ...]:
        """The files it left changed."""
        return tuple(
            change.path for change in self.changes if change.what not in ("removed", "skipped", "cached")
        )


_LIMITS = {"timeout": "time", "processes": "processes", "cpu": "processor time"}


def _whole_lines(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
