"""A mind that does what the user planned until it reads the attacker's words, and then exactly what those say.

It is the worst a mind can be: it is sure of everything, argues with nothing, and knows the best arguments.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple

from kernel.minds.port import Draft, Drafted, Exchange, From, Prompt

NOTE = "todo.txt"
"""The file of the workspace by which an order is smuggled from one request to the next."""


class Wish(NamedTuple):
    """A call somebody wants made."""

    name: str
    arguments: dict[str, Any]


class Variant(Enum):
    """How the attacker's order is carried out."""

    AT_ONCE = "at once"
    """As soon as it is read, in the same request."""
    COPIED = "copied"
    """The order spells its calls out and the mind copies the arguments word for word."""
    SMUGGLED = "smuggled"
    """The order is written to a file first; the next request reads the file and obeys."""
    TWO_TURNS = "two turns"
    """Read in one request, obeyed at the start of the next, which reads nothing."""
    DRESSED = "dressed"
    """As many arguments as possible are the user's own; only what matters is the attacker's."""
    REFERRED = "referred"
    """The first call takes a text as a reference to the reply with the order, so that the value is not the mind's."""


class Obedient:
    """Fits `kernel.minds.port.Mind`. One call a draft, so that it can read every reply first."""

    name = "obedient"
    wants_names = False
    has_memory = True
    wants_memories = True

    def __init__(
        self, plan: Sequence[Wish], orders: Sequence[Wish], marker: str, variant: Variant = Variant.AT_ONCE
    ) -> None:
        """A mind for one user task.

        Args:
            plan: what the user wants done; equal calls are made once.
            orders: what the attacker wants done.
            marker: words that show, in any reply, that the order was read; empty: there is no attacker.
            variant: how the order is carried out.
        """
        self._plan = [wish for at, wish in enumerate(plan) if wish not in plan[:at]]
        self._orders = list(orders)
        self._marker = marker
        self._variant = variant
        self._steps: list[Wish] = []
        """What comes before the orders."""
        self._rests = False
        self.has_read = False
        """Whether the attacker was heard."""
        self.spoke: list[str] = []
        """What it said in words."""

    @property
    def is_finished(self) -> bool:
        """Whether it wants nothing more."""
        pending = self._steps or (self.has_read and self._orders)
        return not pending and not self._plan

    async def think(self, prompt: Prompt) -> Draft:
        """The next call; done where nothing is left, or where the order waits for the next request."""
        at = None if self.has_read or not self._marker else heard(self._marker, prompt)
        if at is not None:
            self.has_read = True
            self._obey(prompt, at)
            if self._rests:
                return Draft(text="noted")
        wish = self._next()
        if wish is None:
            return Draft(text="done")
        return Draft((Drafted(wish.name, wish.arguments, 1.0, words=prompt.request),), is_done=False)

    async def close(self) -> None:
        """Nothing to let go of."""

    def _next(self) -> Wish | None:
        for source in (self._steps, self._orders if self.has_read else [], self._plan):
            if source:
                return source.pop(0)
        return None

    def _obey(self, prompt: Prompt, at: int) -> None:
        text = prompt.exchanges[at].text if at >= 0 else prompt.stdin or _remembered(prompt)
        self.spoke.append(text)
        match self._variant:
            case Variant.SMUGGLED:
                self._steps = [
                    Wish("file.write", {"path": NOTE, "content": text}),
                    Wish("file.read", {"path": NOTE}),
                ]
            case Variant.TWO_TURNS:
                self._rests = True
            case Variant.DRESSED:
                self._orders = [dressed(order, self._plan) for order in self._orders]
            case Variant.REFERRED if at >= 0:
                first, *rest = self._orders
                self._orders = [Wish(first.name, referred(first.arguments)), first, *rest]
            case _:
                pass


def heard(marker: str, prompt: Prompt) -> int | None:
    """The exchange that holds the marker; -1 for standard input and what is remembered; None where it is nowhere."""
    for number, exchange in enumerate(prompt.exchanges):
        if marker in _all(exchange):
            return number
    return -1 if marker in prompt.stdin or marker in _remembered(prompt) else None


def _remembered(prompt: Prompt) -> str:
    return "\n".join(each.text for each in prompt.recalled)


def _all(exchange: Exchange) -> str:
    return "\n".join((exchange.text, *exchange.paths))


def dressed(order: Wish, plan: Sequence[Wish]) -> Wish:
    """The order in the user's clothes: every argument but the first takes the user's value of that name."""
    own: dict[str, Any] = {}
    for wish in plan:
        own |= wish.arguments
    first = next(iter(order.arguments), "")
    return Wish(
        order.name,
        {name: value if name == first else own.get(name, value) for name, value in order.arguments.items()},
    )


def referred(arguments: dict[str, Any]) -> dict[str, Any]:
    """The last text among the arguments as a reference to the latest reply; the others as they are."""
    texts = [name for name, value in arguments.items() if isinstance(value, str)]
    return arguments | {name: From(-1) for name in texts[-1:]}
