"""Does a call that failed for a moment only work when it is made again? The kernel waits, not the mind.

Only calls that change nothing are made again by themselves: an effect that was asked about would be
asked about twice.
"""

from collections.abc import Awaitable, Callable

from kernel.call import Err, Reply
from syscalls.errors import Act, TimedOut

BACK_OFF_S = (0.05, 0.2, 0.8)
"""Before each further try, in seconds."""
TRIES_AFTER_SILENCE = 1
"""Whoever gave no answer within its deadline is asked this often again: each try may take as long as the first."""

Pause = Callable[[float], Awaitable[None]]


async def patiently(make: Callable[[], Awaitable[Reply]], pause: Pause) -> Reply:
    """The reply of a look, tried again with a growing pause while its error says to wait.

    Args:
        make: passes the call through the gate; each try is decided, counted and journalled by itself.
        pause: sleeps for so many seconds.
    """
    reply = await make()
    for tries, seconds in enumerate(BACK_OFF_S):
        if not isinstance(reply, Err) or reply.error.act is not Act.WAIT:
            break
        if isinstance(reply.error, TimedOut) and tries >= TRIES_AFTER_SILENCE:
            break
        await pause(seconds)
        reply = await make()
    return reply
