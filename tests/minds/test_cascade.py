"""Two minds in cascade: who answers, per effect class, and what becomes of it where the large one fails."""

from pathlib import Path

import pytest

from apps.shell.boot import watch_nothing
from apps.shell.engines import Engines, Whose
from apps.shell.minds import mind_of
from apps.shell.settings import Settings, folders
from kernel.confidence import floors
from kernel.happenings import Happening, Thought
from kernel.jail.tier import Choice
from kernel.journal.records import DraftRow
from kernel.loop import End, Loop, Nobody, Result, Session
from kernel.minds.cascade import KINDS, CascadeMind, kind
from kernel.minds.generative.mind import GenerativeMind
from kernel.minds.generative.scripted_engine import ScriptedEngine
from kernel.minds.needle.mind import NeedleMind
from kernel.minds.port import Draft, Drafted, Mind, Prompt
from kernel.models.server import ModelServer, Only
from syscalls import model
from syscalls.declare import Effect
from syscalls.errors import MindFailed, NotSupported, SysError
from syscalls.model import Generated
from tests.kernel.world import CALLS, World, agent, soon

MENU = tuple(call for call in CALLS if not call.is_hidden)
READ = {"path": "a.txt"}

NOBODY = Whose("session", False, watch_nothing)


class Fixed:
    """Answers from a list; an error in it is raised."""

    wants_names = has_memory = False

    def __init__(self, name: str, *answers: Draft | SysError) -> None:
        self.name = name
        self._answers = list(answers)
        self.asked: list[Prompt] = []
        self.is_closed = False

    async def think(self, prompt: Prompt) -> Draft:
        self.asked.append(prompt)
        answer = self._answers.pop(0)
        if isinstance(answer, SysError):
            raise answer
        return answer

    async def close(self) -> None:
        self.is_closed = True


def sure(confidence: float, name: str = "file.read", **rest: object) -> Draft:
    arguments: dict[str, object] = {"paths": ["a.txt"]} if name == "file.delete" else dict(READ)
    return Draft((Drafted(name, arguments, confidence, "words", **rest),))  # type: ignore[arg-type]


LARGE = sure(0.9)


async def drafted_by(small: Draft | SysError, least: dict[Effect, float] | None = None) -> str:
    draft = await CascadeMind(Fixed("small", small), Fixed("large", LARGE), least).think(
        Prompt("x", MENU, "/w")
    )
    return draft.mind


@pytest.mark.parametrize(
    ("small", "who"),
    [
        (sure(0.75), "small"),
        (sure(0.65), "large"),
        (sure(0.92, "file.write"), "small"),
        (sure(0.85, "file.write"), "large"),
        (sure(0.96, "file.delete"), "small"),
        (sure(0.92, "file.delete"), "large"),
        (Draft((*sure(0.99).calls, *sure(0.92, "file.delete").calls)), "large"),
        (sure(0.99, "file.delete", ungrounded=("paths",)), "large"),
        (Draft(sure(0.99).calls, unread=("and sing",)), "large"),
        (sure(0.99, "file.nothing"), "large"),
        (Draft(), "large"),
        (MindFailed("too long for me"), "large"),
    ],
)
async def test_the_small_mind_answers_where_it_is_sure_enough_for_the_effect(
    small: Draft | SysError, who: str
) -> None:
    assert await drafted_by(small) == who


async def test_a_policy_can_ask_for_more_and_never_for_less() -> None:
    assert await drafted_by(sure(0.8), {Effect.READ: 0.9}) == "large"
    assert await drafted_by(sure(0.5), {Effect.READ: 0.1}) == "large"


def test_the_more_an_effect_could_cost_the_surer_the_small_mind_must_be() -> None:
    mind = CascadeMind(Fixed("small"), Fixed("large"))
    least = [[mind.least(effect) for effect in Effect if kind(effect) == each] for each in KINDS]
    assert max(least[0]) < min(least[1]) and max(least[1]) < min(least[2])
    assert all(mind.least(effect) >= floors(effect).act for effect in Effect)


async def test_where_the_large_mind_fails_the_small_ones_answer_is_offered_and_not_done() -> None:
    world = World()
    world.files.texts["/desk/a.txt"] = "keep\n"
    mind = CascadeMind(Fixed("small", sure(0.4, "file.delete")), Fixed("large", MindFailed("no server")))
    with pytest.raises(
        MindFailed, match=r"no server; small understood 'words' as file.delete \(0.40\), which was not done"
    ):
        await run(world, mind)
    assert world.files.texts == {"/desk/a.txt": "keep\n"} and not world.files.log


async def test_further_turns_are_the_large_minds() -> None:
    world = World()
    world.files.texts["/desk/a.txt"] = "x\n"
    first = Draft(sure(0.95).calls, is_done=False)
    small, large = Fixed("small", first), Fixed("large", Draft(text="It says x."))
    seen: list[Happening] = []
    result = await run(world, CascadeMind(small, large), seen)
    assert (result.end, result.text) == (End.DONE, "It says x.")
    assert (len(small.asked), len(large.asked)) == (1, 1) and large.asked[0].exchanges
    assert [each.draft.mind for each in seen if isinstance(each, Thought)] == ["small", "large"]
    rows = [row.record() for row in world.journal.rows(kinds=("draft",))]
    assert [row.mind for row in rows if isinstance(row, DraftRow)] == ["small", "large"]


async def run(world: World, mind: Mind, seen: list[Happening] | None = None) -> Result:
    happened: list[Happening] = [] if seen is None else seen

    def watch(happening: Happening) -> None:
        happened.append(happening)

    loop = Loop(world.gate, mind, world.journal, Session("s1"), Nobody(), watch)
    async with soon():
        return await loop.run(agent(), "words", MENU)


async def test_the_reader_reads_a_request_for_a_text_and_the_large_mind_writes_it() -> None:
    engine = ScriptedEngine(["Three lines."])
    mind = CascadeMind(NeedleMind(None), GenerativeMind(engine))
    menu = (*MENU, *model.CALLS)
    draft = await mind.think(Prompt("summarise a.txt", menu, "/w", names=(("a.txt", False),)))
    assert [call.name for call in draft.calls] == ["file.read", "model.generate"] and draft.mind == "needle"
    assert not engine.asked, "the large mind was not asked what was meant"
    answer = await ModelServer(Only(mind)).look(
        agent(), model.generate, {"prompt": "summarise a.txt", "input": "x"}
    )
    assert isinstance(answer.value, Generated) and answer.value.content == "Three lines."


async def test_two_minds_without_a_language_model_still_say_what_is_missing() -> None:
    with pytest.raises(NotSupported):
        await ModelServer(Only(CascadeMind(Fixed("a"), Fixed("b")))).look(
            agent(), model.generate, {"prompt": "x"}
        )


async def test_both_are_let_go() -> None:
    small, large = Fixed("small"), Fixed("large")
    await CascadeMind(small, large).close()
    assert small.is_closed and large.is_closed


@pytest.mark.parametrize("given", ["cascade", "cascade:needle", "cascade:,none", "cascade:none,cascade:a,b"])
def test_a_cascade_needs_two_minds(given: str, tmp_path: Path) -> None:
    with pytest.raises(MindFailed, match="expected two minds such as cascade:needle,openai:MODEL"):
        named(given, tmp_path)


def test_a_cascade_is_made_by_name(tmp_path: Path) -> None:
    mind = named("cascade:reader,none", tmp_path)
    assert isinstance(mind, CascadeMind) and mind.name == "cascade:reader,none"
    assert [each.name for each in mind.levels] == ["reader", "none"]


def named(given: str, base: Path) -> Mind:
    settings = Settings(folders({"AOSH_HOME": str(base)}, base), base, base, mind=given)
    return mind_of(settings, Choice("L"), Engines(), NOBODY)
