"""A yes for a scope: what it covers, what it never grows to, and how it is taken back."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from kernel.call import Approval, Call, Choice, Err, Ok, Proposal
from kernel.drivers.port import Answer
from kernel.gate import Gate
from kernel.grants import Grants, Scope, scope_of
from kernel.journal.ram import RamJournal
from kernel.journal.records import GrantRow
from kernel.policy import Decision, Mode, Policy, Verdict
from kernel.process import Process
from kernel.rules.patterns import host_of
from syscalls.caps import Right
from syscalls.declare import Area, Args, Effect, Value
from syscalls.errors import NotFound
from syscalls.labels import USER, Labels, labels_of
from syscalls.table import AnyCall, Table
from tests.kernel.world import Person, RamFiles, World, agent, error_of

ASKS = Decision(Verdict.ASK, "asks-exec", "its effect is 'exec'")
WEB = USER.join(labels_of(["web:evil.org"], trusted=False))


def runs(*argv: str, labels: Labels = USER, **others: Any) -> Call:
    arguments = {"argv": list(argv), "stdin": "", **others}
    return Call("c1", "tool.exec", arguments, Effect.EXEC, (), labels, "mind")


def fetches(url: str, **others: Any) -> Call:
    return Call("c1", "tool.fetch", {"url": url, **others}, Effect.NET, (), USER, "mind")


def offer(call: Call, decision: Decision = ASKS) -> Scope:
    scope = scope_of(call, decision)
    assert scope is not None
    return scope


@pytest.mark.parametrize(
    ("given", "covered", "asked_again"),
    [
        (("git", "status"), [("git", "status", "-s")], [("git",), ("git", "push"), ("/tmp/git", "status")]),
        (("ls", "-l"), [("ls", "-l")], [("ls",), ("ls", "-l", "x"), ("ls", "-a")]),
        (("make",), [("make",)], [("make", "install")]),
        (("sudo", "ls"), [("sudo", "ls")], [("sudo", "ls", "/root"), ("sudo", "rm")]),
        (("/usr/bin/python3", "build"), [("/usr/bin/python3", "build")], [("/usr/bin/python3", "build", "x")]),
        (("git", "../x"), [("git", "../x")], [("git", "../x", "y")]),
    ],
)  # fmt: skip
def test_a_program_is_granted_by_how_its_words_begin(
    given: tuple[str, ...], covered: list[tuple[str, ...]], asked_again: list[tuple[str, ...]]
) -> None:
    scope = offer(runs(*given))
    assert [argv for argv in covered if not scope.covers(runs(*argv), ASKS)] == []
    assert [argv for argv in asked_again if scope.covers(runs(*argv), ASKS)] == []


def test_a_programs_other_arguments_must_stay_as_they_were() -> None:
    scope = offer(runs("git", "status"))
    assert not scope.covers(runs("git", "status", stdin="x"), ASKS)
    assert not scope.covers(runs("git", "status", cwd="/etc"), ASKS)


def test_another_call_of_the_same_kind_is_not_covered() -> None:
    like = msgspec.structs.replace(runs("git", "status"), name="weather.exec")
    assert not offer(runs("git", "status")).covers(like, ASKS)


def test_a_host_is_granted_with_its_scheme_and_port() -> None:
    scope = offer(fetches("https://example.org/a?b"))
    assert scope.covers(fetches("https://EXAMPLE.org./other"), ASKS)
    for url in (
        "http://example.org/a", "https://example.org:444/", "https://example.org.evil.org/",
        "https://sub.example.org/", "https://example.org@evil.org/", "https://evil.org\\@example.org/",
    ):  # fmt: skip
        assert not scope.covers(fetches(url), ASKS), url
    assert not scope.covers(fetches("https://example.org/", method="POST"), ASKS)


@pytest.mark.parametrize(
    "url", ["//x.org", "https://", "https://a b/", "https://a\n.org/", "https://ä.org/", "mailto:a@b", 7]
)
def test_a_url_whose_host_is_not_plain_gets_no_offer(url: Any) -> None:
    assert host_of(url) is None
    assert scope_of(fetches(url), ASKS) is None


def test_untrusted_words_get_no_offer_and_are_not_covered() -> None:
    assert scope_of(runs("git", "status", labels=WEB), ASKS) is None
    assert not offer(runs("git", "status")).covers(runs("git", "status", labels=WEB), ASKS)


def test_a_yes_answers_the_question_it_was_asked_and_no_other() -> None:
    scope = offer(runs("git", "status"))
    other = Decision(Verdict.ASK, "user:careful", "a rule says so")
    both = Decision(Verdict.ASK, "user:careful", "a rule says so", (), ("user:careful", "asks-exec"))
    outside = Decision(Verdict.ASK, "asks-exec", "x", ((Right.FS_READ, "/etc"),), ("asks-exec",))
    for decision in (other, both, outside):
        assert not scope.covers(runs("git", "status"), decision)
    assert offer(runs("git", "status"), both).covers(runs("git", "status"), ASKS)


def test_giving_using_and_taking_back_is_in_the_journal_in_that_order() -> None:
    journal = RamJournal()
    grants = Grants(journal, "s1")
    assert not grants.use(runs("git", "status"), ASKS)
    first = grants.give(offer(runs("git", "status")), "c1")
    assert grants.use(runs("git", "status"), ASKS)
    assert (first.number, first.uses) == (1, 1)
    grants.revoke(1)
    assert not grants.use(runs("git", "status"), ASKS)
    assert grants.give(offer(runs("git", "log")), "c2").number == 2
    with pytest.raises(NotFound, match="no grant 1 holds; there is 2"):
        grants.revoke(1)
    rows: list[GrantRow] = [row.record() for row in journal.rows(kinds=["grant"])]
    assert [(row.number, row.act) for row in rows] == [
        (1, "given"), (1, "used"), (1, "revoked"), (2, "given"),
    ]  # fmt: skip
    assert rows[0].scope == 'tool.exec of programs that begin ["git","status"] in this session'


class Meddler:
    """Changes what was proposed, or what is shown, while the person thinks; then says yes."""

    is_present = True

    def __init__(self, meddle: Callable[[Approval], None]) -> None:
        self._meddle = meddle

    async def approve(self, approval: Approval) -> Choice:
        """Yes, once."""
        self._meddle(approval)
        return Choice.ONCE


class Run(Args):
    """What to run."""

    argv: tuple[str, ...]


class Done(Value, frozen=True):
    """Nothing."""


@Area("far", "").call(1, effect=Effect.READ, rights=())
def run(a: Run) -> Done:
    """Run."""
    raise NotImplementedError


class Recorder:
    """A server that remembers what reached it."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Remember."""
        self.seen.append(arguments)
        return Answer(Done())

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Any:
        """Never."""
        raise AssertionError(call.name)


class Careful(Policy):
    """Asks about everything."""

    def decide(self, *given: Any, **more: Any) -> Decision:
        """Ask."""
        return ASKS


async def test_a_call_that_changes_while_it_is_asked_about_runs_as_it_was_shown() -> None:
    argv = ["ls"]
    server = Recorder()
    seen: list[str] = []

    def meddle(approval: Approval) -> None:
        seen.append(approval.call.line())
        argv[:] = ["rm", "-rf", "/"]

    gate = Gate(Table([run]), server, Careful(Mode.ASK), RamJournal(), "s1", Meddler(meddle))
    assert isinstance(await gate(agent(), Proposal("far.run", {"argv": argv})), Ok)
    assert argv == ["rm", "-rf", "/"]
    assert seen == ['far.run argv=["ls"]']
    assert server.seen == [{"argv": ["ls"]}]


async def test_an_approval_that_was_tampered_with_lets_nothing_through() -> None:
    def meddle(approval: Approval) -> None:
        approval.call.arguments["argv"].append("/etc")

    server = Recorder()
    gate = Gate(Table([run]), server, Careful(Mode.ASK), RamJournal(), "s1", Meddler(meddle))
    reply = await gate(agent(), Proposal("far.run", {"argv": ["ls"]}))
    assert error_of(reply)[0] == "EDENIED"
    assert "needs a yes of its own" in error_of(reply)[1]
    assert server.seen == []


async def test_taking_a_call_back_to_edit_it_changes_nothing() -> None:
    files = RamFiles()
    files.texts = {"/desk/a": "1"}
    world = World(approver=Person(Choice.EDIT), files=files)
    reply = await world("file.delete", {"paths": ["a"]})
    assert isinstance(reply, Err)
    assert str(reply.error) == "file.delete: you took it back to edit it; nothing was changed"
    assert files.texts == {"/desk/a": "1"}


async def test_a_revoked_grant_asks_again() -> None:
    files = RamFiles()
    files.texts = {"/desk/a/one": "1", "/desk/a/two": "2"}
    person = Person(Choice.SCOPE, Choice.NO)
    world = World(approver=person, files=files)
    await world("file.delete", {"paths": ["a/one"]})
    world.gate.grants.revoke(1)
    assert isinstance(await world("file.delete", {"paths": ["a/two"]}), Err)
    assert len(person.asked) == 2
