"""Engines that the sessions of a host share: a model is loaded once, and all of them take turns on it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from kernel.happenings import Held, Watcher
from kernel.minds.generative.port import Engine
from kernel.minds.generative.vllm_settings import VllmSettings

if TYPE_CHECKING:
    from kernel.turns.scheduled import ScheduledEngine

TOLD_EVERY_S = 5.0


@dataclass(frozen=True)
class Whose:
    """Who takes the turns of a session."""

    agent: str
    """The session's name, for the ledger and for fair shares."""
    is_interactive: bool
    watch: Watcher


@dataclass
class Engines:
    """By what they were started with."""

    _made: dict[bytes, tuple["ScheduledEngine", Callable[[Callable[[float], None]], Awaitable[None]]]] = (
        field(default_factory=dict)
    )

    def vllm(self, settings: VllmSettings, whose: Whose) -> Engine:
        """This session's hold on the model; the first turn of any session loads it.

        Raises:
            MindFailed: it cannot be loaded; says what would be accepted.
        """
        from kernel.minds.generative.vllm_engine import VllmEngine
        from kernel.minds.generative.vllm_settings import check, has_gpu
        from kernel.turns.policies import policy
        from kernel.turns.scheduled import ScheduledEngine
        from kernel.turns.shared import SharedEngine

        key = msgspec.json.encode(settings)
        if key not in self._made:
            check(settings, on_cpu=not has_gpu())
            own = VllmEngine(settings)
            self._made[key] = ScheduledEngine(own, policy(settings.policy), settings.most_turns), own.start
        engine, start = self._made[key]
        return SharedEngine(engine, lambda: start(Loading(engine.name, whose.watch)))

    def load(self) -> tuple[int, int]:
        """Turns that run and that wait, over all engines."""
        loads = [engine.load for engine, _ in self._made.values()]
        return sum(running for running, _ in loads), sum(waiting for _, waiting in loads)

    async def close(self) -> None:
        """End them all; one that is still loading as well."""
        for engine, _ in self._made.values():
            await engine.close()
        self._made.clear()


class Loading:
    """Tells a session now and then that it waits for a model."""

    def __init__(self, name: str, watch: Watcher) -> None:
        self._name, self._watch = name, watch
        self._due_s = 0.0

    def __call__(self, seconds: float) -> None:
        """It has been loading for so long."""
        if seconds >= self._due_s:
            self._watch(Held(self._name, f"loading the model: {seconds:.0f} s"))
            self._due_s = seconds + TOLD_EVERY_S
