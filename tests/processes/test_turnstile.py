"""Of many with work at hand one gets through a round of the loop, and everybody does in turn."""

import asyncio

import pytest

from kernel.processes.turnstile import Hold, Turnstile

ROUNDS = 50
"""More than anything here needs."""


async def rounds() -> None:
    for _ in range(ROUNDS):
        await asyncio.sleep(0)


async def test_one_gets_through_a_round_in_the_order_they_came() -> None:
    turnstile, seen, now = Turnstile(), list[tuple[int, int]](), 0

    async def agent(number: int) -> None:
        for _ in range(3):
            await turnstile.through()
            seen.append((now, number))

    async def clock() -> None:
        nonlocal now
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
            now += 1

    async with asyncio.TaskGroup() as group:
        group.create_task(clock())
        for number in range(5):
            group.create_task(agent(number))
    assert len({at for at, _ in seen}) == len(seen) == 15, "one a round"
    order = [number for _, number in seen]
    assert order == [0, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 1, 2, 3, 4], (
        "the first came twice before the second came"
    )


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    turnstile, seen = Turnstile(), list[int]()

    async def agent(number: int) -> None:
        await turnstile.through()
        seen.append(number)

    async with asyncio.TaskGroup() as group:
        agents = [group.create_task(agent(number)) for number in range(4)]
        await asyncio.sleep(0)
        agents[1].cancel()
        agents[2].cancel()
    assert seen == [0, 3]
    await rounds()
    await turnstile.through()


async def test_who_is_suspended_while_it_waits_for_its_round_goes_on_when_resumed() -> None:
    turnstile = Turnstile()
    hold, seen = Hold(turnstile), list[str]()

    async def call() -> None:
        await hold.wait()
        seen.append("made")

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(turnstile.through())
        group.create_task(call())
        await asyncio.sleep(0)
        hold.clear()
        await rounds()
        assert seen == []
        hold.set()
    assert seen == ["made"]


@pytest.mark.parametrize("count", [1, 7])
async def test_an_open_hold_lets_calls_through(count: int) -> None:
    hold = Hold(Turnstile())
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(hold.wait()) for _ in range(count)]
    assert [task.result() for task in waiting] == [True] * count
