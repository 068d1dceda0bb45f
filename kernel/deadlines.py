"""How many waits share one timer: `asyncio.timeout` makes and drops one each time, which costs more than a small call."""

import asyncio
from types import TracebackType


class Deadlines:
    """Gives out time limits. The one timer is set for the earliest and set again when it rings."""

    def __init__(self) -> None:
        self._waits: set[Within] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def within(self, seconds: float) -> "Within":
        """A block that is cancelled after so many seconds, and then raises TimeoutError, as `asyncio.timeout` does."""
        return Within(self, seconds)

    def add(self, wait: "Within", loop: asyncio.AbstractEventLoop) -> None:
        """Watch over a wait that has begun."""
        if self._loop is not loop:
            self._loop, self._timer = loop, None
            self._waits.clear()
        self._waits.add(wait)
        if self._timer is None or wait.due < self._timer.when():
            self._set(loop, wait.due)

    def drop(self, wait: "Within") -> None:
        """A wait has ended; the timer is left to ring for nothing."""
        self._waits.discard(wait)

    def _set(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(due, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for wait in [wait for wait in self._waits if wait.due <= now]:
            self._waits.discard(wait)
            wait.end()
        if self._waits:
            self._set(loop, min(wait.due for wait in self._waits))


class Within:
    """One wait; made by `Deadlines.within`, entered once."""

    __slots__ = ("_cancelling", "_deadlines", "_is_over", "_seconds", "_task", "due")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._deadlines = deadlines
        self._seconds = seconds
        self._is_over = False
        self.due = 0.0
        """On the loop's clock, once entered."""

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline needs a task to cancel")
        loop = asyncio.get_running_loop()
        self._task = task
        self._cancelling = task.cancelling()
        self.due = loop.time() + self._seconds
        self._deadlines.add(self, loop)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.drop(self)
        if self._is_over and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def end(self) -> None:
        """The time is up."""
        self._is_over = True
        self._task.cancel()
