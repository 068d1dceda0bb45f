"""How sure a mind must be before its call is made: per effect class, because a wrong look is cheap.

Set where `aosh eval everyday --confirm` shows a draft to be right often enough: its last table gives
the share of right drafts by confidence (docs/evals.md quotes it).
"""

import msgspec

from syscalls.declare import Effect


class Floors(msgspec.Struct, frozen=True):
    """Least confidence to act without asking what was meant, and least to offer the call at all."""

    act: float
    offer: float


FLOORS: dict[Effect, Floors] = {
    Effect.NONE: Floors(0.6, 0.2),
    Effect.READ: Floors(0.6, 0.2),
    Effect.WRITE: Floors(0.75, 0.3),
    Effect.DELETE: Floors(0.75, 0.3),
}
"""Effect classes not named here use the strictest."""


def floors(effect: Effect) -> Floors:
    """The floors of an effect class."""
    return FLOORS.get(effect, Floors(0.7, 0.4))
