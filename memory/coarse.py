"""The vectors of a large group in a quarter of the memory, and compared in a third of the time: whole numbers, -127 to 127.

Cosines are off by 0.002 on the average (docs/decisions/0045), so they choose which records are compared in full.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vector = NDArray[numpy.float32]
    Coarse = NDArray[numpy.int8]

HIGHEST = 127


def coarse(vectors: "Vector") -> "Coarse":
    """Each row as whole numbers, its longest side the highest; their directions are about the same."""
    import numpy

    sides = numpy.abs(vectors).max(axis=1, keepdims=True)
    rows: Coarse = numpy.rint(vectors * (HIGHEST / numpy.maximum(sides, 1e-9))).astype(numpy.int8)
    return rows


def cosines(rows: "Coarse", vector: "Vector") -> "Vector":
    """The cosine of each row with a vector; 0 of a row of zeros."""
    import numpy
    import simsimd

    if not len(rows):
        return numpy.zeros(0, dtype=numpy.float32)
    apart = numpy.asarray(simsimd.cdist(coarse(vector[None]), rows, "cosine"))[0]
    near: Vector = (1 - apart).astype(numpy.float32)
    return near
