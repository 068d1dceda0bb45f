"""How do rows bind to each other? Canonical bodies, the hash of a row, and the walk that checks them."""

import struct
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

import msgspec

from kernel.journal.port import Body, Head, Row, Verdict
from kernel.journal.records import KINDS
from syscalls.errors import BadArgument

EMPTY = Head(0, bytes(32))
_PREFIX = struct.Struct(">32sqd")
_LENGTHS = struct.Struct(">II")
_encoder = msgspec.msgpack.Encoder(order="deterministic")


def canonical(kind: str, body: Body) -> bytes:
    """The bytes a body is stored and hashed as: msgpack, mappings sorted by key.

    Raises:
        BadArgument: it has no such form.
        ValueError: a record that is not the one of its kind.
    """
    if isinstance(body, msgspec.Struct) and KINDS.get(kind) is not type(body):
        raise ValueError(f"a {type(body).__name__} cannot be the body of a {kind!r} row")
    try:
        return _encoder.encode(body)
    except (UnicodeEncodeError, OverflowError, TypeError) as misfit:
        raise BadArgument(f"{kind}: cannot be written to the journal: {misfit}") from None


def link(prev: bytes, seq: int, ts: float, session: str, kind: str, body: bytes) -> bytes:
    """The hash of a row: SHA-256 over `prev || seq || ts || lengths || session || kind || body`.

    Big-endian, int64 and float64; the uint32 lengths of session and kind keep fields apart.
    """
    return sha256(_PREFIX.pack(prev, seq, ts) + _names(session, kind) + body).digest()


@lru_cache(maxsize=256)
def _names(session: str, kind: str) -> bytes:
    who, what = session.encode(), kind.encode()
    return _LENGTHS.pack(len(who), len(what)) + who + what


def bind(line: tuple[float, str, str, bytes], end: Head) -> Row:
    """The row that follows `end`; `line` is (ts, session, kind, body)."""
    seq, prev = end.seq + 1, end.hash
    ts, session, kind, body = line
    return Row(seq, ts, session, kind, body, prev, link(prev, seq, ts, session, kind, body))


def walk(rows: Iterable[Row], head: Head, known: Head | None) -> Verdict:
    """Check every row against the one before, and the last against `head`."""
    end = EMPTY
    for row in rows:
        reason = _misfit(row, end)
        if known is not None and row.seq == known.seq and row.hash != known.hash:
            reason = reason or "its hash is not the one known from elsewhere"
        if reason:
            return Verdict(False, end.seq, end.seq + 1, f"row {end.seq + 1}: {reason}")
        end = Head(row.seq, row.hash)
    if end != head:
        return Verdict(
            False, end.seq, end.seq + 1, f"row {end.seq + 1}: missing, the journal ends at {head.seq}"
        )
    if known is not None and known.seq > end.seq:
        return Verdict(
            False, end.seq, end.seq + 1, f"row {end.seq + 1}: missing, {known.seq} rows were known"
        )
    return Verdict(True, end.seq, None, "")


def _misfit(row: Row, end: Head) -> str:
    if row.seq != end.seq + 1:
        return f"missing, row {row.seq} follows row {end.seq}"
    if row.prev != end.hash:
        return "does not follow the row before"
    try:
        digest = link(row.prev, *row[:5])
    except (TypeError, AttributeError, struct.error):
        return "a field has the wrong type"
    return "" if digest == row.hash else "changed since it was written"
