"""Counts what the sessions of a host do, as it happens."""

from collections import Counter
from collections.abc import Iterator

from apps.shell.service.metrics import Sample
from kernel.call import Ok, Reply
from kernel.happenings import Completed, Happening, Held, Thought, TurnStarted, Watcher
from syscalls.built_in import BUILT_IN
from syscalls.model import Generated

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
"""Upper bounds of the buckets of durations."""


_AREAS = frozenset(call.area for call in BUILT_IN)


class Spread:
    """How often durations lay below each bound."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """One duration."""
        self._sum += seconds
        self._counts[next((n for n, bound in enumerate(BOUNDS_S) if seconds <= bound), len(BOUNDS_S))] += 1

    def samples(self, labels: dict[str, str]) -> Iterator[Sample]:
        """As Prometheus has a histogram: buckets that hold those before them, sum and count."""
        below = 0
        for bound, count in zip((*map(repr, BOUNDS_S), "+Inf"), self._counts, strict=True):
            below += count
            yield Sample(below, labels | {"le": bound}, "_bucket")
        yield Sample(self._sum, labels, "_sum")
        yield Sample(below, labels, "_count")


class Tally:
    """Since the host started."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        """By area, and "ok" or the error's symbol."""
        self.seconds: dict[str, Spread] = {}
        """How long calls took, by area."""
        self.tokens: Counter[str] = Counter()
        """"prompt", of these "cached", and "generated"."""
        self.waits: Counter[str] = Counter()
        """How often something waited for room, or for a model that loads."""
        self.turns = 0
        self.runs: Counter[str] = Counter()
        """Runs of jobs by how they ended."""
        self.lateness = Spread()
        """Between a job's moment and its run."""

    def watching(self, watch: Watcher) -> Watcher:
        """The same watcher, and all that it is told counted."""

        def counted(happening: Happening) -> None:
            self._count(happening)
            watch(happening)

        return counted

    def _count(self, happening: Happening) -> None:
        match happening:
            case Completed(reply, seconds):
                area = _area(reply)
                self.calls[area, "ok" if isinstance(reply, Ok) else reply.error.symbol] += 1
                self.seconds.setdefault(area, Spread()).add(seconds)
                if isinstance(reply, Ok) and isinstance(reply.value, Generated):
                    value = reply.value
                    self._spent(value.prompt_tokens, value.cached_tokens, value.tokens)
            case Thought(_, draft):
                self._spent(draft.prompt_tokens, draft.cached_tokens, draft.tokens)
            case TurnStarted():
                self.turns += 1
            case Held():
                self.waits["room or a model"] += 1

    def _spent(self, prompt: int, cached: int, generated: int) -> None:
        self.tokens.update({"prompt": prompt, "cached": cached, "generated": generated})


def _area(reply: Reply) -> str:
    """Of the call; a name that a mind made up is no label."""
    if reply.call is not None:
        return reply.call.name.partition(".")[0]
    area = reply.name.partition(".")[0]
    return area if area in _AREAS else "unknown"
