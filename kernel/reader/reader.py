"""Reads a whole request: clauses, the best call for each, its arguments, and how sure that is.

The measure of sureness is how well the wording fits, whether every needed slot was filled, and
above all whether anything in the clause stayed unexplained: a word that neither the wording, nor a
value, nor politeness accounts for is a sign that the person wanted something else.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from kernel.reader.bind import Binding, Scene, bind
from kernel.reader.choose import POLITE, Candidate, Chooser, Wording
from kernel.reader.clauses import split
from kernel.reader.names import Names, stem
from kernel.reader.shellwords import shell_call
from kernel.reader.spans import Clause, scan
from syscalls.declare import Hint
from syscalls.table import AnyCall, argument_fields

FUNCTION_WORDS = frozenset(
    """is are was were be been being am do does did has have had it its it's that this these those there they them what which who
    where when how why whats what's where's how's that's of in on at by with from into onto under over inside within below above
    between among through than as or if not no any all every each both one ones only also still yet more most less least very much many
    lot lots can can't cannot should will would won't shall may might file files folder folders directory directories dir name names
    called named we our us you he she his her their there's i'm i've my me give tell show see get let take everything anything
    something thing things whole entire complete full contents content out up down back again whose first last new using use used
    case sure wonder wondering know like look looks kind sort type types ones current currently now present el la los las de del en y un una
    der die das den dem ein eine in im und von le les des du une dans et que qué los""".split()
)
"""Words that carry grammar, not meaning."""


@dataclass(frozen=True)
class Reading:
    """One clause understood, or not."""

    clause: Clause
    wording: Wording | None
    binding: Binding
    sureness: float
    """Calibrated chance that this is what was meant, 0 to 1."""
    leftover: tuple[str, ...] = ()
    """Words nothing explains."""
    missing: tuple[str, ...] = ()
    """Needed slots that stayed empty."""
    others: tuple[Candidate, ...] = ()
    is_exact: bool = False
    """A command line everybody knows, read by its grammar."""


@dataclass
class Weights:
    """The logistic model of sureness, fitted on development requests by `evals/calibrate.py`."""

    bias: float = -2.2
    score: float = 5.0
    margin: float = 2.5
    leftover: float = -2.2
    missing: float = -6.0
    guessed: float = -0.6
    unused: float = -1.6


WEIGHTS = Weights()


@dataclass
class Reader:
    """Reads requests over one menu."""

    menu: Sequence[AnyCall]
    chooser: Chooser = field(init=False)

    def __post_init__(self) -> None:
        self.chooser = Chooser(self.menu)
        self._calls = {call.name: call for call in self.menu}

    def read(self, request: str, names: Names, *, has_recent: bool = False) -> list[Reading]:
        """A reading for every clause, in order."""
        readings: list[Reading] = []
        scene = Scene(names, has_recent=has_recent)
        for piece in split(request):
            reading = self.read_clause(piece, scene)
            readings.append(reading)
            scene = Scene(names, len(readings) - 1, made_by(reading) or scene.previous_target, has_recent)
        return readings

    def read_clause(self, text: str, scene: Scene) -> Reading:
        """The best reading of one clause."""
        clause = scan(text, scene.names)
        exact = shell_call(text, self._calls, scene.names)
        if exact is not None:
            wording, arguments = exact
            return Reading(clause, wording, Binding(arguments), 0.98, is_exact=True)
        ranked = self.chooser.rank(clause, limit=8)
        readings = [self._weigh(clause, candidate, ranked, scene) for candidate in ranked if candidate.score > 0.08]
        if not readings:
            return Reading(clause, None, Binding(), 0.0, others=tuple(ranked))
        return max(readings, key=lambda reading: reading.sureness)

    def _weigh(self, clause: Clause, candidate: Candidate, ranked: Sequence[Candidate], scene: Scene) -> Reading:
        wording = candidate.wording
        binding = bind(clause, wording.call, wording.hint, scene)
        missing = tuple(slot for slot in wording.hint.needs if slot not in binding.arguments)
        leftover = unexplained(clause, wording, binding)
        unused = [span for span in clause.spans if span not in binding.used and span.kind not in ("here", "ident")]
        rival = max((each.score for each in ranked if each.wording.call is not wording.call), default=0.0)
        weights = WEIGHTS
        value = (
            weights.bias
            + weights.score * min(candidate.score, 1.0)
            + weights.margin * max(-0.3, min(0.4, candidate.score - rival))
            + weights.leftover * math.sqrt(len(leftover))
            + weights.missing * bool(missing)
            + weights.guessed * bool(binding.guessed)
            + weights.unused * len(unused)
        )
        others = tuple(each for each in ranked if each is not candidate)[:3]
        return Reading(clause, wording, binding, 1 / (1 + math.exp(-value)), tuple(leftover), missing, others)


def made_by(reading: Reading) -> str | None:
    """The folder or file that a clause has made or moved to, where its arguments say so."""
    if reading.wording is None:
        return None
    arguments = reading.binding.arguments
    for slot in ("to", "paths", "path"):
        value = arguments.get(slot)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str) and reading.wording.call.effect.is_side_effect:
            return value
    return None


def unexplained(clause: Clause, wording: Wording, binding: Binding) -> list[str]:
    """Words that neither the wording, a used value, politeness nor grammar accounts for."""
    taken = {stem(word) for word in binding.words}
    values = {stem(word) for span in binding.used for word in span.text.lower().replace("_", " ").split()}
    left = []
    for word in clause.words:
        if word.startswith("<") or word.startswith("-") or word.isdigit():
            continue
        if explained(word, wording.call, wording.hint) or stem(word) in taken or stem(word) in values:
            continue
        left.append(word)
    return left


def explained(word: str, call: AnyCall, hint: Hint) -> bool:
    """Whether grammar, politeness or the wording itself accounts for a word."""
    return word in POLITE or word in FUNCTION_WORDS or stem(word) in _vocabulary(call, hint)


@lru_cache(maxsize=512)
def _cached(key: tuple[str, str], words: frozenset[str]) -> frozenset[str]:
    del key
    return words


_vocabularies: dict[int, frozenset[str]] = {}


def _vocabulary(call: AnyCall, hint: Hint) -> frozenset[str]:
    """Stems of the words that speak of this wording."""
    found = _vocabularies.get(id(hint))
    if found is None:
        from kernel.reader.choose import _known

        found = _known(call, hint) | {stem(each.name) for each in argument_fields(call.schema)}
        _vocabularies[id(hint)] = found
    return found
