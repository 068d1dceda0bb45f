"""The service's end of one connection: frames in, frames out, and how much may wait to be read."""

import asyncio
from collections import deque

import msgspec

from apps.shell.events import Event
from apps.shell.service import messages
from syscalls.wire import MAX_FRAME_BYTES, Unframer

MOST_WAITING_BYTES = 2 * MAX_FRAME_BYTES
"""A shell that leaves more unread is taken for gone."""


class Line:
    """One shell."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._unframer = Unframer()
        self._frames: deque[bytes] = deque()

    async def next(self) -> messages.Up | None:
        """The next frame; None once the shell has hung up, or talks nonsense."""
        try:
            while not self._frames:
                data = await self._reader.read(65_536)
                if not data:
                    return None
                self._frames.extend(self._unframer.feed(data))
            found: messages.Up = messages.up.decode(self._frames.popleft())
            return found
        except (OSError, ValueError, msgspec.DecodeError):
            return None

    def send(self, message: messages.Down) -> None:
        """Send a frame; to nobody where the shell has gone. Never waits.

        Raises:
            ValueError, UnicodeEncodeError: no frame holds it.
        """
        transport = self._writer.transport
        if transport.is_closing():
            return
        self._writer.write(messages.frame(message))
        if transport.get_write_buffer_size() > MOST_WAITING_BYTES:
            transport.abort()

    async def close(self) -> None:
        """Hang up once everything is read, or the shell has gone."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return


class Told:
    """Tells a session's events to the shell, which stamps them."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def turn(self, turn_id: str) -> None:
        """Events from here on belong to this turn."""
        self._line.send(messages.Turn(turn_id))

    def emit(self, event: Event) -> None:
        """One event."""
        self._line.send(messages.Happened(event))
