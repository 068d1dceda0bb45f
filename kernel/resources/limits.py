"""`[limits]`: what is to stay free, how long new work waits for it, and what requests and sessions may use."""

import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from kernel.meter import Limits
from kernel.resources.room import memory

_MIB = 1 << 20
_SHARE = 32
_PRESSURE_PERCENT = 50.0
_WAIT_S = 30.0


class BudgetSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[limits.process]` or `[limits.session]`: the most that may be used. What is not set follows from the machine."""

    turns: int | None = None
    """Times the mind is asked."""
    calls: int | None = None
    tokens: int | None = None
    """That models read and write."""
    wall_s: float | None = None
    """Seconds from its start."""
    cpu_s: float | None = None
    """Processor seconds of programs."""
    memory_mb: int | None = None
    """Megabytes (2**20 bytes) of programs at one time. Unset: of a request a quarter of the machine's memory, at least
    256 and at most 8192; of a session half of it."""
    processes: int | None = None
    """Of programs, alive at one time. Unset: 256 and 1024."""
    written_mb: int | None = None
    """Megabytes that land on the disk, or that a program holds back. Unset: of a request 4096, of a session four times
    that, and not more than a quarter of what is free on the disk."""
    network_mb: int | None = None
    """Megabytes that are fetched, both ways."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value is not None and not 0 < value < 1 << 40:
                raise ValueError(f"{name}: expected a number above 0, got {value:g}")


class LimitsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[limits]`: when new work waits. What is not set follows from the size of the machine."""

    headroom_mb: int | None = None
    """Megabytes (2**20 bytes) of memory that stay free: new programs wait while less is; 0 for none. Unset: a
    thirty-second part of the memory, at least 64 and at most 1024."""
    pressure_percent: float | None = None
    """New programs wait while tasks waited for memory more than this share of the last 10 s. Unset: 50."""
    wait_s: float | None = None
    """The longest they wait before they are refused. Unset: 30."""
    process: BudgetSection = BudgetSection()
    """Of each request, and of each agent."""
    session: BudgetSection = BudgetSection()
    """Of a session, with all its requests and the agents it starts."""

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


class Size(NamedTuple):
    """Of a machine; None where it is not known."""

    memory_bytes: int | None
    disk_free_bytes: int | None
    """Where the undo store is."""


def size_of(store: Path) -> Size:
    """Of this machine."""
    try:
        at = os.statvfs(store)
        free: int | None = at.f_bavail * at.f_frsize
    except OSError:
        free = None
    return Size(memory()[0], free)


def request_limits(section: BudgetSection, size: Size, given: Limits) -> Limits:
    """Of one request.

    Args:
        section: what is asked for.
        size: of the machine.
        given: from the command line; what is set there goes before the section's.
    """
    memory = min(max((size.memory_bytes or 0) // 4, 256 * _MIB), 8192 * _MIB)
    usual = Limits(None, None, None, None, None, memory, 256, _disk(size, 4096 * _MIB), None)
    return _over(_over(usual, section), given)


def session_limits(section: BudgetSection, size: Size) -> Limits:
    """Of a whole session."""
    memory = max((size.memory_bytes or 0) // 2, 512 * _MIB)
    usual = Limits(None, None, None, None, None, memory, 1024, _disk(size, 16384 * _MIB), None)
    return _over(usual, section)


def _disk(size: Size, most: int) -> int:
    return most if size.disk_free_bytes is None else max(min(most, size.disk_free_bytes // 4), _MIB)


def _over(below: Limits, above: BudgetSection | Limits) -> Limits:
    """`below`, with what is set in `above`."""
    found = limits_in(above) if isinstance(above, BudgetSection) else above
    every = msgspec.structs.asdict(found)
    return msgspec.structs.replace(below, **{name: most for name, most in every.items() if most is not None})


def limits_in(section: BudgetSection) -> Limits:
    """What a section sets, and nothing else."""

    def size(megabytes: int | None) -> int | None:
        return None if megabytes is None else megabytes * _MIB

    return Limits(
        section.turns, section.calls, section.tokens, section.wall_s, section.cpu_s, size(section.memory_mb),
        section.processes, size(section.written_mb), size(section.network_mb),
    )  # fmt: skip
