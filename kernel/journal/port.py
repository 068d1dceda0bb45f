"""What is a journal? The Protocol its two implementations serve, and the values it speaks in.

`sqlite.SqliteJournal` is the one on disk, `ram.RamJournal` its twin for tests, replay and
`--ephemeral`. A journal belongs to the thread that made it.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

from kernel.journal import records

Body = Mapping[str, Any] | msgspec.Struct


class Row(NamedTuple):
    """One link of the chain."""

    seq: int
    """1, 2, 3 ... without gaps."""
    ts: float
    """Unix time of the append; not always rising, since several processes share a journal."""
    session: str
    kind: str
    body: bytes
    """Canonical msgpack."""
    prev: bytes
    """The hash of the row before; 32 zero bytes for the first."""
    hash: bytes

    def record(self) -> Any:
        """The body as the record of its kind (`records.KINDS`), or a mapping."""
        return records.decode(self.kind, self.body)


class Head(NamedTuple):
    """The end of the chain. Kept elsewhere it proves that nothing up to it was rewritten."""

    seq: int
    """0 while the journal is empty."""
    hash: bytes


class Verdict(NamedTuple):
    """What walking the chain found."""

    is_whole: bool
    row_count: int
    """Rows that hold, from the first."""
    broken: int | None
    """`seq` of the first row that does not, or that is missing."""
    reason: str
    """One line; empty when whole."""


class SessionSpan(NamedTuple):
    """One session as the journal saw it."""

    session: str
    began: float
    """Unix time of its first row."""
    last: float
    row_count: int


class Held(Protocol):
    """A row that was taken and may still be replaced, as long as it is only buffered."""

    def replace(self, kind: str, body: Body) -> bool:
        """Put another row in its place, with the time of the first.

        Returns:
            False where it is written already: it stands, and what is to be said needs a row of its own.

        Raises:
            BadArgument: the body has no msgpack form; the first row stands.
        """
        ...


class Journal(Protocol):
    """An append-only sequence of rows, each bound to the one before by its hash."""

    def append(self, session: str, kind: str, body: Body, *, durable: bool) -> int:
        """Take a row; either it is taken or this raises.

        A durable row is on the disk, with all rows before it, when this returns. Others follow
        within 50 ms, or with the next durable one, `flush` or `close`.

        Returns:
            `seq` for a durable row; 0 for a buffered one, which gets its number when it is
            written: another process may append first.

        Raises:
            BadArgument: the body has no msgpack form (a lone surrogate, an integer over 64 bits).
            NoSpace, Busy, DeviceFailed: it could not be written. The row is dropped, earlier
                buffered rows are kept for the next try. No effect may follow such an intent.
        """
        ...

    def hold(self, session: str, kind: str, body: Body) -> Held:
        """Take a row as `append` does, not durably, and keep the chance to replace it until it is written."""
        ...

    def flush(self) -> None:
        """Write what is buffered, durably. Raises as `append` does."""
        ...

    def rows(
        self, session: str | None = None, kinds: Collection[str] | None = None, after: int = 0
    ) -> Iterator[Row]:
        """Rows in order, the buffered ones written first; only those with `seq > after`."""
        ...

    def sessions(self) -> list[SessionSpan]:
        """Every session, in the order of its first row."""
        ...

    def head(self) -> Head:
        """The last row's number and hash, the buffered ones written first."""
        ...

    def verify(self, known: Head | None = None) -> Verdict:
        """Walk the chain and name the first row that does not hold.

        A change, a gap, a swap and a cut tail show. Whoever rewrites every hash after his change
        stays unseen, unless `known`, a head kept elsewhere, says what one of them was.
        """
        ...

    def close(self) -> None:
        """Flush, then let go. Raises as `append` does, and has let go all the same."""
        ...
