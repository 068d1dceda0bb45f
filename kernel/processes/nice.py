"""How much of what is shared does a niceness give? Each step is a quarter more or a fifth less, as in Linux.

Source: Linux, kernel/sched/core.c, sched_prio_to_weight: a step is a factor of 1.25.
"""

import math
from typing import Final

LEAST, MOST = -10, 19
_STEP: Final = 1.25


def weight_of(nice: int) -> float:
    """The share beside others of 1.0, which is that of niceness 0."""
    return _STEP**-nice


def nice_of(weight: float) -> int:
    """The niceness whose weight is nearest."""
    return min(max(-round(math.log(weight, _STEP)), LEAST), MOST)
