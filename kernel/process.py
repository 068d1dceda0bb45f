"""What an agent is: a process with a goal, capabilities, a budget and a place in the file system."""

import asyncio
from collections.abc import Iterable

from kernel.meter import Limits, Meter
from syscalls.caps import ANY, Cap, Right
from syscalls.errors import NotPermitted

__all__ = ["Limits", "Process", "workspace_caps"]


class Process:
    """One agent. Capabilities are fixed when it is made; children get minted-down copies."""

    def __init__(
        self,
        pid: int,
        goal: str,
        caps: frozenset[Cap],
        *,
        cwd: str,
        home: str,
        limits: Limits | None = None,
        parent: int | None = None,
        meter: Meter | None = None,
    ) -> None:
        """Args: `cwd` and `home` are absolute; `home` is what `~` stands for; `meter` is one that goes on counting."""
        self.pid = pid
        self.parent = parent
        self.goal = goal
        self.caps = caps
        self.cwd = cwd
        self.home = home
        self.meter = meter or Meter(limits or Limits())
        """What it has used, of what it may use."""
        self.nice = 0
        """As `ProcessRow.nice`."""
        self.hold: asyncio.Event | None = None
        """While it is not set, the process makes no call: it is suspended."""

    @property
    def limits(self) -> Limits:
        """The most it may use."""
        return self.meter.limits

    @property
    def tokens(self) -> int:
        """What models have read and written for it."""
        return int(self.meter.used("tokens"))

    def roots(self, right: Right) -> tuple[str, ...]:
        """Folders over which the process holds the file right, sorted."""
        return tuple(sorted({cap.scope for cap in self.caps if cap.right is right}))

    def mint(self, pid: int, goal: str, caps: Iterable[tuple[Cap, str]], limits: Limits) -> "Process":
        """A child holding the given capabilities narrowed to the given scopes.

        Raises:
            NotPermitted: a capability is not held, or a scope is wider.
        """
        chosen = tuple(caps)
        for cap, _ in chosen:
            if cap not in self.caps:
                raise NotPermitted(f"process {self.pid} does not hold {cap.right.value!r} on {cap.scope!r}")
        minted = frozenset(cap.mint(scope) for cap, scope in chosen)
        return Process(pid, goal, minted, cwd=self.cwd, home=self.home, limits=limits, parent=self.pid)

    def spend_turn(self) -> None:
        """Count one turn of the mind.

        Raises:
            BudgetSpent: turns, tokens or wall time are used up.
        """
        self.room_for(1)
        self.meter.spend("turns")

    def spend_call(self) -> None:
        """Count one syscall.

        Raises:
            BudgetSpent: calls or wall time are used up.
        """
        self.meter.spend("calls")

    def count_tokens(self, tokens: int) -> None:
        """Count what a model has read and written."""
        self.meter.count("tokens", tokens)

    def room_for(self, tokens: int) -> int:
        """As many of these tokens as the budget still holds.

        Raises:
            BudgetSpent: none are left.
        """
        return self.meter.room("tokens", tokens)


_OWN = (Right.SYS_READ, Right.TOOL_LIST, Right.UI, Right.EXEC, Right.MEMORY, Right.SCHEDULE, Right.PROC)


def workspace_caps(
    folders: Iterable[str], apps: Iterable[str] = (), hosts: Iterable[str] = ()
) -> frozenset[Cap]:
    """What a person's own session holds: its folders, looking at the machine, the console, its apps, granted hosts."""
    caps = {Cap(right, ANY) for right in _OWN}
    for folder in folders:
        caps |= {Cap(Right.FS_READ, folder), Cap(Right.FS_WRITE, folder)}
    caps |= {Cap(Right.APP, name) for name in apps}
    caps |= {Cap(Right.NET, host) for host in hosts}
    return frozenset(caps)
