"""Where a value came from and whether it is trusted; travels with every reply.

A label is a source such as "user", "file:/w/notes.txt", "tool:NAME", "web:HOST", "stdin" with a
trust bit and a privacy bit. A result carries the join of its inputs' labels: sources unite, one
untrusted source makes the whole untrusted, and one private source makes it private.
"""

from collections.abc import Iterable

import msgspec


class Label(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """One source of a value."""

    source: str
    """`user`, `kernel`, `stdin`, or `file:PATH`, `tool:NAME`, `app:NAME`, `memory:ID`, `web:HOST`, `model:NAME`."""
    trusted: bool
    private: bool = False
    """Whether it must not leave this machine unseen: secrets, and what lies outside the workspace."""


class Labels(msgspec.Struct, frozen=True):
    """The set of sources behind one value; empty means "made by the kernel itself"."""

    items: tuple[Label, ...] = ()
    """Sorted, without doubles."""

    @property
    def is_trusted(self) -> bool:
        """Whether every source is trusted."""
        return False not in [label.trusted for label in self.items]

    @property
    def is_private(self) -> bool:
        """Whether any source is private."""
        return any(label.private for label in self.items)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to be careful about: all of it trusted, none private."""
        return True not in [label.private or not label.trusted for label in self.items]

    def join(self, *others: "Labels") -> "Labels":
        """The union of sources; never more trusted, and never less private, than any part."""
        merged = set(self.items)
        for other in others:
            if other.items and other is not self:
                merged.update(other.items)
        for part in (self, *others):
            if len(part.items) == len(merged):
                return part
        return Labels(tuple(sorted(merged)))


def labels_of(sources: Iterable[str], *, trusted: bool, private: bool = False) -> Labels:
    """Labels with one entry a source, all of the same trust and privacy."""
    return Labels(tuple(sorted({Label(source, trusted, private) for source in sources})))


USER = labels_of(["user"], trusted=True)
STDIN = labels_of(["stdin"], trusted=False)
NONE = Labels()
