"""The labels of one session: what its calls read, what its effects write, what it has been exposed to.

The gate asks it three things: what labels add to policy's word, what a reply is labelled with, and
what the files an effect wrote hold from then on.
"""

from collections.abc import Iterable
from functools import lru_cache

from kernel.call import Call
from kernel.drivers.port import Answer
from kernel.exposure import Exposure, exposed_before, reaches_outside, reason
from kernel.journal.port import Journal
from kernel.journal.records import LabelRow
from kernel.label_rules import asking, swayed
from kernel.origins import RULE_OF_TWO
from kernel.policy import Decision, covered
from kernel.process import Process
from kernel.provenance import FOLDED_KINDS, Provenance
from syscalls.caps import Cap, Right
from syscalls.declare import Effect, Value
from syscalls.file_values import Matches
from syscalls.labels import NONE, Label, Labels
from syscalls.secrecy import is_secret
from syscalls.table import Entry
from syscalls.undo import Step

REPLACES = frozenset({"file.write", "file.mkdir"})
"""Calls after which a file holds nothing of what it held before."""
MOST_TOLD = 512
_FILE = "file:"


class Labelling:
    """Reads and writes labels for the gate of one session."""

    def __init__(self, journal: Journal, session: str, files: Provenance | None = None) -> None:
        """Args: `files` is what all sessions of a host know of them; what this one finds out when None."""
        self._journal = journal
        self._session = session
        self._exposure: Exposure | None = None
        self._files = files or Provenance()
        self._is_fresh = False
        self._caps: dict[int, frozenset[Cap]] = {}
        """Process -> what it holds by itself, without what was approved for one call."""
        self._raised: list[Label] = []
        self._told: dict[tuple[object, ...], Labels] = {}
        """What replies of the same making were labelled with, while no file holds anything from elsewhere."""

    @property
    def exposure(self) -> Exposure:
        """What the session has taken in, its earlier life included."""
        if self._exposure is None:
            self._exposure = exposed_before(self._journal, self._session)
        return self._exposure

    @property
    def files(self) -> Provenance:
        """What files hold."""
        if not self._is_fresh:
            self._files.fold(self._journal.rows(kinds=FOLDED_KINDS, after=self._files.last_seq))
            self._is_fresh = True
        return self._files

    def begin(self, labels: Labels) -> None:
        """A request begins: take in what came with it, and look again at what other sessions wrote."""
        self._is_fresh = False
        self.take(labels)

    def take(self, labels: Labels, call_id: str = "") -> None:
        """The session is shown data of these sources: piped in, recalled, or handed down by its parent or job."""
        if labels.is_plain:
            return
        new = self.exposure.take(labels)
        if new:
            self._journal.append(self._session, "label", LabelRow(call_id, Labels(new)), durable=False)
            self._raised += new

    def raised(self) -> tuple[Label, ...]:
        """The labels that came in since this was last asked."""
        found = tuple(self._raised)
        self._raised.clear()
        return found

    def weigh(
        self, process: Process, entry: Entry, call: Call, decision: Decision, *, never_asks: bool
    ) -> Decision:
        """Policy's decision, and what labels ask besides."""
        self._caps[process.pid] = process.caps
        if not call.effect.is_side_effect:
            return decision
        found = swayed(entry, call)
        if found is not None:
            decision = asking(decision, *found, is_first=False, never_asks=never_asks)
        if reaches_outside(entry.call, call.arguments, decision.outside):
            met = self.exposure.labels.join(call.labels, self._sources(process, call))
            if met.is_private and not met.is_trusted:
                decision = asking(decision, RULE_OF_TWO, reason(met), is_first=True, never_asks=never_asks)
        return decision

    def looked(self, process: Process, entry: Entry, call: Call, answer: Answer, value: Value) -> Labels:
        """The labels of a reply; the session is exposed to it from here on."""
        key = (entry.call.name, call.labels, answer.labels, self._caps.get(process.pid))
        known = self._told.get(key)
        if known is not None and self._files_are_plain and not isinstance(value, Matches):
            return known
        labels = self._looked(process, entry, call, answer, value)
        if len(self._told) >= MOST_TOLD:
            self._told.clear()
        self._told[key] = labels
        return labels

    @property
    def _files_are_plain(self) -> bool:
        return self._is_fresh and self._files.is_empty

    def _looked(self, process: Process, entry: Entry, call: Call, answer: Answer, value: Value) -> Labels:
        found = answer.labels
        found = found.join(_made_by(entry, answer))
        if call.effect is Effect.EXEC:
            found = found.join(self._of_run(process, entry, answer))
        if found.items:
            found = self._marked(process, found, value)
        labels = call.labels.join(found)
        self.take(labels, call.id)
        return labels

    def written(self, process: Process, entry: Entry, call: Call, answer: Answer) -> Labels:
        """What the files an effect wrote hold from elsewhere; empty where all of it is the user's own."""
        steps = answer.undo
        if not steps:
            return NONE
        if call.turns:
            return NONE.join(*map(self.files.ever, _paths(steps)))
        read = self._marked(process, answer.labels, None) if answer.labels.items else NONE
        labels = call.labels.join(read, _made_by(entry, answer), self._sources(process, call))
        if call.effect is Effect.EXEC:
            labels = labels.join(self._of_run(process, entry, answer))
        elif call.name not in REPLACES:
            labels = labels.join(*(self.files.of(_plain_part(path)) for _, path in call.needed))
        return NONE if labels.is_plain else labels

    def wrote(self, call: Call, steps: tuple[Step, ...], labels: Labels) -> None:
        """An effect's outcome is in the journal."""
        if steps:
            self.files.wrote(call.id, steps, labels)

    def _of_run(self, process: Process, entry: Entry, answer: Answer) -> Labels:
        """What a program may have mixed into its output: whatever it could read."""
        return _made_by(entry, answer).join(*map(self.files.of, process.roots(Right.FS_READ)))

    def _sources(self, process: Process, call: Call) -> Labels:
        """The files a call is told to read."""
        paths = [path for right, path in call.needed if right is Right.FS_READ]
        if not paths:
            return NONE
        found = Labels(tuple(sorted({Label(f"{_FILE}{path}", trusted=False) for path in paths})))
        return self._marked(process, found, None)

    def _marked(self, process: Process, labels: Labels, value: Value | None) -> Labels:
        """Labels of what was read, private ones marked, with what the files hold from elsewhere."""
        caps = self._caps.get(process.pid, process.caps)
        marked = labels if _is_open(labels, caps) else _closed(labels, caps)
        files = self.files
        if not files.is_empty:
            paths = [each.source[len(_FILE) :] for each in labels.items if each.source.startswith(_FILE)]
            marked = marked.join(*(files.of(_plain_part(path)) for path in paths))
        if isinstance(value, Matches):
            secret = [path for path in value.paths() if is_secret(path)]
            marked = marked.join(*(Labels((Label(f"{_FILE}{path}", False, True),)) for path in secret))
        return marked


def _made_by(entry: Entry, answer: Answer) -> Labels:
    """The label of a plugin, or of a call that tells what others on the machine chose."""
    if entry.call.label == "app":
        return Labels((Label(f"app:{entry.call.area}", trusted=False),))
    if entry.call.label == "tool" and not answer.labels.items:
        return Labels((Label(f"tool:{entry.call.name}", trusted=False),))
    return NONE


@lru_cache(maxsize=1024)
def _is_open(labels: Labels, caps: frozenset[Cap]) -> bool:
    """Whether none of the files read is private."""
    return not any(_is_closed(each, caps) for each in labels.items)


def _closed(labels: Labels, caps: frozenset[Cap]) -> Labels:
    items = {
        Label(each.source, each.trusted, each.private or _is_closed(each, caps)) for each in labels.items
    }
    return Labels(tuple(sorted(items)))


def _is_closed(label: Label, caps: frozenset[Cap]) -> bool:
    if not label.source.startswith(_FILE):
        return False
    path = label.source[len(_FILE) :]
    return is_secret(path) or not covered(caps, Right.FS_READ, path)


def _plain_part(path: str) -> str:
    """The path, or the folder above the first part that is a pattern."""
    for index, letter in enumerate(path):
        if letter in "*?[":
            return path[:index].rpartition("/")[0] or "/"
    return path


def _paths(steps: Iterable[Step]) -> set[str]:
    return {step.path for step in steps} | {step.to for step in steps if step.do == "rename" and step.to}
