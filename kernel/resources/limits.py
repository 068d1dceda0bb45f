"""`[limits]`: what is to stay free, and how long new work waits for it."""

from typing import NamedTuple

import msgspec

_MIB = 1 << 20
_SHARE = 32
_PRESSURE_PERCENT = 50.0
_WAIT_S = 30.0


class LimitsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[limits]`: when new work waits. What is not set follows from the size of the machine."""

    headroom_mb: int | None = None
    """Megabytes (2**20 bytes) of memory that stay free: new programs wait while less is; 0 for none. Unset: a
    thirty-second part of the memory, at least 64 and at most 1024."""
    pressure_percent: float | None = None
    """New programs wait while tasks waited for memory more than this share of the last 10 s. Unset: 50."""
    wait_s: float | None = None
    """The longest they wait before they are refused. Unset: 30."""

    def __post_init__(self) -> None:
        if self.headroom_mb is not None and not 0 <= self.headroom_mb < 1 << 30:
            raise ValueError(f"headroom_mb: expected megabytes of at least 0, got {self.headroom_mb}")
        if self.pressure_percent is not None and not 0 < self.pressure_percent <= 100:
            raise ValueError(
                f"pressure_percent: expected a share above 0 and up to 100, got {self.pressure_percent:g}"
            )
        if self.wait_s is not None and not 0 <= self.wait_s < 10**7:
            raise ValueError(f"wait_s: expected seconds of at least 0, got {self.wait_s:g}")


class Headroom(NamedTuple):
    """The limits of one machine."""

    free_bytes: int
    pressure_percent: float
    wait_s: float


def headroom(section: LimitsSection, total_bytes: int | None) -> Headroom:
    """What is asked for, and where nothing is, what suits a machine of so much memory."""
    if section.headroom_mb is not None:
        free = section.headroom_mb * _MIB
    else:
        free = min(max((total_bytes or 0) // _SHARE, 64 * _MIB), 1024 * _MIB)
    return Headroom(
        free,
        _PRESSURE_PERCENT if section.pressure_percent is None else section.pressure_percent,
        _WAIT_S if section.wait_s is None else section.wait_s,
    )
