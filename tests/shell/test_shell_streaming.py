"""At the prompt: a mind's words appear while it writes them, and Ctrl-C stops the engine."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path

from kernel.minds.generative.mind import GenerativeMind
from kernel.minds.generative.port import Ask, Piece
from kernel.minds.generative.scripted_engine import ScriptedEngine
from tests.shell.sitting import PROMPT, Sitting, sitting


class Halting(ScriptedEngine):
    """Stops behind a word until it is told to go on."""

    def __init__(self, *texts: str, at: str) -> None:
        super().__init__([json.dumps({"calls": [], "text": text, "done": True}) for text in texts])
        self.goes_on = asyncio.Event()
        self._at = at

    async def generate(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        answer = super().generate(ask)
        try:
            async for piece in answer:
                yield piece
                if self._at in piece.text:
                    await self.goes_on.wait()
        finally:
            await answer.aclose()


def thinks_with(person: Sitting, engine: ScriptedEngine) -> None:
    mind = person.kernel.mind
    assert isinstance(mind, GenerativeMind)
    mind.engine = engine


async def test_words_appear_as_they_are_written_and_can_drive_no_terminal(tmp_path: Path) -> None:
    async with sitting(tmp_path, "-v", "-m", "answers", script=()) as person:
        engine = Halting("The sky \x1b[2J\x07 is\nblue. [3]", at="The")
        thinks_with(person, engine)
        await person.types("what colour?\r", "The")
        assert "blue" not in person.paper.text
        engine.goes_on.set()
        seen = await person.sees("wrote")
        assert "The sky \\x1b[2J\\x07 is\nblue. [3]\n" in seen
        assert "\x1b[2J\x07" not in person.paper.getvalue()
        assert seen.count("blue") == 1, "it is shown once"


async def test_ctrl_c_stops_the_engine_and_keeps_what_was_written(tmp_path: Path) -> None:
    async with sitting(tmp_path, "-m", "answers", script=()) as person:
        engine = Halting("one two three", "four", at="two")
        thinks_with(person, engine)
        await person.types("count\r", "one two")
        assert engine.stopped == 0
        await person.types("\x03", "stopped")
        assert engine.stopped == 1, "the engine works no more"
        await person.sees(PROMPT)
        assert "one two\nstopped" in person.paper.text
        await person.asks("go on", "four")
