"""Talking with the person at the console. Served by the front end."""

from typing import Annotated

from msgspec import Meta

from syscalls.caps import Right
from syscalls.declare import Area, Args, Effect, Value
from syscalls.errors import Canceled, Denied

ui = Area("ui", "The person at the console")

Line = Annotated[str, Meta(min_length=1, max_length=8_192)]


class Say(Args):
    """What to say."""

    message: Line


class Said(Value, frozen=True):
    """It was shown."""

    message: str

    def text(self) -> str:
        """The message."""
        return f"{self.message}\n"


@ui.call(1, effect=Effect.NONE, rights=(Right.UI,))
def say(a: Say) -> Said:
    """Show the person a message."""


class Ask(Args):
    """What to ask."""

    question: Line


class Answer(Value, frozen=True):
    """What the person typed or chose."""

    answer: str

    def text(self) -> str:
        """The answer."""
        return f"{self.answer}\n"


@ui.call(2, effect=Effect.NONE, rights=(Right.UI,), raises=(Canceled, Denied))
def ask(a: Ask) -> Answer:
    """Ask the person a question. Denied where nobody is there to answer."""


class Choose(Args):
    """What to choose from."""

    question: Line
    choices: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=50)]


@ui.call(3, effect=Effect.NONE, rights=(Right.UI,), raises=(Canceled, Denied))
def choose(a: Choose) -> Answer:
    """Let the person choose one of several answers."""


CALLS = (say, ask, choose)
