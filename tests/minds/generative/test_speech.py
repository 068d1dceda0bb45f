"""Words heard while they are written: whatever the pieces, they concatenate to the draft's text, and to nothing beside calls."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from kernel.minds.generative.mind import GenerativeMind
from kernel.minds.generative.scripted_engine import ScriptedEngine
from kernel.minds.generative.speech import Scan, Speech
from tests.minds.generative.test_mind import READ, answer, prompt

TEXT = st.text(st.characters(exclude_categories=())) | st.text(' "\\[]{}:,utn0\n')
CUTS = st.lists(st.integers(0, 400), max_size=30)


def pieces(text: str, cuts: list[int]) -> list[str]:
    ends = [*sorted(cut for cut in cuts if cut < len(text)), len(text)]
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


class Ear:
    """Hears words, as whoever watches a turn does."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.restarts = 0

    def __call__(self, words: str, is_anew: bool) -> None:
        if is_anew:
            self.heard.clear()
            self.restarts += 1
        self.heard.append(words)

    @property
    def text(self) -> str:
        return "".join(self.heard)


@given(text=TEXT, cuts=CUTS, is_ascii=st.booleans())
@example(text="a\ud800b \U0001f600 \udc00", cuts=list(range(80)), is_ascii=True)
@example(text=' "calls": [1] ', cuts=[], is_ascii=False)
def test_the_words_of_an_answer_are_its_text_however_it_is_cut(
    text: str, cuts: list[int], is_ascii: bool
) -> None:
    ear = Ear()
    speech = Speech(ear)
    written = json.dumps({"calls": [], "text": text, "done": True}, ensure_ascii=is_ascii)
    for piece in pieces(written, cuts):
        speech.more(piece)
    clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
    if is_ascii or text.isprintable():
        assert ear.text == clean
    speech.end(clean)
    assert ear.text == clean


@given(text=TEXT, cuts=CUTS)
def test_beside_calls_nothing_is_heard(text: str, cuts: list[int]) -> None:
    scan = Scan()
    written = answer({**READ, "arguments": {"path": text}}, text=f"text {text}")
    assert "".join(map(scan.more, pieces(written, cuts))) == ""


@given(st.text() | st.text('{}[]":,\\utextcalls '))
def test_no_garbage_stops_it(garbage: str) -> None:
    Scan().more(garbage)
    Scan().more('{"calls": [], "text": "\\' + garbage)


async def test_a_mind_is_heard_while_it_writes() -> None:
    mind, ear = GenerativeMind(ScriptedEngine([answer(text="It is  green. ")])), Ear()
    mind.listen(ear)
    draft = await mind.think(prompt())
    assert ear.text == draft.text == "It is  green."
    assert len(ear.heard) == 3, "word by word"


async def test_an_answer_that_was_cut_is_taken_back_and_said_anew() -> None:
    engine = ScriptedEngine([answer(text="word " * 40), answer(text="short")])
    mind, ear = GenerativeMind(engine, max_tokens=16), Ear()
    mind.listen(ear)
    assert (await mind.think(prompt())).text == ear.text == "short"
    assert ear.restarts == 1


async def test_without_a_grammar_words_are_heard_when_they_are_known_to_be_words() -> None:
    engine = ScriptedEngine(['{"calls": [], "text": "x", "bad": 1}', answer(text="a b c")], has_grammar=False)
    mind, ear = GenerativeMind(engine), Ear()
    mind.listen(ear)
    await mind.think(prompt())
    assert ear.heard == ["a b c"]
