import asyncio
import io
import os
import re
import stat
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output
from rich.text import Text

from apps.shell.console.console import Console, Setup, chosen
from apps.shell.console.history import history_at
from apps.shell.console.keys import Leave
from kernel.call import Approval, Approver, Choice
from syscalls import file, sys, tool, ui
from syscalls.errors import Canceled
from syscalls.table import Table
from tests.shell.samples import ESCAPES
from tests.shell.test_shell_approval import asked
from tests.shell.test_shell_render import acting

TABLE = Table([*file.CALLS, *sys.CALLS, *tool.CALLS, *ui.CALLS])
T = TypeVar("T")


SGR = re.compile(r"\x1b\[[0-9;]*m")
PAUSE = "⏸"
PAUSE_S = 0.5


class Terminal(io.StringIO):
    """Paper that says it is a terminal: prompt_toolkit then asks where the cursor is."""

    def isatty(self) -> bool:
        return True


CURSOR_IS_ON_TOP = "\x1b[1;1R"


class Person:
    """Somebody at a terminal: types keys (with pauses), sees what is shown, and has a clock."""

    def __init__(self, keys: PipeInput, folder: Path) -> None:
        self.keys = keys
        self.paper = io.StringIO()
        self.now = 100.0
        self.modes = 0
        self.setup = Setup(
            folder, folder, {"help": "what there is"}, folder / ".state/history", completion_s=2.0, grace_s=0
        )

    def console(self) -> Console:
        output = Vt100_Output(self.paper, lambda: Size(40, 100), "xterm", enable_cpr=self.paper.isatty())
        setup = replace(self.setup, cycle_mode=self.cycle, toolbar=lambda: f"mode {self.modes}\x1b[2J")
        return Console(TABLE, setup, input=self.keys, output=output, clock=lambda: self.now)

    def cycle(self) -> None:
        self.modes += 1

    def types(self, text: str, ask: Callable[[Console], Awaitable[T]]) -> T:
        """What `ask` gives when the person types `text`."""

        async def sit_down() -> T:
            console = self.console()
            loop = asyncio.get_running_loop()
            for at, part in enumerate(text.split(PAUSE)):
                loop.call_later(at * PAUSE_S, self.keys.send_text, part)
            async with asyncio.timeout(5):
                return await ask(console)

        return asyncio.run(sit_down())

    @property
    def seen(self) -> str:
        """What was shown, without colours."""
        return SGR.sub("", self.paper.getvalue()).replace("\r\n", "\n")

    def reads(self, text: str) -> str | Leave:
        return self.types(text, Console.read_line)


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    with create_pipe_input() as keys:
        yield Person(keys, tmp_path)


def approving(approval: Approval) -> Callable[[Console], Awaitable[Choice]]:
    return lambda console: console.approve(approval)


def test_a_typed_line_is_read(person: Person) -> None:
    assert person.reads("list the files\r") == "list the files"


def test_alt_enter_makes_another_line(person: Person) -> None:
    assert person.reads("one\x1b\rtwo\r") == "one\ntwo"


def test_a_paste_of_several_lines_is_one_request(person: Person) -> None:
    assert person.reads("\x1b[200~one\ntwo\x1b[201~\r") == "one\ntwo"


def test_ctrl_d_leaves_on_an_empty_line_and_deletes_otherwise(person: Person) -> None:
    assert person.reads("\x04") == Leave(0)
    assert person.reads("abc\x01\x04\r") == "bc"


def test_ctrl_c_clears_the_line_but_keeps_it_in_the_history(person: Person) -> None:
    assert person.reads("precious words\x03other\r") == "other"
    assert person.reads("wrong\x03⏸\x1b[A\r") == "wrong"


def test_a_second_ctrl_c_on_an_empty_line_leaves_with_130(person: Person) -> None:
    assert person.reads("\x03\x03") == Leave(130)
    assert person.reads("text\x03\x03") == Leave(130)


def test_a_second_ctrl_c_after_more_than_a_second_does_not_leave(person: Person) -> None:
    async def slowly(console: Console) -> str | Leave:
        async with asyncio.TaskGroup() as group:
            line = group.create_task(console.read_line())
            await asyncio.sleep(PAUSE_S)
            person.now += 1.5
            person.keys.send_text("\x03still here\r")
        return line.result()

    assert person.types("\x03", slowly) == "still here"


def test_an_interrupted_turn_counts_as_the_first_press(person: Person) -> None:
    async def after_a_turn(console: Console) -> str | Leave:
        console.interrupted()
        return await console.read_line()

    assert person.types("\x03", after_a_turn) == Leave(130)


def test_shift_tab_cycles_the_permission_mode_shown_in_the_toolbar(person: Person) -> None:
    person.paper = Terminal()
    assert person.reads(f"{CURSOR_IS_ON_TOP}a⏸\x1b[Z\x1b[Zb⏸\r") == "ab"
    assert person.modes == 2
    assert "mode 0\\x1b[2J" in person.seen


def test_the_history_is_kept_for_its_owner_only(person: Person) -> None:
    person.reads("first\r")
    path = person.setup.history
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert person.reads("⏸\x1b[A\r") == "first"


def test_a_line_that_begins_with_a_space_is_not_written_down(person: Person) -> None:
    person.reads(" secret\r")
    assert person.setup.history is not None
    assert "secret" not in person.setup.history.read_text()


def test_a_history_that_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("")
    (tmp_path / "link").symlink_to(target)
    os.mkfifo(tmp_path / "fifo")
    for name in ("link", "fifo", "target/below"):
        history_at(tmp_path / name).append_string("x")
    assert target.read_text() == ""


def test_tab_completes_a_call_a_field_and_a_path(person: Person) -> None:
    (person.setup.workspace / "my notes.txt").write_text("")
    assert person.reads(":file.rea\t⏸\r") == ":file.read"
    assert person.reads(":file.find larg\t⏸10MB\r") == ":file.find larger=10MB"
    assert person.reads(":file.read my\t⏸\r") == ':file.read "my notes.txt"'
    assert person.reads("/he\t⏸\r") == "/help"


def test_what_is_pasted_is_shown_escaped_and_read_exactly(person: Person) -> None:
    assert person.reads("\x1b[200~a\u202eb\u200bc\x1b[201~\r") == "a\u202eb\u200bc"
    assert "\u202e" not in person.seen
    assert "\\u202e" in person.seen


def test_the_editor_opens_with_the_line(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    script = person.setup.workspace / "editor"
    script.write_text("#!/bin/sh\nprintf ' and more' >> \"$1\"\n")
    script.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(script))

    async def with_editor(console: Console) -> str | Leave:
        async with asyncio.TaskGroup() as group:
            line = group.create_task(console.read_line())
            await asyncio.sleep(0.5)
            person.keys.send_text("\r")
        return line.result()

    assert person.types("begin\x18\x05", with_editor) in ("begin and more", "begin\n and more")


@pytest.mark.parametrize(
    ("keys", "choice"),
    [("y", Choice.ONCE), ("s", Choice.SCOPE), ("n", Choice.NO), ("\x03", Choice.NO), ("\x04", Choice.NO)],
)
def test_one_key_answers_an_approval(person: Person, keys: str, choice: Choice) -> None:
    assert person.types(keys, approving(asked())) is choice


def test_an_approval_shows_the_exact_call_and_its_choices(person: Person) -> None:
    person.types("n", approving(asked()))
    seen = person.seen
    for part in ('["/w/a.txt"]', "deleting asks first", "yes, once", "yes, for /w/**", "why"):
        assert part in seen


def test_without_a_scope_there_is_no_such_choice(person: Person) -> None:
    question = asked()
    question = Approval(question.call, question.digest, question.decision, None, "")
    assert person.types("sy", approving(question)) is Choice.ONCE
    assert "yes, for" not in person.seen


def test_why_and_show_all_explain_and_ask_again(person: Person) -> None:
    question = asked("file.write", {"path": "/w/a", "content": "x" * 900})
    assert person.types("w⏸a⏸y", approving(question)) is Choice.ONCE
    seen = person.seen.replace("\n", "")
    assert question.digest in seen
    assert "x" * 900 in seen


def test_any_other_key_and_a_paste_approve_nothing(person: Person) -> None:
    assert person.types("\r Yq\x1b[200~y\x1b[201~n", approving(asked())) is Choice.NO


def test_keys_typed_before_the_question_could_be_read_do_not_answer_it(person: Person) -> None:
    person.setup = replace(person.setup, grace_s=0.4)

    async def hastily(console: Console) -> Choice:
        async with asyncio.TaskGroup() as group:
            choice = group.create_task(console.approve(asked()))
            await asyncio.sleep(PAUSE_S)
            person.now += 1
            person.keys.send_text("n")
        return choice.result()

    assert person.types("yyy", hastily) is Choice.NO


def test_a_hostile_approval_cannot_drive_the_terminal(person: Person) -> None:
    path = ESCAPES.replace("\udc80", "")
    person.types("w⏸n", approving(asked("file.delete", {"paths": [path]})))
    assert "\x1b]0;title" not in person.seen
    assert "\u202e" not in person.seen


@pytest.mark.parametrize(
    ("keys", "answer"), [("2\r", "green"), ("gr\r", "green"), ("red\r", "red"), ("9\r⏸r\r", "red")]
)
def test_a_choice_is_made_by_number_or_beginning(person: Person, keys: str, answer: str) -> None:
    assert person.types(keys, lambda console: console.choose("Which?", ("red", "green"))) == answer


def test_an_ambiguous_beginning_chooses_nothing() -> None:
    assert chosen("r", ("red", "rose")) is None
    assert chosen("", ("red",)) is None
    assert chosen("0", ("red",)) is None


def test_a_question_is_answered_in_words_or_called_off(person: Person) -> None:
    assert person.types("in May\r", lambda console: console.ask("When?\x1b[2J")) == "in May"
    assert "When?\\x1b[2J" in person.seen
    for key in ("\x03", "\x04"):
        with pytest.raises(Canceled):
            person.types(key, lambda console: console.ask("When?"))


def test_what_is_shown_is_coloured_and_nothing_else(person: Person) -> None:
    console = person.console()
    before = len(person.paper.getvalue())
    console.show(Text("red\x1b[2J", style="red"))
    console.note(ESCAPES)
    shown = person.paper.getvalue()[before:].replace("\r\n", "\n")
    assert "\x1b[31mred" in shown
    assert acting(shown) == set()


def test_something_shown_while_a_line_is_typed_does_not_disturb_it(person: Person) -> None:
    async def meanwhile(console: Console) -> str | Leave:
        async with asyncio.TaskGroup() as group:
            line = group.create_task(console.read_line())
            await asyncio.sleep(PAUSE_S)
            console.note("a job has ended")
            await asyncio.sleep(PAUSE_S)
            person.keys.send_text("world\r")
        return line.result()

    assert person.types("hello ", meanwhile) == "hello world"
    assert "a job has ended" in person.seen


def test_the_console_is_an_approver(person: Person) -> None:
    approver: Approver = person.console()
    assert approver.is_present
