"""What labels ask of a call: swayed places, the rule of two, and what a session remembers of itself."""

from typing import Any

import pytest

from kernel.call import AlwaysYes, Choice, Err, Ok, Proposal, Reply
from kernel.exposure import exposed_before, reaches_outside
from kernel.gate import Gate
from kernel.journal.ram import RamJournal
from kernel.journal.records import DecisionRow, LabelRow
from kernel.origins import SAID, How, Origin
from kernel.policy import Mode, Policy
from syscalls import file
from syscalls.caps import Right
from syscalls.declare import Effect
from syscalls.labels import NONE, STDIN, USER, Label, Labels, labels_of
from syscalls.secrecy import is_secret
from syscalls.table import Table
from tests.kernel.world import CALLS, Person, World, agent, error_of, soon

MAIL = USER.join(labels_of(["file:/desk/mail.txt"], trusted=False))
WEB = labels_of(["web:evil.org"], trusted=False)
KEY = labels_of(["file:/desk/.env"], trusted=False, private=True)
BY_TEXT = Origin(How.TEXT, MAIL, ("c1",))
OUT = {"path": "/elsewhere/b.txt", "content": "x"}
IN = {"path": "b.txt", "content": "x"}


async def propose(
    world: World, name: str, arguments: dict[str, Any], origins: dict[str, Origin], origin: str = "mind"
) -> Reply:
    labels = USER.join(*(each.labels for each in origins.values()))
    async with soon():
        return await world.gate(world.process, Proposal(name, arguments, labels, origin, origins=origins))


async def test_a_place_that_a_text_chose_is_not_written_to_unasked() -> None:
    world = World(mode=Mode.AUTO_SAFE)
    symbol, text = error_of(await propose(world, "file.write", IN, {"path": BY_TEXT, "content": SAID}))
    assert symbol == "ELABEL"
    assert "untrusted-path" in world.decisions()[-1].rule
    assert 'path="/desk/b.txt" is text that was read (file:/desk/mail.txt)' in text
    assert world.files.texts == {}


async def test_content_that_a_text_chose_is_written_and_its_labels_are_kept_with_the_file() -> None:
    world = World()
    world.files.texts["/desk/b.txt"] = "mine"
    before = await world("file.read", {"path": "b.txt"})
    assert isinstance(before, Ok)
    assert [label.source for label in before.labels.items] == ["file:/desk/b.txt", "user"]
    assert isinstance(await propose(world, "file.write", IN, {"path": SAID, "content": BY_TEXT}), Ok)
    assert world.outcomes()[-1].labels == MAIL
    reply = await world("file.read", {"path": "b.txt"})
    assert isinstance(reply, Ok)
    assert {"file:/desk/mail.txt", "file:/desk/b.txt"} <= {label.source for label in reply.labels.items}


@pytest.mark.parametrize("how", [How.NAMED, How.INFERRED])
async def test_a_place_that_a_listing_names_is_written_to_as_ever(how: How) -> None:
    found = Origin(how, USER.join(labels_of(["file:/desk"], trusted=False)), ("names",))
    assert isinstance(await propose(World(), "file.write", IN, {"path": found, "content": SAID}), Ok)


async def test_a_person_is_shown_the_value_and_where_it_came_from_and_may_say_yes() -> None:
    person = Person(Choice.ONCE)
    world = World(approver=person)
    assert isinstance(await propose(world, "file.write", IN, {"path": BY_TEXT, "content": SAID}), Ok)
    (asked,) = person.asked
    assert asked.call.origins["path"] == BY_TEXT
    assert asked.scope == ""
    assert asked.decision.questions == ("untrusted-path",)


async def test_untraced_arguments_of_an_app_with_untrusted_labels_choose_no_place() -> None:
    world = World()
    async with soon():
        reply = await world.gate(world.process, Proposal("file.write", IN, MAIL, "app:mail"))
    assert error_of(reply)[0] == "ELABEL"


async def test_a_blanket_yes_does_not_cover_what_a_text_chose(world: World) -> None:
    trusting = World(approver=AlwaysYes(), files=world.files)
    refused = await propose(trusting, "file.delete", {"paths": ["a.txt"]}, {"paths": BY_TEXT})
    assert error_of(refused)[0] == "ELABEL"
    assert trusting.decisions()[-1].approved_by == "nobody"
    named = Origin(How.NAMED, USER.join(labels_of(["file:/desk"], trusted=False)))
    assert isinstance(await propose(trusting, "file.delete", {"paths": ["a.txt"]}, {"paths": named}), Ok)


async def test_where_nothing_is_asked_the_answer_is_no_for_labels_too() -> None:
    world = World(mode=Mode.DENY_UNLISTED, approver=Person())
    reply = await propose(world, "file.write", IN, {"path": BY_TEXT, "content": SAID})
    assert isinstance(reply, Err)
    assert (world.decisions()[-1].verdict, world.decisions()[-1].rule) == ("deny", "untrusted-path")


async def met(world: World, *shown: Labels) -> Reply:
    """A write to the outside in a session that was shown these."""
    for labels in shown:
        world.gate.labelling.take(labels)
    async with soon():
        return await world.gate(world.process, Proposal("file.write", OUT, USER, "mind"))


@pytest.mark.parametrize(
    ("shown", "is_stopped"),
    [((), False), ((WEB,), False), ((labels_of(["memory:7"], trusted=True, private=True),), False),
     ((WEB, labels_of(["memory:7"], trusted=True, private=True)), True), ((STDIN, KEY), True), ((KEY,), True)],
)  # fmt: skip
async def test_untrusted_input_private_data_and_the_outside_do_not_meet_without_a_person(
    shown: tuple[Labels, ...], is_stopped: bool
) -> None:
    world = World(approver=AlwaysYes())
    reply = await met(world, *shown)
    assert isinstance(reply, Err) is is_stopped
    if is_stopped:
        assert error_of(reply)[0] == "ELABEL"
        assert world.decisions()[-1].rule == "rule-of-two"
        assert world.files.texts == {}


async def test_a_person_may_let_the_three_meet_once_and_no_scope_is_offered() -> None:
    person = Person(Choice.SCOPE, Choice.NO)
    world = World(approver=person)
    assert isinstance(await met(world, STDIN, KEY), Ok)
    assert person.asked[0].scope == ""
    assert isinstance(await met(world), Err)
    assert len(person.asked) == 2


async def test_inside_the_workspace_the_three_are_no_matter() -> None:
    world = World()
    for labels in (STDIN, KEY):
        world.gate.labelling.take(labels)
    assert isinstance(await world("file.write", IN), Ok)


async def test_what_a_session_saw_holds_when_it_is_taken_up_again() -> None:
    first = World(approver=AlwaysYes())
    await met(first, STDIN, KEY)
    again = World(approver=AlwaysYes(), journal=first.journal)
    assert error_of(await met(again))[0] == "ELABEL"
    other = Gate(Table(CALLS), again.files, Policy(), first.journal, "s2", AlwaysYes())
    async with soon():
        assert isinstance(await other(agent(), Proposal("file.write", OUT, USER, "mind")), Ok)


async def test_reading_a_secret_makes_the_session_private(world: World) -> None:
    world.files.texts["/desk/.env"] = "KEY=1"
    reply = await world("file.read", {"path": ".env"})
    assert isinstance(reply, Ok)
    assert Label("file:/desk/.env", False, True) in reply.labels.items
    assert world.gate.labelling.exposure.is_private
    assert exposed_before(world.journal, "s1").is_private


async def test_what_lies_outside_the_workspace_is_private_even_when_it_was_approved() -> None:
    world = World(approver=Person(Choice.ONCE))
    world.files.texts["/elsewhere/a.txt"] = "a"
    reply = await world("file.read", {"path": "/elsewhere/a.txt"})
    assert isinstance(reply, Ok)
    assert reply.labels.is_private


async def test_each_source_is_told_and_journalled_once(world: World) -> None:
    for _ in range(3):
        await world("file.read", {"path": "a.txt"})
    rows = [row.record() for row in world.journal.rows(kinds=["label"])]
    assert [row.labels for row in rows if isinstance(row, LabelRow)] == [MAILLESS]
    assert [label.source for label in world.gate.labelling.raised()] == ["file:/desk/a.txt"]
    assert world.gate.labelling.raised() == ()


MAILLESS = labels_of(["file:/desk/a.txt"], trusted=False)


async def test_a_journal_of_before_labels_is_read_with_none() -> None:
    journal = RamJournal()
    old = {"call_id": "c1", "name": "file.read", "arguments": {}, "verdict": "allow"}
    journal.append("s1", "decision", old, durable=True)
    journal.append("s1", "outcome", {"call_id": "c1", "name": "file.read", "ok": True}, durable=True)
    decision, outcome = [row.record() for row in journal.rows()]
    assert isinstance(decision, DecisionRow)
    assert (decision.labels, decision.origins, outcome.labels) == (NONE, {}, NONE)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/w/.env", True), ("/w/.env.local", True), ("/w/.env.example", False), ("/w/server.pem", True),
        ("/w/id_rsa", True), ("/w/id_ed25519.pub", False), ("/w/.ssh/config", True), ("/w/credentials.json", True),
        ("/w/credentials", True), ("/w/.netrc", True), ("/w/environment.py", False), ("/w/monkey.txt", False),
        ("/w/id_map.py", False), ("/w/keys.md", False), ("/w/.aws/x", True), ("/w/secrets/a.txt", True),
    ],
)  # fmt: skip
def test_secrets_are_known_by_their_names(path: str, is_one: bool) -> None:
    assert is_secret(path) is is_one


def test_what_reaches_outside_is_told_by_effect_and_place() -> None:
    assert not reaches_outside(file.write, {}, ())
    assert not reaches_outside(file.read, {}, ((Right.FS_READ, "/x"),))
    assert reaches_outside(file.write, {}, ((Right.FS_WRITE, "/x"),))
    assert file.write.effect is Effect.WRITE
