"""What recalls of every kind share: bringing scores together, and when enough of a question is shared."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Scores = NDArray[numpy.float64]


def spread(values: "Scores") -> "Scores":
    """From 0 to 1; all 0 where they are equal."""
    low, high = float(values.min()), float(values.max())
    return (values - low) / max(high - low, 1e-9)


def is_enough(shared: frozenset[str], asked: frozenset[str]) -> bool:
    """Whether so many of the query's words are shared that its subject is known: half, of pairs of CJK letters a third.

    Pairs overlap and straddle words, so fewer of them are shared.
    """
    share = 2 if all(map(str.isascii, asked)) else 3
    return bool(shared) and share * len(shared) >= len(asked)
