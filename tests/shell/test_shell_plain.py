"""A terminal that can only print lines."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from apps.shell.console.console import Console, Setup
from apps.shell.console.keys import Leave
from apps.shell.console.plain import PlainConsole
from kernel.call import Choice
from syscalls.built_in import BUILT_IN
from syscalls.errors import Canceled
from syscalls.table import Table
from tests.shell.test_shell_approval import asked

T = TypeVar("T")
TABLE = Table(BUILT_IN)


class Dumb:
    """Two pipes, and who types into one of them."""

    def __init__(self, folder: Path) -> None:
        self.reads, self.keys = os.pipe()
        self.seen, self.writes = os.pipe()
        self.folder = folder

    def types(self, text: str, ask: Callable[[Console], Awaitable[T]]) -> T:
        """What `ask` gives when the person has typed `text` and gone."""
        os.write(self.keys, text.encode())
        os.close(self.keys)

        async def sit_down() -> T:
            setup = Setup(self.folder, self.folder)
            console = PlainConsole(TABLE, setup, descriptors=(self.reads, self.writes))
            async with asyncio.timeout(5):
                return await ask(console)

        return asyncio.run(sit_down())

    def shown(self) -> str:
        """All that was printed."""
        os.close(self.writes)
        with open(self.seen, encoding="utf-8") as paper:
            return paper.read()


@pytest.fixture
def dumb(tmp_path: Path) -> Iterator[Dumb]:
    terminal = Dumb(tmp_path)
    yield terminal
    os.close(terminal.reads)


def test_lines_are_read_and_the_end_of_input_leaves(dumb: Dumb) -> None:
    async def three(console: Console) -> list[str | Leave]:
        return [await console.read_line(), await console.read_line("an offer"), await console.read_line()]

    assert dumb.types("one\n\n", three) == ["one", "an offer", Leave(0)]
    assert "\x1b" not in dumb.shown()


def test_an_approval_is_answered_by_a_letter_and_an_end_means_no(dumb: Dumb) -> None:
    async def twice(console: Console) -> list[Choice]:
        return [await console.approve(asked()), await console.approve(asked())]

    assert dumb.types("what\ny\n", twice) == [Choice.ONCE, Choice.NO]
    shown = dumb.shown()
    assert '["/w/a.txt"]' in shown
    assert "\x1b" not in shown


def test_questions_are_answered_in_words_or_called_off(dumb: Dumb) -> None:
    async def twice(console: Console) -> str:
        answer = await console.ask("When?")
        with pytest.raises(Canceled):
            await console.choose("Which?", ("red", "green"))
        return answer

    assert dumb.types("in May\n", twice) == "in May"


def test_a_second_interrupt_in_time_leaves(dumb: Dumb) -> None:
    async def interrupted(console: Console) -> str | Leave:
        loop = asyncio.get_running_loop()
        for after_s in (0.05, 0.1):
            loop.call_later(after_s, console.signalled)
        return await console.read_line()

    kept, dumb.keys = dumb.keys, os.open(os.devnull, os.O_WRONLY)
    assert dumb.types("", interrupted) == Leave(130)
    os.close(kept)
