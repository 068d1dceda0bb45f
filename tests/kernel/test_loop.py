"""The turn loop with scripted minds: what is asked, what is made of a draft, and when a request is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from kernel.call import Choice, Ok
from kernel.drivers.port import Answer
from kernel.happenings import Completed, Happening, Raised, Requested, Started, Thought, TurnStarted
from kernel.loop import Clarifier, End, Loop, Nobody, Result, Session
from kernel.minds.port import Draft, Drafted, From, Prompt
from kernel.minds.port import Mind as Thinks
from kernel.minds.scripted import Line, ScriptedMind
from kernel.policy import Mode
from kernel.process import Limits, Process
from syscalls import file
from syscalls.errors import BudgetSpent, DeviceFailed, NotFound, NotUnderstood
from syscalls.labels import USER
from syscalls.table import AnyCall
from tests.kernel.world import CALLS, Person, RamFiles, World, agent, soon


class Mind:
    """Gives these drafts in turn, then nothing; keeps what it was told."""

    wants_names = True
    has_memory = True
    name = "these"

    def __init__(self, *drafts: Draft) -> None:
        self._drafts = list(drafts)
        self.prompts: list[Prompt] = []

    async def think(self, prompt: Prompt) -> Draft:
        self.prompts.append(prompt)
        return self._drafts.pop(0) if self._drafts else Draft()

    async def close(self) -> None:
        pass


class Asked:
    """Somebody who says this when asked what was meant."""

    def __init__(self, answer: bool) -> None:
        self._answer = answer
        self.about: list[list[str]] = []

    async def confirm(self, drafted: Sequence[Drafted]) -> bool:
        self.about.append([each.name for each in drafted])
        return self._answer


@dataclass
class Talk:
    """A world, a mind and what was seen of their talk."""

    world: World
    mind: Thinks
    clarifier: Clarifier = field(default_factory=Nobody)
    session: Session = field(default_factory=lambda: Session("s1"))
    seen: list[Happening] = field(default_factory=list)

    async def __call__(self, request: str = "do it", stdin: str = "") -> Result:
        gate, journal = self.world.gate, self.world.journal
        loop = Loop(gate, self.mind, journal, self.session, self.clarifier, self.watch)
        async with soon():
            return await loop.run(self.world.process, request, CALLS, stdin)

    def watch(self, happening: Happening) -> None:
        """Keep what happened."""
        self.seen.append(happening)

    def calls(self) -> list[str]:
        """The calls that went to the gate."""
        return [each.name for each in self.seen if isinstance(each, Requested)]


def drafted(name: str, confidence: float = 1.0, **arguments: Any) -> Drafted:
    return Drafted(name, arguments, confidence)


def read(path: object, confidence: float = 1.0) -> Drafted:
    return drafted("file.read", confidence, path=path)


def write(path: str, content: object, confidence: float = 1.0) -> Drafted:
    return drafted("file.write", confidence, path=path, content=content)


def talk(world: World, *drafts: Draft, clarifier: Clarifier | None = None) -> Talk:
    return Talk(world, Mind(*drafts), clarifier or Nobody())


async def test_the_calls_of_a_draft_are_made_in_order_and_the_request_is_done(world: World) -> None:
    spoken = talk(world, Draft((write("b.txt", "b"), read("b.txt"), read("a.txt"))))
    result = await spoken()
    assert result.end is End.DONE
    assert result.error is None
    assert [type(reply) for reply in result.replies] == [Ok, Ok, Ok]
    assert spoken.calls() == ["file.write", "file.read", "file.read"]


async def test_a_mind_that_prepares_hears_each_request_once_and_before_anything_is_looked_up(
    world: World,
) -> None:
    class Preparing(Mind):
        def __init__(self, *drafts: Draft) -> None:
            super().__init__(*drafts)
            self.heard: list[tuple[str, int]] = []

        def prepare(self, request: str, menu: tuple[AnyCall, ...]) -> None:
            assert menu == tuple(CALLS)
            self.heard.append((request, world.kinds().count("look")))

    mind = Preparing(Draft((read("a.txt"),)))
    await Talk(world, mind)("show a.txt")
    assert mind.heard == [("show a.txt", 0)]
    assert len(mind.prompts) == 1 and world.kinds().count("look") > 0


async def test_whoever_watches_sees_each_step(world: World) -> None:
    spoken = talk(world, Draft((read("a.txt"),)))
    await spoken("show a.txt")
    steps = [each for each in spoken.seen if not isinstance(each, Raised)]
    assert [type(each) for each in steps] == [TurnStarted, Thought, Requested, Started, Completed]
    raised = [each.label.source for each in spoken.seen if isinstance(each, Raised)]
    assert raised == ["file:/desk/a.txt"]
    assert spoken.seen[0] == TurnStarted(1, "show a.txt")
    assert spoken.seen[2] == Requested("file.read", {"path": "a.txt"}, 1.0, USER)


async def test_the_request_and_the_draft_are_in_the_journal(world: World) -> None:
    await talk(world, Draft((read("a.txt"),), text="here"))("show a.txt")
    rows = [row.record() for row in world.journal.rows(kinds=["request", "draft"])]
    assert (rows[0].turn, rows[0].text, rows[0].source) == (1, "show a.txt", "words")
    assert (rows[1].turn, rows[1].mind, rows[1].draft.text) == (1, "these", "here")


async def test_a_mind_that_is_not_done_sees_its_replies_and_goes_on(world: World) -> None:
    spoken = talk(world, Draft((read("a.txt"),), is_done=False), Draft((write("b.txt", "b"),)))
    assert (await spoken("show a.txt and make b.txt")).end is End.DONE
    assert isinstance(spoken.mind, Mind)
    first, second = spoken.mind.prompts
    assert first.exchanges == ()
    (exchange,) = second.exchanges
    assert (exchange.name, exchange.is_ok, exchange.text, exchange.paths) == (
        "file.read",
        True,
        "alpha\n",
        ("a.txt",),
    )


REFERENCES: dict[str, tuple[str, str, Any]] = {
    "text": ("file.write", "content", "alpha\n"),
    "path": ("file.read", "path", "/desk/a.txt"),
    "paths": ("file.delete", "paths", ["/desk/a.txt"]),
}


@pytest.mark.parametrize("part", REFERENCES)
async def test_a_reply_can_be_an_argument_of_the_next_call(part: str) -> None:
    name, argument, value = REFERENCES[part]
    person = Person(Choice.ONCE)
    world = World(approver=person)
    world.files.texts["/desk/a.txt"] = "alpha\n"
    rest: dict[str, Any] = {"path": "b.txt"} if name == "file.write" else {}
    second = Drafted(name, rest | {argument: From(0, part)}, 1.0)
    result = await talk(world, Draft((read("a.txt"), second)))()
    reply = result.replies[1]
    assert isinstance(reply, Ok)
    assert reply.call.arguments[argument] == value
    assert "file:/desk/a.txt" in [label.source for label in reply.call.labels.items]
    assert len(person.asked) == (1 if name == "file.delete" else 0)


async def test_a_script_names_replies_by_number(world: World) -> None:
    calls = (
        {"name": "file.read", "arguments": {"path": "a.txt"}},
        {"name": "file.write", "arguments": {"path": "b.txt", "content": {"$reply": 0}}},
    )
    result = await Talk(world, ScriptedMind([Line(calls=calls)]))()
    assert result.end is End.DONE
    assert world.files.texts["/desk/b.txt"] == "alpha\n"


async def test_a_number_counts_from_the_first_reply_of_its_own_draft(world: World) -> None:
    world.files.texts["/desk/c.txt"] = "gamma\n"
    spoken = talk(
        world,
        Draft((read("a.txt"),), is_done=False),
        Draft((read("c.txt"), write("b.txt", From(0)))),
    )
    assert (await spoken("save c.txt as b.txt")).end is End.DONE
    assert world.files.texts["/desk/b.txt"] == "gamma\n"


async def test_latest_means_the_last_reply_of_the_session_also_of_an_earlier_request(world: World) -> None:
    spoken = talk(world, Draft((read("a.txt"),)), Draft((write("b.txt", From(-1)),)))
    await spoken("show a.txt")
    await spoken("save it as b.txt")
    assert world.files.texts["/desk/b.txt"] == "alpha\n"
    assert isinstance(spoken.mind, Mind)
    assert spoken.mind.prompts[1].recent == ("a.txt",)


@pytest.mark.parametrize("reply", [-1, 0, 7])
async def test_a_reference_to_no_reply_is_said_and_nothing_is_made_of_it(world: World, reply: int) -> None:
    result = await talk(world, Draft((write("b.txt", From(reply)),)))()
    assert result.end is End.FAILED
    assert str(result.error) == "there is no earlier result to use; name the file or the text"
    assert "/desk/b.txt" not in world.files.texts


async def test_a_reference_to_files_of_a_reply_without_files_is_said(world: World) -> None:
    listing = drafted("file.find", path="empty")
    result = await talk(world, Draft((listing, read(From(0, "path")))))()
    assert str(result.error) == "the earlier result names no file; nothing was done"


async def test_a_failing_call_stops_the_row(world: World) -> None:
    spoken = talk(world, Draft((write("b.txt", "b"), read("missing.txt"), write("c.txt", "c"))))
    result = await spoken()
    assert result.end is End.FAILED
    assert isinstance(result.error, NotFound)
    assert spoken.calls() == ["file.write", "file.read"]
    assert set(world.files.texts) == {"/desk/a.txt", "/desk/b.txt"}


async def test_an_error_the_mind_can_fix_goes_back_to_it(world: World) -> None:
    spoken = talk(world, Draft((read("missing.txt"),), is_done=False), Draft((read("a.txt"),)))
    result = await spoken()
    assert result.end is End.DONE
    assert isinstance(spoken.mind, Mind)
    (exchange,) = spoken.mind.prompts[1].exchanges
    assert (exchange.is_ok, exchange.text) == (False, "no '/desk/missing.txt' here")


class Broken(RamFiles):
    """Files on a disk that is gone."""

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        if call is file.read:
            raise DeviceFailed("the disk is gone")
        return await super().look(process, call, arguments)


async def test_an_error_nobody_here_can_mend_ends_the_request() -> None:
    world = World(files=Broken())
    spoken = talk(world, Draft((read("a.txt"),), is_done=False), Draft((read("b.txt"),)))
    result = await spoken()
    assert (result.end, spoken.calls()) == (End.FAILED, ["file.read"])


async def test_the_same_draft_again_ends_the_request(world: World) -> None:
    same = Draft((read("a.txt"),), is_done=False)
    spoken = talk(world, same, same, same)
    assert (await spoken()).end is End.DONE
    assert spoken.calls() == ["file.read"]


@pytest.mark.parametrize("second", [Draft((read("missing.txt"),), is_done=False), Draft()])
async def test_a_mind_that_gives_up_after_a_failure_has_not_done_it(world: World, second: Draft) -> None:
    result = await talk(world, Draft((read("missing.txt"),), is_done=False), second)()
    assert result.end is End.FAILED
    assert isinstance(result.error, NotFound)


async def test_a_budget_of_turns_ends_the_request_with_what_was_done(world: World) -> None:
    world.process = agent(limits=Limits(turns=2))
    drafts = [Draft((write(f"{number}.txt", ""),), is_done=False) for number in range(5)]
    result = await talk(world, *drafts)()
    assert result.end is End.BUDGET
    assert isinstance(result.error, BudgetSpent)
    assert len(result.replies) == 2


async def test_a_budget_of_calls_ends_it_too(world: World) -> None:
    world.process = agent(limits=Limits(calls=3))
    result = await talk(world, Draft((write("b.txt", ""), write("c.txt", ""))))()
    assert result.end is End.BUDGET
    assert isinstance(result.error, BudgetSpent)
    assert set(world.files.texts) == {"/desk/a.txt", "/desk/b.txt"}


UNCLEAR: dict[str, Callable[[], Draft]] = {
    "a look below its floor": lambda: Draft((write("b.txt", "b"), read("a.txt", 0.4))),
    "an effect below its floor": lambda: Draft((read("a.txt"), write("b.txt", "b", 0.55))),
    "an argument from nowhere": lambda: Draft(
        (read("a.txt"), Drafted("file.write", {"path": "b.txt", "content": ""}, 1.0, "save it", ("path",)))
    ),
    "words no call covers": lambda: Draft((write("b.txt", "b"),), unread=("and dance",)),
}


@pytest.mark.parametrize("case", UNCLEAR)
async def test_where_one_call_is_unclear_none_is_made(world: World, case: str) -> None:
    spoken = talk(world, UNCLEAR[case]())
    result = await spoken()
    assert result.end is End.NOT_UNDERSTOOD
    assert isinstance(result.error, NotUnderstood)
    assert str(result.error).endswith("; nothing was done")
    assert spoken.calls() == []
    assert set(world.files.texts) == {"/desk/a.txt"}


@pytest.mark.parametrize("case", UNCLEAR)
async def test_somebody_who_can_be_asked_decides_what_was_meant(world: World, case: str) -> None:
    yes, no = Asked(True), Asked(False)
    assert (await talk(world, UNCLEAR[case](), clarifier=no)()).end is End.NOT_UNDERSTOOD
    assert (await talk(world, UNCLEAR[case](), clarifier=yes)()).end is not End.NOT_UNDERSTOOD
    assert len(yes.about) == len(no.about) == 1
    assert yes.about[0]


async def test_to_have_meant_it_is_not_to_be_allowed_it(world: World) -> None:
    result = await talk(
        world, Draft((drafted("file.delete", 0.3, paths=["a.txt"]),)), clarifier=Asked(True)
    )()
    assert result.end is End.FAILED
    assert result.error is not None
    assert result.error.symbol == "EDENIED"
    assert "/desk/a.txt" in world.files.texts


async def test_an_argument_from_nowhere_is_no_matter_for_a_look(world: World) -> None:
    result = await talk(world, Draft((Drafted("file.read", {"path": "a.txt"}, 1.0, "", ("path",)),)))()
    assert result.end is End.DONE


async def test_what_is_proposed_though_it_does_not_exist_is_an_unknown_call(world: World) -> None:
    result = await talk(world, Draft((drafted("file.explode"),)))()
    assert result.end is End.FAILED
    assert result.error is not None
    assert result.error.symbol == "ENOSYS"


async def test_the_sources_of_standard_input_travel_with_every_call() -> None:
    person = Person(Choice.NO)
    world = World(approver=person, mode=Mode.AUTO_SAFE)
    world.files.texts["/desk/a.txt"] = "alpha\n"
    piped = await talk(world, Draft((drafted("file.delete", paths=["a.txt"]),)))("delete it", stdin="a.txt")
    assert piped.end is End.FAILED
    assert person.asked[0].decision.reason.startswith("its arguments come from file:/desk, stdin; paths=")
    plain = await talk(world, Draft((drafted("file.delete", paths=["a.txt"]),)))("delete a.txt")
    assert plain.end is End.DONE


async def test_what_a_file_says_cannot_choose_what_is_deleted_without_a_yes() -> None:
    person = Person(Choice.NO)
    world = World(approver=person, mode=Mode.AUTO_SAFE)
    world.files.texts |= {"/desk/list": "a.txt", "/desk/a.txt": "alpha\n"}
    result = await talk(world, Draft((read("list"), drafted("file.delete", paths=From(0, "paths")))))()
    assert result.end is End.FAILED
    assert person.asked[0].decision.rule == "untrusted-argument"
    assert "/desk/list" in world.files.texts


async def test_a_text_is_an_answer(world: World) -> None:
    result = await talk(world, Draft(text="there are none"))()
    assert (result.end, result.text, result.replies) == (End.DONE, "there are none", ())


async def test_nothing_at_all_is_not_understood_and_the_nearest_is_offered(world: World) -> None:
    result = await talk(world, Draft(nearest=("show a file",)))("sing")
    assert result.end is End.NOT_UNDERSTOOD
    assert str(result.error) == "that is not something I can do here"
    assert result.nearest == ("show a file",)


async def test_the_mind_is_told_the_names_of_the_workspace_through_the_gate(world: World) -> None:
    spoken = talk(world, Draft(text="ok"))
    await spoken("hello", stdin="data")
    assert isinstance(spoken.mind, Mind)
    (prompt,) = spoken.mind.prompts
    assert prompt.names == (("a.txt", False),)
    assert (prompt.request, prompt.stdin, prompt.cwd, prompt.menu) == ("hello", "data", "/desk", CALLS)
    assert [decision.name for decision in world.decisions()] == ["file.find", "file.list"]
