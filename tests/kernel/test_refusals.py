"""A refused call goes back to the mind, which may take another way: a few times, and never the same call again."""

import pytest

from kernel.call import Choice
from kernel.loop import End
from kernel.minds.port import Draft, Drafted
from kernel.policy import Mode
from kernel.process import Limits
from syscalls.errors import Denied, LabelStop
from tests.kernel.test_loop import Mind, drafted, read, talk, write
from tests.kernel.world import Person, World, agent


def then(*calls: Drafted) -> Draft:
    """A draft after which the mind wants to see the replies."""
    return Draft(calls, is_done=False)


def delete(*paths: str) -> Drafted:
    return drafted("file.delete", paths=list(paths))


async def test_a_mind_sees_why_a_call_was_refused_and_takes_another_way(world: World) -> None:
    spoken = talk(world, then(read("/etc/motd")), Draft((read("a.txt"),)))
    result = await spoken()
    assert (result.end, result.error) == (End.DONE, None)
    assert isinstance(spoken.mind, Mind)
    (exchange,) = spoken.mind.prompts[1].exchanges
    assert (exchange.name, exchange.arguments, exchange.is_ok) == ("file.read", {"path": "/etc/motd"}, False)
    assert "'/etc/motd' lies outside the granted folders" in exchange.text


async def test_a_mind_that_is_done_after_its_draft_is_not_asked_again(world: World) -> None:
    spoken = talk(world, Draft((read("/etc/motd"),)), Draft((read("a.txt"),)))
    result = await spoken()
    assert (result.end, type(result.error)) == (End.FAILED, Denied)
    assert spoken.calls() == ["file.read"]


async def test_a_call_no_such_machine_has_goes_back_too(world: World) -> None:
    result = await talk(world, then(drafted("file.explode")), Draft((read("a.txt"),)))()
    assert result.end is End.DONE


async def test_the_third_refusal_ends_the_request(world: World) -> None:
    outside = [then(read(f"/etc/{number}")) for number in range(5)]
    spoken = talk(world, *outside, Draft((read("a.txt"),)))
    result = await spoken()
    assert (result.end, type(result.error)) == (End.FAILED, Denied)
    assert spoken.calls() == ["file.read"] * 3


@pytest.mark.parametrize("again", ["a.txt", "./a.txt", "/desk/a.txt"])
async def test_nobody_is_asked_twice_about_one_call_in_a_request(again: str) -> None:
    person = Person(Choice.NO)
    world = World(approver=person)
    world.files.texts |= {"/desk/a.txt": "alpha", "/desk/b.txt": "beta"}
    spoken = talk(
        world, then(delete("a.txt")), then(write("c.txt", "c"), delete(again)), then(delete("b.txt"))
    )
    result = await spoken()
    assert (result.end, type(result.error)) == (End.FAILED, Denied)
    assert len(person.asked) == 1
    assert {"/desk/a.txt", "/desk/b.txt"} <= set(world.files.texts)


async def test_the_next_request_may_ask_again(world: World) -> None:
    spoken = talk(world, Draft((delete("a.txt"),)), Draft((delete("a.txt"),)))
    await spoken()
    await spoken()
    assert [each.name for each in world.decisions() if each.name == "file.delete"] == ["file.delete"] * 2


@pytest.mark.parametrize("last", [Draft(text="all done"), Draft((write("note.txt", "done"),)), Draft()])
async def test_a_denial_that_nothing_made_up_for_is_a_failure_whatever_the_mind_says(
    world: World, last: Draft
) -> None:
    result = await talk(world, then(delete("a.txt")), last)()
    assert (result.end, type(result.error)) == (End.FAILED, Denied)


async def test_a_stop_by_labels_that_nothing_made_up_for_is_said_as_such() -> None:
    world = World(approver=Stopping(), mode=Mode.AUTO_SAFE)
    world.files.texts["/desk/a.txt"] = "alpha"
    result = await talk(world, then(delete("a.txt")), Draft((read("a.txt"),)))("delete it", stdin="a.txt")
    assert (result.end, type(result.error)) == (End.FAILED, LabelStop)


async def test_what_a_refused_draft_did_first_does_not_make_up_for_it(world: World) -> None:
    result = await talk(world, then(read("a.txt"), read("/etc/motd")), Draft(text="that is all"))()
    assert (result.end, type(result.error)) == (End.FAILED, Denied)


async def test_refusals_spend_the_budget_as_any_turn_does(world: World) -> None:
    world.process = agent(limits=Limits(turns=2))
    spoken = talk(world, *[then(read(f"/etc/{number}")) for number in range(5)])
    result = await spoken()
    assert (result.end, spoken.calls()) == (End.BUDGET, ["file.read"] * 2)


class Stopping(Person):
    """Says that it takes a person."""

    def __init__(self) -> None:
        super().__init__(Choice.NO)

    async def approve(self, approval: object) -> Choice:
        raise LabelStop(f"a person must see it: {type(approval).__name__}")
