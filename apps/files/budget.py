"""A time limit on regular expressions: the matcher lets signals through, so an alarm can stop it."""

import re
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from syscalls.errors import BadArgument, TimedOut


@contextmanager
def time_limit(seconds: float, what: str) -> Iterator[None]:
    """Raise TimedOut in the block after so long. Only the main thread can be stopped so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimedOut(f"{what} took more than {seconds:g} s; use a plainer pattern or a smaller part")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A user's regular expression.

    Raises:
        BadArgument: it is none; the text says why and where.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as mistake:
        raise BadArgument(f"{pattern!r} is no regular expression: {mistake}") from None
