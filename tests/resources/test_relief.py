"""Who is suspended while memory is short, who goes on, and when: neither at the first sign."""

from kernel.resources.limits import Headroom
from kernel.resources.relief import CALM_S, TIGHT_S, Act, Relief, Tenant, is_plenty
from kernel.resources.room import Room

LIMITS = Headroom(1000, 50.0, 30.0)
PLENTY, TIGHT, BETWEEN = Room(9000, 5000), Room(9000, 10), Room(9000, 1200)


def tenant(key: str, nice: int = 0, order: float = 0.0, *, is_awaited: bool = False) -> Tenant:
    return Tenant(key, key, nice, is_awaited, order)


PERSON, OLD, YOUNG, IDLE = (
    tenant("person", is_awaited=True), tenant("old", order=1), tenant("young", order=2), tenant("idle", nice=19),
)  # fmt: skip


class World:
    """Time that passes when told, tenants that do as decided."""

    def __init__(self, *running: Tenant) -> None:
        self.relief = Relief()
        self.running = list(running)
        self.suspended: list[Tenant] = []
        self.now_s = 0.0

    def after(self, seconds: float, room: Room) -> Act | None:
        self.now_s += seconds
        act = self.relief.decide(self.now_s, room, LIMITS, self.running, self.suspended)
        if act is not None:
            here, there = (
                (self.running, self.suspended) if act.is_suspension else (self.suspended, self.running)
            )
            (found,) = [each for each in here if each.key == act.key]
            here.remove(found)
            there.append(found)
        return act

    def names(self) -> list[str]:
        return [each.name for each in self.suspended]


def test_nobody_is_suspended_at_the_first_sign() -> None:
    world = World(OLD, YOUNG)
    assert world.after(0, TIGHT) is None
    assert world.after(TIGHT_S / 2, TIGHT) is None
    assert world.after(0.1, BETWEEN) is None, "it eased: waiting begins anew"
    assert world.after(TIGHT_S / 2, TIGHT) is None
    assert world.after(TIGHT_S + 0.1, TIGHT) is not None


def test_the_lowest_priority_goes_first_then_the_youngest_and_who_is_awaited_last() -> None:
    world = World(PERSON, OLD, IDLE, YOUNG)
    world.after(0, TIGHT)
    for _ in range(10):
        world.after(TIGHT_S, TIGHT)
    assert world.names() == ["idle", "young", "old"], "one runs on: the one a person waits for"


def test_one_alone_is_never_suspended() -> None:
    world = World(OLD)
    world.after(0, TIGHT)
    assert world.after(100, TIGHT) is None


def test_the_reason_says_what_is_short() -> None:
    world = World(OLD, YOUNG)
    world.after(0, TIGHT)
    act = world.after(TIGHT_S, TIGHT)
    assert act is not None and "10 B of memory are free" in act.why


def test_they_go_on_one_by_one_the_highest_priority_first_after_a_calm_time() -> None:
    world = World(PERSON, OLD, IDLE)
    world.after(0, TIGHT)
    world.after(TIGHT_S, TIGHT)
    world.after(TIGHT_S, TIGHT)
    assert world.names() == ["idle", "old"]
    assert world.after(0, PLENTY) is None
    assert world.after(CALM_S / 2, BETWEEN) is None, "enough is not plenty"
    assert world.after(CALM_S, PLENTY) is None, "calm begins only now"
    assert world.after(CALM_S, PLENTY) == Act("old", False, "")
    assert world.after(CALM_S / 2, PLENTY) is None
    assert world.after(CALM_S / 2, PLENTY) == Act("idle", False, "")


def test_memory_that_swings_about_the_limit_suspends_nobody_again_and_again() -> None:
    world = World(OLD, YOUNG)
    acts = [world.after(0.5, TIGHT if number % 4 < 2 else PLENTY) for number in range(200)]
    assert acts == [None] * 200


def test_where_nothing_else_of_ours_runs_any_more_one_goes_on_however_short_it_is() -> None:
    world = World(OLD, YOUNG)
    world.after(0, TIGHT)
    world.after(TIGHT_S, TIGHT)
    world.running.clear()
    assert world.after(0.1, TIGHT) == Act("young", False, "")


def test_pressure_counts_like_memory_that_is_short_and_a_machine_that_tells_nothing_is_calm() -> None:
    assert not is_plenty(Room(9000, 5000, 40.0), LIMITS)
    assert is_plenty(Room(None, None), LIMITS)
    world = World(OLD, YOUNG)
    world.after(0, Room(9000, 5000, 80.0))
    act = world.after(TIGHT_S, Room(9000, 5000, 80.0))
    assert act is not None and "80 % of the time" in act.why
