"""What a session has been exposed to, and the rule of two.

Untrusted input, private data, an effect on the outside: any two may meet, all three only with a
person's yes. The state is a fold over the journal's `label` rows, so a session that goes on later
starts with what it had seen.
"""

from collections.abc import Iterable

from kernel.journal.port import Journal, Row
from kernel.journal.records import LabelRow
from kernel.paths import Access
from syscalls.caps import Right
from syscalls.declare import Effect
from syscalls.labels import Label, Labels
from syscalls.table import AnyCall

LABEL_KINDS = ("label",)


class Exposure:
    """The labels a session has taken in."""

    def __init__(self) -> None:
        self._seen: set[Label] = set()
        self.is_untrusted = False
        """Whether untrusted input came in."""
        self.is_private = False
        """Whether private data came in."""

    def take(self, labels: Labels) -> tuple[Label, ...]:
        """Take labels in; those that are new and not plain."""
        new = [
            label
            for label in labels.items
            if label not in self._seen and (label.private or not label.trusted)
        ]
        if new:
            self._seen.update(new)
            self.is_untrusted = self.is_untrusted or any(not label.trusted for label in new)
            self.is_private = self.is_private or any(label.private for label in new)
        return tuple(new)

    @property
    def labels(self) -> Labels:
        """All of them."""
        return Labels(tuple(sorted(self._seen)))

    def resume(self, rows: Iterable[Row]) -> None:
        """Fold the `label` rows of the session's earlier life, or of the one it was begun by."""
        for row in rows:
            record = row.record()
            if isinstance(record, LabelRow):
                self.take(record.labels)


def exposed_before(journal: Journal, session: str) -> Exposure:
    """What a session had been exposed to when it was last left."""
    exposure = Exposure()
    exposure.resume(journal.rows(session=session, kinds=LABEL_KINDS))
    return exposure


def reaches_outside(call: AnyCall, arguments: object, outside: Iterable[Access]) -> bool:
    """Whether a call's effect can be seen from elsewhere: the network, or outside the workspace."""
    if call.effect is Effect.NET or any(right is Right.FS_WRITE for right, _ in outside):
        return True
    if call.effect is Effect.EXEC:
        return isinstance(arguments, dict) and bool(arguments.get("network") or arguments.get("hosts"))
    return False


def reason(labels: Labels) -> str:
    """Why the rule of two asks, in one sentence."""
    untrusted = _some(label for label in labels.items if not label.trusted and not label.private)
    private = _some(label for label in labels.items if label.private)
    also = f" and untrusted input ({untrusted})" if untrusted else ", which is untrusted as well,"
    return f"private data ({private}){also} met in this session, and this would reach the outside"


def _some(labels: Iterable[Label]) -> str:
    sources = [label.source for label in labels]
    more = f" and {len(sources) - 2} more" if len(sources) > 2 else ""
    return ", ".join(sources[:2]) + more
