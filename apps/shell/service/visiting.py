"""An interactive shell's end: the prompt stands here, the session's loop runs in the service. Free of the kernel."""

import argparse
import asyncio
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from apps.shell.broadcast import complain, has_colour
from apps.shell.commands.names import COMMANDS, DETACH
from apps.shell.console.busy import Status
from apps.shell.console.console import Console, Setup
from apps.shell.console.handed import spawned
from apps.shell.console.keys import EXIT_INTERRUPTED, Leave
from apps.shell.console.terminal import console_of
from apps.shell.exit_codes import Exit
from apps.shell.service import messages
from apps.shell.service.client import Link, connect, is_text, is_wanted, wanted
from apps.shell.service.lines import Wire
from apps.shell.settings import Settings
from apps.shell.signals import released
from syscalls.built_in import BUILT_IN
from syscalls.errors import Canceled
from syscalls.table import AnyCall, Table

ENDED = "the service ended; what it left half-done is rolled back when aosh next starts here"
ALONE = f"{ENDED}; this shell goes on alone, and knows nothing of before"


@dataclass(frozen=True)
class Gone:
    """The service ended under the shell."""

    unsent: str
    """What stood at the prompt."""


def run(options: argparse.Namespace, settings: Settings, prompt: str) -> int | Gone | None:
    """As `visit`, at this terminal; tells where the service ended under the shell."""
    with asyncio.Runner() as runner:
        try:
            came = runner.run(visit(options, settings, prompt))
        except KeyboardInterrupt:
            return EXIT_INTERRUPTED
    if isinstance(came, Gone):
        complain(ALONE)
    return came


async def visit(
    options: argparse.Namespace, settings: Settings, prompt: str, session: str = ""
) -> int | Gone | None:
    """Sit at a session of the service until one of both ends; None where the shell must go on alone.

    Args:
        options: of the command line.
        settings: what a new session shall have.
        prompt: its first request.
        session: one that is there already, as `messages.Attach` takes it; a new one when empty.
    """
    if not is_wanted(options, settings) or not is_text(prompt, settings):
        return None
    link = connect(settings, is_quiet=options.quiet)
    return None if link is None else await _visited(options, settings, link, prompt, session)


async def _visited(
    options: argparse.Namespace, settings: Settings, link: Link, prompt: str, session: str
) -> int | Gone:
    reader, writer = await asyncio.open_unix_connection(sock=link.let_go())
    wire = Wire(reader, writer, messages.down)
    wire.send(messages.Attach(
        wanted=wanted(settings), session=session, prompt=prompt, columns=_columns(),
        has_colour=has_colour(options), is_quiet=options.quiet, is_verbose=options.verbose,
        timeout_s=settings.timeout_s,
    ))  # fmt: skip
    try:
        match await wire.next():
            case messages.Seated() as seated:
                return await _seated(options, settings, wire, seated)
            case messages.Failed(code, message):
                complain(message)
                return code
            case _:
                complain(ENDED)
                return Gone(prompt)
    finally:
        await wire.close()


async def _seated(
    options: argparse.Namespace, settings: Settings, wire: Wire[messages.Down], seated: messages.Seated
) -> int | Gone:
    visit = Visit(wire, seated.cwd)
    calls = () if seated.is_bare else await _calls_of_plugins(settings)
    cwd = Path(seated.cwd)
    setup = Setup(
        workspace=cwd,
        cwd=cwd,
        commands=COMMANDS | DETACH,
        history=settings.folders.history,
        toolbar=lambda: visit.bar,
        cycle_mode=lambda: wire.send(messages.Cycle()),
        detach=lambda: wire.send(messages.Detach()),
        has_colour=has_colour(options),
    )
    with released(visit.on_signal) as stopped:
        try:
            return await visit.follow(console_of(Table((*BUILT_IN, *calls)), setup))
        except asyncio.CancelledError:
            if stopped:
                return 128 + stopped[0]
            raise


async def _calls_of_plugins(settings: Settings) -> tuple[AnyCall, ...]:
    """What plugins add, for completion; loaded only where there are any."""
    from kernel.plugins import discover

    if not (found := discover()):
        return ()
    from apps.shell.host import plugins_of
    from kernel.jail.tier import choose

    plugins = await plugins_of(settings.folders, choose(settings.folders.state), found)
    return tuple(call for plugin in plugins for call in plugin.calls)


class Visit:
    """One shell at one session: does what the service says, and tells it what the person does."""

    def __init__(self, wire: Wire[messages.Down], cwd: str) -> None:
        """Args: `cwd` is the session's folder."""
        self.bar = ""
        """The line at the bottom."""
        self._wire, self._cwd = wire, cwd
        self._console: Console
        self._work = ExitStack()
        """Holds the keyboard while something is under way."""
        self._is_outside = False
        self._status: Status | None = None
        self._line = ""
        """What was typed last."""
        self._asking: asyncio.Task[None] | None = None
        self._is_seated = False

    def on_signal(self, number: int) -> bool:
        """Whether the shell ends: SIGINT only stops what is under way."""
        if number != signal.SIGINT or not self._is_seated:
            return True
        if self._is_outside:
            return False
        if self._status is not None or self._asking is None:
            self._interrupt()
        else:
            self._console.signalled()
        return False

    async def follow(self, console: Console) -> int | Gone:
        """Until the session is over, or goes on without this shell; the exit code."""
        self._console, self._is_seated = console, True
        try:
            async with asyncio.TaskGroup() as group:
                try:
                    return await self._frames(group)
                finally:
                    self._forget()
        finally:
            self._work.close()

    async def _frames(self, group: asyncio.TaskGroup) -> int | Gone:
        while True:
            frame = await self._wire.next()
            match frame:
                case messages.Read() | messages.Press() | messages.Enter() | messages.Outside():
                    self._forget()
                    self._asking = group.create_task(self._ask(frame))
                case messages.Left(code):
                    return code
                case messages.Detached(session, is_busy):
                    self._idle()
                    goes_on = "what is under way goes on" if is_busy else "it waits"
                    self._console.note(
                        f"left session {session}: {goes_on}; `aosh attach {session}` comes back"
                    )
                    return Exit.DONE
                case None:
                    unsent = self._console.typed
                    self._forget()
                    self._idle()
                    return Gone(unsent)
                case _:
                    self._shown(frame)

    def _shown(self, frame: messages.Down) -> None:
        match frame:
            case messages.Draw(text, is_part):
                self._console.draw(text, is_part=is_part)
            case messages.Busy(text):
                self._busy(text)
            case messages.Idle():
                self._idle()
            case messages.Bar(text):
                self.bar = text
                self._console.refresh()
            case messages.Clear():
                self._console.clear()
            case _:
                return  # nothing that a visit is told

    def _busy(self, text: str) -> None:
        if self._status is not None:
            self._status.say(text)
            return
        self._status = self._work.enter_context(self._console.busy(text, self._interrupt))

    def _idle(self) -> None:
        """Nothing is under way any more; what was asked about it neither."""
        self._forget()
        self._work.close()
        self._status = None

    def _interrupt(self) -> None:
        self._wire.send(messages.Interrupt())
        self._console.interrupted()

    def _forget(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    async def _ask(self, question: messages.Question) -> None:
        """Have the person answer one question, and send the answer."""
        text: str | None = ""
        code = 0
        match question:
            case messages.Read(_, default):
                line = await self._typed(default)
                text, code = (None, line.code) if isinstance(line, Leave) else (line, 0)
                self._line = text or ""
            case messages.Press(_, words, keys, otherwise):
                text = await self._console.press(words, keys, otherwise)
            case messages.Enter(_, words):
                try:
                    text = travels(await self._console.enter(words))
                except Canceled:
                    text = None
            case messages.Outside():
                code = await self._outside()
        self._wire.send(messages.Replied(question.number, text, code, self._console.width))

    async def _typed(self, default: str) -> str | Leave:
        """A line that can travel: stray bytes are told of, and the rest of it stands on the next one."""
        while True:
            line = await self._console.read_line(default)
            if isinstance(line, Leave) or line.isascii() or (clean := travels(line)) == line:
                return line
            self._console.note("that line holds bytes that are no text; expected UTF-8, without them it is:")
            default = clean

    async def _outside(self) -> int:
        """Run what was typed here, and nothing that only the service speaks of."""
        line = self._line.strip()
        if not line.startswith("!!"):
            return Exit.FAILED
        self._is_outside = True
        try:
            return await spawned(line[2:].strip(), self._cwd)
        finally:
            self._is_outside = False


def travels(text: str) -> str:
    """The text without what no frame can carry."""
    return text.encode("utf-8", "ignore").decode()


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns
