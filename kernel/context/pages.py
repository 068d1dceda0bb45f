"""In which form is each reply of a request shown, so that all of them fit a budget?

Four forms, each smaller than the one before: whole; head and tail; one line; left out. A reply only ever
moves down, and when the budget is passed the oldest move down until half of it is free: the text before
the newest replies then stays the same for many turns, and the engine's prefix cache with it.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

import msgspec
from msgspec.structs import replace

from kernel.minds.port import Exchange, From

Count = Callable[[str], int]
SHARE = 4
"""One reply is shown whole, or by head and tail, in at most this part of the budget: a quarter."""
LARGEST = 1_900
"""Tokens of one reply that are shown at most, however large the budget is."""
FREED = 2
"""What is left after old replies moved down: at most this part of the budget, half."""
SHORTEST_TEXT = 160
"""Characters of a reply or an argument in its one line."""
MOST_SOURCES = 3
"""Sources of a reply that are named once it is no longer shown whole."""
_FRAME = 48
"""Tokens for what stands around a call and its reply in a prompt: heads, braces, the marks of two messages."""


class Form(IntEnum):
    """How much of a reply is shown."""

    WHOLE = 0
    ENDS = 1
    LINE = 2
    OUT = 3


def estimated(text: str) -> int:
    """Tokens of a text, rather too many than too few: one for three bytes, and two a line, for it is quoted."""
    return len(text.encode("utf-8", "surrogatepass")) // 3 + 2 * text.count("\n") + 1


class Pages:
    """The forms of one request's replies; they are remembered from turn to turn."""

    def __init__(self, budget: int, count: Count = estimated) -> None:
        """Args: `budget` is the most tokens all shown replies may take together, at least 64."""
        self._budget = max(budget, 64)
        self._count = count
        self._forms: list[Form] = []
        self._shown: dict[tuple[int, Form], tuple[Exchange, int]] = {}

    def fitted(self, exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
        """The replies as they are shown, oldest first; those left out are missing, their numbers stay taken."""
        if len(exchanges) < len(self._forms):
            self._forms, self._shown = [], {}
        for number in range(len(self._forms), len(exchanges)):
            self._forms.append(Form.WHOLE)
            if self._size(exchanges, number) > self._share:
                self._forms[number] = Form.ENDS
        if self._total(exchanges) > self._budget:
            self._make_room(exchanges)
        return tuple(
            self._page(exchanges, number)[0]
            for number, form in enumerate(self._forms)
            if form is not Form.OUT
        )

    @property
    def _share(self) -> int:
        """Most tokens of one reply."""
        return min(self._budget // SHARE, LARGEST)

    @property
    def left_out(self) -> int:
        """How many replies are not shown at all."""
        return sum(form is Form.OUT for form in self._forms)

    def _make_room(self, exchanges: Sequence[Exchange]) -> None:
        """Move replies down, oldest first and the newest last, until half of the budget is free."""
        wanted = self._budget // FREED
        for form in (Form.LINE, Form.OUT):
            for number in range(len(exchanges) - 1):
                if self._total(exchanges) <= wanted:
                    return
                self._forms[number] = max(self._forms[number], form)
        for form in (Form.LINE, Form.OUT):
            if self._total(exchanges) > self._budget:
                self._forms[-1] = max(self._forms[-1], form)

    def _total(self, exchanges: Sequence[Exchange]) -> int:
        return sum(self._size(exchanges, number) for number in range(len(self._forms)))

    def _size(self, exchanges: Sequence[Exchange], number: int) -> int:
        return 0 if self._forms[number] is Form.OUT else self._page(exchanges, number)[1]

    def _page(self, exchanges: Sequence[Exchange], number: int) -> tuple[Exchange, int]:
        """A reply in its form, and its tokens."""
        key = number, self._forms[number]
        if key not in self._shown:
            page = self._formed(exchanges[number], self._forms[number])
            self._shown[key] = page, size_of(page, self._count)
        return self._shown[key]

    def _formed(self, exchange: Exchange, form: Form) -> Exchange:
        if form is Form.WHOLE:
            return exchange
        if form is Form.LINE:
            return smaller(exchange, one_line(exchange))
        bare = smaller(exchange, "")
        room = self._share - size_of(bare, self._count)
        return smaller(exchange, ends_of(exchange, room, self._count))


def size_of(exchange: Exchange, count: Count) -> int:
    """Tokens that a call and its reply take."""
    return (
        _FRAME
        + count(exchange.name)
        + count(written(exchange.arguments))
        + count(exchange.text)
        + count(", ".join(exchange.paths))
        + count(", ".join(exchange.sources))
    )


def smaller(exchange: Exchange, text: str) -> Exchange:
    """An exchange with this text, without what else may be long."""
    more = len(exchange.sources) - MOST_SOURCES
    few = (*exchange.sources[:MOST_SOURCES], f"{more} more") if more > 0 else exchange.sources
    return replace(exchange, arguments=short(exchange.arguments), text=text, paths=(), sources=few)


def written(arguments: dict[str, Any]) -> str:
    """Arguments as JSON."""
    return msgspec.json.encode(arguments).decode()


def short(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments whose long values are named by their size."""
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        is_long = not isinstance(value, From) and len(text := written({"": value})) > SHORTEST_TEXT
        found[name] = f"({len(text)} characters)" if is_long else value
    return found


def one_line(exchange: Exchange) -> str:
    """A reply in one line: its beginning, its size, and what stands for all of it."""
    first = exchange.text.strip().split("\n", 1)[0]
    if len(exchange.text.strip()) <= SHORTEST_TEXT and first == exchange.text.strip():
        return first
    return f"{first[:SHORTEST_TEXT]} ... ({told_size(exchange.text)}; reply {exchange.number} stands for all)"


def ends_of(exchange: Exchange, room: int, count: Count) -> str:
    """Head and tail of a reply, and between them what is missing and how to see it.

    Args:
        exchange: the reply.
        room: most tokens of the text.
        count: tokens of a text.
    """
    text = exchange.text
    again = "; file.read with first_line and lines shows a part" if exchange.name == "file.read" else ""
    number, size = exchange.number, told_size(text)
    middle = f"\n[... {size} in all, the middle is not shown; reply {number} stands for all{again} ...]\n"
    characters = len(text)
    while characters > 0:
        cut = text[: characters * 2 // 3] + middle + (text[-(characters // 3) :] if characters >= 3 else "")
        if characters < len(text) and count(cut) <= room:
            return cut
        characters = min(characters * 3 // 4, characters - 1)
    return one_line(exchange)


def told_size(text: str) -> str:
    """ "812 lines, 40112 characters"."""
    return f"{text.count(chr(10)) + 1} lines, {len(text)} characters"
