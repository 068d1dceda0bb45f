"""What is asked of whoever runs foreign programs: an order, its output as it comes, how it ended."""

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from kernel.jail.spec import JailSpec

Stream = Literal["stdout", "stderr"]
OnOutput = Callable[[Stream, bytes], None]


class Overlay(msgspec.Struct, frozen=True):
    """A folder whose changes go elsewhere. All paths absolute."""

    lower: str
    upper: str
    work: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one program."""

    argv: tuple[str, ...]
    """The first word is the absolute path of the program."""
    cwd: str
    env: dict[str, str] = {}
    stdin: bytes = b""
    spec: JailSpec
    overlays: tuple[Overlay, ...] = ()
    """Tier F only."""
    timeout_s: float = 600.0
    output_bytes: int = 8 << 20
    """Most bytes passed on; the rest is read and dropped."""
    rss_bytes: int = 2 << 30
    process_count: int = 64
    cpu_s: float = 600.0


class Outcome(msgspec.Struct, frozen=True):
    """How it ended."""

    status: int
    """Exit code, or minus the signal."""
    stopped: Literal["", "timeout", "memory", "processes", "cpu", "cancelled"]
    wall_s: float
    cpu_s: float
    peak_bytes: int
    stdout_bytes: int
    stderr_bytes: int
    is_cut: bool


class Runner(Protocol):
    """Runs orders."""

    async def run(self, order: Order, on_output: OnOutput) -> Outcome:
        """Run one to its end; cancelled, the whole tree is dead within 200 ms.

        Raises:
            DriverDied: the jail could not be had.
        """
        ...
