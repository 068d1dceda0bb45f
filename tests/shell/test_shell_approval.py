import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.shell.direct import parse
from apps.shell.render.approval import approval, canonical, has_more, why
from apps.shell.render.screen import to_ansi
from kernel.call import Approval, Call
from kernel.policy import Decision, Verdict
from syscalls import file
from syscalls.declare import Effect
from syscalls.labels import USER, Labels, labels_of
from syscalls.table import Table
from syscalls.undo import Change, Plan
from tests.shell.samples import ESCAPES, Check
from tests.shell.test_shell_render import acting

SGR = re.compile(r"\x1b\[[0-9;]*m")
TABLE = Table(file.CALLS)


def asked(
    name: str = "file.delete",
    arguments: dict[str, Any] | None = None,
    plan: Plan | None = None,
    labels: Labels = USER,
) -> Approval:
    call = Call("c1", name, arguments or {"paths": ["/w/a.txt"]}, Effect.DELETE, (), labels, "mind")
    return Approval(call, call.digest, Decision(Verdict.ASK, "deletes", "deleting asks first"), plan, "/w/**")


def shown(question: Approval, *, is_whole: bool = False) -> str:
    return SGR.sub("", to_ansi(approval(question, width=100, is_whole=is_whole), width=100))


def test_an_approval_shows_call_effect_reason_sources_and_changes(snapshot: Check) -> None:
    plan = Plan(
        (Change("modified", "/w/a.txt", note="1 replacement"),), (), "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n"
    )
    labels = USER.join(labels_of(["web:example.org"], trusted=False))
    question = asked("file.edit", {"paths": ["/w/a.txt"], "old": "x", "new": "y"}, plan, labels)
    screens = shown(question), SGR.sub("", to_ansi(why(question), width=120))
    snapshot("approval.txt", "\n--\n".join(screens))


def test_the_call_shown_is_the_call_meant() -> None:
    text = canonical("file.delete", {"paths": ["/w/a.txt"]}).plain
    assert text == 'file.delete paths=["/w/a.txt"]'


@settings(deadline=None)
@given(st.text(min_size=1, max_size=40), st.text(max_size=40))
def test_the_whole_call_reads_back_exactly_whatever_it_holds(path: str, content: str) -> None:
    arguments = {"path": path, "content": content}
    assert parse(TABLE, canonical("file.write", arguments, is_whole=True).plain) == ("file.write", arguments)


def test_a_long_argument_is_cut_in_the_middle_and_can_be_seen_whole() -> None:
    question = asked("file.write", {"path": "/w/a", "content": "begin" + "x" * 900 + "end"})
    assert has_more(question)
    assert 'path="/w/a" content="beginxx' in shown(question).replace("\n", " ")
    assert "(750 more characters, 910 in all, sha256 " in " ".join(shown(question).split())
    assert "x" * 900 in shown(question, is_whole=True).replace("\n", "")
    assert not has_more(asked())


def test_two_long_arguments_that_differ_in_the_middle_do_not_look_alike() -> None:
    one, other = (asked("file.write", {"path": "/w/a", "content": "x" * 900 + c + "x" * 900}) for c in "ab")
    assert shown(one) != shown(other)


def test_what_cannot_be_taken_back_is_marked_before_the_yes() -> None:
    lasting = msgspec.structs.replace(asked(), is_reversible=False)
    assert "none: this cannot be taken back" in shown(lasting)
    assert "cannot be taken back" not in shown(asked())


@pytest.mark.parametrize(
    "plan", [Plan(tuple(Change("removed", f"f{n}") for n in range(99)), ()), Plan((), (), "+x\n" * 99)]
)
def test_a_long_plan_is_capped_and_can_be_seen_whole(plan: Plan) -> None:
    question = asked(plan=plan)
    assert has_more(question)
    assert "press a to see all" in shown(question)
    assert "press a to see all" not in shown(question, is_whole=True)


def test_hostile_arguments_cannot_drive_the_terminal() -> None:
    plan = Plan((Change("removed", ESCAPES, ESCAPES),), (), f"+{ESCAPES}")
    labels = labels_of([ESCAPES], trusted=False)
    for is_whole in (False, True):
        question = asked("file.delete", {"paths": [ESCAPES.replace("\udc80", "")]}, plan, labels)
        assert acting(to_ansi(approval(question, width=80, is_whole=is_whole), width=80)) == set()
    assert acting(to_ansi(why(asked(labels=labels)), width=80)) == set()


def test_trusted_sources_are_not_made_a_fuss_of() -> None:
    assert "untrusted" not in shown(asked())
