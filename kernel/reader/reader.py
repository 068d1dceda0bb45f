"""Reads a whole request: clauses, the best call for each, its arguments, and how sure that is.

The measure of sureness is how well the wording fits, whether every needed slot was filled, and
above all whether anything in the clause stayed unexplained: a word that neither the wording, nor a
value, nor politeness accounts for is a sign that the person wanted something else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from kernel.minds.port import From
from kernel.reader.agents import agent_calls
from kernel.reader.bind import bind
from kernel.reader.choose import FOR_FILES, POLITE, Candidate, Chooser, Learned, Wording, as_typed
from kernel.reader.clauses import split
from kernel.reader.commands import SURE, Command, command_call
from kernel.reader.later import Dry, planned
from kernel.reader.lazy import Lazy
from kernel.reader.leftover import FUNCTION_WORDS, explained, unexplained, with_texts
from kernel.reader.meaning import whole_calls
from kernel.reader.names import Names
from kernel.reader.piped import piped_calls
from kernel.reader.shellwords import is_command, shell_call
from kernel.reader.spans import Clause, scan
from kernel.reader.sureness import Facts, sureness
from kernel.reader.task import Binding, Scene
from kernel.reader.typos import corrected
from kernel.reader.web import web_calls
from kernel.reader.writing import writing_calls
from syscalls.table import AnyCall

_BACK_UP = Lazy(
    r"^((?:please |now |can you |could you )*)back[ -]?up(?=\s+(?!folder|director|files?\b|to\b))",
    re.IGNORECASE,
)
"""A copy by another name, and no file of that name."""

_META = Lazy(
    r"^(?:what (?:does|do|is|are) (?:the )?[\w.-]+(?: -\w+)*(?: command| flag| option)? (?:do|mean|stand for|for)\b|explain|how (?:do|can|would) (?:i|you|we|one) (?!make\b)"
    r"|how to |thank(?:s| you)\b(?!.*[./])|thx\b|cheers\b|bye\b|goodbye|good (?:morning|night|evening|afternoon)\W*$|you(?:'re| are) |what(?:'s| is) an? [a-z]+\W*$|what(?:'s| is) the difference between (?!\S*[./])|why (?:is|are|does|do) (?!my computer|it slow|the computer|this)|is it (?:ok|safe|possible)|should i)",
    re.IGNORECASE,
)
"""Questions about doing, not requests to do."""
_SAVES = Lazy(
    r"^(?!.*\b(?:empty|blank)\b).*\b(?:save|store|export|write|put|guarda|speichere)\b",
    re.IGNORECASE | re.DOTALL,
)
"""Said of something to be saved: a write without content would lose it."""
FOREIGN = 0.2
"""Least likeness to a plugin's hints for the engine to be asked."""
WRITING = 0.95
"""Sureness of a request for a text, which is read by rule."""
GRAMMAR_ONLY = "sched"
"""Calls that are read by their grammar (`kernel.reader.later`), never by likeness to what people say."""
LOOKING = 0.5
"""Least sureness of a look named inside a write ("save the biggest files to x.txt")."""


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
    facts: Facts | None = None
    is_foreign: bool = False
    """It speaks of a plugin's call, whose arguments the reader has no rules for."""
    likeness: float = 0.0
    """Of a foreign one: to what people say for that call, 0 to 1."""


@dataclass
class Reader:
    """Reads requests over one menu."""

    menu: Sequence[AnyCall]
    learned: Learned | None = None
    chooser: Chooser = field(init=False)

    def __post_init__(self) -> None:
        self.chooser = Chooser([call for call in self.menu if call.area != GRAMMAR_ONLY], self.learned)
        self._calls = {call.name: call for call in self.menu}

    def read(self, request: str, names: Names, *, has_recent: bool = False) -> list[Reading]:
        """A reading for every call the request asks for, in order."""
        later = None if whole_calls(request, self._calls) else self._later(request, names)
        return [later] if later else self._now(request, names, has_recent=has_recent)

    def _later(self, request: str, names: Names) -> Reading | None:
        """The reading of a request for later, or about jobs; None of any other."""

        def dry(rest: str) -> list[Dry]:
            readings = self._now(rest, names, has_recent=False)
            if any(each.wording is None or each.missing or each.leftover for each in readings):
                return []
            return [
                Dry(each.wording.call.name, each.binding.arguments, each.sureness)
                for each in readings
                if each.wording
            ]

        last = request.split()[-1].strip("?.!") if request.split() else ""
        found = planned(request, self._calls, dry, names_a_file=bool(names.exact(last)))
        if found is None:
            return None
        binding = Binding(found.arguments)
        return Reading(scan(request, names), as_typed(found.call), binding, found.sureness, is_exact=True)

    def _now(self, request: str, names: Names, *, has_recent: bool) -> list[Reading]:
        scene = Scene(names, has_recent=has_recent)
        readings = self._exact(request, whole_calls(request, self._calls), scene)
        if readings:
            return readings
        for piece in split(request):
            readings += (
                self._web(piece, scene, len(readings))
                or self._exact(piece, piped_calls(piece, self._calls), scene)
                or self._writing(piece, scene, len(readings))
                or self._expanded(self.read_clause(piece, scene), scene)
            )
            scene = Scene(
                names, len(readings) - 1, made_by(readings[-1]) or scene.previous_target, has_recent
            )
        return readings

    def _web(self, text: str, scene: Scene, index: int) -> list[Reading]:
        """The readings of a clause that asks for a web address, or speaks of an agent; none of any other."""
        return self._exact(text, web_calls(text, self._calls, index) or agent_calls(text, self._calls), scene)

    def _exact(self, text: str, found: list[tuple[AnyCall, dict[str, Any]]], scene: Scene) -> list[Reading]:
        """Readings of calls that were taken by form."""
        return [
            Reading(scan(text, scene.names), as_typed(call), Binding(arguments), 0.98, is_exact=True)
            for call, arguments in found
        ]

    def _writing(self, text: str, scene: Scene, index: int) -> list[Reading]:
        """The readings of a clause that asks for a text about a file; none of any other."""
        if "model.generate" not in self._calls:
            return []
        clause = scan(text, scene.names)
        return [
            Reading(clause, as_typed(call), Binding(arguments), WRITING, is_exact=True)
            for call, arguments in writing_calls(clause, self._calls, index, has_recent=scene.has_recent)
        ]

    def read_clause(self, text: str, scene: Scene) -> Reading:
        """The best reading of one clause."""
        to_run = command_call(text, self._calls, scene.names)
        if to_run is not None:
            return as_run(text, to_run, scene)
        exact = shell_call(text, self._calls, scene.names)
        if exact is not None:
            wording, arguments = exact
            return Reading(scan(text, scene.names), wording, Binding(arguments), 0.98, is_exact=True)
        if is_command(text):
            return Reading(scan(text, scene.names), None, Binding(), 0.0)
        text = _BACK_UP.sub(lambda found: f"{found[1]}copy", text)
        text = corrected(text, lambda word: word in self._vocabulary or bool(scene.names.exact(word)))
        clause = scan(text, scene.names)
        ranked = self.chooser.rank(clause, limit=10)
        if _META.match(text):
            return Reading(clause, None, Binding(), 0.0, others=tuple(ranked[:3]))
        least = max(0.05, 0.12 * ranked[0].score) if ranked else 1.0
        fitting = [each for each in ranked if each.score >= least and cued(each.wording, text)]
        bound = [(each, self._bound(clause, each.wording, scene)) for each in fitting]
        able = [
            each
            for each, binding in bound
            if not self._missing(clause, each.wording, binding, scene)
            and not oddities(clause, each.wording, binding)
        ]
        readings = [self._weigh(clause, candidate, binding, able, scene) for candidate, binding in bound]
        best = max(readings, key=lambda reading: reading.sureness, default=None)
        foreign = next((each for each in ranked if each.wording.call.given is not None), None)
        is_theirs = best is None or best.sureness < LOOKING or _is_plugins(best)
        if foreign is not None and foreign.score >= FOREIGN and is_theirs:
            others = tuple(each for each in ranked if each is not foreign)[:3]
            score = min(foreign.score, 1.0)
            return Reading(
                clause, foreign.wording, Binding(), score, others=others, is_foreign=True, likeness=score
            )
        return best or Reading(clause, None, Binding(), 0.0, others=tuple(ranked[:3]))

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return (
            frozenset(word for wording in self.chooser.wordings for word in wording.said)
            | FUNCTION_WORDS
            | POLITE
        )

    def _bound(self, clause: Clause, wording: Wording, scene: Scene) -> Binding:
        return bind(clause, wording.call, wording.hint, scene, lambda word: explained(word, wording))

    def _missing(self, clause: Clause, wording: Wording, binding: Binding, scene: Scene) -> tuple[str, ...]:
        empty = tuple(slot for slot in wording.hint.needs if slot not in binding.arguments)
        return empty + blanks(clause, wording, binding, scene)

    def _weigh(
        self,
        clause: Clause,
        candidate: Candidate,
        binding: Binding,
        ranked: Sequence[Candidate],
        scene: Scene,
    ) -> Reading:
        """Args: `ranked` holds the candidates that could be carried out: the rivals."""
        wording = candidate.wording
        missing = self._missing(clause, wording, binding, scene)
        leftover = unexplained(clause, wording, binding)
        unused = [
            span for span in clause.spans if span not in binding.used and span.kind not in ("here", "ident")
        ]
        rival = max((each.score for each in ranked if each.wording.call is not wording.call), default=0.0)
        score = max(
            candidate.score,
            self.chooser.score(wording, with_texts(clause, binding)) if binding.texts else 0.0,
        )
        facts = Facts(
            score=min(score, 1.0),
            margin=max(-0.3, min(0.4, score - rival)),
            leftover=len(leftover),
            is_missing=bool(missing),
            is_guessed=bool(binding.guessed),
            is_guess_that_acts=bool(binding.guessed) and wording.call.effect.is_side_effect,
            unused=len(unused),
            oddities=oddities(clause, wording, binding),
            refers=binding.refers,
            filled=sum(slot in binding.arguments for slot in wording.hint.slots),
        )
        others = tuple(each for each in ranked if each is not candidate)[:3]
        return Reading(
            clause, wording, binding, sureness(facts), tuple(leftover), missing, others, facts=facts
        )

    def _expanded(self, reading: Reading, scene: Scene) -> list[Reading]:
        """One reading for each of several files of a one-file call; a look named inside a write goes before it."""
        wording = reading.wording
        if wording is None:
            return [reading]
        several = _more_files(reading)
        if several:
            first = reading.binding.arguments["path"]
            found = []
            for path in (first, *several):
                binding = replace(reading.binding, arguments=reading.binding.arguments | {"path": path})
                found.append(
                    replace(
                        reading,
                        binding=binding,
                        sureness=max(reading.sureness, 0.8 if not reading.leftover else 0.0),
                    )
                )
            return found
        content = reading.binding.arguments.get("content")
        if wording.call.effect.is_side_effect and isinstance(content, str) and reading.binding.texts:
            look = self.read_clause(_as_a_look(content), scene) if " " in content else None
            if (
                look
                and look.wording
                and not look.wording.call.effect.is_side_effect
                and look.sureness >= LOOKING
                and not (look.missing or look.leftover)
            ):
                index = 0 if scene.previous is None else scene.previous + 1
                binding = replace(
                    reading.binding, arguments=reading.binding.arguments | {"content": From(index, "text")}
                )
                return [look, replace(reading, binding=binding)]
            if _A_RESULT.match(content) and (
                wording.call.name == "file.append" or _SAVES.search(reading.clause.text)
            ):
                return [replace(reading, sureness=min(reading.sureness, 0.3), missing=("content",))]
        return [reading]


def as_run(text: str, found: tuple[Wording, Command], scene: Scene) -> Reading:
    """The reading of a command line."""
    wording, command = found
    clause = scan(text, scene.names)
    is_sure = command.sureness >= SURE
    return Reading(clause, wording, Binding(command.arguments), command.sureness, is_exact=is_sure)


_A_RESULT = Lazy(
    r"(?:the|a|an|my)\s+(?:full |complete |whole )?(?:list|names?|sizes?|paths?|number|count|contents?|tree|results?|output|total)\s+of\b"
    r"|(?:the |my |this )?(?:std ?in|standard input|piped? (?:text|data|input)|input|clipboard|selection)\W*$"
    r"|(?:the |today'?s |my |this )(?:current |present )?(?:date|time|day|weather|ip|hostname|user ?name)\W*$",
    re.IGNORECASE,
)
"""Text that speaks of something to be looked up, and is not to be written as it stands."""


def _as_a_look(content: str) -> str:
    """ "the list of pdf files" as the request it is."""
    if content.split()[0].lower() in ("find", "search", "list", "count"):
        return content
    match = re.match(
        r"(?:the |a |an )?(?:(?:full|complete) )?(?:list|names)(?: of)?(?: all)?(?: the)?\s+(?P<what>.+)",
        content,
        re.IGNORECASE,
    )
    return f"list {match['what'] if match else content}"


_STATE = Lazy(r"(?:read|write)[- ]only|read[- ]?able|writ(?:e?able)|execut\w+|private|public", re.IGNORECASE)
"""How a file may be used: never the name of a folder to make."""


def cued(wording: Wording, text: str) -> bool:
    """Whether the word that tells a variant apart was said."""
    return not wording.hint.cue or re.search(wording.hint.cue, text, re.IGNORECASE) is not None


def oddities(clause: Clause, wording: Wording, binding: Binding) -> int:
    """Paths of the wrong kind for the call: a folder to be read as text, a file to be listed, a look at nothing."""
    name = wording.call.name
    count = int(
        wording.hint.tool == "empty_file"
        and not any(span.name for span in binding.used if span.kind == "path")
    )
    for span in binding.used:
        if name == "file.mkdir" and _STATE.fullmatch(span.text.rstrip("/")):
            count += 2
        if span.kind != "path" or name not in FOR_FILES | _FOR_FOLDERS | {"file.write"}:
            continue
        if name == "file.write":
            count += (
                span.name is not None and span.name.is_folder and binding.arguments.get("path") == span.text
            )
            continue
        if span.name is None:
            count += name in _FOR_FOLDERS and "/" not in span.text and "." in span.text
        else:
            count += span.name.is_folder if name in FOR_FILES else not span.name.is_folder
    return count


_FOR_FOLDERS = frozenset(("file.list", "file.tree"))


def blanks(clause: Clause, wording: Wording, binding: Binding, scene: Scene) -> tuple[str, ...]:
    """ "content" where a write would empty a file that is there: nobody says that by leaving words out."""
    if wording.hint.tool == "find_files" and not binding.arguments:
        return ("name",)
    if wording.call.name != "file.write" or "path" not in binding.arguments:
        return ()
    path, content = binding.arguments["path"], binding.arguments.get("content")
    if content is None and _SAVES.search(clause.text):
        return ("content",)
    if isinstance(path, From):
        return () if isinstance(content, str) else ("content",)
    return ("content",) if content is None and scene.names.exact(str(path)) else ()


def _is_plugins(reading: Reading) -> bool:
    return reading.wording is not None and reading.wording.call.given is not None


def _more_files(reading: Reading) -> list[str]:
    """Further paths of a call that takes one: "show a.txt and b.txt", "show both notes"."""
    wording = reading.wording
    if reading.binding.more:
        return reading.binding.more
    if wording is None or "path" not in wording.hint.needs or wording.call.effect.is_side_effect:
        return []
    spare = [
        span for span in reading.clause.of("path") if span not in reading.binding.used and not span.is_folder
    ]
    if not spare or not re.search(r"\band\b|,|&|\bboth\b", reading.clause.text):
        return []
    return [span.name.path if span.name else span.text for span in spare]


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
