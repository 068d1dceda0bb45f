"""The shell's own commands at the prompt: `/undo`, `/why` and the rest."""

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from difflib import get_close_matches

from rich.console import Group, RenderableType
from rich.text import Text

from apps.shell.boot import Kernel
from apps.shell.commands import effects
from apps.shell.commands.crew import Crew
from apps.shell.commands.effects import Verb
from apps.shell.commands.names import COMMANDS, DETACH
from apps.shell.console.console import Console
from apps.shell.console.keys import Leave
from apps.shell.direct import unparse
from apps.shell.render.changes import change_lines
from apps.shell.render.reason import reason
from apps.shell.render.screen import SCREEN
from apps.shell.render.view import View, facts, name, table
from apps.shell.wording import spoken
from kernel.call import Ok, Reply
from kernel.loop import End, Result, plain
from kernel.minds.port import Draft
from kernel.policy import Mode
from kernel.reasons import explain
from syscalls.errors import BadArgument, NotFound

_WAYS = (
    ("words", "say what you want: what is the biggest file here?"),
    (":file.read README.md", "one call by hand; Tab completes"),
    ("!ls -la", "a program in the jail, its changes undoable; !!line runs it outside"),
    ("request &", "carried out in the background, with nobody to ask: /jobs, /fg, /kill"),
    ("@path", "names a file; Tab completes"),
    ("Ctrl-C", "stops what is under way; twice leaves"),
    ("Alt-Enter", "another line of the same request"),
)
HISTORY_ROWS = 20


@dataclass
class Memo:
    """What the shell remembers of the last request."""

    request: str = ""
    draft: Draft | None = None
    reply: Reply | None = None
    offers: tuple[str, ...] = ()
    """Example requests that were offered; typing a number picks one."""
    hint: str = ""
    """The last change, for the toolbar."""


class Slash:
    """Carries out `/command` lines."""

    def __init__(self, kernel: Kernel, console: Console, memo: Memo) -> None:
        self._kernel = kernel
        self._console = console
        self._memo = memo
        self._crew = Crew(kernel, console)
        self._known: dict[str, Callable[[list[str]], Awaitable[Result | Leave]]] = {
            "help": self._help,
            "undo": self._undo,
            "redo": self._redo,
            "history": self._history,
            "mode": self._mode,
            "model": self._model,
            "grants": self._grants,
            "tools": self._tools,
            "jobs": self._crew.jobs,
            "fg": self._crew.fg,
            "kill": self._crew.kill,
            "why": self._why,
            "clear": self._clear,
            "quit": self._quit,
        }
        if console.is_distant:
            self._known |= {"detach": self._detach}

    async def __call__(self, line: str) -> Result | Leave:
        """Carry out one line.

        Raises:
            BadArgument: there is no such command, or it takes no such words.
        """
        first, *words = line.removeprefix("/").split() or ["help"]
        command = self._known.get(first.lower())
        if command is None:
            near = get_close_matches(first.lower(), self._known, n=2, cutoff=0.4)
            offer = " or ".join(f"/{each}" for each in near) or "/help"
            raise BadArgument(f"there is no command {'/' + first!r}; did you mean {offer}?")
        return await command(words)

    async def _help(self, words: list[str]) -> Result:
        grid = facts()
        commands = COMMANDS | DETACH if self._console.is_distant else COMMANDS
        for way, about in (*_WAYS, *((f"/{each}", about) for each, about in commands.items())):
            grid.add_row(Text(way, style="cyan"), Text(about))
        return self._shown(grid)

    async def _undo(self, words: list[str]) -> Result:
        return await self._turn("undo", words)

    async def _redo(self, words: list[str]) -> Result:
        return await self._turn("redo", words)

    async def _turn(self, verb: Verb, words: list[str]) -> Result:
        parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
        parser.add_argument("which", nargs="?", default="1")
        parser.add_argument("--force", "-f", action="store_true")
        options, rest = parser.parse_known_args(words)
        if rest:
            raise BadArgument(f"/{verb} takes a number or an id, and --force; got {' '.join(rest)!r}")
        result = await effects.turn(self._kernel, verb, options.which, force=options.force)
        view = View(f"file.{verb}", self._console.width, 0.0, SCREEN)
        for reply in result.replies:
            if isinstance(reply, Ok) and reply.changes:
                self._console.show(change_lines(reply.changes.changes, view))
        if result.error is None:
            other = "redo" if verb == "undo" else "undo"
            self._console.note(f"{verb} done; /{other} turns it over again")
            self._memo.hint = ""
        return Result(result.end, (), error=result.error)

    async def _history(self, words: list[str]) -> Result:
        count = _count(words[0]) if words else HISTORY_ROWS
        found = effects.here(effects.own(self._kernel.undoer.history()), self._kernel.process)
        return self._shown(effects.grid(found[-count:], max(0, len(found) - count)))

    async def _mode(self, words: list[str]) -> Result:
        if words:
            modes = {mode.value: mode for mode in Mode}
            if words[0] not in modes:
                raise BadArgument(f"no mode {words[0]!r}; expected one of {', '.join(modes)}")
            self._kernel.policy.mode = modes[words[0]]
        return self._shown(Text(f"mode {self._kernel.policy.mode.value}"))

    async def _model(self, words: list[str]) -> Result:
        if not words:
            return await self._kernel.typed(":model.list")
        return await self._kernel.typed(f":{unparse('model.use', {'mind': ' '.join(words)})}")

    async def _grants(self, words: list[str]) -> Result:
        grants = self._kernel.gate.grants
        if words:
            if len(words) != 2 or words[0] != "revoke":
                raise BadArgument(f"expected /grants or /grants revoke N, got {' '.join(words)!r}")
            revoked = grants.revoke(_count(words[1]))
            return self._shown(name(f"taken back: {revoked.scope.words()}"))
        if not grants.standing:
            return self._shown(Text("nothing is allowed beyond the policy", style="dim"))
        rows = table("no.", "covers", "used")
        for grant in grants.standing:
            rows.add_row(Text(str(grant.number)), name(grant.scope.words()), Text(f"{grant.uses} times"))
        return self._shown(rows)

    async def _tools(self, words: list[str]) -> Result:
        return await self._kernel.typed(f":{words[0]}." if words else ":")

    async def _why(self, words: list[str]) -> Result:
        if words:
            return self._shown(reason(explain(self._kernel.journal, words[0])))
        parts: list[RenderableType] = [*self._understood(), *self._decided()]
        return self._shown(Group(*parts) if parts else Text("nothing was asked yet", style="dim"))

    def _understood(self) -> list[RenderableType]:
        draft = self._memo.draft
        if draft is None:
            return []
        grid = facts()
        grid.add_row(Text("asked"), name(self._memo.request))
        for drafted in draft.calls:
            grid.add_row(Text("understood"), name(spoken(drafted.name, plain(drafted.arguments))))
            grid.add_row(
                Text(""), Text(f"confidence {drafted.confidence:.2f}, from {drafted.words!r}", style="dim")
            )
            if drafted.ungrounded:
                grid.add_row(Text(""), name(f"not said: {', '.join(drafted.ungrounded)}", "yellow"))
        for text in draft.unread:
            grid.add_row(Text("not understood"), name(text, "yellow"))
        return [grid]

    def _decided(self) -> list[RenderableType]:
        call = self._memo.reply.call if self._memo.reply is not None else None
        if call is None:
            return []
        try:
            return [Text(), reason(explain(self._kernel.journal, call.id))]
        except NotFound:
            return []

    async def _clear(self, words: list[str]) -> Result:
        self._console.clear()
        return Result(End.DONE, ())

    async def _detach(self, words: list[str]) -> Result:
        self._console.detach(is_busy=False)  # but for this command
        return Result(End.DONE, ())

    async def _quit(self, words: list[str]) -> Leave:
        return Leave(0)

    def _shown(self, renderable: RenderableType) -> Result:
        self._console.show(renderable)
        return Result(End.DONE, ())


def _count(word: str) -> int:
    if not word.isdecimal() or not 0 < int(word) < 10**6:
        raise BadArgument(f"expected a number of at least 1, got {word!r}")
    return int(word)
