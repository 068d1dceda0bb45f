"""What the gate asks of whoever serves a call.

One Protocol; a jailed driver, a kernel service and the console fit it.
"""

from typing import Any, Protocol, runtime_checkable

import msgspec

from kernel.process import Process
from syscalls.labels import NONE, Labels
from syscalls.table import AnyCall
from syscalls.undo import Plan, Step

LOOK_DEADLINE_S = 60.0
"""The longest a call without side effects may take, whoever serves it."""


class Answer(msgspec.Struct, frozen=True):
    """What a server returns: the value still in wire form, and what is known about it."""

    value: Any
    """`msgspec.Raw` msgpack from a jailed driver, or a `Value` made in this process."""
    labels: Labels = NONE
    undo: tuple[Step, ...] = ()


class Prepared(Protocol):
    """An effect that is planned and not yet done."""

    plan: Plan

    async def commit(self) -> Answer:
        """Do it.

        Raises:
            SysError: nothing half-done remains, or `DriverDied`, and the journal has the undo steps.
        """
        ...

    async def abort(self) -> None:
        """Drop it. Nothing visible has happened."""
        ...


@runtime_checkable
class Staged(Prepared, Protocol):
    """An effect that must be let happen apart before anybody can say what it changes: a program's run.

    Its `plan` says what would run. It is asked about first, and cannot be committed itself.
    """

    async def run(self) -> Prepared:
        """Let it happen where nobody sees it; what it gives is the effect on what everybody sees.

        Raises:
            SysError: it could not be run; nothing remains.
        """
        ...


@runtime_checkable
class Labelled(Prepared, Protocol):
    """An effect that keeps where its arguments came from: what it causes later starts with that."""

    labels: Labels
    """Set by the gate before `commit`."""


class Server(Protocol):
    """Serves calls. `process` says on whose behalf; its file grants are the caller's whole reach."""

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Carry out a call without side effects; who serves it keeps `LOOK_DEADLINE_S`.

        Raises:
            TimedOut: there was no answer in time.
            SysError: as the call declares.
        """
        ...

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Plan an effect."""
        ...
