"""Engines that the sessions of a host share: a model is loaded once, and all of them take turns on it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kernel.happenings import Held, Watcher
from kernel.minds.generative.port import Engine
from kernel.minds.generative.vllm_settings import VllmSettings
from kernel.resources.admission import Admission

if TYPE_CHECKING:
    from kernel.turns.scheduled import ScheduledEngine

TOLD_EVERY_S = 5.0
_WEIGHTS = ("*.safetensors", "*.bin", "*.gguf")


@dataclass(frozen=True)
class Whose:
    """Who takes the turns of a session."""

    agent: str
    """The session's name, for the ledger and for fair shares."""
    is_interactive: bool
    watch: Watcher
    weight: Callable[[], float] | None = None
    """Its share beside others, asked for at each turn; None: 1."""


@dataclass
class Engines:
    """By what they were started with."""

    admission: Admission | None = None
    """Where a model waits for room before it is loaded; None: it waits for none."""
    _loaded: set[bytes] = field(default_factory=set)
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

        async def ready() -> None:
            if key not in self._loaded:
                await self.room_for(engine.name, settings.model, whose)
            await start(Loading(engine.name, whose.watch))
            self._loaded.add(key)

        return SharedEngine(engine, ready)

    async def room_for(self, name: str, weights: str, whose: Whose) -> None:
        """Wait until the machine has the memory that a model takes; on a GPU that is the engine's own affair.

        Args:
            name: the engine's.
            weights: the folder of the model.
            whose: who is told of the wait.

        Raises:
            NoRoom: it had not in time.
        """
        from kernel.minds.generative.vllm_settings import has_gpu

        if self.admission is None:
            return
        need = 0 if has_gpu() else size_of_weights(Path(weights))
        await self.admission.admit(
            f"the model {name}", lambda why: whose.watch(Held(name, why)), need_bytes=need
        )

    def admitted(self, engine: Engine, weights: str, whose: Whose) -> Engine:
        """A session's own engine, which loads its model at its first turn, once there is room. Raises as `room_for`."""
        from kernel.turns.shared import OwnEngine

        waited: list[bool] = []

        async def ready() -> None:
            if not waited:
                await self.room_for(engine.name, weights, whose)
                waited.append(True)

        return OwnEngine(engine, ready)

    def load(self) -> tuple[int, int]:
        """Turns that run and that wait, over all engines."""
        loads = [engine.load for engine, _ in self._made.values()]
        return sum(running for running, _ in loads), sum(waiting for _, waiting in loads)

    async def close(self) -> None:
        """End them all; one that is still loading as well."""
        for engine, _ in self._made.values():
            await engine.close()
        self._made.clear()


def size_of_weights(folder: Path) -> int:
    """Bytes of the files of a model, which loading it takes at least; 0 where it is no folder of this machine."""
    if not folder.is_dir():
        return 0
    return sum(file.stat().st_size for kind in _WEIGHTS for file in folder.glob(kind))


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
