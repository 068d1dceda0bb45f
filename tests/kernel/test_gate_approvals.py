"""A yes is bound to what was shown: to this call, or to the same call beneath a folder, and to no more."""

from typing import Any

from kernel.call import AlwaysYes, Choice, Err, NoApprover, Ok
from kernel.journal.records import IntentRow
from kernel.policy import Mode
from syscalls.errors import Denied
from syscalls.labels import STDIN, USER, labels_of
from syscalls.undo import Change
from tests.kernel.world import Person, RamFiles, World, error_of

HERE = {"/desk/a/one": "1", "/desk/a/two": "2", "/desk/a/deep/three": "3", "/desk/b/four": "4"}


def asked(*answers: Choice, mode: Mode = Mode.ACCEPT_EDITS) -> tuple[World, Person]:
    person = Person(*answers)
    files = RamFiles()
    files.texts = dict(HERE)
    return World(mode=mode, approver=person, files=files), person


def intents(world: World) -> list[IntentRow]:
    return [row.record() for row in world.journal.rows(kinds=["intent"])]


async def test_a_person_is_shown_the_exact_call_its_plan_and_why() -> None:
    world, person = asked(Choice.ONCE)
    assert isinstance(await world("file.delete", {"paths": ["a/one"]}), Ok)
    (approval,) = person.asked
    assert approval.call.line() == 'file.delete paths=["/desk/a/one"]'
    assert approval.decision.rule == "asks-delete"
    assert approval.decision.reason == "it deletes"
    assert approval.plan is not None
    assert approval.plan.changes == (Change("removed", "a/one"),)
    assert approval.scope == "file.delete beneath /desk/a in this session"


async def test_what_happens_is_what_the_digest_was_shown_for() -> None:
    world, person = asked(Choice.ONCE)
    reply = await world("file.delete", {"paths": ["a/one"]})
    assert isinstance(reply, Ok)
    assert person.asked[0].digest == person.asked[0].call.digest == reply.call.digest
    (intent,) = intents(world)
    assert intent.call_id == reply.call.id
    assert intent.arguments == person.asked[0].call.arguments == {"paths": ["/desk/a/one"]}


async def test_the_digest_is_of_name_and_canonical_arguments_and_of_nothing_else() -> None:
    world, person = asked(*[Choice.NO] * 4)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("file.delete", {"paths": ["a/one"]}),
        ("file.delete", {"paths": ["./b/../a/one"]}),
        ("file.delete", {"paths": ["a/two"]}),
        ("file.delete", {"paths": ["a/one", "a/two"]}),
    ]
    for name, arguments in calls:
        await world(name, arguments, STDIN if arguments == calls[1][1] else USER)
    digests = [approval.digest for approval in person.asked]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
    assert all(len(digest) == 64 for digest in digests)


async def test_a_no_changes_nothing_and_is_journalled() -> None:
    world, _ = asked(Choice.NO)
    reply = await world("file.delete", {"paths": ["a/one"]})
    assert error_of(reply) == ("EDENIED", "file.delete: you said no; nothing was changed")
    assert world.files.texts == HERE
    assert world.files.log == ["prepare file.delete", "abort"]
    assert [decision.approved_by for decision in world.decisions()] == ["refused"]
    assert intents(world) == []


async def test_a_yes_for_once_asks_again_the_next_time() -> None:
    world, person = asked(Choice.ONCE, Choice.NO)
    await world("file.delete", {"paths": ["a/one"]})
    await world("file.delete", {"paths": ["a/two"]})
    assert len(person.asked) == 2
    assert "/desk/a/two" in world.files.texts


async def test_a_yes_for_the_scope_covers_the_same_call_beneath_the_folder() -> None:
    world, person = asked(Choice.SCOPE)
    await world("file.delete", {"paths": ["a/one"]})
    assert isinstance(await world("file.delete", {"paths": ["a/two", "a/deep/three"]}), Ok)
    assert len(person.asked) == 1
    assert [decision.approved_by for decision in world.decisions()] == ["user", "scope"]


async def test_a_yes_for_the_scope_covers_no_other_folder_and_no_mix() -> None:
    world, person = asked(Choice.SCOPE, Choice.NO, Choice.NO)
    await world("file.delete", {"paths": ["a/one"]})
    await world("file.delete", {"paths": ["b/four"]})
    await world("file.delete", {"paths": ["a/two", "b/four"]})
    assert len(person.asked) == 3


async def test_a_yes_for_the_scope_does_not_cover_the_folder_itself_nor_one_of_a_like_name() -> None:
    world, person = asked(Choice.SCOPE, Choice.NO, Choice.NO, Choice.NO)
    await world("file.delete", {"paths": ["a/one"]})
    await world("file.delete", {"paths": ["a"]})
    await world("file.delete", {"paths": ["a2/x"]})
    await world("file.delete", {"paths": ["a/../b"]})
    assert len(person.asked) == 4


async def test_a_yes_for_the_scope_covers_no_other_call() -> None:
    world, person = asked(Choice.SCOPE, Choice.NO, mode=Mode.ASK)
    await world("file.delete", {"paths": ["a/one"]})
    await world("file.write", {"path": "a/one", "content": "x"})
    assert [approval.call.name for approval in person.asked] == ["file.delete", "file.write"]


async def test_untrusted_arguments_are_never_covered_and_get_no_such_offer() -> None:
    world, person = asked(Choice.SCOPE, Choice.SCOPE, Choice.NO)
    web = USER.join(labels_of(["web:evil.org"], trusted=False))
    await world("file.delete", {"paths": ["a/one"]})
    assert isinstance(await world("file.delete", {"paths": ["a/two"]}, web), Ok)
    assert isinstance(await world("file.delete", {"paths": ["a/deep/three"]}, web), Err)
    assert [approval.scope for approval in person.asked[1:]] == ["", ""]


async def test_an_answer_of_scope_where_none_was_offered_counts_once() -> None:
    world, person = asked(Choice.SCOPE, Choice.NO)
    web = USER.join(labels_of(["web:evil.org"], trusted=False))
    await world("file.delete", {"paths": ["a/one"]}, web)
    await world("file.delete", {"paths": ["a/two"]})
    assert len(person.asked) == 2


async def test_no_scope_is_offered_that_would_be_the_whole_disk() -> None:
    world, person = asked(Choice.NO)
    await world("file.delete", {"paths": ["/etc", "/desk/a/one"]})
    assert person.asked[0].scope == ""


async def test_an_outside_path_is_granted_for_one_call_and_to_that_path_alone() -> None:
    world, person = asked(Choice.ONCE, Choice.NO)
    world.files.texts["/etc/hosts"] = "127.0.0.1\n"
    reply = await world("file.read", {"path": "/etc/hosts"})
    assert isinstance(reply, Ok)
    assert person.asked[0].decision.reason == "'/etc/hosts' lies outside the granted folders"
    assert isinstance(await world("file.read", {"path": "/etc/hosts"}), Err)
    assert len(person.asked) == 2


async def test_an_outside_effect_is_asked_about_once_before_it_is_even_planned() -> None:
    world, person = asked(Choice.NO)
    reply = await world("file.delete", {"paths": ["/etc/hosts"]})
    assert isinstance(reply, Err)
    assert len(person.asked) == 1
    assert world.files.log == []


async def test_headless_means_no_and_always_yes_means_yes_once_each() -> None:
    for approver, expected in ((NoApprover(), Err), (AlwaysYes(), Ok)):
        files = RamFiles()
        files.texts = dict(HERE)
        reply = await World(approver=approver, files=files)("file.delete", {"paths": ["a/one"]})
        assert isinstance(reply, expected)
    headless = World()
    reply = await headless("file.delete", {"paths": ["a/one"]})
    assert isinstance(reply, Err)
    assert isinstance(reply.error, Denied)
    assert [decision.approved_by for decision in headless.decisions()] == ["nobody"]
