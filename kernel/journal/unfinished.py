"""Which effects may have been left half-done? Followed as the journal grows, so that asking reads only what is new."""

from kernel.journal.effects import EFFECT_KINDS
from kernel.journal.port import Journal
from kernel.journal.records import IntentRow, OutcomeRow
from syscalls.errors import DriverDied


class Unfinished:
    """Of one journal: at least those that are open. What was taken back stays among them; `effects` alone knows how each stands."""

    def __init__(self, journal: Journal) -> None:
        """Nothing is read yet."""
        self._journal = journal
        self._begun: dict[str, str] = {}
        """Call -> session."""
        self._last_seq = 0

    def sessions(self) -> set[str]:
        """Those that have begun an effect of which no end is known."""
        for row in self._journal.rows(kinds=EFFECT_KINDS, after=self._last_seq):
            self._last_seq = row.seq
            match row.record():
                case IntentRow() as intent:
                    self._begun[intent.call_id] = row.session
                case OutcomeRow(error=error) as outcome:
                    if (
                        error is not None and error.code == DriverDied.code
                    ):  # the last outcome of an effect holds
                        self._begun[outcome.call_id] = row.session
                    else:
                        self._begun.pop(outcome.call_id, None)
        return set(self._begun.values())
