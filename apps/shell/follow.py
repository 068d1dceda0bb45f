"""What a person at the terminal sees of a turn: calls as they go out, output and values as they come."""

from collections.abc import Sequence

import msgspec
from rich.text import Text

from apps.shell.commands.slash import Memo
from apps.shell.console.busy import Status
from apps.shell.console.console import Console
from apps.shell.console.live import Live
from apps.shell.render.screen import render
from apps.shell.render.view import name
from apps.shell.wording import spoken
from kernel.call import Ok, Reply
from kernel.happenings import Completed, Happening, Held, Output, Planned, Requested, Thought, TurnStarted
from kernel.loop import plain
from kernel.minds.port import Drafted
from syscalls.declare import Value
from syscalls.tool_values import Ran


class Follower:
    """Shows happenings on a console, and remembers them for `/why`."""

    def __init__(self, memo: Memo, *, is_quiet: bool) -> None:
        self.status: Status | None = None
        """The line that says what takes so long, while a turn runs."""
        self._memo = memo
        self._is_quiet = is_quiet
        self._console: Console
        self._live: Live

    def sit(self, console: Console) -> None:
        """From here on there is somebody to show it to."""
        self._console = console
        self._live = Live(console.show)

    def __call__(self, happening: Happening) -> None:
        """Something happened."""
        match happening:
            case TurnStarted(_, request):
                self._memo.request, self._memo.draft, self._memo.reply = request, None, None
            case Thought(_, draft):
                self._memo.draft = draft
            case Requested(call, arguments, _):
                self._requested(spoken(call, arguments), call)
            case Planned(calls, True):
                self._plan(calls)
            case Held(program, reason):
                self._console.note(f"{program} waits: {reason}")
            case Output():
                self._live.take(happening)
            case Completed(reply, _):
                self._completed(reply)

    def _requested(self, words: str, call: str) -> None:
        if self.status is not None:
            self.status.text = call
        if self._memo.draft is not None and not self._is_quiet:
            self._console.show(Text.assemble(("→ ", "dim"), name(words, "dim")))

    def _plan(self, calls: Sequence[Drafted]) -> None:
        """All that is about to be done, before the first of it."""
        self._console.show(Text("What will be done, all of it or nothing:", style="bold"))
        for number, each in enumerate(calls, 1):
            words = spoken(each.name, plain(each.arguments))
            self._console.show(Text.assemble((f"{number:>3} ", "cyan"), name(words)))

    def _completed(self, reply: Reply) -> None:
        self._memo.reply = reply
        was_shown = self._live.end()
        if isinstance(reply, Ok):
            value = without_output(reply.value) if was_shown else reply.value
            self._console.show(render(reply.call.name, value, width=self._console.width))


def without_output(value: Value) -> Value:
    """A program's answer without what was shown while it ran."""
    return msgspec.structs.replace(value, stdout="", stderr="") if isinstance(value, Ran) else value
