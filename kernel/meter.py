"""What has a process used of what it may use, who hears when that runs short, and what is said when it is spent?

Meters stand above each other: what a request or an agent uses counts for its session too, and the tightest holds.
"""

import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from syscalls.errors import BudgetSpent
from syscalls.sys import human
from syscalls.undo import Plan

NEAR: Final = 0.8
"""A budget that is used to this share is told of, once."""
_LEAST_COUNTED: Final = 5
"""A limit on things that are counted warns from this size on: two of two turns are no surprise."""


class Limits(msgspec.Struct, frozen=True):
    """The most a process may use; None is no limit."""

    turns: int | None = 20
    """Times the mind is asked."""
    calls: int | None = 500
    tokens: int | None = None
    """Tokens of models, of prompts and answers together."""
    wall_s: float | None = None
    cpu_s: float | None = None
    """Processor seconds of the programs it runs, and of an agent's drivers; likewise the next two."""
    memory_bytes: int | None = None
    """Resident at one time, each process counted whole."""
    processes: int | None = None
    """Alive at one time."""
    written_bytes: int | None = None
    """That changes leave on the disk, and that a program holds back while it runs."""
    network_bytes: int | None = None
    """That the fetch proxy passed, both ways."""


def _bytes(size: float) -> str:
    return human(int(size))


def _seconds(seconds: float) -> str:
    return f"{seconds:.3g} s"


NO_LIMITS: Final = Limits(turns=None, calls=None)


class Kind(NamedTuple):
    """One sort of thing that is used."""

    name: str
    """As in "82 % of its ... is used"."""
    after: str
    """As in "limit of 5 ... reached"."""
    option: str = ""
    """What raises the limit of a request; empty where nothing on the command line does."""
    show: Callable[[float], str] = "{:g}".format
    is_counted: bool = False
    """Whether it comes in whole pieces that are few."""


KINDS: Final[Mapping[str, Kind]] = {
    "turns": Kind("turns", "turns", "--max-turns", is_counted=True),
    "calls": Kind("syscalls", "syscalls", is_counted=True),
    "tokens": Kind("tokens", "tokens", "--max-tokens"),
    "wall_s": Kind("time", "of time", "--timeout", _seconds),
    "cpu_s": Kind("processor time", "of processor time", "--limit cpu_s=S", _seconds),
    "memory_bytes": Kind("memory", "of memory", "--limit memory_mb=N", _bytes),
    "processes": Kind("processes", "processes", "--limit processes=N", is_counted=True),
    "written_bytes": Kind("room for files", "of written files", "--limit written_mb=N", _bytes),
    "network_bytes": Kind("network traffic", "of network traffic", "--limit network_mb=N", _bytes),
}
LEVELS: Final = ("memory_bytes", "processes")
"""What goes down again: who is over it is stopped, but its budget is not spent for good."""
_FOR_GOOD: Final = ("wall_s", "cpu_s", "written_bytes", "network_bytes")
REQUEST: Final = "this request"
SESSION: Final = "this session"


class Figures(NamedTuple):
    """What one process tree uses now."""

    cpu_s: float = 0.0
    """Since it began."""
    memory_bytes: int = 0
    processes: int = 0
    written_bytes: int = 0
    """Held back for its end: then what of it lands is counted, and nothing else."""


class Standing(msgspec.Struct, frozen=True):
    """A budget that is nearly or wholly used."""

    whose: str
    """Such as "this request", "this session", "agent 3"."""
    key: str
    """Of `KINDS`."""
    used: float
    limit: float

    @property
    def is_over(self) -> bool:
        """Whether more was used than may be."""
        return self.used > self.limit

    def text(self) -> str:
        """In words: "this request: 82 % of its tokens are used (820 of 1000)"."""
        kind = KINDS[self.key]
        share = f"{100 * self.used / self.limit:.0f} %" if self.limit else "more than all"
        return f"{self.whose}: {share} of its {kind.name} used ({kind.show(self.used)} of {kind.show(self.limit)})"

    def spent(self) -> str:
        """That it is spent, and what raises it."""
        kind, limit = KINDS[self.key], KINDS[self.key].show(self.limit)
        match self.key:
            case "turns":
                said = f"turn limit of {limit} reached"
            case "wall_s":
                said = f"time limit of {self.limit:g} s reached"
            case _:
                said = f"limit of {limit} {kind.after} reached"
        if self.whose == REQUEST:
            return f"{said}; {kind.option} raises it" if kind.option else said
        if self.whose == SESSION:
            return f"{said} by this session; --limit session.{_field(kind, self.key)} raises it"
        return f"{said} by {self.whose}"


def _field(kind: Kind, key: str) -> str:
    given = kind.option.removeprefix("--limit ")
    return given if "=" in given else f"{key}=N"


Tell = Callable[[Standing], None]
"""Must not block or raise."""


def tell_nobody(standing: Standing) -> None:
    """Nobody listens."""


class Meter:
    """Counts for one process. Belongs to one event loop."""

    def __init__(
        self, limits: Limits, whose: str = REQUEST, *, above: "Meter | None" = None,
        tell: Tell = tell_nobody, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Args: `above` counts the same again; `clock` only goes forward."""
        self.limits = limits
        self.whose = whose
        self.above = above
        self.tell = tell
        self._clock = clock
        self._started = clock()
        self._used: dict[str, float] = {}
        self._live: dict[Hashable, Figures] = {}
        self._peak: dict[str, float] = {}
        self._told: set[str] = set()
        self._limited = tuple(key for key in KINDS if self.limit(key) is not None)

    def used(self, key: str) -> float:
        """What was used of a kind so far; of memory and processes, what is used now."""
        if key == "wall_s":
            return self._clock() - self._started
        live = sum(getattr(each, key) for each in self._live.values()) if key in Figures._fields else 0
        return self._used.get(key, 0) + live

    def peak(self, key: str) -> float:
        """The most that was in use at one time."""
        return max(self._peak.get(key, 0), self.used(key))

    def figures(self) -> dict[str, float]:
        """What was used of each kind of which anything was; of memory and processes the most at one time."""
        found = {key: self.peak(key) if key in LEVELS else self.used(key) for key in KINDS}
        return {key: round(used, 3) for key, used in found.items() if used}

    def limited(self) -> dict[str, float]:
        """The limits there are."""
        return {key: most for key in self._limited if (most := self.limit(key)) is not None}

    def limit(self, key: str) -> float | None:
        """The most that may be used."""
        found: float | None = getattr(self.limits, key)
        return found

    def tightest(self, key: str) -> float | None:
        """The smallest limit here and above."""
        found = [most for each in self.chain() if (most := each.limit(key)) is not None]
        return min(found, default=None)

    def left(self, key: str) -> float | None:
        """What may still be used, here and above; None without a limit."""
        found = [most - each.used(key) for each in self.chain() if (most := each.limit(key)) is not None]
        return min(found, default=None)

    def chain(self) -> Iterator["Meter"]:
        """This meter, and those above it."""
        each: Meter | None = self
        while each is not None:
            yield each
            each = each.above

    def count(self, key: str, amount: float = 1) -> None:
        """Something was used; who is near the end is told."""
        for each in self.chain():
            each._used[key] = each._used.get(key, 0) + amount
            if key in each._limited:
                each._look(key)

    def spend(self, key: str, amount: float = 1) -> None:
        """Something was used.

        Raises:
            BudgetSpent: that, or anything else that does not go down again, is more than may be.
        """
        self.count(key, amount)
        self.check(key, *_FOR_GOOD)

    def check(self, *keys: str) -> None:
        """Say no once more was used than may be.

        Raises:
            BudgetSpent: of one of these kinds; of any where none is named.
        """
        if standing := self.over(*keys):
            raise BudgetSpent(standing.spent())

    def over(self, *keys: str) -> Standing | None:
        """The first of these kinds of which more was used than may be, here or above."""
        for each in self.chain():
            for key in each._limited:
                if (not keys or key in keys) and (standing := each._look(key)) and standing.is_over:
                    return standing
        return None

    def room(self, key: str, amount: int) -> int:
        """As many of these as may still be used.

        Raises:
            BudgetSpent: none.
        """
        for each in self.chain():
            most = each.limit(key)
            if most is not None:
                left = int(most - each.used(key))
                if left < 1:
                    raise BudgetSpent(Standing(each.whose, key, each.used(key), most).spent())
                amount = min(amount, left)
        return amount

    def holds(self, key: str, amount: float) -> None:
        """Say no to what is about to be used, where it is more than is left.

        Raises:
            BudgetSpent: it is.
        """
        for each in self.chain():
            most = each.limit(key)
            if most is not None and amount > 0 and each.used(key) + amount > most:
                show, standing = KINDS[key].show, Standing(each.whose, key, each.used(key), most)
                raise BudgetSpent(
                    f"{show(amount)} more and {show(standing.used)} already: {standing.spent()}; nothing was changed"
                )

    def live(self, tree: Hashable, figures: Figures) -> Standing | None:
        """What a process tree uses by now; the first budget that is over with it."""
        for each in self.chain():
            each._live[tree] = figures
            for key in Figures._fields:
                each._peak[key] = max(each._peak.get(key, 0), each.used(key))
        return self.over(*Figures._fields)

    def ended(self, tree: Hashable, cpu_s: float | None = None) -> None:
        """A process tree has ended. Args: `cpu_s` is what it came to; None: as last seen."""
        for each in self.chain():
            figures = each._live.pop(tree, None)
            whole = cpu_s if cpu_s is not None else figures.cpu_s if figures else 0.0
            each._used["cpu_s"] = each._used.get("cpu_s", 0) + whole

    def _look(self, key: str) -> Standing | None:
        """How a budget stands that is near its end or beyond; told at the first time of each."""
        most = self.limit(key)
        used = self.used(key) if most is not None else 0
        if most is None or used < NEAR * most:
            return None
        standing = Standing(self.whose, key, used, most)
        if not standing.is_over and KINDS[key].is_counted and most < _LEAST_COUNTED:
            return standing
        name = f"{key}!" if standing.is_over else key
        if name not in self._told:
            self._told |= {name, key}
            self.tell(standing)
        return standing


def landed_bytes(plan: Plan) -> int:
    """What an effect writes, as far as its plan tells."""
    written = ("created", "modified", "copied")
    return sum(
        change.size_bytes or 0 if change.added_bytes is None else change.added_bytes
        for change in plan.changes
        if change.what in written
    )
