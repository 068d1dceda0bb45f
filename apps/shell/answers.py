"""What does a request answer, as text? Values, and a mind's words with the replies they rest on as footnotes."""

import re
import time
from collections.abc import Sequence

from apps.shell.render.escape import line, lines, more
from kernel.call import Ok, Reply
from kernel.loop import Result
from syscalls.taste import PLAIN, Taste

_NUMBER = re.compile(r"\[([0-9]{1,4})\]")
"""How a mind cites a reply; people see the number of the footnote."""
_OPEN = re.compile(r"\[[0-9]{0,4}$")
"""What may become a citation."""


def answer_of(result: Result, taste: Taste = PLAIN) -> str:
    """What the run answers, as plain text the way the person wants it: each value's lines, or the mind's words."""
    now = time.time()
    parts = [reply.value.as_wanted(taste, now) for reply in shown_of(result) if isinstance(reply, Ok)]
    parts.append(words_of(result))
    return "".join(part if part.endswith("\n") or not part else f"{part}\n" for part in parts)


def shown_of(result: Result) -> tuple[Reply, ...]:
    """The replies to show: words that say what they rest on stand for the looks behind them."""
    if not result.cites:
        return result.replies
    return tuple(
        reply for reply in result.replies if not isinstance(reply, Ok) or reply.call.effect.is_side_effect
    )


def words_of(result: Result) -> str:
    """A mind's words, harmless for a terminal, and a footnote for each reply they rest on."""
    if not result.text:
        return ""
    notes = [f"[{number}] {line(call)}" for number, call in enumerate(cited_calls(result), 1)]
    places = {str(reply): str(number) for number, reply in enumerate(result.cites, 1)}
    text = _NUMBER.sub(lambda found: f"[{places.get(found[1], found[1])}]", result.text)
    return "\n".join([lines(text), *notes])


class Words:
    """A mind's words while it writes them, as `words_of` will give them when all is said."""

    def __init__(self, results: Sequence[int]) -> None:
        """Args: `results` are the numbers of the replies that can be cited."""
        self._results = frozenset(results)
        self._places: dict[int, int] = {}
        self._held = self._last = ""
        self.shown = ""
        """What was given out so far."""

    def more(self, part: str) -> str:
        """What can be shown now that this has come; half of a citation waits for its end."""
        text = self._held + part
        cut = _OPEN.search(text)
        self._held = text[cut.start() :] if cut else ""
        return self._given(_NUMBER.sub(self._numbered, text[: cut.start()] if cut else text))

    def rest(self, whole: str) -> str | None:
        """What is still to be shown of all the words; None where other words than these were."""
        if not whole.startswith(self.shown):
            return None
        rest, self.shown = whole[len(self.shown) :], whole
        return rest

    def _given(self, text: str) -> str:
        shown = more(self._last, text)
        self._last = text[-1:] or self._last
        self.shown += shown
        return shown

    def _numbered(self, found: re.Match[str]) -> str:
        number = int(found[1])
        if number not in self._results:
            return found[0]
        place = self._places.setdefault(number, len(self._places) + 1)
        return f"[{place}]" if found[1] == str(number) else found[0]


def cited_calls(result: Result) -> tuple[str, ...]:
    """The calls whose replies the words rest on, each on one line."""
    replies = (result.replies[number] for number in result.cites)
    return tuple(reply.call.line() for reply in replies if isinstance(reply, Ok))


def untrusted_of(result: Result) -> tuple[str, ...]:
    """The untrusted sources that a mind's words can come from."""
    return tuple(label.source for label in result.labels.items if not label.trusted)
