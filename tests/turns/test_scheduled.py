"""Turns on one engine: order, suspension, cancellation, fairness; no real time passes."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.minds.generative.port import Ask
from kernel.turns.ledger import Account, jain
from kernel.turns.policies import POLICIES, policy
from kernel.turns.scheduled import ScheduledEngine
from tests.turns.tiny import Letters, ask

BOUND_S = 5


def alphabet(tokens: int) -> str:
    """What an uninterrupted turn of so many tokens says."""
    return "".join(chr(97 + number % 26) for number in range(tokens))


async def text(engine: ScheduledEngine, turn: Ask, order: list[str] | None = None) -> str:
    """The whole answer; the agent is noted in `order` at its end."""
    said = "".join([piece.text async for piece in engine.generate(turn)])
    if order is not None:
        order.append(turn.agent)
    return said


async def run(engine: ScheduledEngine, turns: list[Ask]) -> tuple[list[str], list[str]]:
    """All turns side by side: what they said, and in what order they ended."""
    order: list[str] = []
    async with asyncio.timeout(BOUND_S), asyncio.TaskGroup() as group:
        tasks = [group.create_task(text(engine, turn, order)) for turn in turns]
    return [task.result() for task in tasks], order


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("resumes", [True, False])
@settings(max_examples=25, deadline=None)
@given(
    turns=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 60), st.booleans()), min_size=1, max_size=12
    ),
    slots=st.integers(1, 3),
)
def test_every_turn_ends_with_its_whole_answer_whatever_the_policy(
    name: str, resumes: bool, turns: list[tuple[str, int, bool]], slots: int
) -> None:
    letters = Letters(resumes=resumes)
    engine = ScheduledEngine(letters, policy(name), slots, quantum_tokens=4, clock=lambda: float(letters.now))
    asked = [ask(agent, tokens, interactive=front) for agent, tokens, front in turns]
    said, _ = asyncio.run(run(engine, asked))
    assert said == [alphabet(tokens) for _, tokens, _ in turns]
    assert letters.running == 0 and letters.most <= slots
    assert sum(account.finished for account in engine.ledger.snapshot()) == len(turns)


async def test_fifo_serves_in_the_order_of_arrival() -> None:
    engine = ScheduledEngine(Letters(), policy("fifo"))
    _, order = await run(engine, [ask("a", 40), ask("b", 5), ask("c", 5)])
    assert order == ["a", "b", "c"]


async def test_an_interactive_turn_takes_the_engine_at_once() -> None:
    letters = Letters()
    engine = ScheduledEngine(letters, policy("fifo"))
    _, order = await run(engine, [ask("job", 400, interactive=False), ask("me", 5)])
    assert order == ["me", "job"]
    assert engine.ledger.account("job").suspensions == 1


@pytest.mark.parametrize("name", ["rr", "fair"])
async def test_a_short_turn_beside_a_long_one_waits_a_quantum_at_most(name: str) -> None:
    letters = Letters()
    engine = ScheduledEngine(letters, policy(name), quantum_tokens=8, clock=lambda: float(letters.now))
    _, order = await run(engine, [ask("long", 500), ask("short", 5)])
    assert order == ["short", "long"]
    assert engine.ledger.account("short").longest_wait_s <= 8


async def test_deadlines_come_earliest_first() -> None:
    engine = ScheduledEngine(Letters(), policy("deadline"), clock=lambda: 0.0)
    turns = [ask("x", 1), ask("late", 5, deadline_s=20.0), ask("soon", 5, deadline_s=1.0)]
    assert (await run(engine, turns))[1] == ["x", "soon", "late"]


async def test_a_light_turn_is_not_starved_by_a_stream_of_heavy_ones() -> None:
    letters = Letters()
    engine = ScheduledEngine(letters, policy("priority"), clock=lambda: float(letters.now))
    light = ask("light", 5, weight=1.0)
    turns = [ask("first", 5, weight=9.0), light, *[ask(f"heavy{n}", 5, weight=9.0) for n in range(40)]]
    ended: list[str] = []

    async def stream() -> None:
        for heavy in turns[2:]:
            async with asyncio.TaskGroup() as group:
                group.create_task(text(engine, heavy, ended))
                group.create_task(text(engine, heavy, ended))

    async with asyncio.timeout(BOUND_S), asyncio.TaskGroup() as group:
        group.create_task(stream())
        group.create_task(text(engine, light, ended))
    assert ended.index("light") < len(ended) - 40


async def test_background_turns_come_to_their_right_beside_endless_interactive_ones() -> None:
    letters = Letters()
    engine = ScheduledEngine(letters, policy("rr"), clock=lambda: float(letters.now))
    ended: list[str] = []

    async def endless() -> None:
        while "job" not in ended and letters.now < 2_000:
            await text(engine, ask("me", 10), ended)

    async with asyncio.timeout(BOUND_S), asyncio.TaskGroup() as group:
        group.create_task(endless())
        group.create_task(endless())
        group.create_task(text(engine, ask("job", 30, interactive=False), ended))
    assert letters.now < 2_000


@pytest.mark.parametrize("policy_name", ["fair"])
async def test_weights_are_honoured_within_five_percent(policy_name: str) -> None:
    letters = Letters()
    engine = ScheduledEngine(letters, policy(policy_name), quantum_tokens=4)
    weights = {"a": 1.0, "b": 2.0, "c": 4.0}

    async def busy(agent: str) -> None:
        while letters.steps < 7_000:
            await text(engine, ask(agent, 50, weight=weights[agent]))

    async with asyncio.timeout(BOUND_S), asyncio.TaskGroup() as group:
        for agent in weights:
            group.create_task(busy(agent))
    served = {account.agent: account.service for account in engine.ledger.snapshot()}
    for agent, weight in weights.items():
        assert served[agent] / sum(served.values()) == pytest.approx(weight / 7, rel=0.05)
    assert engine.ledger.fairness() >= 0.95


async def test_leaving_early_stops_the_engine_and_frees_its_slot() -> None:
    letters = Letters()
    engine = ScheduledEngine(letters, policy("fifo"))
    async with aclosing(engine.generate(ask("a", 1_000))) as stream:
        await anext(stream)
    assert (letters.running, letters.stopped) == (0, 1)
    assert engine.ledger.account("a").cancelled == 1
    assert await text(engine, ask("b", 3)) == "abc"


async def test_cancelling_a_waiting_turn_leaves_the_others_in_place() -> None:
    letters = Letters()
    letters.hold = asyncio.Event()
    engine = ScheduledEngine(letters, policy("fifo"))
    async with asyncio.timeout(BOUND_S), asyncio.TaskGroup() as group:
        first = group.create_task(text(engine, ask("a", 3)))
        second = group.create_task(text(engine, ask("b", 3)))
        third = group.create_task(text(engine, ask("c", 4)))
        await asyncio.sleep(0)
        second.cancel()
        letters.hold.set()
    assert (first.result(), third.result(), second.cancelled()) == ("abc", "abcd", True)


async def test_a_reader_that_stopped_reading_keeps_nobody_waiting() -> None:
    engine = ScheduledEngine(Letters(), policy("rr"))
    async with (
        asyncio.timeout(BOUND_S),
        aclosing(engine.generate(ask("slow", 20, interactive=False))) as slow,
    ):
        said = (await anext(slow)).text
        assert await text(engine, ask("me", 3)) == "abc"
        said += "".join([piece.text async for piece in slow])
    assert said == alphabet(20)


async def test_a_sampled_turn_under_a_grammar_is_never_interrupted() -> None:
    engine = ScheduledEngine(Letters(), policy("fifo"))
    job = ask("job", 30, interactive=False, schema=b"{}", temperature=1.0)
    assert (await run(engine, [job, ask("me", 3)]))[1] == ["job", "me"]


def test_a_policy_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"'lottery'; there are fifo, rr, priority, fair, deadline"):
        policy("lottery")


def test_jains_index_is_one_for_even_shares_and_one_nth_for_one_of_n() -> None:
    assert jain([3, 3, 3]) == 1.0
    assert jain([1, 0, 0, 0]) == 0.25
    assert jain([]) == 1.0


async def test_the_ledger_tells_tokens_and_turns_of_each_agent() -> None:
    engine = ScheduledEngine(Letters(), policy("fifo"), clock=lambda: 0.0)
    await run(engine, [ask("a", 3), ask("a", 4)])
    assert engine.ledger.snapshot() == (Account("a", turns=2, finished=2, tokens_in=10, tokens_out=7),)
