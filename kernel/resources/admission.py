"""May new work begin? It waits, in the order it came, while the machine lacks the room, and not for ever."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from kernel.resources.limits import Headroom
from kernel.resources.room import Room
from syscalls.errors import NoRoom
from syscalls.sys import human

EVERY_S = 0.25
"""How often a machine without room is looked at again; nothing is looked at when nobody waits."""


OnWait = Callable[[str], None]
"""Is told once, before the wait, why it is waited."""
LimitsOf = Callable[[int | None], Headroom]
"""Gives the limits for a machine of so many bytes of memory."""


class _Turn(NamedTuple):
    done: asyncio.Future[None]
    limits: LimitsOf
    need_bytes: int


class Admission:
    """Lets work begin. Belongs to one event loop; one is let in a look, so that many do not rush in at once."""

    def __init__(self, look: Callable[[], Room], limits: LimitsOf, *, every_s: float = EVERY_S) -> None:
        """Args: `limits` hold where who asks brings none."""
        self._look = look
        self._limits = limits
        self._every_s = every_s
        self._queue: deque[_Turn] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting_count(self) -> int:
        """How many wait."""
        return len(self._queue)

    async def admit(
        self, what: str, on_wait: OnWait, limits_of: LimitsOf | None = None, *, need_bytes: int = 0
    ) -> None:
        """Return once there is room.

        Args:
            what: what is to begin, for people.
            on_wait: is told the reason, where there is a wait.
            limits_of: of whoever asks.
            need_bytes: memory that it is known to take at once, such as a model's weights.

        Raises:
            NoRoom: there was none in time; says what is short and which setting says so.
        """
        room = self._look()
        limits_of = limits_of or self._limits
        limits = limits_of(room.total_bytes)
        reason = shortage(room, limits, need_bytes)
        if not reason and not self._queue:
            return
        on_wait(reason or f"{len(self._queue)} came before")
        turn = _Turn(asyncio.get_running_loop().create_future(), limits_of, need_bytes)
        self._queue.append(turn)
        self._arm()
        try:
            async with asyncio.timeout(limits.wait_s):
                await turn.done
        except TimeoutError:
            now = shortage(self._look(), limits, need_bytes) or "others came before"
            raise NoRoom(
                f"{what} was not started: {now} after {limits.wait_s:g} s of waiting; it can be tried again when"
                " something has ended, or [limits] in config.toml can ask for less"
            ) from None
        finally:
            if turn in self._queue:
                self._queue.remove(turn)
            if not self._queue:
                self._disarm()

    def _arm(self) -> None:
        if self._timer is None and self._queue:
            self._timer = asyncio.get_running_loop().call_later(self._every_s, self._again)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self) -> None:
        self._timer = None
        room = self._look()
        if self._queue:
            turn = self._queue[0]
            if not shortage(room, turn.limits(room.total_bytes), turn.need_bytes):
                self._queue.popleft()
                if not turn.done.done():
                    turn.done.set_result(None)
        self._arm()


def shortage(room: Room, limits: Headroom, need_bytes: int = 0) -> str:
    """What the machine is short of; empty where of nothing."""
    if room.free_bytes is not None and need_bytes and room.free_bytes - need_bytes < limits.free_bytes:
        return (
            f"it takes {human(need_bytes)} of memory, {human(room.free_bytes)} are free and"
            f" {human(limits.free_bytes)} are to stay free"
        )
    if room.free_bytes is not None and room.free_bytes < limits.free_bytes:
        return f"{human(room.free_bytes)} of memory are free, {human(limits.free_bytes)} are to stay free"
    if room.memory_pressure > limits.pressure_percent:
        return (
            f"programs wait for memory {room.memory_pressure:.0f} % of the time,"
            f" more than {limits.pressure_percent:.0f} %"
        )
    return ""
