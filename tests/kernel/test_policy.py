"""The policy as a table: effect class, mode, place and trust in; allow, ask or deny out, strictest first."""

from typing import Any

import pytest

from kernel.paths import Access
from kernel.policy import Mode, Policy, Verdict
from syscalls import file, sys, ui
from syscalls.caps import Cap, Right
from syscalls.declare import Area, Args, Effect, Value
from syscalls.labels import STDIN, USER, Labels, labels_of
from syscalls.table import AnyCall
from tests.kernel.world import agent

ALLOW, ASK, DENY = Verdict.ALLOW, Verdict.ASK, Verdict.DENY
READS, WRITES = (Right.FS_READ, "/desk/a"), (Right.FS_WRITE, "/desk/a")
OUT_READ, OUT_WRITE = (Right.FS_READ, "/etc/passwd"), (Right.FS_WRITE, "/etc/passwd")


def decide(
    mode: Mode, call: AnyCall, *needed: Access, labels: Labels = USER, caps: Any = None
) -> tuple[Verdict, str]:
    decision = Policy(mode).decide(agent(caps), call, {}, list(needed), labels)
    assert decision.reason
    return decision.verdict, decision.rule


TABLE: dict[Mode, tuple[Verdict, Verdict, Verdict, Verdict, Verdict]] = {
    #                  read   write  delete read outside, write outside
    Mode.PLAN: (ALLOW, DENY, DENY, ASK, DENY),
    Mode.ASK: (ALLOW, ASK, ASK, ASK, ASK),
    Mode.ACCEPT_EDITS: (ALLOW, ALLOW, ASK, ASK, ASK),
    Mode.AUTO_SAFE: (ALLOW, ALLOW, ALLOW, ASK, ASK),
    Mode.DENY_UNLISTED: (ALLOW, ALLOW, DENY, DENY, DENY),
}


@pytest.mark.parametrize("mode", Mode)
def test_each_mode_allows_asks_and_denies_as_this_table_says(mode: Mode) -> None:
    found = (
        decide(mode, file.read, READS)[0],
        decide(mode, file.write, WRITES)[0],
        decide(mode, file.delete, WRITES)[0],
        decide(mode, file.read, OUT_READ)[0],
        decide(mode, file.write, OUT_WRITE)[0],
    )
    assert found == TABLE[mode]


@pytest.mark.parametrize("mode", Mode)
def test_no_mode_lets_anything_pass_to_the_outside_unasked(mode: Mode) -> None:
    for call, access in ((file.read, OUT_READ), (file.write, OUT_WRITE), (file.delete, OUT_WRITE)):
        assert decide(mode, call, access)[0] is not ALLOW


@pytest.mark.parametrize("mode", Mode)
def test_no_mode_stands_in_for_a_right_that_is_not_held(mode: Mode) -> None:
    for call in (sys.status, ui.say):
        assert decide(mode, call, caps=[Cap(Right.FS_READ, "/desk")]) == (DENY, "no-capability")
        assert decide(mode, call)[0] is ALLOW


RULES: dict[str, tuple[Mode, AnyCall, tuple[Access, ...], Labels, str]] = {
    "a look": (Mode.ACCEPT_EDITS, file.read, (READS,), USER, "inside-workspace"),
    "one path of two outside": (Mode.ACCEPT_EDITS, file.copy, (READS, OUT_WRITE), USER, "outside-workspace"),
    "plan": (Mode.PLAN, file.write, (WRITES,), USER, "mode-plan"),
    "asks for writes": (Mode.ASK, file.write, (WRITES,), USER, "asks-write"),
    "asks for deletes": (Mode.ACCEPT_EDITS, file.delete, (WRITES,), USER, "asks-delete"),
    "denied outright": (Mode.DENY_UNLISTED, file.delete, (WRITES,), USER, "asks-delete"),
    "untrusted delete": (Mode.AUTO_SAFE, file.delete, (WRITES,), STDIN, "untrusted-argument"),
    "untrusted write is undoable": (Mode.ACCEPT_EDITS, file.write, (WRITES,), STDIN, "inside-workspace"),
}


@pytest.mark.parametrize("case", RULES)
def test_the_rule_that_decided_is_named(case: str) -> None:
    mode, call, needed, labels, rule = RULES[case]
    assert decide(mode, call, *needed, labels=labels)[1] == rule


@pytest.mark.parametrize(
    "path", ["/deskspace", "/deskspace/a", "/wor", "/", "//desk/a", "/desk/../etc", "/desk/.."]
)
def test_a_path_that_only_looks_like_the_workspace_is_outside(path: str) -> None:
    assert decide(Mode.AUTO_SAFE, file.read, (Right.FS_READ, path)) == (ASK, "outside-workspace")


def test_the_missing_accesses_are_named_and_no_others() -> None:
    decision = Policy().decide(agent(), file.copy, {}, [READS, OUT_READ, OUT_WRITE, WRITES], USER)
    assert decision.outside == (OUT_READ, OUT_WRITE)
    assert decision.reason == "'/etc/passwd', '/etc/passwd' lies outside the granted folders"


def test_an_untrusted_source_is_named_to_the_person() -> None:
    labels = USER.join(STDIN, labels_of(["web:evil.org"], trusted=False))
    decision = Policy(Mode.AUTO_SAFE).decide(agent(), file.delete, {}, [WRITES], labels)
    assert decision.verdict is ASK
    assert decision.reason == "its arguments come from stdin, web:evil.org"


class Send(Args):
    """Nothing."""


class Sent(Value, frozen=True):
    """Nothing."""


@pytest.mark.parametrize("effect", [Effect.EXEC, Effect.NET, Effect.MEMORY, Effect.SCHEDULE])
@pytest.mark.parametrize("mode", Mode)
def test_effects_without_an_undo_are_never_simply_allowed(effect: Effect, mode: Mode) -> None:
    @Area("far", "").call(1, effect=effect)
    def send(a: Send) -> Sent:
        raise NotImplementedError

    assert decide(mode, send)[0] is not ALLOW
