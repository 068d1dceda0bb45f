"""One end of a connection in an event loop: frames in, frames out, and how much may wait to be read."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

import msgspec

from apps.shell.events import Event
from apps.shell.service import messages
from syscalls.wire import MAX_FRAME_BYTES, Unframer

MOST_WAITING_BYTES = 2 * MAX_FRAME_BYTES
"""One that leaves more unread is taken for gone."""
In = TypeVar("In")


class Wire(Generic[In]):
    """The other end."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        decoder: msgspec.msgpack.Decoder[In],
    ) -> None:
        """Args: `decoder` knows what the other end sends."""
        self._reader = reader
        self._writer = writer
        self._decoder = decoder
        self._unframer = Unframer()
        self._frames: deque[bytes] = deque()

    async def next(self) -> In | None:
        """The next frame; None once the other end has hung up, or talks nonsense."""
        try:
            while not self._frames:
                data = await self._reader.read(65_536)
                if not data:
                    return None
                self._frames.extend(self._unframer.feed(data))
            return self._decoder.decode(self._frames.popleft())
        except (OSError, ValueError, msgspec.DecodeError):
            return None

    def send(self, message: messages.Up | messages.Down) -> None:
        """Send a frame; to nobody where the other end has gone. Never waits.

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


class Line(Wire[messages.Up]):
    """A shell, for the service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer, messages.up)


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
