"""How sure a reading is: a logistic model over a few facts of it, fitted on development requests."""

import math

import msgspec


class Facts(msgspec.Struct, frozen=True):
    """What is known of a reading when it is weighed."""

    score: float
    """Likeness to what people say for the call, 0 to 1."""
    margin: float
    """Lead over the best wording of another call, -0.3 to 0.4."""
    leftover: int
    """Words nothing explains."""
    is_missing: bool
    """A needed slot is empty."""
    is_guessed: bool
    """A name was found by likeness, not written out."""
    is_guess_that_acts: bool
    """A name was found by likeness for a call with effects."""
    unused: int
    """Values that fill no slot."""
    oddities: int
    """Paths of the wrong kind for the call."""
    refers: bool
    """It uses an earlier reply."""
    filled: int
    """Slots that were filled."""


class Weights(msgspec.Struct, frozen=True):
    """One weight a fact."""

    bias: float = -1.9
    score: float = 5.5
    margin: float = 2.5
    leftover: float = -2.6
    missing: float = -7.0
    guessed: float = -0.5
    acts_on_guess: float = -1.5
    unused: float = -2.0
    oddities: float = -3.0
    refers: float = 0.8
    filled: float = 0.5


WEIGHTS = Weights()


def sureness(facts: Facts, weights: Weights = WEIGHTS) -> float:
    """The chance that the reading is what was meant, 0 to 1."""
    value = (
        weights.bias
        + weights.score * facts.score
        + weights.margin * facts.margin
        + weights.leftover * math.sqrt(facts.leftover)
        + weights.missing * facts.is_missing
        + weights.guessed * facts.is_guessed
        + weights.acts_on_guess * facts.is_guess_that_acts
        + weights.unused * facts.unused
        + weights.oddities * facts.oddities
        + weights.refers * facts.refers
        + weights.filled * min(facts.filled, 2)
    )
    return 1 / (1 + math.exp(-value))
