"""The person at the console as the kernel knows them: approver, clarifier, and who the `ui` calls speak to."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from apps.shell.boot import Talk
from apps.shell.console.console import Console
from apps.shell.direct import unparse
from apps.shell.render import escape
from apps.shell.render.view import name
from kernel.call import Approval, Choice
from kernel.minds.port import Drafted, From
from kernel.process import Process
from syscalls.ui import Answer, Said

LINE_CHARACTERS = 400


class Person(Talk):
    """Nobody until `sit` is called: while the kernel starts there is no console yet."""

    def __init__(self) -> None:
        super().__init__(lambda message: None)
        self._console: Console | None = None

    @property
    def is_present(self) -> bool:
        """Whether anybody can be asked."""
        return self._console is not None

    def sit(self, console: Console) -> None:
        """From here on the person is there."""
        self._console = console

    async def approve(self, approval: Approval) -> Choice:
        """The person's answer; no where nobody sits."""
        return await self._console.approve(approval) if self._console else Choice.NO

    async def confirm(self, drafted: Sequence[Drafted]) -> bool:
        """Whether these calls are what was meant."""
        if self._console is None:
            return False
        self._console.show(Text("I am not sure. Did you mean:", style="bold"))
        for each in drafted:
            self._console.show(Text.assemble(("  ", ""), name(spoken(each.name, each.arguments))))
            if each.ungrounded:
                self._console.note(f"  I guessed: {', '.join(each.ungrounded)}")
        return await self._console.agrees("Is that it?")

    async def say(self, process: Process, arguments: dict[str, Any]) -> Said:
        """`ui.say`: the reply is what shows it."""
        del process
        return Said(arguments["message"])

    async def ask(self, process: Process, arguments: dict[str, Any]) -> Answer:
        """`ui.ask` and `ui.choose`."""
        if self._console is None:
            return await super().ask(process, arguments)
        choices = arguments.get("choices")
        if choices:
            return Answer(await self._console.choose(arguments["question"], choices))
        return Answer(await self._console.ask(arguments["question"]))


def spoken(call: str, arguments: dict[str, Any]) -> str:
    """A drafted call as one line; an argument that an earlier reply will fill is said in words."""
    words = []
    for key, value in arguments.items():
        part = _reference(value)
        words.append(f"{key}={part}" if part else unparse("", {key: value}).strip())
    return escape.middle(" ".join([call, *words]), LINE_CHARACTERS)


def _reference(value: Any) -> str:
    """The words for a reply used as an argument; empty for any other value."""
    if isinstance(value, dict) and "$reply" in value:
        value = From(int(value["$reply"]), str(value.get("part", "text")))
    if not isinstance(value, From):
        return ""
    whose = "the latest result" if value.reply < 0 else f"step {value.reply + 1}"
    return f"<{value.part} of {whose}>"


