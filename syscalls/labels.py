"""Where a value came from and whether it is trusted; travels with every reply.

A label is a source such as "user", "file:/w/notes.txt", "tool:NAME", "web:HOST", "stdin" with a
trust bit. A result carries the join of its inputs' labels: sources unite, and one untrusted
source makes the whole untrusted.
"""

from collections.abc import Iterable

import msgspec


class Label(msgspec.Struct, frozen=True, order=True):
    """One source of a value."""

    source: str
    """`user`, `kernel`, `stdin`, or `file:PATH`, `tool:NAME`, `app:NAME`, `memory:ID`, `web:HOST`."""
    trusted: bool


class Labels(msgspec.Struct, frozen=True):
    """The set of sources behind one value; empty means "made by the kernel itself"."""

    items: tuple[Label, ...] = ()
    """Sorted, without doubles."""

    @property
    def is_trusted(self) -> bool:
        """Whether every source is trusted."""
        return all(label.trusted for label in self.items)

    def join(self, *others: "Labels") -> "Labels":
        """The union of sources; never more trusted than any part."""
        merged = set(self.items)
        for other in others:
            merged.update(other.items)
        return Labels(tuple(sorted(merged)))


def labels_of(sources: Iterable[str], *, trusted: bool) -> Labels:
    """Labels with one entry a source, all of the same trust."""
    return Labels(tuple(sorted({Label(source, trusted) for source in sources})))


USER = labels_of(["user"], trusted=True)
STDIN = labels_of(["stdin"], trusted=False)
NONE = Labels()
