"""The driver's end of the stream to the parser."""

import socket

import msgspec

from apps.documents.parser import WALL_S, Job, Told, receive, send

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Told).decode


class Parser:
    """Hands documents over, one at a time."""

    def __init__(self, descriptor: int) -> None:
        """Args: `descriptor` of a connected stream; -1 where there is no parser."""
        self._channel = socket.socket(fileno=descriptor) if descriptor >= 0 else None
        if self._channel is not None:
            self._channel.settimeout(WALL_S + 15)
        self.is_lost = False
        """Whether it was there and is not any more."""

    def close(self) -> None:
        """The parser ends with the stream."""
        if self._channel is not None:
            self._channel.close()

    def told(self, kind: str, raw: bytes) -> Told:
        """What a document says; the stream is lost where the parser ended over it."""
        if self._channel is None or self.is_lost:
            return Told(why="the process that reads such files is not there")
        try:
            send(self._channel, _encode(Job(kind, raw)))
            body = receive(self._channel)
            if body:
                return _decode(body)
        except (OSError, msgspec.DecodeError):
            pass
        self.is_lost = True
        return Told(why="the process that reads such files ended over it")
