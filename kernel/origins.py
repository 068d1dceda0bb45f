"""Where one argument of a call came from: the user's words, a file's name, or somebody else's text."""

from collections.abc import Iterable
from enum import IntEnum

import msgspec

from syscalls.labels import NONE, USER, Labels


class How(IntEnum):
    """By which way a value was chosen; the order is the care it needs."""

    REQUEST = 0
    """Word for word in the user's request, or what the kernel's own reading of its words gives."""
    DEFAULT = 1
    """What holds when the argument is left out."""
    INFERRED = 2
    """Worked out by a mind that was shown the request, and at most names of files."""
    NAMED = 3
    """One of the names that a listing, or the latest result, spoke of."""
    UNSAID = 4
    """In nothing the mind was shown, and the mind was shown text of others."""
    TEXT = 5
    """In a text of others that the mind was shown, or such a text itself."""


WORDS = {
    How.REQUEST: "your words",
    How.DEFAULT: "the default",
    How.INFERRED: "worked out from your words",
    How.NAMED: "a name that was listed",
    How.UNSAID: "in nothing that was said; the mind had read untrusted text",
    How.TEXT: "text that was read",
}
"""For people."""


class Origin(msgspec.Struct, frozen=True):
    """The origin of one argument's value."""

    how: How
    labels: Labels
    of: tuple[str, ...] = ()
    """What it was found in: ids of calls, by their replies, or "stdin", "names"."""

    @property
    def is_swayed(self) -> bool:
        """Whether an untrusted text may have chosen the value."""
        return self.how >= How.UNSAID and not self.labels.is_trusted


UNKNOWN = How.UNSAID
"""What holds of an argument nobody traced."""
RULE_OF_TWO = "rule-of-two"
UNTRUSTED_PATH = "untrusted-path"
UNTRUSTED_ARGUMENT = "untrusted-argument"
LABEL_RULES = frozenset({RULE_OF_TWO, UNTRUSTED_PATH, UNTRUSTED_ARGUMENT})
"""The rules that ask because of labels."""
SHOWN_CHARACTERS = 80
"""Of a value within a sentence."""
SAID = Origin(How.REQUEST, USER)
LEFT_OUT = Origin(How.DEFAULT, NONE)
WORKED_OUT = Origin(How.INFERRED, USER)


def united(parts: Iterable[Origin]) -> Origin:
    """The origin of a value made of several: the way that needs most care, all labels, all places."""
    found = tuple(parts)
    if not found:
        return SAID
    first = found[0]
    if all(each is first for each in found):
        return first
    return Origin(
        max(each.how for each in found),
        first.labels.join(*(each.labels for each in found[1:])),
        tuple(dict.fromkeys(place for each in found for place in each.of)),
    )


def about(name: str, value: object, origin: Origin) -> str:
    """One argument, its value and where it came from, in one clause."""
    sources = ", ".join(source_words(origin.labels)) or "nobody else"
    return f"{name}={shortened(value)} is {WORDS[origin.how]} ({sources})"


def shortened(value: object) -> str:
    """A value as JSON, cut in the middle."""
    text = msgspec.json.encode(value).decode()
    if len(text) <= SHOWN_CHARACTERS:
        return text
    half = SHOWN_CHARACTERS // 2
    return f"{text[:half]}…{text[-half:]}"


def source_words(labels: Labels, most: int = 3) -> list[str]:
    """The sources that are not the user's own."""
    found = [label.source for label in labels.items if not label.trusted or label.private]
    return [*found[:most], f"{len(found) - most} more"] if len(found) > most else found
