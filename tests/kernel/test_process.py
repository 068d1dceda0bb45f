"""A process holds capabilities and a budget; a child gets less of either, never more."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.process import Limits, Process, workspace_caps
from syscalls.caps import ANY, Cap, Right
from syscalls.errors import BudgetSpent, NotPermitted
from tests.kernel.world import agent

READ_WORK = Cap(Right.FS_READ, "/desk")


def test_a_session_holds_its_folders_and_the_console_and_nothing_of_the_rest_of_the_disk_or_of_the_net() -> (
    None
):
    process = Process(1, "x", workspace_caps(["/desk", "/data"], ["weather"]), cwd="/desk", home="/home/ana")
    assert process.roots(Right.FS_READ) == process.roots(Right.FS_WRITE) == ("/data", "/desk")
    assert {cap.right for cap in process.caps} == set(Right) - {Right.NET}
    granted = workspace_caps(["/desk"], hosts=["*.example.org"]) - workspace_caps(["/desk"])
    assert granted == {Cap(Right.NET, "*.example.org")}
    assert Cap(Right.APP, "weather") in process.caps
    assert Cap(Right.APP, ANY) not in process.caps


def test_a_child_holds_what_was_minted_for_it_and_knows_its_parent() -> None:
    parent = agent([READ_WORK, Cap(Right.UI, ANY)])
    child = parent.mint(2, "look around", [(READ_WORK, "/desk/src")], Limits(turns=3))
    assert child.caps == {Cap(Right.FS_READ, "/desk/src")}
    assert (child.pid, child.parent, child.goal) == (2, 1, "look around")
    assert child.limits == Limits(turns=3)


@pytest.mark.parametrize("scope", ["/", "/deskspace", "/desk/.."])
def test_a_child_cannot_be_given_a_wider_scope(scope: str) -> None:
    with pytest.raises(NotPermitted):
        agent([READ_WORK]).mint(2, "", [(READ_WORK, scope)], Limits())


def test_a_child_cannot_be_given_what_the_parent_does_not_hold() -> None:
    with pytest.raises(NotPermitted, match=r"process 1 does not hold 'fs\.write' on '/desk'"):
        agent([READ_WORK]).mint(2, "", [(Cap(Right.FS_WRITE, "/desk"), "/desk/a")], Limits())


@given(st.integers(0, 30), st.integers(0, 40))
def test_a_budget_of_turns_and_calls_is_given_out_to_the_last_and_not_beyond(limit: int, tries: int) -> None:
    process = agent(limits=Limits(turns=limit, calls=limit))
    for spend in (process.spend_turn, process.spend_call):
        granted = 0
        for _ in range(tries):
            try:
                spend()
                granted += 1
            except BudgetSpent:
                pass
        assert granted == min(limit, tries)


def test_no_limit_is_no_limit() -> None:
    process = agent(limits=Limits(turns=None, calls=None))
    for _ in range(1_000):
        process.spend_turn()
        process.spend_call()
    assert (process.meter.used("turns"), process.meter.used("calls")) == (1_000, 1_000)


def test_the_error_says_which_limit_and_how_to_raise_it() -> None:
    with pytest.raises(BudgetSpent, match="turn limit of 0 reached; --max-turns raises it"):
        agent(limits=Limits(turns=0)).spend_turn()
    with pytest.raises(BudgetSpent, match="limit of 0 syscalls reached"):
        agent(limits=Limits(calls=0)).spend_call()


def test_time_is_a_budget_too() -> None:
    process = agent(limits=Limits(wall_s=1e-9))
    begun = time.monotonic()
    while time.monotonic() == begun:
        pass
    for spend in (process.spend_turn, process.spend_call):
        with pytest.raises(BudgetSpent, match="time limit of 1e-09 s reached; --timeout raises it"):
            spend()
