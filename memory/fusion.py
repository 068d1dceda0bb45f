"""What recalls of every kind share: bringing scores together, and when enough of a question is shared."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Scores = NDArray[numpy.float64]


def spread(values: "Scores", low: float, high: float) -> "Scores":
    """From 0, the low, to 1, the high; all 0 where those are equal."""
    return (values - low) / max(high - low, 1e-9)


def is_enough(shared: frozenset[str], asked: frozenset[str]) -> bool:
    """Whether so many of the query's words are shared that its subject is known: half, of pairs of CJK letters a third.

    Pairs overlap and straddle words, so fewer of them are shared.
    """
    share = 2 if all(map(str.isascii, asked)) else 3
    return bool(shared) and share * len(shared) >= len(asked)
