"""How sure a reading is once the engine was heard. A logistic model fitted on development requests."""

import math
from typing import Protocol

from kernel.reader.reader import Reading
from syscalls.table import AnyCall


class Heard(Protocol):
    """What is needed of the engine's proposal."""

    @property
    def call(self) -> AnyCall:
        """The call it chose."""
        ...

    @property
    def confidence(self) -> float:
        """Its own score, 0 to 1."""
        ...


BIAS = -0.2
READER = 1.0
SAME = 1.4
OTHER = -0.8
CONFIDENCE = 1.0


def combined(reading: Reading, heard: Heard | None) -> float:
    """The chance that the reading is right, given what the engine said."""
    value = READER * logit(reading.sureness) + BIAS
    if heard is not None and reading.wording is not None:
        is_same = heard.call is reading.wording.call
        value += (SAME + CONFIDENCE * heard.confidence) if is_same else OTHER - CONFIDENCE * heard.confidence
    return 1 / (1 + math.exp(-value))


def at_best(reading: Reading) -> float:
    """The most that `combined` could say of a reading: the engine chose its call, and was certain."""
    return 1 / (1 + math.exp(-(READER * logit(reading.sureness) + BIAS + SAME + CONFIDENCE)))


FOREIGN_BIAS, FOREIGN_LIKENESS, FOREIGN_ENGINE = -2.0, 5.0, 2.5


def heard_of_foreign(likeness: float, confidence: float) -> float:
    """The chance that a plugin's call is right, from how alike its hints are and how sure the engine is."""
    value = FOREIGN_BIAS + FOREIGN_LIKENESS * likeness + FOREIGN_ENGINE * confidence
    return 1 / (1 + math.exp(-value))


def logit(chance: float) -> float:
    """Log odds, kept finite."""
    chance = min(max(chance, 0.001), 0.999)
    return math.log(chance / (1 - chance))
