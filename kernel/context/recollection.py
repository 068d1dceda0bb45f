"""Which memories is a mind shown with a request? Pinned ones and preferences first, then what was recalled, under a budget.

A record is shown whole, or by its head where it is long, or not at all. What others wrote stays marked as theirs:
it is shown after all that is the user's own, and is never a note of the user, pinned or not.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from kernel.call import Ok
from kernel.context.pages import estimated
from kernel.grounding import Shown
from kernel.minds.port import Recalled
from syscalls.labels import USER, Label, Labels, labels_of
from syscalls.mem import Memories

SHARE = 8
"""At most this part of what an engine holds: an eighth."""
LARGEST, SMALLEST = 1_200, 128
"""Tokens."""
HEAD = 600
"""Characters of a record that is shown by its head."""
_FRAME = 16
"""Tokens of the line above a record."""


def recollected(reply: Ok) -> tuple[Recalled, ...]:
    """What the memory answered, as a mind is told of it."""
    if not isinstance(reply.value, Memories):
        return ()
    return tuple(
        Recalled(each.id, each.said, each.kind, each.pinned, each.sources) for each in reply.value.items
    )


def shown_of(recalled: Iterable[Recalled], labels: Labels) -> list[Shown]:
    """Each memory with its own labels, for whoever asks where a value came from.

    Args:
        recalled: what was shown.
        labels: of all of it; what is private stays so.
    """
    found = []
    for each in recalled:
        own = USER if each.is_own else labels_of(each.sources, trusted=False)
        if labels.is_private:
            own = own.join(Labels((Label(f"memory:{each.id}", each.is_own, True),)))
        found.append(Shown(f"memory:{each.id}", own, each.text))
    return found


def budget_of(context_tokens: int) -> int:
    """Tokens that memories may take of an engine's context; it may not be known (0)."""
    if not context_tokens:
        return LARGEST
    return max(SMALLEST, min(LARGEST, context_tokens // SHARE))


def fitted(
    recalled: Sequence[Recalled], budget: int, count: Callable[[str], int] = estimated
) -> tuple[Recalled, ...]:
    """As much as fits, in the order it is shown: the user's preferences and pins, his own facts, then what others said."""
    left, found = budget, []
    for each in sorted(recalled, key=_rank):
        text = (
            each.text
            if len(each.text) <= HEAD
            else f"{each.text[:HEAD]} [{len(each.text)} characters in all]"
        )
        size = _FRAME + count(text)
        if size <= left:
            found.append(replace(each, text=text))
            left -= size
    return tuple(found)


def _rank(each: Recalled) -> int:
    if not each.is_own:
        return 3
    return 0 if each.kind == "preference" else 1 if each.is_pinned else 2
