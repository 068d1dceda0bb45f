"""Which files hold what came from elsewhere: a fold over the effects aosh has made.

Every effect's outcome row keeps the labels of what it wrote, and its undo steps name every path
that was written or moved. From these follows, for any path, what a read of it joins in: in another
session too, and after moves and copies. Paths are followed as text; nothing is looked up on disk.
"""

from collections.abc import Iterable, Sequence

from kernel.journal.port import Row
from kernel.journal.records import OutcomeRow
from syscalls.labels import NONE, Labels
from syscalls.undo import Step

FOLDED_KINDS = ("outcome",)
_WRITES = ("restore", "remove", "cut", "extend")
_MARK = b"labels"
"""Rows whose labels are plain leave the field out."""


class Held(dict[str, Labels]):
    """Labels by absolute path, which also knows the folders above."""

    def __init__(self) -> None:
        super().__init__()
        self._above: set[str] = set()

    def put(self, path: str, labels: Labels) -> None:
        """Keep labels for a path."""
        self[path] = labels
        above = path
        while (cut := above.rfind("/")) > 0:
            above = above[:cut]
            if above in self._above:
                return
            self._above.add(above)
        self._above.add("/")

    def beneath(self, path: str) -> list[str]:
        """The path and every path below it, as far as something is known of them."""
        found = [path] if path in self else []
        if path in self._above:
            start = path if path == "/" else f"{path}/"
            found += [each for each in self if each.startswith(start) and each != path]
        return found


class Provenance:
    """The labels of files, kept up to date with the journal."""

    def __init__(self) -> None:
        self._now = Held()
        self._ever = Held()
        """All that a path has ever held: what undo may bring back."""
        self._writers: dict[str, str] = {}
        self._known: set[str] = set()
        self.last_seq = 0

    @property
    def is_empty(self) -> bool:
        """Whether no file holds anything but the user's own."""
        return not self._ever

    def of(self, path: str) -> Labels:
        """What a file holds; for a folder, what any file below it holds."""
        if not self._now:
            return NONE
        path = path.rstrip("/") or "/"
        return NONE.join(*(self._now[each] for each in self._now.beneath(path)))

    def ever(self, path: str) -> Labels:
        """What it, or anything below it, has ever held."""
        if not self._ever:
            return NONE
        path = path.rstrip("/") or "/"
        return NONE.join(*(self._ever[each] for each in self._ever.beneath(path)))

    def writer(self, path: str) -> str:
        """The call that last wrote labelled content to a path; empty when none did."""
        return self._writers.get(path.rstrip("/"), "")

    def wrote(self, call_id: str, steps: Sequence[Step], labels: Labels) -> None:
        """An effect of this process has ended well; its row is passed over when it is folded.

        Args:
            call_id: its id.
            steps: what takes it back, in the order in which it was done.
            labels: of everything it wrote; plain ones clear what the paths held.
        """
        self._known.add(call_id)
        self._take(call_id, steps, labels)

    def _take(self, call_id: str, steps: Sequence[Step], labels: Labels) -> None:
        for step in steps:
            if step.do == "rename" and step.to:
                self._carry(step.to, step.path)
            elif step.do in _WRITES and step.kind != "folder":
                self._write(call_id, step.path, labels)

    def fold(self, rows: Iterable[Row]) -> None:
        """Take in outcome rows, oldest first."""
        for row in rows:
            self.last_seq = row.seq
            if not self._ever and _MARK not in row.body:
                continue
            record = row.record()
            if not isinstance(record, OutcomeRow) or not record.ok:
                continue
            if record.call_id in self._known:
                self._known.remove(record.call_id)
            else:
                self._take(record.call_id, record.undo, record.labels)

    def _write(self, call_id: str, path: str, labels: Labels) -> None:
        if labels.is_plain:
            self._now.pop(path, None)
            return
        self._now.put(path, labels)
        self._ever.put(path, self._ever.get(path, NONE).join(labels))
        self._writers[path] = call_id

    def _carry(self, old: str, new: str) -> None:
        """What was at `old` is at `new`; the labels of all below go along."""
        for held, stays in ((self._now, False), (self._ever, True)):
            for path in held.beneath(old):
                labels = held[path] if stays else held.pop(path)
                to = new + path[len(old) :]
                held.put(to, held.get(to, NONE).join(labels))
                if path in self._writers:
                    self._writers[to] = self._writers[path]
