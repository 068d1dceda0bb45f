"""What turns texts into vectors: the port. `memory.minilm` is offline, `memory.endpoint` asks a server."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from memory.words import words_of

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[numpy.float32]


class Embedder(Protocol):
    """Texts in, unit vectors out."""

    @property
    def name(self) -> str:
        """The model; vectors of different models are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of every vector; 0 as long as it is not known."""
        ...

    def embed(self, texts: Sequence[str]) -> "Matrix":
        """One row a text: `(len(texts), dimension) float32`, rows of length 1.

        Raises:
            DeviceFailed: the model cannot be had.
        """
        ...


class HashedWords:
    """The RAM twin: words hashed to places of a vector. Needs no model, knows no meaning; for tests and demos."""

    name = "hashed-words"
    dimension = 256

    def embed(self, texts: Sequence[str]) -> "Matrix":
        """Unit vectors; texts that share words are near."""
        import numpy

        out = numpy.zeros((len(texts), self.dimension), dtype=numpy.float32)
        for row, text in zip(out, texts, strict=True):
            for word in words_of(text):
                row[
                    int.from_bytes(hashlib.blake2b(word.encode(), digest_size=2).digest()) % self.dimension
                ] += 1
        unit: Matrix = out / numpy.maximum(numpy.linalg.norm(out, axis=1, keepdims=True), 1e-9)
        return unit
