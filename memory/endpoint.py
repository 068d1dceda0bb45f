"""Vectors from the process beside the driver: it asks the server that the person configured, or runs a model.

The driver itself has no network. What comes back is checked here: numbers that are none, or a model that changed its
length, would spoil all that is compared later.
"""

import socket
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from syscalls.embedding import Ended, Frame, Hello, Refused, Talk, Texts, Vectors
from syscalls.errors import DeviceFailed, from_wire

if TYPE_CHECKING:
    from memory.embedding import Matrix

BATCH = 32
LONGEST = 8_000
"""Characters of a text that are looked at."""
WAIT_S = 180.0
"""The server's own deadlines are shorter, and say more."""


class Endpoint:
    """Fits `memory.embedding.Embedder`."""

    def __init__(self, channel: socket.socket) -> None:
        """Args: `channel` is a connected stream socket to the process, which it owns."""
        self._talk = Talk(channel)
        self._dimension = 0

    @cached_property
    def _hello(self) -> Hello:
        said = self._said()
        if not isinstance(said, Hello):
            raise DeviceFailed("the embedding process did not say of which model it is")
        return said

    @property
    def name(self) -> str:
        """The model.

        Raises:
            DeviceFailed: the process does not say.
        """
        return self._hello.model

    @property
    def dimension(self) -> int:
        """Length of every vector; 0 before the first, where the process does not know either."""
        return self._dimension or self._hello.dimension

    def embed(self, texts: Sequence[str]) -> "Matrix":
        """Unit vectors.

        Raises:
            DeviceFailed: the server cannot be reached, refuses, or sends what is no vector of this model.
        """
        import numpy

        parts = [self._embed(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        if not parts:
            return numpy.zeros((0, self.dimension), dtype=numpy.float32)
        return numpy.concatenate(parts)

    def close(self) -> None:
        """Hang up, upon which the process ends."""
        self._talk.channel.close()

    def _embed(self, texts: Sequence[str]) -> "Matrix":
        import numpy

        name = self.name  # `Hello` comes before all
        try:
            self._talk.send(Texts([text[:LONGEST] for text in texts]))
        except Ended as end:
            raise DeviceFailed(f"the embedding process has ended: {end}") from None
        said = self._said()
        if isinstance(said, Refused):
            raise DeviceFailed(f"{name}: {from_wire(said.error)}")
        if (
            not isinstance(said, Vectors)
            or len(said.rows) != 4 * said.dimension * len(texts)
            or not said.dimension
        ):
            raise DeviceFailed(f"{name}: expected {len(texts)} vectors, got something else")
        if self.dimension not in (0, said.dimension):
            raise DeviceFailed(
                f"{name} gave vectors of {self.dimension} numbers and now of {said.dimension}; is it another model?"
            )
        self._dimension = said.dimension
        rows = numpy.frombuffer(said.rows, dtype=numpy.float32).reshape(len(texts), said.dimension)
        length = numpy.linalg.norm(rows, axis=1, keepdims=True)
        if not numpy.isfinite(length).all() or not (length > 0).all():
            raise DeviceFailed(f"{name} gave a vector that is none: all 0, infinite or no number")
        unit: Matrix = (rows / length).astype(numpy.float32)
        return unit

    def _said(self) -> Frame:
        try:
            return self._talk.receive(WAIT_S)
        except TimeoutError:
            raise DeviceFailed(f"the embedding process said nothing for {WAIT_S:.0f} s") from None
        except Ended as end:
            raise DeviceFailed(f"the embedding process has ended: {end}") from None
