"""What a process without a model or a network says to the one beside it that turns texts into vectors, and back.

    beside -> asker   `Hello` once
    asker -> beside   `Texts`
    beside -> asker   `Vectors`, or `Refused`

A frame is a 4-byte big-endian length and one msgpack array whose first item names its type, over a stream socket.
"""

import socket
from collections.abc import Iterator

import msgspec

from syscalls.errors import WireError
from syscalls.wire import MAX_FRAME_BYTES, Unframer

_RECEIVE_BYTES = 256 * 1024


class Hello(msgspec.Struct, frozen=True, tag="hello", array_like=True):
    """Whose vectors they will be."""

    model: str
    dimension: int = 0
    """0: not known before the first text."""


class Texts(msgspec.Struct, frozen=True, tag="texts", array_like=True):
    """What is to be embedded."""

    texts: list[str]


class Vectors(msgspec.Struct, frozen=True, tag="vectors", array_like=True):
    """One a text, in order."""

    dimension: int
    rows: bytes
    """float32, row after row."""


class Refused(msgspec.Struct, frozen=True, tag="refused", array_like=True):
    """There are none, and why."""

    error: WireError


Frame = Hello | Texts | Vectors | Refused
_decoder: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)


class Ended(Exception):
    """The other end closed, or sent what is no frame."""


class Talk:
    """One end of such a socket."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self._unframer = Unframer()
        self._frames: Iterator[bytes] = iter(())

    def send(self, frame: Frame) -> None:
        """Say something.

        Raises:
            Ended: nobody listens, or the frame is longer than any may be.
        """
        body = msgspec.msgpack.encode(frame)
        if len(body) > MAX_FRAME_BYTES:
            raise Ended(f"a frame of {len(body)} bytes is longer than {MAX_FRAME_BYTES}")
        try:
            self.channel.sendall(len(body).to_bytes(4, "big") + body)
        except OSError as gone:
            raise Ended(str(gone)) from None

    def receive(self, wait_s: float | None = None) -> Frame:
        """Wait for what is said.

        Raises:
            Ended: nobody says anything any more, or it is no frame.
            TimeoutError: nothing was said for `wait_s`.
        """
        self.channel.settimeout(wait_s)
        try:
            while (body := next(self._frames, None)) is None:
                raw = self.channel.recv(_RECEIVE_BYTES)
                if not raw:
                    raise Ended("it hung up")
                self._frames = iter(list(self._unframer.feed(raw)))
            return _decoder.decode(body)
        except TimeoutError:
            raise
        except (OSError, ValueError, msgspec.DecodeError) as odd:
            raise Ended(str(odd)) from None
