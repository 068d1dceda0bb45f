"""Steps of a request: looks side by side, what waits for what, second tries, and answers that say what they rest on."""

import asyncio
from typing import Any

import pytest

from kernel.call import Choice, Err, Ok
from kernel.drivers.port import Answer, Prepared
from kernel.happenings import Completed, Requested, Started
from kernel.loop import End, Loop, Nobody, Result, Session
from kernel.minds.port import Draft, Drafted, From
from kernel.minds.scripted import Line, ScriptedMind
from kernel.process import Limits, Process
from kernel.waiting import BACK_OFF_S
from syscalls import file
from syscalls.errors import Busy, NotFound, SysError, TimedOut
from syscalls.table import AnyCall
from tests.kernel.test_loop import Mind, Talk, drafted, read, talk, write
from tests.kernel.world import CALLS, Person, RamFiles, World, agent, soon


class Meeting(RamFiles):
    """Answers reads only when so many of them are under way at once."""

    def __init__(self, needed: int) -> None:
        super().__init__()
        self._barrier = asyncio.Barrier(needed)

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        if call is file.read:
            await self._barrier.wait()
        return await super().look(process, call, arguments)


class Flaky(RamFiles):
    """Fails so often with an error before it answers."""

    def __init__(self, error: SysError, times: int) -> None:
        super().__init__()
        self._error, self._times = error, times
        self.reads = 0

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        if call is file.read:
            self.reads += 1
            if self.reads <= self._times:
                raise self._error
        return await super().look(process, call, arguments)


class Unhurried(RamFiles):
    """Gives others the time to get ahead while it prepares an effect."""

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        for _ in range(50):
            await asyncio.sleep(0)
        return await super().prepare(process, call, arguments)


def then(*calls: Drafted) -> Draft:
    return Draft(calls, is_done=False)


def with_texts(files: RamFiles, **texts: str) -> World:
    files.texts |= {f"/desk/{name}.txt": text for name, text in texts.items()}
    return World(files=files)


async def test_independent_looks_of_a_step_are_under_way_together() -> None:
    world = with_texts(Meeting(3), a="alpha", b="beta", c="gamma")
    spoken = talk(world, Draft((read("a.txt"), read("b.txt"), read("c.txt"))))
    result = await spoken()
    assert [reply.value.text() for reply in result.replies if isinstance(reply, Ok)] == [
        "alpha", "beta", "gamma",
    ]  # fmt: skip
    steps = [type(each) for each in spoken.seen if isinstance(each, Requested | Completed)]
    assert steps == [Requested] * 3 + [Completed] * 3
    begun = [each for each in spoken.seen if isinstance(each, Started)]
    assert [each.place for each in begun] == [0, 1, 2]


async def test_an_effect_waits_for_the_looks_before_it_and_holds_those_after_it() -> None:
    world = with_texts(Unhurried(), a="alpha", b="beta")
    await talk(world, Draft((read("a.txt"), read("b.txt"), write("b.txt", "new"), read("b.txt"))))()
    acts = [line for line in world.files.log if line != "look file.find" and line != "look file.list"]
    assert acts == ["look file.read", "look file.read", "prepare file.write", "commit", "look file.read"]


async def test_a_call_waits_for_the_reply_it_names() -> None:
    world = with_texts(RamFiles(), a="alpha")
    result = await talk(world, Draft((drafted("file.find", path="."), read(From(0, "path")))))()
    assert result.end is End.DONE
    last = result.replies[1]
    assert isinstance(last, Ok) and last.call.arguments["path"] == "/desk/a.txt"


async def test_a_number_may_count_from_the_first_reply_of_the_request(world: World) -> None:
    world.files.texts["/desk/c.txt"] = "gamma\n"
    spoken = talk(
        world, then(read("a.txt")), then(read("c.txt")), Draft((write("b.txt", From(0, counts="request")),))
    )
    assert (await spoken("save a.txt as b.txt")).end is End.DONE
    assert world.files.texts["/desk/b.txt"] == "alpha\n"
    assert isinstance(spoken.mind, Mind)
    assert [each.number for each in spoken.mind.prompts[2].exchanges] == [0, 1]


async def test_a_look_that_somebody_is_asked_about_goes_alone() -> None:
    person = Person(Choice.NO)
    world = World(approver=person, files=Meeting(1))
    world.files.texts["/desk/a.txt"] = "alpha"
    spoken = talk(world, Draft((read("a.txt"), read("/etc/motd"), read("a.txt"))))
    result = await spoken()
    assert (result.end, spoken.calls()) == (End.FAILED, ["file.read", "file.read"])
    assert len(person.asked) == 1
    begun = [each for each in spoken.seen if isinstance(each, Started)]
    assert len(begun) == 1, "what is refused never begins"


async def test_one_look_that_fails_beside_others_loses_none_of_their_replies() -> None:
    world = with_texts(Meeting(3), a="alpha", b="beta")
    spoken = talk(world, then(read("a.txt"), read("missing.txt"), read("b.txt")), Draft(text="two are here"))
    result = await spoken()
    assert [type(reply) for reply in result.replies] == [Ok, Err, Ok]
    assert (result.end, type(result.error)) == (End.FAILED, NotFound)
    assert isinstance(spoken.mind, Mind)
    assert [each.is_ok for each in spoken.mind.prompts[1].exchanges] == [True, False, True]


async def test_a_budget_holds_for_looks_side_by_side() -> None:
    world = with_texts(RamFiles(), a="alpha")
    world.process = agent(limits=Limits(calls=4))
    result = await talk(world, Draft((read("a.txt"), read("./a.txt"), read("/desk/a.txt"))))()
    assert result.end is End.BUDGET
    assert world.files.log.count("look file.read") == 2


async def asked(world: World, mind: Mind, paused: list[float]) -> Result:
    async def pause(seconds: float) -> None:
        paused.append(seconds)

    loop = Loop(world.gate, mind, world.journal, Session("s1"), Nobody(), lambda each: None, pause=pause)
    async with soon():
        return await loop.run(world.process, "show a.txt", CALLS)


RETRIED: dict[str, tuple[SysError, int, End, list[float]]] = {
    "busy once": (Busy("in use"), 1, End.DONE, list(BACK_OFF_S[:1])),
    "busy to the last try": (Busy("in use"), 3, End.DONE, list(BACK_OFF_S)),
    "busy for good": (Busy("in use"), 9, End.FAILED, list(BACK_OFF_S)),
    "silent once": (TimedOut("no answer"), 1, End.DONE, list(BACK_OFF_S[:1])),
    "silent for good": (TimedOut("no answer"), 9, End.FAILED, list(BACK_OFF_S[:1])),
    "not there": (NotFound("none"), 1, End.FAILED, []),
}


@pytest.mark.parametrize("case", RETRIED)
async def test_what_only_needs_a_moment_is_tried_again_by_the_kernel_and_not_for_ever(case: str) -> None:
    error, times, end, pauses = RETRIED[case]
    world = with_texts(Flaky(error, times), a="alpha")
    paused: list[float] = []
    result = await asked(world, Mind(Draft((read("a.txt"),))), paused)
    assert (result.end, paused, len(result.replies)) == (end, pauses, 1)


async def test_the_same_look_again_is_said_once_and_then_the_request_is_over(world: World) -> None:
    same = then(read("a.txt"))
    spoken = talk(world, same, same, same, Draft(text="never said"))
    result = await spoken()
    assert (result.end, result.text, spoken.calls()) == (End.DONE, "", ["file.read"])
    assert isinstance(spoken.mind, Mind)
    assert [bool(each.remark) for each in spoken.mind.prompts] == [False, False, True]


async def test_a_mind_that_was_told_may_still_answer(world: World) -> None:
    same = then(read("a.txt"))
    spoken = talk(world, same, same, Draft(text="it says alpha", cites=(0,)))
    result = await spoken()
    assert (result.end, result.text, result.cites) == (End.DONE, "it says alpha", (0,))


async def test_a_look_may_be_made_again_once_something_was_changed(world: World) -> None:
    spoken = talk(
        world, then(read("a.txt")), then(write("a.txt", "new")), then(read("a.txt")), Draft(text="done")
    )
    result = await spoken()
    assert spoken.calls() == ["file.read", "file.write", "file.read"]
    last = result.replies[-1]
    assert isinstance(last, Ok) and last.value.text() == "new"


async def test_an_effect_is_never_made_twice_by_the_same_draft(world: World) -> None:
    same = then(write("b.txt", "b"))
    spoken = talk(world, same, then(read("b.txt")), same, same)
    await spoken()
    assert spoken.calls() == ["file.write", "file.read"]


@pytest.mark.parametrize(
    ("cites", "kept"), [((0, 2), (0, 2)), ((2, 2, 0), (2, 0)), ((1, 3, -1, 99), ()), ((), ())]
)
async def test_an_answer_cites_only_results_that_exist(
    world: World, cites: tuple[int, ...], kept: tuple[int, ...]
) -> None:
    first = then(read("a.txt"), read("missing.txt"), read("./a.txt"))
    result = await talk(world, first, Draft(text="so it is", cites=cites))()
    assert result.cites == kept


async def test_words_of_a_mind_carry_the_labels_of_all_it_saw(world: World) -> None:
    result = await talk(world, then(read("a.txt")), Draft(text="alpha it is"))("what does it say", "piped")
    assert not result.labels.is_trusted
    sources = {label.source for label in result.labels.items}
    assert {"file:/desk/a.txt", "stdin"} <= sources
    silent = await talk(world, Draft((read("a.txt"),)))()
    assert silent.labels.items == ()


async def test_a_script_counts_from_the_request_and_cites(world: World) -> None:
    first = {"name": "file.read", "arguments": {"path": "a.txt"}}
    second = {
        "name": "file.write",
        "arguments": {"path": "b.txt", "content": {"$reply": 0, "counts": "request"}},
    }
    lines = [
        Line(calls=(first,), done=False),
        Line(calls=(second,), done=False),
        Line(text="kept", cites=(1,)),
    ]
    result = await Talk(world, ScriptedMind(lines))("save a.txt as b.txt")
    assert (result.end, result.text, result.cites) == (End.DONE, "kept", (1,))
    assert world.files.texts["/desk/b.txt"] == "alpha\n"
