"""Wakes when the next job is due: no polling, and a clock that was set is noticed at once.

On Linux a timerfd on the wall clock does both (`TFD_TIMER_CANCEL_ON_SET`); it also counts time asleep.
"""

import asyncio
import ctypes
import errno
import os
from collections.abc import Callable
from typing import Protocol

_CLOCK_REALTIME = 0
_NONBLOCK_CLOEXEC = os.O_NONBLOCK | os.O_CLOEXEC
_ABSOLUTE_CANCEL_ON_SET = 1 | 2


class Timer(Protocol):
    """Calls back once at a moment, or earlier where the wall clock was set."""

    def arm(self, at: float) -> None:
        """Call back at this Unix time; an earlier arming is forgotten."""

    def disarm(self) -> None:
        """Call back no more, until it is armed again."""

    def close(self) -> None:
        """Give back what it holds; it is used no more."""


class _Spec(ctypes.Structure):
    _fields_ = (
        ("interval_s", ctypes.c_long), ("interval_ns", ctypes.c_long), ("value_s", ctypes.c_long), ("value_ns", ctypes.c_long),
    )  # fmt: skip


class WallTimer:
    """A `Timer` on the wall clock of Linux, in the running event loop."""

    def __init__(self, fire: Callable[[], None]) -> None:
        """Args: `fire` is called in the loop when the moment comes or the clock was set.

        Raises:
            OSError: the kernel gives no such timer.
        """
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.timerfd_create(_CLOCK_REALTIME, _NONBLOCK_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._fire = fire
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._ready)

    def arm(self, at: float) -> None:
        """Call back at this Unix time; one that has passed calls back at once."""
        whole, part = divmod(max(at, 0.000001), 1)
        self._set(_Spec(0, 0, int(whole), int(part * 1e9)))

    def disarm(self) -> None:
        """Call back no more until it is armed again."""
        self._set(_Spec(0, 0, 0, 0))

    def close(self) -> None:
        """Give the descriptor back."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _set(self, spec: _Spec) -> None:
        if self._libc.timerfd_settime(self._fd, _ABSOLUTE_CANCEL_ON_SET, ctypes.byref(spec), None) < 0:
            code = ctypes.get_errno()
            if code != errno.ECANCELED:  # the clock was set just now: the timer is armed all the same
                raise OSError(code, "timerfd_settime")

    def _ready(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        except OSError as failure:
            if failure.errno != errno.ECANCELED:
                raise
        self._fire()


class HandTimer:
    """A `Timer` that a test or a rehearsal moves by hand."""

    def __init__(self, fire: Callable[[], None]) -> None:
        self._fire = fire
        self.at: float | None = None

    def arm(self, at: float) -> None:
        """Remember the moment."""
        self.at = at

    def disarm(self) -> None:
        """Forget it."""
        self.at = None

    def close(self) -> None:
        """It is used no more."""
        self.at = None

    def pass_to(self, now: float) -> None:
        """The wall clock is `now`: call back where the moment has come."""
        if self.at is not None and self.at <= now:
            self.at = None
            self._fire()
