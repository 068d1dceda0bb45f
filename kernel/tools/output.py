"""What a program prints: passed on while it runs, and kept up to a limit for the answer."""

import codecs
from collections.abc import Callable

from kernel.oneshot.port import Outcome, Stream

KEPT_BYTES = 256 * 1024


class Output:
    """Both streams of one program."""

    def __init__(self, tell: Callable[[Stream, str], None]) -> None:
        """Args: `tell` gets each part as text, as it comes."""
        self._tell = tell
        self._kept: dict[Stream, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        make = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"stdout": make("backslashreplace"), "stderr": make("backslashreplace")}

    def take(self, stream: Stream, data: bytes) -> None:
        """Bytes have come."""
        kept = self._kept[stream]
        kept += data[: KEPT_BYTES - len(kept)]
        text = self._decoders[stream].decode(data)
        if text:
            self._tell(stream, text)

    def text(self, stream: Stream) -> str:
        """What is kept of a stream."""
        return self._kept[stream].decode("utf-8", "backslashreplace")

    def cut(self, outcome: Outcome) -> str:
        """What of it is not kept; empty where all is."""
        seen: dict[Stream, int] = {"stdout": outcome.stdout_bytes, "stderr": outcome.stderr_bytes}
        parts = [
            f"{stream} cut after {len(self._kept[stream])} of {count} bytes"
            for stream, count in seen.items()
            if count > len(self._kept[stream])
        ]
        return "; ".join(parts)
