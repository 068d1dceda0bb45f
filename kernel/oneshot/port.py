"""How is a foreign program run once? The order, the outcome, and the one door to both."""

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from kernel.jail.spec import JailSpec
from kernel.oneshot.oversight import Oversight

Stream = Literal["stdout", "stderr"]
OnOutput = Callable[[Stream, bytes], None]
"""What is told of output as it comes: the stream, and never empty bytes."""
Stop = Literal["", "timeout", "memory", "processes", "cpu", "disk", "budget", "cancelled"]


class Overlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A folder that a program may change without changing it: all it writes goes to another."""

    lower: str
    """The folder, which is seen and stays as it is."""
    upper: str
    """Where changes go; an existing folder, whose content is seen on top. Not synced to the disk."""
    work: str
    """An empty folder of the same file system as `upper`, new for each order."""


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One program, its jail and its budget."""

    argv: tuple[str, ...]
    """The program, looked up in PATH of `env` where it holds no slash, and its arguments."""
    cwd: str
    env: dict[str, str] = {}
    """Added to a small fixed environment; nothing of ours is inherited."""
    stdin: bytes = b""
    """Empty: the program reads /dev/null, else a pipe."""
    spec: JailSpec
    """Its grants and the limits of each of its processes."""
    overlays: tuple[Overlay, ...] = ()
    """In tier F only."""
    timeout_s: float = 600.0
    """Wall time; then SIGTERM to the whole tree, and soon SIGKILL."""
    output_bytes: int = 8 << 20
    """Most of standard output and error together that is passed on; the rest is read slowly and dropped."""
    write_bytes: int = 4 << 30
    """Most that its writable folders (the uppers of overlays, where there are some) may grow."""
    rss_bytes: int = 2 << 30
    """Most resident memory of the tree, each process counted whole."""
    process_count: int = 64
    """Most processes alive at once."""
    cpu_s: float = 600.0
    """Most processor seconds of the tree."""

    def __post_init__(self) -> None:
        """Raises ValueError: a field no program could be run with."""
        if not self.argv or not self.argv[0]:
            raise ValueError(f"argv {self.argv!r}: must name a program")
        for text in (*self.argv, self.cwd, *self.env, *self.env.values()):
            if "\0" in text:
                raise ValueError(f"{text!r}: must hold no NUL")
        if not self.cwd.startswith("/"):
            raise ValueError(f"cwd {self.cwd!r}: must be an absolute path")
        for name in ("timeout_s", "cpu_s", "rss_bytes", "process_count"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}={getattr(self, name)!r}: must be above 0")


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a run ended."""

    status: int
    """The exit code, or minus the number of the signal that ended the program."""
    stopped: Stop
    """Which budget it overran and was killed for; empty where it ended by itself."""
    wall_s: float
    cpu_s: float
    """Of the whole tree, as far as it was waited for; about 2 ms of it put the jail on."""
    peak_bytes: int
    """Most resident memory seen of the tree, or of one process where that is more; never below the 10 MB
    of the process that became the program."""
    stdout_bytes: int
    """All it wrote, with what was dropped."""
    stderr_bytes: int
    is_cut: bool
    """Whether output beyond `output_bytes` was dropped: the notice that the user is owed."""
    why: str = ""
    """Of a run that its process's meter stopped: what was used, of what, and what raises it."""


class Runner(Protocol):
    """Runs programs; `kernel.oneshot.runner` for real, `kernel.oneshot.replay` from memory."""

    async def run(self, order: Order, on_output: OnOutput, oversight: Oversight | None = None) -> Outcome:
        """Run a program to its end; its output is heard before this returns.

        Who watches over it is told at most ten times a second what it uses, and stops it where its process's budget
        is over: `memory` or `processes` where that is what was too much at one time, else `budget`.

        A run that is cancelled kills the whole tree first, within 200 ms. Reading waits for `on_output`: a
        slow listener slows the program down. An exception of `on_output` ends the run and is raised.

        A program that is not there or may not be executed is told as shells tell it: a line on standard error,
        and status 127 or 126.

        Raises:
            DriverDied: the jail could not be had, or it is not known how the run ended.
        """
        ...
