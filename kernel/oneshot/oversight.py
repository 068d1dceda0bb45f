"""Under whose eyes does a program run? Its process's meter is told what it uses, and it can be paused and given less."""

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from kernel.meter import Figures, Standing
from kernel.process import Process

PROGRAM_NICE: Final = 5
"""Programs give way to the kernel and its drivers: it answers beside as many busy ones as its machine has cores."""
_MOST_NICE: Final = 19


def os_nice(nice: int) -> int:
    """The system's niceness of a program whose process has this one: 5 more, and never below 0."""
    return min(max(PROGRAM_NICE + nice, 0), _MOST_NICE)


def _tell_nobody(why: str) -> None:
    del why


class Control(Protocol):
    """A run under way, for who watches over it."""

    @property
    def leader(self) -> int:
        """The number of its process group."""
        ...

    def pause(self) -> None:
        """Stop the whole tree where it stands; its time limit stops with it."""
        ...

    def go_on(self) -> None:
        """Let it go on."""
        ...


class Oversight:
    """One program's."""

    def __init__(self, process: Process, name: str) -> None:
        """Args: `name` is the program's, for people."""
        self.process = process
        self.name = name
        self.session = ""
        """Where it runs; set by who lists it, and so is `tell`."""
        self.tell: Callable[[str], None] = _tell_nobody
        """Told why it is paused; nothing when it goes on."""
        self.figures = Figures()
        """As last seen."""
        self.why_paused = ""
        """Empty while it runs."""
        self._control: Control | None = None

    @property
    def leader(self) -> int:
        """The number of its process group; 0 before it began and after its end."""
        return self._control.leader if self._control is not None else 0

    @property
    def nice(self) -> int:
        """The system's niceness that it shall have."""
        return os_nice(self.process.nice)

    def began(self, control: Control) -> None:
        """It runs."""
        self._control = control
        if self.why_paused:
            control.pause()

    def used(self, figures: Figures) -> Standing | None:
        """A look at what it uses; the budget that it is over, for which it must end."""
        self.figures = figures
        return self.process.meter.live(self, figures)

    def ended(self, cpu_s: float | None = None) -> None:
        """It runs no more. Args: `cpu_s` is what it came to, where that is known."""
        self._control = None
        self.process.meter.ended(self, cpu_s)

    def pause(self, why: str) -> None:
        """Stop it where it stands, and say why."""
        if not self.why_paused:
            self.tell(why)
        self.why_paused = why
        if self._control is not None:
            self._control.pause()

    def go_on(self) -> None:
        """Let it go on; void where it is not paused."""
        was_paused, self.why_paused = bool(self.why_paused), ""
        if was_paused:
            self.tell("")
        if was_paused and self._control is not None:
            self._control.go_on()

    def renice(self) -> None:
        """Give it what its process has by now; the system lets nobody but root take less niceness back."""
        if self.leader:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PGRP, self.leader, self.nice)


class Runs:
    """The programs that run on one host."""

    def __init__(self) -> None:
        self._runs: list[Oversight] = []
        self.watchers: list[Callable[[], None]] = []
        """Told when one begins or ends."""

    def __iter__(self) -> Iterator[Oversight]:
        """Each, oldest first."""
        return iter(tuple(self._runs))

    def of(self, process: Process) -> list[Oversight]:
        """Those of one process, or of the agent that has its meter."""
        return [run for run in self if run.process.meter is process.meter]

    @contextmanager
    def listed(self, run: Oversight, session: str) -> Iterator[None]:
        """It is among them while the block runs."""
        run.session = session
        self._runs.append(run)
        try:
            self._tell()
            yield
        finally:
            self._runs.remove(run)
            self._tell()

    def _tell(self) -> None:
        for watcher in tuple(self.watchers):
            watcher()
