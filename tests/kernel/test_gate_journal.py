"""The order of things: a decision, then a durable intent, then the effect, then its outcome."""

import asyncio
from typing import Any

import msgspec
import pytest

from kernel.call import Err, Ok
from kernel.drivers.port import Answer, Prepared
from kernel.journal.effects import EFFECT_KINDS, effects
from kernel.journal.ram import RamJournal
from kernel.journal.records import IntentRow
from kernel.policy import Mode
from kernel.process import Process
from syscalls.errors import Busy, DriverDied, NoSpace, NotFound, SysError
from syscalls.table import AnyCall
from syscalls.undo import Plan, Step
from tests.kernel.world import Log, LoggedJournal, RamFiles, World, error_of, soon

WRITE: dict[str, Any] = {"path": "b.txt", "content": "beta\n"}


async def test_an_intent_is_durable_before_its_effect_and_the_outcome_after() -> None:
    log: Log = []
    world = World(files=RamFiles(log), journal=LoggedJournal(log))
    assert isinstance(await world("file.write", WRITE), Ok)
    assert log == ["prepare file.write", "decision", "intent, durable", "commit", "outcome, durable"]


async def test_the_intent_holds_the_whole_call_and_its_undo_steps() -> None:
    world = World()
    reply = await world("file.write", WRITE)
    assert isinstance(reply, Ok)
    (intent,) = [row.record() for row in world.journal.rows(kinds=["intent"])]
    assert isinstance(intent, IntentRow)
    assert (intent.call_id, intent.name) == (reply.call.id, "file.write")
    assert intent.arguments == {"path": "/desk/b.txt", "content": "beta\n"}
    assert intent.plan == reply.changes
    assert intent.plan.undo == (Step("remove", "/desk/b.txt"),)


async def test_a_look_is_decided_and_answered_in_the_journal_without_an_intent(world: World) -> None:
    await world("file.read", {"path": "a.txt"})
    # The first look of a session reads the journal, and that writes its decision.
    before = world.journal.head().seq
    await world("file.read", {"path": "a.txt"})
    assert world.kinds()[before:] == ["look"]
    decision, outcome = world.decisions()[-1], world.outcomes()[-1]
    assert (decision.verdict, decision.rule) == ("allow", "inside-workspace")
    assert decision.call_id == outcome.call_id
    assert outcome.ok
    assert len(outcome.digest) == 64


class Waits(RamFiles):
    """Files that answer when they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        self.is_asked.set()
        await self.may_answer.wait()
        return await super().look(process, call, arguments)


async def test_a_look_still_under_way_is_in_the_journal_already() -> None:
    files = Waits()
    files.texts["/desk/a.txt"] = "alpha\n"
    world = World(files=files)
    async with soon(), asyncio.TaskGroup() as group:
        reading = group.create_task(world("file.read", {"path": "a.txt"}))
        await files.is_asked.wait()
        assert world.kinds() == ["decision"]
        files.may_answer.set()
    assert isinstance(reading.result(), Ok)
    assert world.kinds() == ["decision", "label", "outcome"]
    assert [outcome.ok for outcome in world.outcomes()] == [True]


async def test_looks_under_way_together_each_have_their_own_row() -> None:
    files = Waits()
    files.texts |= {"/desk/a.txt": "alpha\n", "/desk/b.txt": "beta\n"}
    world = World(files=files)
    files.may_answer.set()
    for path in files.texts:  # their labels are known from here on
        await world("file.read", {"path": path})
    before = world.journal.head().seq
    files.may_answer.clear()
    files.is_asked.clear()
    async with soon(), asyncio.TaskGroup() as group:
        for path in ("a.txt", "b.txt", "none.txt"):
            group.create_task(world("file.read", {"path": path}))
        await files.is_asked.wait()
        files.may_answer.set()
    assert world.kinds()[before:] == ["look", "look", "decision", "outcome"]
    decisions, outcomes = world.decisions()[-3:], world.outcomes()[-3:]
    assert [decision.call_id for decision in decisions] == [outcome.call_id for outcome in outcomes]
    assert [decision.arguments["path"] for decision in decisions] == [
        "/desk/a.txt",
        "/desk/b.txt",
        "/desk/none.txt",
    ]
    assert [outcome.ok for outcome in outcomes] == [True, True, False]


async def test_a_look_nobody_waited_for_leaves_its_decision() -> None:
    files = Waits()
    world = World(files=files)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await world("file.read", {"path": "a.txt"})
    assert world.kinds() == ["decision"]


@pytest.mark.parametrize("kind", ["decision", "intent"])
async def test_no_effect_happens_when_what_must_come_first_cannot_be_written(kind: str) -> None:
    log: Log = []
    journal = LoggedJournal(log, lambda each: NoSpace("the disk is full") if each == kind else None)
    world = World(files=RamFiles(log), journal=journal)
    assert error_of(await world("file.write", WRITE)) == ("ENOSPC", "the disk is full")
    assert "commit" not in log
    assert log[-2:] == ["abort", "outcome"]
    assert world.files.texts == {}


@pytest.mark.parametrize("room", [0, 1])
async def test_a_full_journal_stops_every_effect_and_the_reply_says_why(room: int) -> None:
    world = World(journal=RamJournal(room=room))
    reply = await world("file.write", WRITE)
    text = f"the journal holds {room} rows and has room for no more"
    assert error_of(reply) == ("ENOSPC", text)
    assert world.files.log == ["prepare file.write", "abort"]
    assert world.files.texts == {}


async def test_a_full_journal_stops_looks_too_since_nobody_could_see_them_later(world: World) -> None:
    full = World(journal=RamJournal(room=0), files=world.files)
    assert error_of(await full("file.read", {"path": "a.txt"}))[0] == "ENOSPC"
    assert world.files.log == []


async def test_a_refusal_stays_the_same_refusal_when_the_journal_is_full() -> None:
    world = World(journal=RamJournal(room=0))
    assert error_of(await world("file.raed", {}))[0] == "ENOSYS"
    assert (
        error_of(await World(mode=Mode.PLAN, journal=RamJournal(room=0))("file.write", WRITE))[0] == "EDENIED"
    )


async def test_an_effect_whose_outcome_cannot_be_written_is_left_open_and_said_to_be() -> None:
    """Not a failure's row: that would say nothing remains, and undo would pass it over."""
    log: Log = []
    refusals = iter([Busy("the journal is locked")])
    journal = LoggedJournal(log, lambda kind: next(refusals, None) if kind == "outcome" else None)
    world = World(files=RamFiles(log), journal=journal)
    reply = await world("file.write", WRITE)
    assert error_of(reply) == (
        "EAGAIN",
        "how file.write ended could not be journalled; the next start rolls it back: the journal is locked",
    )
    assert world.files.texts == {"/desk/b.txt": "beta\n"}
    (effect,) = effects(journal.rows(kinds=EFFECT_KINDS))
    assert effect.status == "open"


class Ends:
    """A server whose effects end like this."""

    def __init__(self, end: SysError | Answer) -> None:
        self._end = end
        self.plan = Plan((), (Step("remove", "/desk/b.txt"),))

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        return await self.commit()

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        return self

    async def commit(self) -> Answer:
        if isinstance(self._end, SysError):
            raise self._end
        return self._end

    async def abort(self) -> None:
        raise AssertionError("committed already")


async def test_an_effect_that_failed_by_itself_is_over() -> None:
    world = World(server=Ends(NotFound("no '/desk/b.txt' here")))
    assert error_of(await world("file.write", WRITE)) == ("ENOENT", "no '/desk/b.txt' here")
    (effect,) = effects(world.journal.rows(kinds=EFFECT_KINDS))
    assert effect.status == "failed"


async def test_an_effect_whose_driver_died_is_open() -> None:
    world = World(server=Ends(DriverDied("the file driver was killed by signal 9")))
    assert error_of(await world("file.write", WRITE)) == ("EDRIVER", "the file driver was killed by signal 9")
    (effect,) = effects(world.journal.rows(kinds=EFFECT_KINDS))
    assert effect.status == "open"
    assert effect.undo == (Step("remove", "/desk/b.txt"),)


@pytest.mark.parametrize("answer", [{"strange": 1}, 7, None, "text", [1, 2]])
async def test_an_answer_of_the_wrong_shape_is_a_broken_driver_not_a_broken_kernel(answer: object) -> None:
    raw = msgspec.Raw(msgspec.msgpack.encode(answer))
    world = World(server=Ends(Answer(raw)))
    for name, arguments in (("file.read", {"path": "a.txt"}), ("file.write", WRITE)):
        symbol, text = error_of(await world(name, arguments))
        assert symbol == "EDRIVER"
        assert text.startswith(f"the answer to {name} is not what it declares: ")
    (effect,) = effects(world.journal.rows(kinds=EFFECT_KINDS))
    assert effect.status == "open"


async def test_bytes_that_are_no_message_are_a_broken_driver_too() -> None:
    world = World(server=Ends(Answer(msgspec.Raw(b"\xc1"))))
    assert error_of(await world("file.read", {"path": "a.txt"}))[0] == "EDRIVER"


async def test_a_bug_in_the_kernel_itself_is_not_dressed_up_as_a_reply() -> None:
    class Broken(Ends):
        async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await World(server=Broken(NotFound("")))("file.read", {"path": "a.txt"})


async def test_the_chain_holds_whatever_passed_the_gate(world: World) -> None:
    await world("file.read", {"path": "a.txt"})
    await world("file.write", WRITE)
    await world("file.delete", {"paths": ["a.txt"]})
    await world("nonsense", {})
    verdict = world.journal.verify()
    assert verdict.is_whole
    assert verdict.row_count == len(world.kinds()) == 9
    assert not isinstance(await world("file.read", {"path": "a.txt"}), Err)
