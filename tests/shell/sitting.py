"""A person at a real session: real kernel, real drivers, a scripted mind, keys through a pipe."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from apps.shell.boot import Kernel
from apps.shell.cli import parser
from apps.shell.console.console import Console, Setup
from apps.shell.seating import session
from apps.shell.settings import Folders, Settings

WAIT_S = 20.0
_ACTING = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")
PROMPT = "aosh>"


class Paper(io.StringIO):
    """What the terminal was told, and a bell for whoever waits for something to appear."""

    def __init__(self) -> None:
        super().__init__()
        self.bell = asyncio.Event()

    def write(self, text: str) -> int:
        """Keep it, and ring."""
        self.bell.set()
        return super().write(text)

    @property
    def text(self) -> str:
        """Without colours and cursor movements."""
        return _ACTING.sub("", self.getvalue()).replace("\r", "")


class Sitting:
    """One person at one session."""

    def __init__(self, keys: PipeInput, folder: Path) -> None:
        self.workspace = folder / "w"
        self.home = folder / "home"
        self.script = folder / "script.jsonl"
        self.keys = keys
        self.paper = Paper()
        self.kernel: Kernel
        self._read = 0
        self.code: int | None = None

    def make(self, kernel: Kernel, setup: Setup) -> Console:
        """The console `session` asks for."""
        self.kernel = kernel
        output = Vt100_Output(self.paper, lambda: Size(40, 100), "xterm", enable_cpr=False)
        return Console(kernel.table, replace(setup, grace_s=0), input=self.keys, output=output)

    def says(self, *lines: dict[str, object]) -> None:
        """What the mind will answer."""
        self.script.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    async def types(self, text: str, until: str = "") -> str:
        """Press keys and wait for `until` to appear after them; what appeared meanwhile."""
        self.paper.bell.clear()
        self._read = len(self.paper.text)
        self.keys.send_text(text)
        return await self.sees(until) if until else ""

    async def asks(self, line: str, until: str) -> str:
        """Type a line, wait for `until`, then for the next prompt."""
        await self.types(f"{line}\r", until)
        self._read = self.paper.text.rindex(until)
        await self.sees(PROMPT)
        return self.paper.text

    async def sees(self, text: str) -> str:
        """Wait until `text` appears after what was last read."""
        async with asyncio.timeout(WAIT_S):
            while text not in self.paper.text[self._read :]:
                self.paper.bell.clear()
                await self.paper.bell.wait()
        return self.paper.text[self._read :]


@asynccontextmanager
async def sitting(
    folder: Path, *words: str, script: tuple[dict[str, object], ...] = ()
) -> AsyncIterator[Sitting]:
    """A session in `folder`/w; the person leaves with Ctrl-D when the block ends.

    Args:
        folder: holds the workspace and everything of aosh.
        words: the command line.
        script: what the mind answers.
    """
    with create_pipe_input() as keys:
        person = Sitting(keys, folder)
        person.workspace.mkdir(exist_ok=True)
        person.says(*script)
        options = parser().parse_args(["-q", *words])
        settings = Settings(
            Folders(folder / "state", folder / "data", folder / "run"),
            cwd=person.workspace,
            home=person.home,
            mind=f"{options.mind or 'scripted'}:{person.script}",
            is_bare=True,
            timeout_s=options.timeout,
        )
        async with asyncio.timeout(2 * WAIT_S), asyncio.TaskGroup() as group:
            running = group.create_task(session(options, settings, " ".join(options.prompt), person.make))
            await person.sees(PROMPT)
            yield person
            if not running.done():
                keys.send_text("\x04")
            person.code = await running
