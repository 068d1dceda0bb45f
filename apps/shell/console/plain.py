"""The console of a terminal that can only print lines (`TERM=dumb`, an editor's shell buffer).

No colours, no cursor, no raw mode: the terminal itself echoes and edits the line.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import DummyInput
from prompt_toolkit.output import DummyOutput

from apps.shell.console.busy import Status
from apps.shell.console.console import Console, Setup
from apps.shell.console.keys import EXIT_INTERRUPTED, Leave
from apps.shell.piped import readable
from syscalls.errors import Canceled
from syscalls.table import Table


class Paper(DummyOutput):
    """Lines on a descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write_raw(self, data: str) -> None:
        """Print."""
        os.write(self._descriptor, data.replace("\r\n", "\n").encode("utf-8", "replace"))

    def get_size(self) -> Size:
        """As wide as most are."""
        return Size(rows=24, columns=80)


class Lines:
    """Whole lines from a descriptor, without blocking the loop."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._held = b""

    async def next(self) -> str | None:
        """The next line without its end; None when there are no more."""
        while b"\n" not in self._held:
            data = await self._more()
            if not data:
                rest, self._held = self._held, b""
                return rest.decode("utf-8", "surrogateescape") if rest else None
            self._held += data
        line, _, self._held = self._held.partition(b"\n")
        return line.decode("utf-8", "surrogateescape").rstrip("\r")

    async def _more(self) -> bytes:
        await readable(self._descriptor)
        return os.read(self._descriptor, 65_536)


class PlainConsole(Console):
    """A console of lines."""

    def __init__(self, table: Table, setup: Setup, *, descriptors: tuple[int, int] | None = None) -> None:
        """Args: `descriptors` are those of input and output; standard ones when None."""
        reads, writes = descriptors or (sys.stdin.fileno(), sys.stdout.fileno())
        super().__init__(table, replace(setup, has_colour=False), input=DummyInput(), output=Paper(writes))
        self._lines = Lines(reads)
        self._reading: asyncio.Task[str | None] | None = None

    async def read_line(self, default: str = "") -> str | Leave:
        """The next line; an empty one hands in `default`."""
        if default:
            self.note(f"Enter alone takes: {default}")
        self._output.write_raw(self._message())
        async with self._asking, asyncio.TaskGroup() as group:
            reading = self._reading = group.create_task(self._lines.next())
            await asyncio.wait([reading])
        self._reading = None
        if reading.cancelled():
            return Leave(EXIT_INTERRUPTED)
        typed = reading.result()
        return Leave(0) if typed is None else typed or default

    @contextmanager
    def busy(self, text: str, interrupt: Callable[[], None]) -> Iterator[Status]:
        """Nothing to listen to: Ctrl-C comes as a signal, and the terminal keeps what is typed."""
        del interrupt
        self._status.text = text
        yield self._status

    def signalled(self) -> None:
        """Ctrl-C while nothing ran; the second one in time leaves."""
        if self._interrupts.is_recent and self._reading is not None:
            self._reading.cancel()
        self._interrupts.pressed()
        self._output.write_raw(f"\n{self._message()}")

    def clear(self) -> None:
        """There is no screen to clear."""

    @property
    def _is_prompting(self) -> bool:
        return False

    async def _press(self, question: str, keys: Mapping[str, str], otherwise: str) -> str:
        choices = "  ".join(f"{key} {meaning}" for key, meaning in keys.items())
        while True:
            self._output.write_raw(f"{question}  {choices}: ")
            typed = await self._lines.next()
            if typed is None:
                return otherwise
            if typed.strip().lower() in keys:
                return typed.strip().lower()

    async def _answer(self, prompt: str) -> str:
        self._output.write_raw(prompt)
        typed = await self._lines.next()
        if typed is None:
            raise Canceled("the person called it off")
        return typed
