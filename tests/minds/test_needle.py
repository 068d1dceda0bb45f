"""The default mind without its engine: what it drafts, offers and refuses."""

from dataclasses import replace
from pathlib import Path

import pytest

from kernel.confidence import FLOORS
from kernel.minds.needle.cascade import function_of
from kernel.minds.needle.mind import NeedleMind
from kernel.minds.needle.service import Service
from kernel.minds.needle.tools import SHELF_SIZE, shelf_of, shelves
from kernel.minds.needle.weigh import at_best, combined, heard_of_foreign
from kernel.minds.port import Draft, Exchange, Prompt
from kernel.reader.names import Names
from kernel.reader.reader import Reader
from syscalls import file, sys, tool
from syscalls.declare import Effect
from syscalls.errors import MindFailed

MENU = tuple(call for call in (*file.CALLS, *sys.CALLS, *tool.CALLS) if not call.is_hidden)
NAMES = (("notes.txt", False), ("docs", True))


async def think(words: str, **rest: object) -> Draft:
    prompt = Prompt(words, MENU, "/w", names=NAMES, **rest)  # type: ignore[arg-type]
    return await NeedleMind(None).think(prompt)


async def test_a_plain_request_becomes_a_sure_draft() -> None:
    draft = await think("show me notes.txt")
    assert [(call.name, call.arguments) for call in draft.calls] == [("file.read", {"path": "notes.txt"})]
    assert draft.calls[0].confidence > 0.9 and not draft.unread


async def test_no_request_is_an_empty_draft_with_offers() -> None:
    draft = await think("what's the capital of France?")
    assert draft.calls == ()


async def test_a_part_that_is_not_understood_is_named() -> None:
    draft = await think("show me notes.txt and then sing a song")
    assert draft.unread == ("sing a song",)


async def test_replies_end_the_matter() -> None:
    draft = await think("show me notes.txt", exchanges=(Exchange("file.read", {}, True, "x"),))
    assert draft.calls == () and draft.is_done


async def test_a_request_of_100_kb_is_refused_with_a_way_out() -> None:
    with pytest.raises(MindFailed, match="100000 characters"):
        await think("x" * 100_000)


async def test_preparing_changes_no_draft_and_tells_no_failure(tmp_path: Path) -> None:
    tmp_path.joinpath("taken").write_text("a file where the service's folder would be", encoding="utf-8")
    mind = NeedleMind(Service(tmp_path / "taken", "L"))
    mind.prepare("show me the sales file", MENU)
    mind.prepare("x" * 100_000, MENU)
    draft = await mind.think(Prompt("show me notes.txt", MENU, "/w", names=NAMES))
    assert draft == await think("show me notes.txt")


async def test_what_was_learned_is_kept_and_read_again(tmp_path: Path) -> None:
    for _ in range(2):
        mind = NeedleMind(None, tmp_path)
        draft = await mind.think(Prompt("ls docs", MENU, "/w", names=NAMES))
        assert draft.calls[0].name == "file.list"
        await mind.warm(MENU)
        await mind.close()


@pytest.mark.parametrize("words", ["set an alarm for 7 am", "copy notes.txt", "is the machine sweating?"])
async def test_a_cold_engine_is_not_asked_what_its_best_vote_could_not_decide(
    tmp_path: Path, words: str
) -> None:
    service = Service(tmp_path / "runtime", "L")
    draft = await NeedleMind(service).think(Prompt(words, MENU, "/w", names=NAMES))
    assert not service.is_running()
    assert all(each.confidence < FLOORS[Effect.READ].act for each in draft.calls)
    assert draft.seconds == 0.0


@pytest.mark.parametrize("confidence", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("sureness", [0.0, 0.02, 0.15, 0.6, 0.9])
def test_no_vote_makes_a_reading_surer_than_the_best_one(sureness: float, confidence: float) -> None:
    class Heard:
        def __init__(self, call: object) -> None:
            self.call, self.confidence = call, confidence

    reading = replace(Reader(MENU).read("list the docs folder", Names([]))[0], sureness=sureness)
    assert reading.wording is not None
    for heard in (None, Heard(reading.wording.call), Heard(file.delete)):
        assert combined(reading, heard) <= at_best(reading)  # type: ignore[arg-type]


def test_shelves_are_small_and_hold_every_call_with_hints() -> None:
    found = shelves(MENU)
    assert all(len(shelf.tools) <= SHELF_SIZE for shelf in found)
    held = {call.name for shelf in found for call, _ in shelf.tools.values()}
    assert held == {call.name for call in MENU if call.hints}
    assert shelf_of(found, file.delete) is not None and shelf_of(found, file.revert) is None


def test_agreement_makes_surer_and_disagreement_less_sure() -> None:
    class Heard:
        def __init__(self, call: object) -> None:
            self.call, self.confidence = call, 0.5

    reading = Reader(MENU).read("list the docs folder", Names([]))[0]
    assert reading.wording is not None
    same, other = Heard(reading.wording.call), Heard(file.delete)
    assert combined(reading, other) < combined(reading, None) < combined(reading, same)  # type: ignore[arg-type]
    assert heard_of_foreign(0.9, 0.9) > heard_of_foreign(0.2, 0.1)


def test_a_call_is_shown_to_the_engine_with_its_own_types() -> None:
    shown = function_of(file.head)
    assert shown["name"] == "head" and shown["parameters"]["properties"]["lines"]["type"] == "integer"
