"""A console whose terminal is another process's: it draws and asks by frames, and waits where nobody is attached.

What is shown meanwhile is kept, the newest of it, and shown to whoever attaches next.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import DummyInput
from prompt_toolkit.output import DummyOutput

from apps.shell.console.busy import Status
from apps.shell.console.console import Console, Setup
from apps.shell.console.keys import Leave
from apps.shell.render import escape
from apps.shell.service import messages
from apps.shell.service.lines import Line
from syscalls.errors import Canceled
from syscalls.table import Table
from syscalls.taste import ago

MOST_KEPT: Final = 200_000
"""Characters that are kept while nobody is attached."""
LARGEST: Final = 1 << 20
"""Characters of one frame."""
ASKED: Final = "waits for an answer"


@dataclass(frozen=True)
class Visitor:
    """The shell that sits at the terminal."""

    line: Line
    pid: int
    columns: int
    has_colour: bool


class DistantConsole(Console):
    """The service's side of a terminal."""

    is_distant = True
    session = ""
    """Whose console it is."""

    def __init__(self, table: Table, setup: Setup) -> None:
        super().__init__(table, setup, input=DummyInput(), output=DummyOutput())
        self._size = Size(rows=24, columns=80)
        self._visitor: Visitor | None = None
        self._scroll = Scroll()
        self._told = DistantStatus(self.send)
        self._is_working = False
        self._open: messages.Question | None = None
        """What the person is asked and has not answered."""
        self._reply: asyncio.Future[messages.Replied] | None = None
        self._number = 0
        self.since = time.time()
        """When somebody sat down or left, Unix time."""
        self.left = asyncio.Event()
        """Set while nobody is attached."""
        self.left.set()
        self.attached = asyncio.Event()
        self.may_wait = False
        """Whether whoever left said that the session is to wait for them."""

    @property
    def pid(self) -> int:
        """Of the process that is attached; 0 without one."""
        return self._visitor.pid if self._visitor else 0

    @property
    def seconds(self) -> float:
        """Since somebody sat down or left."""
        return round(time.time() - self.since, 3)

    @property
    def doing(self) -> str:
        """What is under way; empty while a line is being typed, or waited for."""
        if self._open is not None and not isinstance(self._open, messages.Read):
            return ASKED
        return (self._told.text or "a request") if self._is_working else ""

    def attach(self, visitor: Visitor, *, is_bare: bool) -> None:
        """Somebody sits down: they are shown what they missed, and asked what is open."""
        away, self.since = self.since, time.time()
        self._visitor = visitor
        self._size = Size(rows=24, columns=max(1, visitor.columns))
        self._setup = replace(self._setup, has_colour=visitor.has_colour)
        self.left.clear()
        self.attached.set()
        self.send(messages.Seated(self.session, str(self._setup.cwd), is_bare))
        self.refresh()
        if self._is_working:
            self.send(messages.Busy(self._told.text))
        self._catch_up(away)
        if self._open is not None:
            self.send(self._open)

    def _catch_up(self, away: float) -> None:
        missed, dropped = self._scroll.taken()
        if self.may_wait:
            self.note(f"you left {ago(away, time.time())}" + ("; since then:" if missed else ""))
        if dropped:
            self.note(f"(the {dropped} characters before are no longer kept)")
        for text, is_part in missed:
            self._put(text, is_part=is_part)

    def is_seat_of(self, line: Line) -> bool:
        """Whether the shell of this connection is attached."""
        return self._visitor is not None and self._visitor.line is line

    def leave(self, *, may_wait: bool) -> None:
        """Whoever is attached goes; what is asked waits for the next, and where it `may_wait` what is under way goes on."""
        self._visitor, self.since, self.may_wait = None, time.time(), may_wait
        self.attached.clear()
        self.left.set()

    def detach(self, *, is_busy: bool | None = None) -> None:
        """Let go of the terminal; the session waits."""
        if self._visitor is not None:
            self.send(messages.Detached(self.session, self._is_working if is_busy is None else is_busy))
            self.leave(may_wait=True)

    def end(self, code: int) -> None:
        """The session is over."""
        self.send(messages.Left(code))

    def replied(self, reply: messages.Replied) -> None:
        """The person has answered; what nobody asked is not heard."""
        self._size = Size(rows=24, columns=max(1, reply.columns))
        if self._reply is None or self._reply.done() or self._open is None:
            return
        if reply.number == self._open.number:
            self._reply.set_result(reply)

    def refresh(self) -> None:
        """The line at the bottom, as it is now."""
        if self._setup.toolbar is not None:
            self.send(messages.Bar(escape.line(self._setup.toolbar())))

    def send(self, message: messages.Down) -> None:
        """To whoever is attached."""
        if self._visitor is not None:
            self._visitor.line.send(message)

    async def read_line(self, default: str = "") -> str | Leave:
        """The next line that somebody types."""
        self.refresh()
        async with self._asking:
            reply = await self._asked(messages.Read(self._next(), default))
        return Leave(reply.code) if reply.text is None else reply.text

    async def outside(self, line: str, cwd: str) -> int:
        """The other end runs the line it typed itself."""
        del line, cwd
        return (await self._asked(messages.Outside(self._next()))).code

    @contextmanager
    def busy(self, text: str, interrupt: Callable[[], None]) -> Iterator[Status]:
        """The other end listens for Ctrl-C."""
        del interrupt
        self._is_working, self._told.text = True, text
        self.send(messages.Busy(text))
        try:
            yield self._told
        finally:
            self._is_working = False
            self.send(messages.Idle())

    def interrupted(self) -> None:
        """The other end knows."""

    def clear(self) -> None:
        """An empty screen."""
        self.send(messages.Clear())

    @property
    def width(self) -> int:
        """Columns of the terminal, as last heard."""
        return self._size.columns

    def _put(self, text: str, *, is_part: bool = False) -> None:
        for piece in pieces(text):
            part = is_part or (piece is not text and not piece.endswith("\n"))
            if self._visitor is None:
                self._scroll.add(piece, is_part=part)
            else:
                self.send(messages.Draw(piece, part))

    @property
    def _is_prompting(self) -> bool:
        return False

    async def _press(self, question: str, keys: Mapping[str, str], otherwise: str) -> str:
        reply = await self._asked(messages.Press(self._next(), question, dict(keys), otherwise))
        return reply.text if reply.text and reply.text in keys else otherwise

    async def _answer(self, prompt: str) -> str:
        reply = await self._asked(messages.Enter(self._next(), prompt))
        if reply.text is None:
            raise Canceled("the person called it off")
        return reply.text

    def _next(self) -> int:
        self._number += 1
        return self._number

    async def _asked(self, question: messages.Question) -> messages.Replied:
        """The answer, however long nobody is there."""
        self._open, self._reply = question, asyncio.get_running_loop().create_future()
        self.send(question)
        try:
            return await self._reply
        finally:
            self._open = self._reply = None


class DistantStatus(Status):
    """What is under way, told to the other end."""

    def __init__(self, send: Callable[[messages.Down], None]) -> None:
        super().__init__(DummyOutput(), time.monotonic)
        self._send = send

    def say(self, text: str) -> None:
        """What is under way now."""
        self.text = text
        self._send(messages.Busy(text))


class Scroll:
    """What was drawn while nobody looked, the newest of it."""

    def __init__(self) -> None:
        self._kept: deque[tuple[str, bool]] = deque()
        self._size = self._dropped = 0

    def add(self, text: str, *, is_part: bool) -> None:
        """One more text."""
        self._kept.append((text, is_part))
        self._size += len(text)
        while self._size > MOST_KEPT and len(self._kept) > 1:
            old, _ = self._kept.popleft()
            self._size -= len(old)
            self._dropped += len(old)

    def taken(self) -> tuple[list[tuple[str, bool]], int]:
        """All of it, with whether each goes on in its last line; and how many characters were dropped before."""
        found, dropped = list(self._kept), self._dropped
        self._kept.clear()
        self._size = self._dropped = 0
        return found, dropped


def pieces(text: str) -> Iterator[str]:
    """The text in parts that one frame holds, cut at line ends where there are any."""
    while len(text) > LARGEST:
        cut = text.rfind("\n", 0, LARGEST) + 1 or LARGEST
        yield text[:cut]
        text = text[cut:]
    yield text
