"""The frames between the kernel and a jailed driver: length-prefixed msgpack over a stream socket.

    kernel -> driver   Call, then for an effect Commit or Abort; Describe; Ping
    driver -> kernel   Ok, Fail, Planned (an effect waits for Commit), Described

A frame is a 4-byte big-endian length and one msgpack array whose first item names its type.
Either side treats a frame above `MAX_FRAME_BYTES`, or one that does not decode, as a broken peer.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from syscalls.errors import WireError
from syscalls.labels import Labels
from syscalls.undo import Plan, Step

MAX_FRAME_BYTES = 64 * 1024 * 1024
PIECE_FRAMES = 16
"""So many frames are gathered before they are sent: fewer wake-ups than one each, and the other end need not wait
for all of them."""
_HEADER_BYTES = 4


class Call(msgspec.Struct, frozen=True, tag="call", array_like=True):
    """Do a read, or plan an effect."""

    id: int
    name: str
    arguments: dict[str, Any]


class Commit(msgspec.Struct, frozen=True, tag="commit", array_like=True):
    """Go on with the effect planned under `id`."""

    id: int


class Abort(msgspec.Struct, frozen=True, tag="abort", array_like=True):
    """Drop the effect planned under `id`; nothing visible has happened."""

    id: int


class Describe(msgspec.Struct, frozen=True, tag="describe", array_like=True):
    """Say what you serve (plugins)."""

    id: int


Request = Call | Commit | Abort | Describe


class Ok(msgspec.Struct, frozen=True, tag="ok", array_like=True):
    """Done."""

    id: int
    value: msgspec.Raw
    """The result record, msgpack."""
    labels: Labels = Labels()
    """Sources the driver adds; the kernel joins them with the arguments' own."""
    undo: tuple[Step, ...] = ()


class Fail(msgspec.Struct, frozen=True, tag="fail", array_like=True):
    """Refused or failed; nothing half-done remains."""

    id: int
    error: WireError


class Planned(msgspec.Struct, frozen=True, tag="planned", array_like=True):
    """An effect is prepared: pre-images are safe, nothing visible has changed."""

    id: int
    plan: Plan


class Described(msgspec.Struct, frozen=True, tag="described", array_like=True):
    """A plugin's manifest, as JSON (see `apps.sdk`)."""

    id: int
    manifest: dict[str, Any]


Response = Ok | Fail | Planned | Described

_encoder = msgspec.msgpack.Encoder()


def encode(frame: Request | Response) -> bytes:
    """One frame, header included.

    Raises:
        ValueError: it would exceed `MAX_FRAME_BYTES`.
    """
    body = _encoder.encode(frame)
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"frame of {len(body)} bytes exceeds {MAX_FRAME_BYTES}")
    return len(body).to_bytes(_HEADER_BYTES, "big") + body


class Unframer:
    """Cuts a byte stream into frame bodies. Raises ValueError for an oversized frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Every body completed by `data`, in order."""
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= _HEADER_BYTES:
            size = int.from_bytes(self._buffer[at : at + _HEADER_BYTES], "big")
            if size > MAX_FRAME_BYTES:
                raise ValueError(f"frame of {size} bytes exceeds {MAX_FRAME_BYTES}")
            end = at + _HEADER_BYTES + size
            if len(self._buffer) < end:
                break
            yield bytes(self._buffer[at + _HEADER_BYTES : end])
            at = end
        del self._buffer[:at]


requests = msgspec.msgpack.Decoder(Request)
responses = msgspec.msgpack.Decoder(Response)
