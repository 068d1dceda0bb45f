"""The person at the console as the kernel knows them: approver, clarifier, partner of the `ui` calls."""

from collections.abc import Callable, Sequence
from typing import Any

from rich.text import Text

from apps.shell.console.console import Console
from apps.shell.people import Talk
from apps.shell.render.view import name
from apps.shell.wording import spoken
from kernel.call import Approval, Call, Choice
from kernel.minds.port import Drafted
from kernel.process import Process
from syscalls.ui import Answer, Said


class Person(Talk):
    """Nobody until `sit` is called: while the kernel starts there is no console yet."""

    def __init__(self) -> None:
        super().__init__(lambda message: None)
        self.is_present = False
        self.on_edit: Callable[[Call], None] = lambda call: None
        """Told of a call that the person wants to change and propose again."""
        self._console: Console | None = None

    def sit(self, console: Console) -> None:
        """From here on the person is there."""
        self._console = console
        self.is_present = True

    async def approve(self, approval: Approval) -> Choice:
        """The person's answer; no where nobody sits."""
        if self._console is None:
            return Choice.NO
        choice = await self._console.approve(approval)
        if choice is Choice.EDIT:
            self.on_edit(approval.call)
        return choice

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
