"""May new work begin? It waits, in the order it came, while the machine lacks the room, and not for ever."""

import asyncio
from collections import deque
from collections.abc import Callable

from kernel.resources.limits import Headroom
from kernel.resources.room import Room
from syscalls.errors import NoRoom
from syscalls.sys import human

EVERY_S = 0.25
"""How often a machine without room is looked at again; nothing is looked at when nobody waits."""


OnWait = Callable[[str], None]
"""Is told once, before the wait, why it is waited."""


class Admission:
    """Lets work begin. Belongs to one event loop; one is let in a look, so that many do not rush in at once."""

    def __init__(
        self, look: Callable[[], Room], limits: Callable[[int | None], Headroom], *, every_s: float = EVERY_S
    ) -> None:
        """Args: `limits` gives those of a machine of so many bytes of memory."""
        self._look = look
        self._limits = limits
        self._every_s = every_s
        self._queue: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting_count(self) -> int:
        """How many wait."""
        return len(self._queue)

    async def admit(self, what: str, on_wait: OnWait) -> None:
        """Return once there is room.

        Args:
            what: what is to begin, for people.
            on_wait: is told the reason, where there is a wait.

        Raises:
            NoRoom: there was none in time; says what is short and which setting says so.
        """
        room = self._look()
        limits = self._limits(room.total_bytes)
        reason = shortage(room, limits)
        if not reason and not self._queue:
            return
        on_wait(reason or f"{len(self._queue)} came before")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self._arm()
        try:
            async with asyncio.timeout(limits.wait_s):
                await turn
        except TimeoutError:
            now = shortage(self._look(), limits) or "others came before"
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
        if self._queue and not shortage(room, self._limits(room.total_bytes)):
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
        self._arm()


def shortage(room: Room, limits: Headroom) -> str:
    """What the machine is short of; empty where of nothing."""
    if room.free_bytes is not None and room.free_bytes < limits.free_bytes:
        return f"{human(room.free_bytes)} of memory are free, {human(limits.free_bytes)} are to stay free"
    if room.memory_pressure > limits.pressure_percent:
        return (
            f"programs wait for memory {room.memory_pressure:.0f} % of the time,"
            f" more than {limits.pressure_percent:.0f} %"
        )
    return ""
