"""What a program prints, shown line by line while it runs. It passes as text only: nothing of it acts."""

from collections.abc import Callable

from rich.console import RenderableType

from apps.shell.render.view import marked, notice
from kernel.happenings import Output

MOST_LINES = 2000
_MOST_HELD = 8192
"""Longest line that is waited for, in characters."""


class Live:
    """The output of the program that runs now."""

    def __init__(self, show: Callable[[RenderableType], None]) -> None:
        self._show = show
        self._held = {"stdout": "", "stderr": ""}
        self._lines = 0
        self.has_shown = False
        """Whether anything was shown since the last `end`."""

    def take(self, output: Output) -> None:
        """A part has come; whole lines are shown at once."""
        held = self._held[output.stream] + output.text.replace("\r\n", "\n")
        whole, newline, rest = held.rpartition("\n")
        if len(rest) > _MOST_HELD:
            whole, newline, rest = held, "\n", ""
        self._held[output.stream] = rest
        if newline:
            self._put(output.stream, whole)

    def end(self) -> bool:
        """The program has ended: what is left is shown. Whether anything was shown at all."""
        for stream, rest in self._held.items():
            if rest:
                self._put(stream, rest)
        self._held = {"stdout": "", "stderr": ""}
        was_shown, self.has_shown, self._lines = self.has_shown, False, 0
        return was_shown

    def _put(self, stream: str, text: str) -> None:
        self.has_shown = True
        if self._lines >= MOST_LINES:
            return
        rows = text.split("\n")
        left = MOST_LINES - self._lines
        self._lines += len(rows)
        self._show(marked("\n".join(rows[:left]), "yellow" if stream == "stderr" else ""))
        if len(rows) >= left:
            self._show(notice(f"… more than {MOST_LINES} lines; the rest is not shown"))
