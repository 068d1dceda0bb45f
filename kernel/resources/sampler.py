"""Once a second: what do the machine and the tracked trees use? Runs only while somebody needs to know."""

import asyncio
import time
from collections.abc import Callable

import msgspec

from kernel.resources.machine import Machine, MachineLook
from kernel.resources.trees import Tracked, Tree

PERIOD_S = 1.0


class Sample(msgspec.Struct, frozen=True):
    """One look at everything."""

    at_s: float
    """On a clock that only goes forward."""
    machine: Machine
    trees: tuple[Tree, ...]


Listener = Callable[[Sample], None]
"""Must not block."""


class Sampler:
    """Looks from a timer of the running event loop: no thread, no task, and no timer when idle."""

    def __init__(
        self, look: Callable[[], Machine] | None = None, *, period_s: float = PERIOD_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Args: `look` is at the machine; `clock` is what shares of time are taken by."""
        self._look = look or MachineLook()
        self._period_s = period_s
        self._clock = clock
        self._tracked: list[Tracked] = []
        self._listeners: list[Listener] = []
        self._timer: asyncio.TimerHandle | None = None
        self.last: Sample | None = None

    @property
    def is_running(self) -> bool:
        """Whether a look is due."""
        return self._timer is not None

    def track(self, tree: Tracked) -> Callable[[], None]:
        """Look at a tree too, until what is returned is called or its root has ended."""
        self._tracked.append(tree)
        self._arm()
        return lambda: self._drop(self._tracked, tree)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Be told each sample, until what is returned is called."""
        self._listeners.append(listener)
        self._arm()
        return lambda: self._drop(self._listeners, listener)

    def sample(self) -> Sample:
        """Look now. A tree whose root has ended is told once more, as dead, and then forgotten."""
        now_s = self._clock()
        trees = tuple(tracked.look(now_s) for tracked in self._tracked)
        self._tracked = [each for each, tree in zip(self._tracked, trees, strict=True) if tree.is_alive]
        self.last = Sample(now_s, self._look(), trees)
        return self.last

    def close(self) -> None:
        """Forget everything."""
        self._tracked.clear()
        self._listeners.clear()
        self._disarm()

    def _drop(self, items: list[Tracked] | list[Listener], item: Tracked | Listener) -> None:
        if item in items:
            items.remove(item)  # type: ignore[arg-type]
        if not self._tracked and not self._listeners:
            self._disarm()

    def _arm(self) -> None:
        if self._timer is None and (self._tracked or self._listeners):
            self._timer = asyncio.get_running_loop().call_later(self._period_s, self._tick)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self._timer = None
        try:
            sample = self.sample()
            for listener in tuple(self._listeners):
                listener(sample)
        finally:
            self._arm()
