"""Events of what the machine has, and of what may be used."""

from apps.shell.event import Event


class ResourceWaiting(Event, frozen=True, tag="resource.waiting"):
    """A program is about to begin, or was paused under way, and waits because the machine lacks the room."""

    id: str
    name: str
    """The program; untrusted text."""
    reason: str
    """What is short."""


class ResourceResumed(Event, frozen=True, tag="resource.resumed"):
    """A program that was paused goes on."""

    name: str
    """The program; untrusted text."""


class ResourceSample(Event, frozen=True, tag="resource.sample"):
    """What the machine and this session's process trees use; every few seconds, and only with `-v`."""

    cpu_percent: float | None
    """Of all cores, 0 to 100."""
    memory_available_bytes: int | None
    memory_total_bytes: int | None
    pressure: dict[str, float]
    """Share of the last 10 s some task waited, by resource, 0 to 100."""
    rss_bytes: int
    """Of the session's trees; likewise below."""
    tree_cpu_percent: float
    """Of one core."""
    processes: int


class BudgetWarning(Event, frozen=True, tag="budget.warning"):
    """Four fifths of a budget are used."""

    whose: str
    """"this request", "this session", "agent N"."""
    budget: str
    """turns, calls, tokens, wall_s, cpu_s, memory_bytes, processes, written_bytes or network_bytes."""
    used: float
    limit: float


class BudgetExceeded(Event, frozen=True, tag="budget.exceeded"):
    """More than the budget was used: what did it is stopped."""

    whose: str
    """As in `budget.warning`, and so on."""
    budget: str
    used: float
    limit: float
