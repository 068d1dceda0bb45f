"""What the gate refuses, with which error, and that nothing was touched by then."""

from typing import Any

import pytest

from kernel.call import AlwaysYes, Err, Ok
from kernel.policy import Mode
from kernel.process import Limits
from syscalls.caps import ANY, Cap, Right
from syscalls.errors import BudgetSpent
from tests.kernel.world import Untouchable, World, agent, error_of

DOOR_SHUT: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "an unknown call": ("file.raed", {}, "ENOSYS", "no syscall 'file.raed'; did you mean "),
    "an argument of the wrong type": ("file.read", {"path": 5}, "EINVAL", "file.read: path: expected string"),
    "an argument too many": ("file.read", {"path": "a", "x": 1}, "EINVAL", "file.read: unknown field 'x'"),
    "an argument missing": ("file.read", {}, "EINVAL", "file.read: missing 'path'"),
    "a NUL in a path": ("file.read", {"path": "a\0"}, "EINVAL", "path 'a\\x00' holds a NUL byte"),
    "half a character": ("file.write", {"path": "a", "content": "\ud800"}, "EINVAL", "file.write: "),
    "half a character in a path": ("file.read", {"path": "\udc80"}, "EINVAL", "file.read: "),
    "a name too long": ("file.read", {"path": "a" * 300}, "ENAMETOOLONG", "path of "),
    "a hidden call": ("file.revert", {"paths": ["a"], "steps": []}, "ENOSYS", "no syscall 'file.revert'"),
    "a look outside": ("file.read", {"path": "/etc/passwd"}, "EDENIED", "file.read needs a yes "),
    "a look through dots": ("file.read", {"path": "../etc/passwd"}, "EDENIED", "file.read needs a yes "),
    "a folder of a like name": ("file.list", {"path": "/deskspace"}, "EDENIED", "file.list needs a yes "),
    "a write outside": ("file.write", {"path": "~/x"}, "EDENIED", "file.write needs a yes "),
    "a move to outside": ("file.move", {"paths": ["a"], "to": "/tmp"}, "EDENIED", "file.move needs a yes "),
}


@pytest.mark.parametrize("case", DOOR_SHUT)
async def test_with_nobody_to_ask_this_is_refused_before_any_server_is_reached(case: str) -> None:
    name, arguments, symbol, text = DOOR_SHUT[case]
    world = World(server=Untouchable())
    reply = await world(name, arguments)
    assert error_of(reply)[0] == symbol
    assert error_of(reply)[1].startswith(text)


@pytest.mark.parametrize("case", DOOR_SHUT)
async def test_every_refusal_is_in_the_journal_with_its_reason(case: str) -> None:
    name, arguments, _, _ = DOOR_SHUT[case]
    world = World(server=Untouchable())
    reply = await world(name, arguments)
    decision = world.decisions()[0]
    assert decision.name == name
    assert decision.verdict != "allow"
    assert decision.reason
    assert "intent" not in world.kinds()
    assert isinstance(reply, Err)


@pytest.mark.parametrize("name", ["\ud800", "file.\udcff", "\0", "", "x" * 10_000])
async def test_a_name_nobody_could_write_down_is_an_unknown_call_like_any_other(name: str) -> None:
    world = World(server=Untouchable())
    assert error_of(await world(name, {}))[0] == "ENOSYS"
    assert len(world.decisions()) == 1


async def test_a_delete_nobody_allows_is_planned_and_dropped(world: World) -> None:
    reply = await world("file.delete", {"paths": ["a.txt"]})
    text = "file.delete needs a yes (it deletes) and nobody is here to give it"
    assert error_of(reply) == ("EDENIED", text)
    assert world.files.log == ["prepare file.delete", "abort"]
    assert world.files.texts == {"/desk/a.txt": "alpha\n"}
    assert "intent" not in world.kinds()


async def test_a_hidden_call_looks_like_one_that_does_not_exist_to_all_but_the_kernel() -> None:
    for origin in ("mind", "user", "app:weather"):
        reply = await World(server=Untouchable())("file.revert", {"paths": ["a"], "steps": []}, origin=origin)
        assert error_of(reply) == ("ENOSYS", "no syscall 'file.revert'; `aosh syscalls` lists them")
    with pytest.raises(AssertionError, match=r"file\.revert reached a server"):
        await World(server=Untouchable())("file.revert", {"paths": ["a"], "steps": []}, origin="kernel")


async def test_a_call_whose_right_is_not_held_is_denied_though_somebody_would_say_yes() -> None:
    files_only = agent([Cap(Right.FS_READ, "/desk")])
    reply = await World(server=Untouchable(), approver=AlwaysYes(), process=files_only)("tool.list", {})
    assert error_of(reply) == (
        "EDENIED",
        "tool.list: this process holds no right 'tool.list' on 'tool' (rule no-capability)",
    )


async def test_a_right_on_another_area_is_not_enough() -> None:
    elsewhere = agent([Cap(Right.TOOL_LIST, "elsewhere")])
    reply = await World(server=Untouchable(), process=elsewhere)("tool.list", {})
    assert error_of(reply)[0] == "EDENIED"
    with pytest.raises(AssertionError, match="reached a server"):
        await World(server=Untouchable(), process=agent([Cap(Right.TOOL_LIST, ANY)]))("tool.list", {})


async def test_reading_is_no_right_to_write() -> None:
    reader = agent([Cap(Right.FS_READ, "/desk")])
    reply = await World(server=Untouchable(), process=reader)("file.write", {"path": "a", "content": ""})
    assert error_of(reply) == (
        "EDENIED",
        "file.write needs a yes ('/desk/a' lies outside the granted folders) and nobody is here to give it",
    )


async def test_mode_plan_looks_and_changes_nothing_whoever_says_yes(world: World) -> None:
    plan = World(mode=Mode.PLAN, approver=AlwaysYes(), files=world.files)
    assert isinstance(await plan("file.read", {"path": "a.txt"}), Ok)
    reply = await plan("file.write", {"path": "b.txt", "content": "b"})
    assert error_of(reply) == ("EDENIED", "file.write: mode plan changes nothing (rule mode-plan)")
    assert world.files.log == ["look file.read"]


async def test_mode_ask_lets_nothing_be_changed_unasked() -> None:
    world = World(mode=Mode.ASK, server=Untouchable())
    with pytest.raises(AssertionError, match="reached a server"):
        await world("file.write", {"path": "b.txt", "content": "b"})
    silent = World(mode=Mode.ASK)
    reply = await silent("file.write", {"path": "b.txt", "content": "b"})
    assert error_of(reply)[0] == "EDENIED"
    assert silent.files.log == ["prepare file.write", "abort"]
    assert silent.files.texts == {}


async def test_mode_deny_unlisted_denies_what_would_be_asked() -> None:
    world = World(mode=Mode.DENY_UNLISTED, approver=AlwaysYes(), server=Untouchable())
    reply = await world("file.delete", {"paths": ["a.txt"]})
    assert error_of(reply) == (
        "EDENIED",
        "file.delete: it deletes; mode deny-unlisted never asks (rule asks-delete)",
    )


async def test_mode_auto_safe_deletes_inside_the_workspace_and_asks_outside(world: World) -> None:
    safe = World(mode=Mode.AUTO_SAFE, files=world.files)
    assert isinstance(await safe("file.delete", {"paths": ["a.txt"]}), Ok)
    assert world.files.texts == {}
    assert error_of(await safe("file.delete", {"paths": ["/etc/passwd"]}))[0] == "EDENIED"


async def test_a_spent_budget_refuses_before_anything_is_decoded() -> None:
    world = World(server=Untouchable(), process=agent(limits=Limits(calls=0)))
    reply = await world("file.read", {"path": "a.txt"})
    assert isinstance(reply, Err)
    assert isinstance(reply.error, BudgetSpent)
    assert str(reply.error) == "limit of 0 syscalls reached"


async def test_a_failure_the_server_declares_is_a_reply(world: World) -> None:
    reply = await world("file.read", {"path": "missing.txt"})
    assert error_of(reply) == ("ENOENT", "no '/desk/missing.txt' here")
    assert [outcome.ok for outcome in world.outcomes()] == [False]


async def test_a_look_gives_its_value_with_the_labels_of_where_it_came_from(world: World) -> None:
    reply = await world("file.read", {"path": "a.txt"})
    assert isinstance(reply, Ok)
    assert reply.value.text() == "alpha\n"
    assert [label.source for label in reply.labels.items] == ["file:/desk/a.txt", "user"]
    assert not reply.labels.is_trusted
