"""The journal in memory: the twin for tests, for replay and for `--ephemeral`."""

import time
from collections.abc import Callable, Collection, Iterator

from kernel.journal.chain import EMPTY, bind, canonical, walk
from kernel.journal.held import HeldRow, Line
from kernel.journal.port import Body, Head, Row, SessionSpan, Verdict
from syscalls.errors import DeviceFailed, NoSpace


class RamJournal:
    """A `Journal` that ends with its process.

    Args:
        clock: gives Unix time.
        room: rows it takes before it answers NoSpace, as a full disk would; no bound when None.
    """

    def __init__(self, clock: Callable[[], float] = time.time, room: int | None = None) -> None:
        self._clock = clock
        self._room = room
        self._rows: list[Row] = []
        self._buffer: list[Line] = []
        self._is_open = True

    def append(self, session: str, kind: str, body: Body, *, durable: bool) -> int:
        """Take a row; see `Journal.append`."""
        packed = canonical(kind, body)
        self._check_open()
        if self._room is not None and len(self._rows) + len(self._buffer) >= self._room:
            raise NoSpace(f"the journal holds {self._room} rows and has room for no more")
        self._buffer.append((self._clock(), session, kind, packed))
        if not durable:
            return 0
        self.flush()
        return len(self._rows)

    def hold(self, session: str, kind: str, body: Body) -> HeldRow:
        """Take a row that may still be replaced; see `Journal.hold`."""
        self.append(session, kind, body, durable=False)
        return HeldRow(self._buffer)

    def flush(self) -> None:
        """Number and bind what is buffered."""
        self._check_open()
        for line in self._buffer:
            self._rows.append(bind(line, self._end()))
        self._buffer.clear()

    def rows(
        self, session: str | None = None, kinds: Collection[str] | None = None, after: int = 0
    ) -> Iterator[Row]:
        """Rows in order; see `Journal.rows`."""
        self.flush()
        for row in self._rows[after:]:
            if session in (None, row.session) and (kinds is None or row.kind in kinds):
                yield row

    def sessions(self) -> list[SessionSpan]:
        """Every session, in the order of its first row."""
        spans: dict[str, SessionSpan] = {}
        for row in self.rows():
            old = spans.get(row.session, SessionSpan(row.session, row.ts, row.ts, 0))
            spans[row.session] = SessionSpan(
                row.session, min(old.began, row.ts), max(old.last, row.ts), old.row_count + 1
            )
        return list(spans.values())

    def head(self) -> Head:
        """The last row's number and hash."""
        if self._is_open:
            self.flush()
        return self._end()

    def _end(self) -> Head:
        return Head(self._rows[-1].seq, self._rows[-1].hash) if self._rows else EMPTY

    def verify(self, known: Head | None = None) -> Verdict:
        """Walk the chain; see `Journal.verify`."""
        return walk(self.rows(), self.head(), known)

    def close(self) -> None:
        """Take no more rows."""
        if self._is_open:
            self.flush()
        self._is_open = False

    def _check_open(self) -> None:
        if not self._is_open:
            raise DeviceFailed("the journal is closed")
