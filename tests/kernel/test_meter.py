"""What is used is counted here and above, told of at four fifths, and stopped beyond the limit."""

import pytest

from kernel.meter import KINDS, NO_LIMITS, SESSION, Figures, Limits, Meter, Standing, landed_bytes
from syscalls.errors import BudgetSpent
from syscalls.undo import Change, Plan


def free(**limits: float) -> Limits:
    return Limits(**({"turns": None, "calls": None} | limits))  # type: ignore[arg-type]  # numbers by name


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[Standing] = []

    def __call__(self, standing: Standing) -> None:
        self.heard.append(standing)

    @property
    def kinds(self) -> list[tuple[str, bool]]:
        return [(each.key, each.is_over) for each in self.heard]


def test_four_fifths_are_told_once_and_more_than_all_is_refused() -> None:
    told = Told()
    meter = Meter(free(tokens=100), tell=told)
    meter.spend("tokens", 79)
    assert told.kinds == []
    meter.spend("tokens", 1)
    meter.spend("tokens", 20)
    assert told.kinds == [("tokens", False)]
    with pytest.raises(BudgetSpent, match=r"limit of 100 tokens reached; --max-tokens raises it"):
        meter.spend("tokens", 1)
    assert told.kinds == [("tokens", False), ("tokens", True)]


def test_one_that_leaps_over_its_limit_is_told_of_once() -> None:
    told = Told()
    meter = Meter(free(tokens=10), tell=told)
    with pytest.raises(BudgetSpent):
        meter.spend("tokens", 50)
    assert told.kinds == [("tokens", True)]


def test_the_last_of_a_few_turns_is_no_news() -> None:
    told = Told()
    meter = Meter(free(turns=2), tell=told)
    meter.spend("turns")
    meter.spend("turns")
    assert told.heard == []


@pytest.mark.parametrize("key", ["cpu_s", "written_bytes", "network_bytes"])
def test_what_is_spent_for_good_stops_the_next_call_too(key: str) -> None:
    meter = Meter(free(**{key: 5}))
    meter.count(key, 6)
    with pytest.raises(BudgetSpent):
        meter.spend("calls")


def test_what_requests_use_counts_for_their_session_and_the_tightest_holds() -> None:
    told = Told()
    session = Meter(free(tokens=100), SESSION, tell=told)
    for _ in range(2):
        request = Meter(free(tokens=80), above=session)
        request.count("tokens", 45)
        assert request.used("tokens") == 45
    assert (session.used("tokens"), told.kinds) == (90, [("tokens", False)])
    with pytest.raises(BudgetSpent, match=r"by this session; --limit session\.tokens=N raises it"):
        Meter(free(), above=session).spend("tokens", 11)


def test_what_may_still_be_used_is_what_the_tightest_leaves() -> None:
    session = Meter(free(tokens=100), SESSION)
    session.count("tokens", 70)
    request = Meter(free(tokens=50), above=session)
    assert (request.left("tokens"), request.room("tokens", 40), request.tightest("tokens")) == (30, 30, 50)
    session.count("tokens", 30)
    with pytest.raises(BudgetSpent):
        request.room("tokens", 1)


def test_memory_goes_down_again_and_processor_time_does_not() -> None:
    meter = Meter(free(memory_bytes=100, cpu_s=100))
    assert meter.live("one", Figures(2.0, 60, 1)) is None
    standing = meter.live("two", Figures(1.0, 60, 1))
    assert standing is not None and standing.key == "memory_bytes" and standing.is_over
    meter.ended("two", 1.5)
    assert meter.used("memory_bytes") == 60 and meter.peak("memory_bytes") == 120
    meter.ended("one")
    assert (meter.used("memory_bytes"), meter.used("cpu_s"), meter.used("processes")) == (0, 3.5, 0)
    assert meter.over() is None


def test_a_change_that_would_be_too_much_is_refused_before_it_is_made() -> None:
    meter = Meter(free(written_bytes=1000))
    meter.holds("written_bytes", 1000)
    with pytest.raises(BudgetSpent, match=r"1\.1 kB more and 0 B already: .*; nothing was changed"):
        meter.holds("written_bytes", 1100)
    assert meter.used("written_bytes") == 0


def test_what_is_added_counts_and_what_stays_does_not() -> None:
    changes = (
        Change("created", "a", size_bytes=10),
        Change("modified", "log", size_bytes=10**9, added_bytes=5),
        Change("removed", "b", size_bytes=10**6),
        Change("moved", "c", "d"),
    )
    assert landed_bytes(Plan(changes, ())) == 15


def test_without_limits_nothing_is_refused_and_all_is_counted() -> None:
    meter = Meter(NO_LIMITS)
    for key in KINDS:
        if key != "wall_s":
            meter.spend(key, 10**9)
    assert all(meter.used(key) == 10**9 for key in KINDS if key != "wall_s")


def test_each_kind_says_what_it_is_and_what_raises_it() -> None:
    for key in KINDS:
        for whose in ("this request", SESSION, "agent 3"):
            text = Standing(whose, key, 11, 10).spent()
            assert "limit of" in text and ("raises it" in text or whose != SESSION), text
            assert "110 %" in Standing(whose, key, 11, 10).text()


def test_a_limit_of_nothing_is_told_without_dividing_by_it() -> None:
    assert "more than all" in Standing("this request", "tokens", 1, 0).text()
