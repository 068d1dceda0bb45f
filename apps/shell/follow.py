"""What a person at the terminal sees of a turn: calls as they go out, output and values as they come."""

from collections.abc import Sequence

import msgspec
from rich.text import Text

from apps.shell.answers import Words, words_of
from apps.shell.commands.slash import Memo
from apps.shell.console.busy import Status
from apps.shell.console.console import Console
from apps.shell.console.live import Live
from apps.shell.render.screen import render
from apps.shell.render.view import marked, name
from apps.shell.spent import of_resources, thought
from apps.shell.taste import Tastes
from apps.shell.wording import spoken
from kernel.call import Ok, Reply
from kernel.happenings import (
    Completed,
    Eased,
    Happening,
    Held,
    Near,
    Output,
    Planned,
    Requested,
    Said,
    Thought,
    TurnStarted,
)
from kernel.loop import Result, plain
from kernel.minds.port import Drafted
from syscalls.declare import Value
from syscalls.tool_values import Ran


class Follower:
    """Shows happenings on a console, and remembers them for `/why`."""

    def __init__(self, memo: Memo, *, is_quiet: bool, is_verbose: bool = False) -> None:
        self.status: Status | None = None
        """The line that says what takes so long, while a turn runs."""
        self._memo = memo
        self._is_quiet, self._is_verbose = is_quiet, is_verbose
        self._words: Words | None = None
        """What the mind is saying."""
        self._cost = ""
        """What that took, to be told when it is said."""
        self._console: Console
        self._tastes: Tastes
        self._live: Live

    def sit(self, console: Console, tastes: Tastes) -> None:
        """From here on there is somebody to show it to, as they want it."""
        self._console = console
        self._tastes = tastes
        self._live = Live(console.show)

    def __call__(self, happening: Happening) -> None:
        """Something happened."""
        match happening:
            case TurnStarted(_, request):
                self._memo.request, self._memo.draft, self._memo.reply = request, None, None
                self._words = None
            case Said(_, words, is_anew, results):
                self._said(words, results, is_anew=is_anew)
            case Thought(_, draft):
                self._memo.draft = draft
                self._cost = thought(draft, "the mind") if self._is_verbose else ""
                if draft.calls:
                    self._tell_cost()
            case Requested(call, arguments, _):
                self._requested(spoken(call, arguments), call)
            case Planned(calls, True):
                self._plan(calls)
            case Output():
                self._live.take(happening)
            case Completed(reply, _):
                self._completed(reply)
            case Held() | Eased() | Near():
                self._console.note(of_resources(happening))

    def tell_words(self, result: Result) -> None:
        """The request is over: what is left to be said of the mind's words, footnotes included."""
        whole, words, self._words = words_of(result), self._words, None
        rest = words.rest(whole) if words is not None and words.shown else None
        if rest is not None:
            self._console.go_on(f"{rest}\n")
        elif whole:
            self._console.show(marked(whole))
        self._tell_cost()

    def _tell_cost(self) -> None:
        cost, self._cost = self._cost, ""
        if cost:
            self._console.note(cost)

    def _said(self, words: str, results: tuple[int, ...], *, is_anew: bool) -> None:
        if is_anew and self._words is not None and self._words.shown:
            self._console.note("that was no usable answer; the mind begins anew")
        if is_anew or self._words is None:
            self._words = Words(results)
        self._console.go_on(self._words.more(words))

    def _requested(self, words: str, call: str) -> None:
        if self.status is not None:
            self.status.say(call)
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
            width, taste = self._console.width, self._tastes.now()
            self._console.show(render(reply.call.name, value, width=width, taste=taste))


def without_output(value: Value) -> Value:
    """A program's answer without what was shown while it ran."""
    return msgspec.structs.replace(value, stdout="", stderr="") if isinstance(value, Ran) else value
