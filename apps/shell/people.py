"""Whoever sits at the front end, and what a session says and asks where nobody does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kernel.call import Approver, NoApprover
from kernel.drivers.route import Handler
from kernel.happenings import Watcher
from kernel.loop import Clarifier, Nobody
from kernel.process import Process
from syscalls.errors import Denied
from syscalls.ui import Answer, Said


class Talk:
    """The `ui` calls of a session without a person: what is said goes to `say`, questions are refused."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    async def say(self, process: Process, arguments: dict[str, Any]) -> Said:
        """`ui.say`."""
        del process
        self._say(arguments["message"])
        return Said(arguments["message"])

    async def ask(self, process: Process, arguments: dict[str, Any]) -> Answer:
        """`ui.ask` and `ui.choose`."""
        del process
        raise Denied(f"nobody is here to answer {arguments['question']!r}")

    def handlers(self) -> dict[str, Handler]:
        """By call name."""
        return {"ui.say": self.say, "ui.ask": self.ask, "ui.choose": self.ask}


@dataclass(frozen=True)
class People:
    """Whoever sits at the front end."""

    approver: Approver
    clarifier: Clarifier
    watch: Watcher
    talk: Talk


def headless(watch: Watcher, say: Callable[[str], None] = lambda line: None) -> People:
    """Nobody: what needs a yes is denied, what is unclear stays undone, questions are refused.

    Args:
        watch: told what happens.
        say: gets what the session says.
    """
    return People(NoApprover(), Nobody(), watch, Talk(say))
