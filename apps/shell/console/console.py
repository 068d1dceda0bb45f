"""The person at the terminal: reads lines, shows values, asks for approvals and answers.

Output is append-only scrollback. Input and output are injected, so that a test is a person too.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.shortcuts import CompleteStyle
from rich.console import RenderableType
from rich.text import Text

from apps.shell.console.busy import Status, listening
from apps.shell.console.completion import ShellCompleter
from apps.shell.console.dialog import Desk, press_one
from apps.shell.console.handed import spawned
from apps.shell.console.highlight import STYLE, SugarLexer, VisibleText
from apps.shell.console.history import history_at
from apps.shell.console.keys import EXIT_INTERRUPTED, Interrupts, Leave, prompt_keys
from apps.shell.render import escape
from apps.shell.render.approval import approval as approval_screen
from apps.shell.render.approval import has_more, why
from apps.shell.render.screen import to_ansi
from apps.shell.render.view import marked, name
from kernel.call import Approval, Choice
from syscalls.errors import Canceled
from syscalls.table import Table

_ANSWERS = {
    "y": (Choice.ONCE, "allowed, once"),
    "s": (Choice.SCOPE, "allowed for this scope"),
    "n": (Choice.NO, "no"),
    "e": (Choice.EDIT, "no; the call is on the next line, to be changed and handed in again"),
}


@dataclass(frozen=True, slots=True)
class Setup:
    """What a console needs to know of the session."""

    workspace: Path
    cwd: Path
    commands: Mapping[str, str] = field(default_factory=dict)
    """`/command` name without the slash -> what it does."""
    history: Path | None = None
    """File of typed lines; memory when None."""
    prompt: Callable[[], str] = lambda: "aosh> "
    toolbar: Callable[[], str] | None = None
    """Text of the line at the bottom, asked for at every redraw."""
    cycle_mode: Callable[[], None] | None = None
    """What Shift-Tab does."""
    detach: Callable[[], None] | None = None
    """What Ctrl-Z does while a turn runs."""
    has_colour: bool = True
    completion_s: float = 0.05
    """How long Tab may look for paths."""
    grace_s: float = 0.4
    """Keys pressed so soon after an approval appears do not answer it."""


class Console:
    """One terminal. Serves as the kernel's approver; one question at a time."""

    is_present = True
    is_distant = False
    """Whether its terminal is another process's, which may leave and come back."""

    def __init__(
        self,
        table: Table,
        setup: Setup,
        *,
        input: Input | None = None,
        output: Output | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._setup = setup
        self._input = input or create_input()
        self._output = output or create_output()
        self._desk = Desk(self._input, self._output, clock, setup.grace_s)
        self._interrupts = Interrupts(clock)
        self._status = Status(self._output, clock)
        if setup.detach is not None:
            self._status.hint = "Ctrl-C stops it, Ctrl-Z leaves it running"
        self._typed: list[KeyPress] = []
        """Keys pressed while a turn ran; the next prompt begins with them."""
        self._asking = asyncio.Lock()
        """Held while a prompt owns the keyboard."""
        self._session = self._main_prompt(table)

    async def read_line(self, default: str = "") -> str | Leave:
        """The next line, or that the person leaves.

        Args:
            default: stands there already, to be changed or handed in.
        """
        async with self._asking:
            store_typeahead(self._input, self._typed)
            self._typed = []
            line: str | Leave = await self._session.prompt_async(
                self._message, default=default, handle_sigint=False
            )
        return line

    @contextmanager
    def busy(self, text: str, interrupt: Callable[[], None]) -> Iterator[Status]:
        """While a turn runs: Ctrl-C calls `interrupt`; what is typed meanwhile waits for the next prompt."""
        keys = listening(self._input, interrupt, self._typed, self._setup.detach)
        with keys, self._status.running(text):
            yield self._status

    def interrupted(self) -> None:
        """Ctrl-C cancelled a turn: counts as the first press."""
        self._interrupts.pressed()

    def signalled(self) -> None:
        """SIGINT came from outside while nothing ran: as Ctrl-C at the prompt, but no typed text goes."""
        app = self._session.app
        if app.is_running and self._interrupts.is_recent and not app.current_buffer.text:
            app.exit(result=Leave(EXIT_INTERRUPTED))
        self._interrupts.pressed()

    @property
    def typed(self) -> str:
        """What stands at the prompt, not handed in yet."""
        return self._session.default_buffer.text if self._is_prompting else ""

    def refresh(self) -> None:
        """Draw the line at the bottom again."""
        if self._is_prompting:
            self._session.app.invalidate()

    async def outside(self, line: str, cwd: str) -> int:
        """Run a program outside the jail, with the terminal; its exit code, or minus the signal that ended it."""
        return await spawned(line, cwd)

    def detach(self, *, is_busy: bool | None = None) -> None:
        """Let go of the terminal, if it is a distant one.

        Args: `is_busy` says whether anything goes on that counts; by default, whether anything goes on.
        """

    def clear(self) -> None:
        """An empty screen."""
        self._output.erase_screen()
        self._output.cursor_goto(0, 0)
        self._output.flush()

    async def approve(self, approval: Approval) -> Choice:
        """The person's answer to an approval; interrupting it means no."""
        async with self._question():
            self.show(approval_screen(approval, width=self.width))
            keys = _approval_keys(approval)
            while True:
                key = await self._press("Allow?", keys, "n")
                if key in _ANSWERS:
                    choice, words = _ANSWERS[key]
                    self.note(words)
                    return choice
                if key == "w":
                    self.show(why(approval))
                else:
                    self.show(approval_screen(approval, width=self.width, is_whole=True))
                keys.pop(key)

    async def agrees(self, question: str) -> bool:
        """Whether the person says yes; interrupting it means no."""
        async with self._question():
            return await self._press(question, {"y": "yes", "n": "no"}, "n") == "y"

    async def press(self, question: str, keys: Mapping[str, str], otherwise: str) -> str:
        """The key that answers the question; `otherwise` where it is called off."""
        async with self._question():
            return await self._press(question, keys, otherwise)

    async def enter(self, prompt: str) -> str:
        """A line behind `prompt`.

        Raises:
            Canceled: the person called it off.
        """
        async with self._question():
            return await self._answer(prompt)

    async def choose(self, question: str, choices: Sequence[str]) -> str:
        """One of the choices, by number or by how it begins.

        Raises:
            Canceled: the person called it off.
        """
        async with self._question():
            self.show(marked(question, "bold"))
            for number, choice in enumerate(choices, 1):
                self.show(Text.assemble((f"{number:>3} ", "cyan"), name(choice)))
            while True:
                answer = chosen(await self._answer("number> "), choices)
                if answer is not None:
                    return answer
                self.note(f"a number from 1 to {len(choices)}, or how one of them begins")

    async def ask(self, question: str) -> str:
        """The person's answer in words.

        Raises:
            Canceled: the person called it off.
        """
        async with self._question():
            self.show(marked(question, "bold"))
            return await self._answer("> ")

    @property
    def width(self) -> int:
        """Columns of the terminal."""
        return max(1, self._output.get_size().columns)

    def show(self, renderable: RenderableType) -> None:
        """Add something to the scrollback, above a prompt that is being typed at."""
        text = to_ansi(renderable, width=self.width, has_colour=self._setup.has_colour)

        self._put(text)

    def go_on(self, text: str) -> None:
        """Some more of a text that is being written; whatever else is shown begins on a line of its own.

        Args: `text` drives no terminal: it came through `escape.lines` or `escape.more`.
        """
        if text:
            self._put(text, is_part=True)

    def draw(self, text: str, *, is_part: bool) -> None:
        """What was drawn elsewhere; it passes as text and colours only."""
        self._put(escape.guard(text), is_part=is_part)

    def note(self, text: str) -> None:
        """A remark of the shell's own."""
        self.show(marked(text, "dim"))

    def _put(self, text: str, *, is_part: bool = False) -> None:
        """Write above the prompt; a part leaves its line to be gone on with."""
        is_open = is_part and not text.endswith("\n")

        def write() -> None:
            self._status.clear()
            begun = "\n" if self._status.is_held and not is_part else ""
            self._status.is_held = is_open
            self._output.write_raw(f"{begun}{text}".replace("\n", "\r\n"))
            self._output.flush()

        if self._is_prompting:
            run_in_terminal(write)
        else:
            write()

    @property
    def _is_prompting(self) -> bool:
        return self._session.app.is_running

    @asynccontextmanager
    async def _question(self) -> AsyncIterator[None]:
        """Keyboard and screen belong to one question."""
        async with self._asking:
            with self._status.paused():
                yield

    async def _press(self, question: str, keys: Mapping[str, str], otherwise: str) -> str:
        return await press_one(self._desk, question, keys, otherwise=otherwise)

    def _main_prompt(self, table: Table) -> PromptSession[Any]:
        setup = self._setup
        calls = {call.name for call in table.calls() if not call.is_hidden}
        return PromptSession(
            multiline=True,
            completer=ShellCompleter(table, setup.commands, setup.cwd, setup.workspace, setup.completion_s),
            complete_while_typing=False,
            complete_style=CompleteStyle.COLUMN,
            lexer=SugarLexer(calls, setup.commands.keys()),
            input_processors=[VisibleText()],
            style=STYLE,
            history=history_at(setup.history),
            auto_suggest=AutoSuggestFromHistory(),
            key_bindings=prompt_keys(self._interrupts, setup.cycle_mode),
            bottom_toolbar=self._toolbar,
            prompt_continuation="... ",
            enable_open_in_editor=True,
            include_default_pygments_style=False,
            reserve_space_for_menu=6,
            input=self._input,
            output=self._output,
        )

    def _message(self) -> str:
        return escape.line(self._setup.prompt())

    def _toolbar(self) -> str:
        if self._interrupts.is_recent:
            return "Ctrl-C again leaves"
        return escape.line(self._setup.toolbar()) if self._setup.toolbar else ""

    async def _answer(self, prompt: str) -> str:
        session: PromptSession[str] = PromptSession(
            input_processors=[VisibleText()],
            input=self._input,
            output=self._output,
        )
        try:
            return await session.prompt_async(prompt, handle_sigint=False)
        except (KeyboardInterrupt, EOFError):
            raise Canceled("the person called it off") from None


def chosen(answer: str, choices: Sequence[str]) -> str | None:
    """The choice an answer means: its number, itself, or the only one that begins so."""
    typed = answer.strip()
    if typed in choices:
        return typed
    if typed.isdecimal() and len(typed) < 4 and 1 <= int(typed) <= len(choices):
        return choices[int(typed) - 1]
    begun = [choice for choice in choices if typed and choice.casefold().startswith(typed.casefold())]
    return begun[0] if len(begun) == 1 else None


def _approval_keys(approval: Approval) -> dict[str, str]:
    keys = {"y": "yes, once"}
    if approval.scope:
        keys["s"] = f"yes, for {escape.line(escape.middle(approval.scope, 120))}"
    keys |= {"n": "no", "e": "edit", "w": "why"}
    if has_more(approval):
        keys["a"] = "show all"
    return keys
