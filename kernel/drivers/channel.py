"""One stream socket to one jailed process: frames out, answers matched to their calls by id."""

import asyncio
import socket
from collections.abc import Callable

import msgspec

from syscalls import wire
from syscalls.errors import DriverDied, SysError, TooBig, from_wire


class Channel(asyncio.Protocol):
    """The kernel's end. Many calls may be under way; answers come in any order."""

    def __init__(self, on_lost: Callable[[], str]) -> None:
        """Args: `on_lost` gives the sentence that says how the peer ended."""
        self._on_lost = on_lost
        self._waiting: dict[int, asyncio.Future[wire.Response]] = {}
        self._leaving: list[bytes] = []
        self._unframer = wire.Unframer()
        self._transport: asyncio.Transport | None = None
        self._next_id = 0
        self.is_open = False

    @classmethod
    async def over(cls, sock: socket.socket, on_lost: Callable[[], str]) -> "Channel":
        """A channel over a connected socket, which it owns from now on."""
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_connection(lambda: cls(on_lost), sock=sock)
        return channel

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ready."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Answers arrived; a frame that does not decode makes the peer a broken one."""
        try:
            for body in self._unframer.feed(data):
                frame = wire.responses.decode(body)
                waiter = self._waiting.pop(frame.id, None)
                if waiter is not None and not waiter.done():
                    waiter.set_result(frame)
        except (ValueError, msgspec.DecodeError):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone: every waiting call fails."""
        del exc
        self.is_open = False
        waiting, self._waiting = self._waiting, {}
        if waiting:
            text = self._on_lost()
            for waiter in waiting.values():
                if not waiter.done():
                    waiter.set_exception(DriverDied(text))

    def close(self) -> None:
        """Hang up. From now on nobody is taken for alive at the other end."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._waiting)

    def new_id(self) -> int:
        """An id not in use on this channel."""
        self._next_id += 1
        return self._next_id

    async def request(self, frame: wire.Request) -> wire.Ok | wire.Planned | wire.Described:
        """Send a frame and wait for its answer.

        Raises:
            SysError: as the driver declared it; DriverDied when it ended first; TooBig for too large a frame.
        """
        if not self.is_open or self._transport is None:
            raise DriverDied(self._on_lost())
        try:
            encoded = wire.encode(frame)
        except ValueError as oversized:
            raise TooBig(f"the arguments are more than a driver takes: {oversized}") from None
        waiter: asyncio.Future[wire.Response] = asyncio.get_running_loop().create_future()
        self._waiting[frame.id] = waiter
        try:
            self._write(encoded)
            answer = await waiter
        finally:
            self._waiting.pop(frame.id, None)
        if isinstance(answer, wire.Fail):
            error: SysError = from_wire(answer.error)
            raise error
        return answer

    def send(self, frame: wire.Request) -> None:
        """Send a frame that has no answer."""
        if self.is_open and self._transport is not None:
            self._write(wire.encode(frame))

    def _write(self, encoded: bytes) -> None:
        """Take a frame; those of one turn of the loop leave together, a few at a time, so that both ends work."""
        if not self._leaving:
            asyncio.get_running_loop().call_soon(self._leave)
        self._leaving.append(encoded)
        if len(self._leaving) >= wire.PIECE_FRAMES:
            self._leave()

    def _leave(self) -> None:
        frames, self._leaving = self._leaving, []
        if frames and self.is_open and self._transport is not None:
            self._transport.write(b"".join(frames))
