"""What an agent is: a process with a goal, capabilities, a budget and a place in the file system."""

import asyncio
import time
from collections.abc import Iterable

import msgspec

from syscalls.caps import ANY, Cap, Right
from syscalls.errors import BudgetSpent, NotPermitted


class Limits(msgspec.Struct, frozen=True):
    """The most a process may use; None is no limit."""

    turns: int | None = 20
    """Times the mind is asked."""
    calls: int | None = 500
    tokens: int | None = None
    """Tokens of models, of prompts and answers together."""
    wall_s: float | None = None


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
    ) -> None:
        """Args: `cwd` and `home` are absolute; `home` is what `~` stands for."""
        self.pid = pid
        self.parent = parent
        self.goal = goal
        self.caps = caps
        self.cwd = cwd
        self.home = home
        self.limits = limits or Limits()
        self.turns = 0
        self.calls = 0
        self.hold: asyncio.Event | None = None
        """While it is not set, the process makes no call: it is suspended."""
        self.tokens = 0
        self._started = time.monotonic()

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
        self.turns += 1
        if self.limits.turns is not None and self.turns > self.limits.turns:
            raise BudgetSpent(f"turn limit of {self.limits.turns} reached; --max-turns raises it")
        self._check_wall()

    def spend_call(self) -> None:
        """Count one syscall.

        Raises:
            BudgetSpent: calls or wall time are used up.
        """
        self.calls += 1
        if self.limits.calls is not None and self.calls > self.limits.calls:
            raise BudgetSpent(f"limit of {self.limits.calls} syscalls reached")
        self._check_wall()

    def count_tokens(self, tokens: int) -> None:
        """Count what a model has read and written."""
        self.tokens += tokens

    def room_for(self, tokens: int) -> int:
        """As many of these tokens as the budget still holds.

        Raises:
            BudgetSpent: none are left.
        """
        if self.limits.tokens is None:
            return tokens
        left = self.limits.tokens - self.tokens
        if left < 1:
            raise BudgetSpent(f"limit of {self.limits.tokens} tokens reached; --max-tokens raises it")
        return min(tokens, left)

    def _check_wall(self) -> None:
        if self.limits.wall_s is not None and time.monotonic() - self._started > self.limits.wall_s:
            raise BudgetSpent(f"time limit of {self.limits.wall_s:g} s reached; --timeout raises it")


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
