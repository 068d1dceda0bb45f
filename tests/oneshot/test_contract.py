"""What holds for every runner: the real one, and the one that answers from memory."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from kernel.oneshot.port import Order, Runner, Stream
from kernel.oneshot.replay import Recorded, RecordingRunner, ReplayRunner
from kernel.oneshot.runner import JailedRunner
from syscalls.errors import DriverDied
from tests.oneshot.conftest import World

Heard = list[tuple[Stream, bytes]]


@pytest.fixture(params=["jailed", "replay"])
async def any_runner(
    request: pytest.FixtureRequest, runner: JailedRunner, world: World
) -> AsyncIterator[Runner]:
    """The real one; or what it did, recorded, written down, read again and replayed."""
    if request.param == "jailed":
        yield runner
        return
    recording = RecordingRunner(runner)
    for order in orders(world):
        try:
            await recording.run(order, lambda _stream, _chunk: None)
        except DriverDied:
            continue
    text = msgspec.json.encode(recording.recorded)
    yield ReplayRunner(msgspec.json.decode(text, type=list[Recorded]))


def orders(world: World) -> list[Order]:
    return [
        world.order("sh", "-c", "cat; echo oops >&2; exit 3", stdin=b"\x00\xff"),
        world.order("true", grants={"read": ("/nowhere",)}),
        world.order("sleep", "600", timeout_s=0.1),
    ]


async def test_output_and_status_are_the_programs(any_runner: Runner, world: World) -> None:
    heard: Heard = []
    outcome = await any_runner.run(orders(world)[0], lambda stream, chunk: heard.append((stream, chunk)))
    assert sorted(heard) == [("stderr", b"oops\n"), ("stdout", b"\x00\xff")]
    assert (outcome.status, outcome.stopped, outcome.stdout_bytes, outcome.stderr_bytes) == (3, "", 2, 5)


async def test_a_jail_that_cannot_be_had_is_an_error(any_runner: Runner, world: World) -> None:
    with pytest.raises(DriverDied, match=r"could not be started: .*'/nowhere'"):
        await any_runner.run(orders(world)[1], lambda _stream, _chunk: None)


async def test_a_budget_that_was_overrun_is_named(any_runner: Runner, world: World) -> None:
    outcome = await any_runner.run(orders(world)[2], lambda _stream, _chunk: None)
    assert outcome.stopped == "timeout"


async def test_a_run_that_was_not_recorded_is_not_made_up(world: World) -> None:
    with pytest.raises(DriverDied, match=r"no recorded run of \['true'\]"):
        await ReplayRunner([]).run(world.order("true"), lambda _stream, _chunk: None)


async def test_each_recorded_run_answers_once_and_in_its_turn(runner: JailedRunner, world: World) -> None:
    recording = RecordingRunner(runner)
    order = world.order("sh", "-c", "echo x >>count; wc -l <count")
    for _ in range(2):
        await recording.run(order, lambda _stream, _chunk: None)
    replay = ReplayRunner(recording.recorded)
    heard: list[bytes] = []
    for _ in range(2):
        await replay.run(order, lambda _stream, chunk: heard.append(chunk))
    assert b"".join(heard).split() == [b"1", b"2"]
    with pytest.raises(DriverDied):
        await replay.run(order, lambda _stream, _chunk: None)


async def test_a_cancelled_run_is_not_recorded(runner: JailedRunner, world: World) -> None:
    recording = RecordingRunner(runner)
    begun = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        order = world.order("sh", "-c", "echo; sleep 600")
        task = group.create_task(recording.run(order, lambda _stream, _chunk: begun.set()))
        await begun.wait()
        task.cancel()
    assert recording.recorded == []
