"""What a program prints: passed on while it runs, and kept up to a limit for the answer."""

import codecs
from collections.abc import Callable

from kernel.oneshot.port import Outcome, Stream

HEAD_BYTES = 64 * 1024
TAIL_BYTES = 192 * 1024
"""Of a flood the beginning is kept, and the end, where results and errors stand."""


class Kept:
    """The beginning and the end of one stream."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0

    def add(self, data: bytes) -> None:
        """Bytes have come."""
        room = HEAD_BYTES - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        excess = len(self._tail) - TAIL_BYTES
        if excess > TAIL_BYTES:  # now and then, not with every few bytes
            del self._tail[:excess]
            self._left_out += excess

    @property
    def length(self) -> int:
        """Bytes that are kept."""
        return len(self._head) + min(len(self._tail), TAIL_BYTES)

    def text(self) -> str:
        """What is kept, and where how much is left out."""
        tail = self._tail[-TAIL_BYTES:]
        left_out = self._left_out + len(self._tail) - len(tail)
        if not left_out:
            return _text(self._head + tail)
        return f"{_text(self._head)}\n[... {left_out} bytes left out ...]\n{_text(tail)}"


def _text(data: bytes | bytearray) -> str:
    return data.decode("utf-8", "backslashreplace")


class Output:
    """Both streams of one program."""

    def __init__(self, tell: Callable[[Stream, str], None]) -> None:
        """Args: `tell` gets each part as text, as it comes."""
        self._tell = tell
        self._kept: dict[Stream, Kept] = {"stdout": Kept(), "stderr": Kept()}
        make = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"stdout": make("backslashreplace"), "stderr": make("backslashreplace")}

    def take(self, stream: Stream, data: bytes) -> None:
        """Bytes have come."""
        self._kept[stream].add(data)
        text = self._decoders[stream].decode(data)
        if text:
            self._tell(stream, text)

    def text(self, stream: Stream) -> str:
        """What is kept of a stream."""
        return self._kept[stream].text()

    def cut(self, outcome: Outcome) -> str:
        """What of it is not kept; empty where all is."""
        seen: dict[Stream, int] = {"stdout": outcome.stdout_bytes, "stderr": outcome.stderr_bytes}
        parts = [
            f"{stream}: {self._kept[stream].length} of {count} bytes kept"
            for stream, count in seen.items()
            if count > self._kept[stream].length
        ]
        return "; ".join(parts)
