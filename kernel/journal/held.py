"""Rows taken and not yet written: what a later word may still replace."""

from kernel.journal.chain import canonical
from kernel.journal.port import Body

Line = tuple[float, str, str, bytes]
"""A row before it has a number: ts, session, kind, body."""


class HeldRow:
    """The last line of a buffer; fits `kernel.journal.port.Held`."""

    __slots__ = ("_at", "_buffer", "_line")

    def __init__(self, buffer: list[Line]) -> None:
        """Args: `buffer` is emptied, never replaced, when its lines are written."""
        self._buffer = buffer
        self._at = len(buffer) - 1
        self._line = buffer[-1]

    def replace(self, kind: str, body: Body) -> bool:
        """Put another row in its place; see `Held.replace`."""
        buffer, at = self._buffer, self._at
        if at >= len(buffer) or buffer[at] is not self._line:
            return False
        ts, session = self._line[:2]
        self._line = buffer[at] = (ts, session, kind, canonical(kind, body))
        return True
