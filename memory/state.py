"""How does a memory stand? Read from its files, without a model, a driver or chromadb."""

from pathlib import Path

import msgspec

from memory import marks
from memory.schema import connect_to_read
from memory.view import LARGE


class State(msgspec.Struct, frozen=True):
    """What `aosh memory` shows of it."""

    records: int
    """With history."""
    models: dict[str, int]
    """Records by the model of their vectors; more than one until `aosh memory reindex` has ended."""
    dimension: int
    large: int
    """Records of groups that an index is asked for."""
    indexed: int
    """Of those; the others are compared besides."""
    index_model: str = ""
    """Empty where there is no index."""
    remade: str = ""
    """Why an index was set aside last, and when (Unix seconds); empty where none was."""
    remade_at: float = 0.0

    def line(self, ours: str) -> str:
        """The index in one sentence. `ours` is the model that is used now."""
        if other := sorted(set(self.models) - {ours}):
            lag = sum(self.models[each] for each in other)
            return f"{lag} of {self.records} memories have vectors of {other[0]}: `aosh memory reindex` makes those of {ours}"
        if not self.large:
            return f"none: all vectors are compared, which is quicker below {LARGE} of a kind and space"
        state = f"{self.indexed} of {self.large}"
        if self.index_model not in ("", ours):
            state = f"of the model {self.index_model!r}, it is made anew"
        return f"{state}; made anew since {self.remade}" if self.remade else state


def state_of(truth: Path, least: int = LARGE) -> State:
    """The state of the memory in this file.

    Raises:
        DeviceFailed, NotPermitted: it cannot be read.
    """
    folder = truth.parent / marks.FOLDER / marks.FOLDER
    about, told, known = marks.about(folder), marks.told(folder), marks.read(folder)
    base = connect_to_read(truth)
    try:
        models = dict(base.execute("select model, count(*) from records group by model").fetchall())
        width = base.execute("select length(vector) from records limit 1").fetchone()
        large = indexed = 0
        for space, kind, count in base.execute(
            "select space, kind, count(*) from records group by space, kind having count(*) >= ?", (least,)
        ).fetchall():
            upto = known.upto.get(marks.key(space, kind), 0)
            query = "select count(*) from records where space = ? and kind = ? and id <= ?"
            indexed += base.execute(query, (space, kind, upto)).fetchone()[0]
            large += count
    finally:
        base.close()
    return State(
        sum(models.values()), models, width[0] // 4 if width else 0, large, indexed,
        about.model if about else "", told.why if told else "", told.when if told else 0.0,
    )  # fmt: skip
