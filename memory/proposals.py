"""The driver's end of the index: asks `memory.indexer` over an inherited socket, and does without where it is silent."""

import select
import socket
import time
from typing import TYPE_CHECKING

import msgspec

from memory.packets import (
    PACKET_BYTES,
    Answer,
    Asked,
    Changed,
    Far,
    HowFar,
    Question,
    Ready,
    Said,
    from_indexer,
)
from memory.view import Proposed

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vector = NDArray[numpy.float32]

PATIENCE_S = 0.5
"""An answer that takes longer is not waited for: all is compared instead."""


class Proposals:
    """Fits `memory.view.Nearest`. Never raises: an index that is gone proposes nothing."""

    def __init__(self, channel: socket.socket) -> None:
        """Args: `channel` is a connected packet socket, which it owns."""
        self._channel = channel
        self._channel.setblocking(False)
        self._is_ready = False
        self._is_open = True
        self._asked = 0

    def nearest(self, space: str, kind: str, vector: "Vector", count: int) -> Proposed | None:
        """What the index proposes; None while it opens, where it is gone or slow, and of groups it does not hold."""
        if not self._ready():
            return None
        self._asked += 1
        if not self._send(Question(self._asked, space, kind, vector.tobytes(), count)):
            return None
        answer = self._answer(PATIENCE_S)
        return Proposed(answer.ids, answer.upto) if isinstance(answer, Answer) and answer.upto else None

    def changed(self) -> None:
        """The truth was changed: let it follow."""
        if self._ready():
            self._send(Changed())

    def far(self, wait_s: float) -> Far | None:
        """How much is indexed; None where it does not say so in time."""
        until = time.monotonic() + wait_s
        while self._is_open and not self._is_ready and (left := until - time.monotonic()) > 0:
            self._receive(left)
        self._asked += 1
        if not (self._is_open and self._is_ready and self._send(HowFar(self._asked))):
            return None
        answer = self._answer(until - time.monotonic())
        return answer if isinstance(answer, Far) else None

    @property
    def is_open(self) -> bool:
        """Whether somebody is at the other end, as far as was heard."""
        return self._is_open

    def close(self) -> None:
        """Hang up, upon which the index's process ends."""
        self._is_open = False
        self._channel.close()

    def _answer(self, wait_s: float) -> Said | None:
        """What is said to the last question; answers to those before it come too late."""
        until = time.monotonic() + wait_s
        while self._is_open and (left := until - time.monotonic()) > 0:
            found = self._receive(left)
            if isinstance(found, Answer | Far) and found.id == self._asked:
                return found
        return None

    def _ready(self) -> bool:
        while self._is_open and not self._is_ready and self._receive(0):
            pass
        return self._is_open and self._is_ready

    def _send(self, message: Asked) -> bool:
        try:
            self._channel.send(msgspec.msgpack.encode(message))
        except BlockingIOError:
            return False  # it has enough to do
        except OSError:
            self._is_open = False
            return False
        return True

    def _receive(self, wait_s: float) -> Said | None:
        try:
            if not select.select([self._channel], [], [], wait_s)[0]:
                return None
            raw = self._channel.recv(PACKET_BYTES)
            found = from_indexer.decode(raw) if raw else None
        except (OSError, msgspec.DecodeError):
            found = None
        if found is None:
            self._is_open = False
        elif isinstance(found, Ready):
            self._is_ready = True  # of the first child, or of one after it
        return found
