"""While a turn runs: Ctrl-C stops it, Ctrl-Z leaves it to the service, a line says that it takes time.

Other keys wait for the next prompt.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output

from apps.shell.render import escape

PATIENCE_S = 0.3
"""A turn shorter than this says nothing of itself."""
REDRAW_S = 0.2


class Status:
    """One line that comes late, is drawn over, and is gone before anything else is shown."""

    hint = "Ctrl-C stops it"
    """What can be done about it."""

    def __init__(self, output: Output, clock: Callable[[], float]) -> None:
        self.text = ""
        self.is_held = False
        """Whether the line it would be drawn on is being written by somebody else."""
        self._output = output
        self._clock = clock
        self._since = 0.0
        self._is_shown = False
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def running(self, text: str) -> Iterator[None]:
        """Show `text` and the seconds gone, once the patience is over."""
        self.text, self._since = text, self._clock()
        self._arm(PATIENCE_S)
        try:
            yield
        finally:
            self._disarm()

    def say(self, text: str) -> None:
        """What is under way now."""
        self.text = text

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Out of the way: somebody else uses the screen."""
        was_running = self._timer is not None
        self._disarm()
        try:
            yield
        finally:
            if was_running:
                self._arm(PATIENCE_S)

    def clear(self) -> None:
        """Take the line off the screen; it comes again by itself."""
        if self._is_shown:
            self._output.write_raw("\r")
            self._output.erase_end_of_line()
            self._output.flush()
            self._is_shown = False

    def _arm(self, after_s: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(after_s, self._draw)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.clear()

    def _draw(self) -> None:
        if self.is_held:
            self._arm(REDRAW_S)
            return
        width = max(self._output.get_size().columns - 1, 1)
        line = f"… {escape.line(self.text)} {self._clock() - self._since:.0f} s ({self.hint})"
        self._output.write_raw(f"\r{line[:width]}")
        self._output.erase_end_of_line()
        self._output.flush()
        self._is_shown = True
        self._arm(REDRAW_S)


@contextmanager
def listening(
    keys: Input,
    interrupt: Callable[[], None],
    typed: list[KeyPress],
    detach: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Ctrl-C calls `interrupt` and Ctrl-Z `detach`, where there is one; every other key is added to `typed`."""

    def take() -> None:
        for press in keys.read_keys():
            if press.key == Keys.ControlC:
                interrupt()
            elif press.key == Keys.ControlZ and detach is not None:
                detach()
            else:
                typed.append(press)

    with keys.raw_mode(), keys.attach(take):
        try:
            yield
        finally:
            typed += keys.flush_keys()
