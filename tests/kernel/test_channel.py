"""The kernel's end of a driver's socket: whatever the other end does, a call gets its answer or an error."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest

from kernel.drivers.channel import Channel
from syscalls import wire
from syscalls.errors import DriverDied, NotFound, TooBig, WireError, to_wire
from tests.kernel.world import soon

ENDED = "the test driver ended"


@dataclass
class Line:
    """A channel, and its other end for the test to play the driver."""

    channel: Channel
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    unframer: wire.Unframer = field(default_factory=wire.Unframer)

    async def hear(self, count: int) -> list[wire.Request]:
        """The next requests."""
        found: list[wire.Request] = []
        while len(found) < count:
            found += map(wire.requests.decode, self.unframer.feed(await self.reader.read(65_536)))
        return found

    def say(self, *answers: wire.Response) -> None:
        """Answer."""
        self.writer.write(b"".join(map(wire.encode, answers)))


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    ours, theirs = socket.socketpair()
    channel = await Channel.over(ours, lambda: ENDED)
    reader, writer = await asyncio.open_connection(sock=theirs)
    yield Line(channel, reader, writer)
    channel.close()
    writer.close()
    await asyncio.sleep(0)


def ok(id_: int, text: str = "") -> wire.Ok:
    return wire.Ok(id_, msgspec.Raw(msgspec.msgpack.encode(text)))


def call(id_: int) -> wire.Call:
    return wire.Call(id_, "file.read", {"path": str(id_)})


async def asking(line: Line, ids: range, group: asyncio.TaskGroup) -> list[asyncio.Task[object]]:
    tasks: list[asyncio.Task[object]] = [group.create_task(answered(line, id_)) for id_ in ids]
    await line.hear(len(ids))
    return tasks


async def answered(line: Line, id_: int) -> object:
    """The text of an answer, or the error's."""
    try:
        answer = await line.channel.request(call(id_))
    except (DriverDied, NotFound) as error:
        return type(error), str(error)
    assert isinstance(answer, wire.Ok)
    return msgspec.msgpack.decode(answer.value)


async def test_answers_find_their_calls_in_whatever_order_they_come(line: Line) -> None:
    async with soon(), asyncio.TaskGroup() as group:
        tasks = await asking(line, range(1, 9), group)
        line.say(*(ok(id_, f"answer {id_}") for id_ in (5, 1, 8, 3, 2, 7, 6, 4)))
    assert [task.result() for task in tasks] == [f"answer {id_}" for id_ in range(1, 9)]


async def test_a_refusal_is_raised_as_what_it_was(line: Line) -> None:
    async with soon(), asyncio.TaskGroup() as group:
        (task,) = await asking(line, range(1, 2), group)
        line.say(wire.Fail(1, to_wire(NotFound("no '1' here"))))
    assert task.result() == (NotFound, "no '1' here")


async def test_an_answer_nobody_waits_for_is_passed_over(line: Line) -> None:
    async with soon(), asyncio.TaskGroup() as group:
        (task,) = await asking(line, range(1, 2), group)
        line.say(ok(99, "stray"), wire.Fail(98, WireError(1, "stray")), ok(1, "mine"), ok(1, "again"))
    assert task.result() == "mine"
    assert line.channel.is_open


async def test_when_the_other_end_goes_every_waiting_call_fails_with_how(line: Line) -> None:
    async with soon(), asyncio.TaskGroup() as group:
        tasks = await asking(line, range(1, 4), group)
        line.say(ok(2, "in time"))
        line.writer.close()
    assert [task.result() for task in tasks] == [(DriverDied, ENDED), "in time", (DriverDied, ENDED)]
    assert not line.channel.is_open


async def test_a_call_on_a_dead_line_fails_at_once(line: Line) -> None:
    line.channel.close()
    assert not line.channel.is_open
    async with soon():
        with pytest.raises(DriverDied, match=ENDED):
            await line.channel.request(call(1))
    line.channel.send(wire.Abort(1))


BROKEN = {
    "no message": (3).to_bytes(4, "big") + b"\xc1\xc1\xc1",
    "a message of no known kind": (7).to_bytes(4, "big") + msgspec.msgpack.encode(["hello"]),
    "a request instead of an answer": wire.encode(wire.Commit(1)),
    "too large a frame": b"\xff\xff\xff\xff",
    "an answer with a part missing": (5).to_bytes(4, "big") + msgspec.msgpack.encode(["ok", 1]),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_driver_that_sends_what_is_no_answer_is_hung_up_on(line: Line, case: str) -> None:
    async with soon(), asyncio.TaskGroup() as group:
        tasks = await asking(line, range(1, 3), group)
        line.writer.write(wire.encode(ok(2, "in time")) + BROKEN[case])
    assert [task.result() for task in tasks] == [(DriverDied, ENDED), "in time"]
    assert not line.channel.is_open


async def test_half_an_answer_is_waited_for(line: Line) -> None:
    whole = wire.encode(ok(1, "slow"))
    async with soon(), asyncio.TaskGroup() as group:
        (task,) = await asking(line, range(1, 2), group)
        for byte in whole:
            line.writer.write(bytes([byte]))
            await line.writer.drain()
    assert task.result() == "slow"


async def test_a_call_too_large_for_a_frame_is_refused_and_the_line_stays_up(line: Line) -> None:
    oversized = wire.Call(1, "file.write", {"content": "x" * wire.MAX_FRAME_BYTES})
    async with soon():
        with pytest.raises(TooBig, match="the arguments are more than a driver takes"):
            await line.channel.request(oversized)
    async with soon(), asyncio.TaskGroup() as group:
        (task,) = await asking(line, range(2, 3), group)
        line.say(ok(2, "still here"))
    assert task.result() == "still here"


async def test_a_call_given_up_leaves_the_others_their_answers(line: Line) -> None:
    async with soon(), asyncio.TaskGroup() as group:
        first, second = await asking(line, range(1, 3), group)
        first.cancel()
        line.say(ok(1, "late"), ok(2, "mine"))
    assert first.cancelled()
    assert second.result() == "mine"


async def test_numbers_are_never_given_out_twice(line: Line) -> None:
    assert len({line.channel.new_id() for _ in range(100)}) == 100
