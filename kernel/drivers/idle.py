"""Drivers that one session has done with and another may take: never two at once.

A session has its drivers to itself, since stopping a call that is under way ends its driver. Between
sessions they wait here, warm.
"""

import os
from typing import TYPE_CHECKING

from kernel.drivers.launch import Grants, Program

if TYPE_CHECKING:
    from kernel.drivers.jailed import JailedDriver

MOST = 8
"""So many wait; the longest waiting one ends for the next."""
Ground = tuple[tuple[int, int], ...]


def ground(grants: Grants) -> Ground:
    """Which folders stand at the paths of grants now: device and inode of each, zeros where none does."""
    return tuple([_identity(path) for path in (*grants.read, *grants.write)])


class IdleDrivers:
    """Warm drivers by program and grants."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Program, Grants, JailedDriver]] = []

    def take(self, program: Program, grants: Grants) -> "JailedDriver | None":
        """One that lives and whose folders are still the same ones; the caller has it to itself."""
        for index, (its_program, its_grants, driver) in enumerate(self._waiting):
            if its_program != program or its_grants != grants:
                continue
            del self._waiting[index]
            if driver.is_idle and driver.ground == ground(grants):
                return driver
            driver.kill()
            return self.take(program, grants)
        return None

    def give(self, program: Program, grants: Grants, driver: "JailedDriver") -> None:
        """Keep a driver for whoever comes next; one that is dead, or holds something half-done, ends."""
        if not driver.is_idle:
            driver.kill()
            return
        self._waiting.append((program, grants, driver))
        if len(self._waiting) > MOST:
            self._waiting.pop(0)[2].kill()

    def close(self) -> None:
        """End all of them."""
        for _, _, driver in self._waiting:
            driver.kill()
        self._waiting.clear()

    def names(self) -> list[str]:
        """Of the programs that wait."""
        return [program.name for program, _, _ in self._waiting]

    def __len__(self) -> int:
        return len(self._waiting)


def _identity(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)
