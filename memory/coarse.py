"""The vectors of a large group in a quarter of the memory: each side a whole number, -127 to 127, and once more by its sign alone.

By the signs all are compared: of 100,000, those whose cosines are the ten highest are among the 2,000 nearest. By the
whole numbers those are: cosines are then off by 0.002 (docs/decisions/0045). The best are compared in full.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Places = NDArray[numpy.int64]
    Vector = NDArray[numpy.float32]

HIGHEST = 127


class Coarse:
    """Rows in order, with room for more."""

    def __init__(self, dimension: int) -> None:
        import numpy

        self._rows = numpy.zeros((0, dimension), dtype=numpy.int8)
        self._signs = numpy.zeros((0, (dimension + 7) // 8), dtype=numpy.uint8)

    def __len__(self) -> int:
        """Rows there is room for."""
        return len(self._rows)

    def grow(self, count: int) -> None:
        """Make room for so many in all."""
        import numpy

        more = count - len(self._rows)
        if more > 0:
            self._rows = numpy.concatenate([self._rows, numpy.zeros((more, self._rows.shape[1]), numpy.int8)])
            self._signs = numpy.concatenate(
                [self._signs, numpy.zeros((more, self._signs.shape[1]), numpy.uint8)]
            )

    def put(self, at: "Places", vectors: "Vector") -> None:
        """Hold vectors, one row each, at these places."""
        import numpy

        self._rows[at] = _whole(vectors)
        self._signs[at] = numpy.packbits(vectors > 0, axis=1)

    def forget(self, at: int) -> None:
        """Hold nothing of a vector."""
        self._rows[at] = 0
        self._signs[at] = 0

    def by_signs(self, count: int, vector: "Vector") -> "Vector":
        """About the cosine of each of the first `count` with a vector, give or take 0.1."""
        import numpy
        import simsimd

        if not count:
            return numpy.zeros(0, dtype=numpy.float32)
        signs = numpy.packbits(vector[None] > 0, axis=1)
        apart = numpy.asarray(simsimd.cdist(signs, self._signs[:count], "hamming", dtype="bin8"))[0]
        angle = apart.astype(numpy.float32) * numpy.float32(numpy.pi / len(vector))
        near: Vector = numpy.cos(angle)
        return near

    def cosines(self, at: "Places", vector: "Vector") -> "Vector":
        """The cosine of those at these places with a vector; 0 of what was forgotten."""
        import numpy
        import simsimd

        if not len(at):
            return numpy.zeros(0, dtype=numpy.float32)
        apart = numpy.asarray(simsimd.cdist(_whole(vector[None]), self._rows[at], "cosine"))[0]
        near: Vector = (1 - apart).astype(numpy.float32)
        return near


def _whole(vectors: "Vector") -> "NDArray[numpy.int8]":
    """Each row as whole numbers, its longest side the highest."""
    import numpy

    sides = numpy.abs(vectors).max(axis=1, keepdims=True)
    rows: NDArray[numpy.int8] = numpy.rint(vectors * (HIGHEST / numpy.maximum(sides, 1e-9))).astype(
        numpy.int8
    )
    return rows
