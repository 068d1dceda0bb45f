"""No request goes on for ever: what ends one whose mind never does."""

import itertools
from collections.abc import Iterator

import pytest

from kernel.call import Ok
from kernel.loop import End
from kernel.minds.port import Draft, Prompt
from kernel.process import Limits
from kernel.request import REPLANS
from syscalls.errors import BudgetSpent, NotFound
from tests.kernel.test_loop import Talk, read, write
from tests.kernel.world import World, agent


class Endless:
    """A mind that always has another draft."""

    wants_names = has_memory = False
    name = "endless"

    def __init__(self, drafts: Iterator[Draft]) -> None:
        self._drafts = drafts
        self.turns = 0

    async def think(self, prompt: Prompt) -> Draft:
        del prompt
        self.turns += 1
        return next(self._drafts)

    async def close(self) -> None:
        pass


def going_on(*paths: str, tokens: int = 0) -> Draft:
    return Draft(tuple(map(read, paths)), is_done=False, tokens=tokens)


def missing() -> Iterator[Draft]:
    """Each one another file that is not there."""
    return (going_on(f"missing-{number}.txt") for number in itertools.count())


async def test_a_mind_that_only_fails_is_stopped_with_its_latest_failure(world: World) -> None:
    mind = Endless(missing())
    result = await Talk(world, mind)()
    assert (result.end, type(result.error), mind.turns) == (End.FAILED, NotFound, REPLANS)
    assert f"missing-{REPLANS - 1}" in str(result.error)


async def test_what_goes_well_in_between_starts_the_count_anew(world: World) -> None:
    fails = missing()
    world.files.texts["/desk/b.txt"] = "beta"
    drafts = []
    for name in ("a.txt", "b.txt"):
        drafts += [next(fails) for _ in range(REPLANS - 1)] + [going_on(name)]
    result = await Talk(world, Endless(iter([*drafts, Draft(text="It says alpha.")])))()
    assert (result.end, result.text) == (End.DONE, "It says alpha.")


@pytest.mark.parametrize("apart", [1, 2, 3])
async def test_a_mind_that_goes_in_circles_is_told_once_and_then_stopped(world: World, apart: int) -> None:
    """Whatever stands between one call and the same again: each of them came with the same reply before."""
    world.files.texts |= {f"/desk/{name}.txt": name for name in ("b", "c")}
    circle = [going_on(f"{name}.txt") for name in "abc"[:apart]]
    mind = Endless(itertools.cycle(circle))
    result = await Talk(world, mind)()
    assert (result.end, mind.turns) == (End.DONE, apart + 2)
    assert len(result.replies) == apart, "no look is made twice"


async def test_a_circle_with_a_change_in_it_ends_too_and_changes_once(world: World) -> None:
    circle = [going_on("a.txt"), Draft((write("b.txt", "b"),), is_done=False)]
    mind = Endless(itertools.cycle(circle))
    result = await Talk(world, mind)("write b to b.txt")
    assert world.files.log.count("commit") == 1
    assert mind.turns <= 5 and all(isinstance(reply, Ok) for reply in result.replies)


@pytest.mark.parametrize(
    ("limits", "said", "turns"),
    [
        (Limits(tokens=250), "limit of 250 tokens", 3),
        (Limits(turns=4), "turn limit of 4", 4),
        (Limits(calls=2), "limit of 2 syscalls", 3),
        (Limits(wall_s=0.0), "time limit", 0),
    ],
)
async def test_a_budget_ends_it_with_what_was_done(limits: Limits, said: str, turns: int) -> None:
    world = World()
    world.files.texts |= {f"/desk/{number}.txt": "x" for number in range(30)}
    world.process = agent(limits=limits)
    mind = Endless(going_on(f"{number}.txt", tokens=100) for number in itertools.count())
    result = await Talk(world, mind)()
    assert (result.end, type(result.error), mind.turns) == (End.BUDGET, BudgetSpent, turns)
    assert said in str(result.error)
