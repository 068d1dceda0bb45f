"""Who may use what is remembered, and what of it asks."""

from typing import Any

import pytest

from kernel.policy import Mode, Policy, Verdict
from syscalls import mem
from syscalls.caps import ANY, Cap, Right
from syscalls.labels import STDIN, USER, Labels
from syscalls.table import AnyCall
from tests.kernel.world import agent


def decided(
    call: AnyCall,
    arguments: dict[str, Any],
    scope: str = ANY,
    labels: Labels = USER,
    mode: Mode = Mode.ACCEPT_EDITS,
) -> Verdict:
    process = agent([Cap(Right.MEMORY, scope)])
    return Policy(mode).decide(process, call, arguments, [], labels).verdict


@pytest.mark.parametrize(
    ("call", "arguments", "verdict"),
    [
        (mem.store, {"text": "x"}, Verdict.ALLOW),
        (mem.update, {"id": 1, "text": "x"}, Verdict.ALLOW),
        (mem.pin, {"id": 1}, Verdict.ALLOW),
        (mem.forget, {"id": 1}, Verdict.ASK),
        (mem.recall, {"text": "x"}, Verdict.ALLOW),
    ],
)
def test_only_what_cannot_be_taken_back_asks(
    call: AnyCall, arguments: dict[str, Any], verdict: Verdict
) -> None:
    assert decided(call, arguments) is verdict


def test_untrusted_text_asks_before_it_is_remembered_and_mode_plan_remembers_nothing() -> None:
    assert decided(mem.store, {"text": "x"}, labels=STDIN) is Verdict.ASK
    assert decided(mem.store, {"text": "x"}, mode=Mode.PLAN) is Verdict.DENY


@pytest.mark.parametrize(
    ("call", "arguments", "verdict"),
    [
        (mem.store, {"text": "x"}, Verdict.DENY),
        (mem.store, {"text": "x", "space": "project"}, Verdict.ALLOW),
        (mem.recall, {"text": "x"}, Verdict.DENY),
        (mem.recall, {"text": "x", "space": "user"}, Verdict.DENY),
        (mem.recall, {"text": "x", "space": "project"}, Verdict.ALLOW),
    ],
)
def test_a_right_on_one_space_reaches_no_other(
    call: AnyCall, arguments: dict[str, Any], verdict: Verdict
) -> None:
    assert decided(call, arguments, scope="project") is verdict
