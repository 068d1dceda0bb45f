"""When memory runs short: who of ours is suspended, and when does it go on? Decisions only; `steward` acts on them.

Hysteresis both ways: nothing happens at the first sign of trouble, nobody goes on at the first sign of rest, and one at
a time. One of ours always runs on: if all stood still, what they hold would never be given back.
"""

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from kernel.resources.admission import shortage
from kernel.resources.limits import Headroom
from kernel.resources.room import Room

TIGHT_S: Final = 2.0
"""Memory must be short for so long before anybody is suspended, and again before the next is."""
CALM_S: Final = 5.0
"""There must be plenty for so long before anybody goes on, and again before the next does."""
_PLENTY: Final = 1.5
"""Plenty is so many times what is to stay free."""


class Tenant(NamedTuple):
    """An agent or a program of ours."""

    key: Hashable
    name: str
    """For people."""
    nice: int
    """The largest is suspended first."""
    is_awaited: bool
    """Whether a person waits for it: such are suspended last."""
    order: float
    """When it began: of equals the youngest is suspended first."""


class Act(NamedTuple):
    """What is to be done."""

    key: Hashable
    is_suspension: bool
    why: str
    """What is short; empty where it goes on."""


class Relief:
    """Remembers how long things have stood as they do."""

    def __init__(self) -> None:
        self._tight_since: float | None = None
        self._calm_since: float | None = None
        self._acted_s = float("-inf")

    def decide(
        self,
        now_s: float,
        room: Room,
        limits: Headroom,
        running: Sequence[Tenant],
        suspended: Sequence[Tenant],
    ) -> Act | None:
        """At most one thing to do.

        Args:
            now_s: on a clock that only goes forward.
            room: what the machine has left.
            limits: what is to be left.
            running: ours, but for those that must not be suspended.
            suspended: those that were suspended here.
        """
        why = shortage(room, limits)
        is_calm = not why and is_plenty(room, limits)
        self._tight_since = (now_s if self._tight_since is None else self._tight_since) if why else None
        self._calm_since = (now_s if self._calm_since is None else self._calm_since) if is_calm else None
        if suspended and not running:
            return self._go_on(now_s, suspended)
        if self._tight_since is not None and len(running) > 1:
            if now_s - max(self._tight_since, self._acted_s) >= TIGHT_S:
                self._acted_s = now_s
                return Act(max(running, key=_rank).key, True, why)
        elif (
            self._calm_since is not None
            and suspended
            and now_s - max(self._calm_since, self._acted_s) >= CALM_S
        ):
            return self._go_on(now_s, suspended)
        return None

    def _go_on(self, now_s: float, suspended: Sequence[Tenant]) -> Act:
        self._acted_s = now_s
        return Act(min(suspended, key=_rank).key, False, "")


def is_plenty(room: Room, limits: Headroom) -> bool:
    """Whether more is left than is needed."""
    has_memory = room.free_bytes is None or room.free_bytes >= _PLENTY * limits.free_bytes
    return has_memory and room.memory_pressure <= limits.pressure_percent / 2


def _rank(tenant: Tenant) -> tuple[bool, int, float]:
    """The largest goes first."""
    return (not tenant.is_awaited, tenant.nice, tenant.order)
