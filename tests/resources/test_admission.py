"""New work waits for room, in its order, with the reason told, and not for ever."""

import asyncio

import pytest

from kernel.resources.admission import Admission, shortage
from kernel.resources.limits import Headroom, LimitsSection, headroom
from kernel.resources.room import Room
from syscalls.errors import NoRoom

MIB = 1 << 20
GIB = 1 << 30
FULL, ROOMY = Room(GIB, 10 * MIB), Room(GIB, 500 * MIB)


class Machine:
    """A machine whose memory is filled and emptied by hand."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.looks = 0

    def __call__(self) -> Room:
        self.looks += 1
        return self.room


def admission(machine: Machine, wait_s: float = 5.0) -> Admission:
    return Admission(machine, lambda _: Headroom(100 * MIB, 50.0, wait_s), every_s=0.001)


async def test_with_room_work_begins_at_once_and_nothing_is_told() -> None:
    machine = Machine(ROOMY)
    told: list[str] = []
    await admission(machine).admit("it", told.append)
    assert (told, machine.looks) == ([], 1)


async def test_without_room_it_waits_with_the_reason_and_begins_when_there_is_some() -> None:
    machine = Machine(FULL)
    told: list[str] = []
    begun: list[str] = []
    waits = asyncio.Event()

    async def one(name: str, gate: Admission) -> None:
        def on_wait(reason: str) -> None:
            told.append(reason)
            if len(told) == 3:
                waits.set()

        await gate.admit(name, on_wait)
        begun.append(name)

    gate = admission(machine)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for name in ("first", "second", "third"):
            group.create_task(one(name, gate))
        await waits.wait()
        assert begun == [] and gate.waiting_count == 3
        machine.room = ROOMY
    assert begun == ["first", "second", "third"]
    assert told[0] == "10.5 MB of memory are free, 104.9 MB are to stay free"
    assert gate.waiting_count == 0 and gate._timer is None


async def test_whoever_comes_later_does_not_overtake() -> None:
    machine = Machine(FULL)
    gate = admission(machine)
    begun: list[str] = []
    waits = asyncio.Event()

    async def first() -> None:
        await gate.admit("first", lambda _: waits.set())
        begun.append("first")

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(first())
        await waits.wait()
        machine.room = ROOMY
        await gate.admit("second", lambda _: None)
        begun.append("second")
    assert begun == ["first", "second"]


async def test_after_the_longest_wait_it_is_refused_and_says_what_is_short() -> None:
    gate = admission(Machine(FULL), wait_s=0.01)
    with pytest.raises(
        NoRoom, match=r"sort was not started: 10\.5 MB of memory are free.*after 0\.01 s.*\[limits\]"
    ):
        await gate.admit("sort", lambda _: None)
    assert gate.waiting_count == 0 and gate._timer is None


async def test_one_that_is_called_off_leaves_the_queue() -> None:
    gate = admission(Machine(FULL))
    waits = asyncio.Event()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        task = group.create_task(gate.admit("it", lambda _: waits.set()))
        await waits.wait()
        task.cancel()
    assert gate.waiting_count == 0 and gate._timer is None


def test_a_machine_that_tells_nothing_holds_nobody_up() -> None:
    assert shortage(Room(None, None), headroom(LimitsSection(), None)) == ""


def test_pressure_is_a_shortage_too() -> None:
    assert "61 % of the time" in shortage(Room(GIB, GIB, 61.0), headroom(LimitsSection(), GIB))


@pytest.mark.parametrize(("total", "free"), [(None, 64), (GIB, 64), (16 * GIB, 512), (256 * GIB, 1024)])
def test_what_stays_free_follows_from_the_machines_size(total: int | None, free: int) -> None:
    assert headroom(LimitsSection(), total).free_bytes == free * MIB


def test_a_setting_comes_before_the_machines_size() -> None:
    own = LimitsSection(headroom_mb=0, pressure_percent=90.0, wait_s=0.0)
    assert headroom(own, 16 * GIB) == Headroom(0, 90.0, 0.0)


@pytest.mark.parametrize("wrong", [{"headroom_mb": -1}, {"pressure_percent": 0.0}, {"wait_s": -1.0}])
def test_a_limit_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        LimitsSection(**wrong)  # type: ignore[arg-type]
