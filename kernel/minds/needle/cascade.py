"""Reader and engine in cascade, over one menu: each a check on the other.

A cold engine is not waited for where the reading alone is above its class's floor, nor where no vote could
lift it there; and a reading that lacks an argument asks no engine, for no vote fills it.

The reader (`kernel.reader`) finds values, clauses and the likeliest call in a millisecond. Where
it is sure, its reading stands. Where it is not, the engine is asked over the shelf the reader
chose and votes: the same call makes the draft surer, another less. Its arguments are used only
for a plugin's calls, for which the reader has no rules.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from kernel.confidence import floors
from kernel.minds.needle.service import Service
from kernel.minds.needle.tools import Shelf, shelf_of, shelves
from kernel.minds.needle.weigh import at_best, combined, heard_of_foreign
from kernel.minds.port import Draft, Drafted, Prompt
from kernel.reader.meaning import FIND, asks_by_meaning, word_of
from kernel.reader.names import Name, Names
from kernel.reader.pointing import choices, settled
from kernel.reader.reader import GRAMMAR_ONLY, Reader, Reading
from kernel.reader.remember import RECALL, is_question
from kernel.reader.shelf import learned
from syscalls.declare import Effect
from syscalls.errors import MindFailed
from syscalls.table import AnyCall

SEARCH = "file.search"
SURE = 0.9
"""A reading at least this sure stands without the engine."""
RECALLED = 0.9
"""Of a look at what is remembered, which counts only where it finds what is almost certainly meant."""
MEANT = 0.95
"""Of a question for files by their subject, where files here were indexed for it."""
HOPELESS = 0.02
"""Below this and with nothing left that resembles a call, the engine is not asked either."""


class EngineCall(msgspec.Struct, frozen=True):
    """The engine's vote on a clause."""

    call: AnyCall
    confidence: float


class Cascade:
    """What `NeedleMind` thinks with."""

    def __init__(self, menu: tuple[AnyCall, ...], service: Service | None, cache: Path | None) -> None:
        """Args: as of `NeedleMind`."""
        self._service = service
        self.menu = menu
        usual = [call for call in menu if call.area != GRAMMAR_ONLY]
        self.shelves: list[Shelf] = shelves(usual)
        self._reader = Reader(menu, learned(usual, cache))

    async def think(self, prompt: Prompt) -> Draft:
        """A draft of every clause's call, or the nearest things it could do."""
        meant = asks_by_meaning(prompt.request) if prompt.has_documents else None
        if meant and any(call.name == FIND for call in self.menu):
            return Draft((Drafted(FIND, meant, MEANT, prompt.request),))
        names = Names(Name(path, is_folder) for path, is_folder in prompt.names)
        request = (
            settled(prompt.request, prompt.recent, dict(prompt.names)) if prompt.recent else prompt.request
        )
        readings = self._reader.read(request, names, has_recent=bool(prompt.recent))
        unclear = choices(request, [each.binding.arguments for each in readings], prompt.recent)
        if unclear:
            return Draft(nearest=unclear)
        if prompt.remembers and self._may_be_known(prompt.request, readings):
            asked = Drafted(RECALL, {"text": prompt.request, "sure": True}, RECALLED, prompt.request)
            return Draft((asked,), is_tentative=True)
        calls: list[Drafted] = []
        unread: list[str] = []
        seconds = 0.0
        for reading in readings:
            drafted, spent = await self._settle(reading)
            seconds += spent
            if drafted:
                calls += drafted
            else:
                unread.append(reading.clause.text)
        if len(calls) == 1 and calls[0].name == SEARCH:
            calls = [_by_its_word(calls[0], prompt.request)]
        nearest = tuple(nearby(readings))
        if not calls:
            return Draft(nearest=nearest, seconds=seconds)
        return Draft(tuple(calls), unread=tuple(unread), nearest=nearest, seconds=seconds)

    def _may_be_known(self, request: str, readings: Sequence[Reading]) -> bool:
        """Whether it is a question that the reader is not sure to answer by a look at files or machine."""
        is_plain = all(
            is_whole(each) and (each.is_exact or each.sureness >= SURE) for each in readings
        ) and bool(readings)
        return not is_plain and is_question(request) and any(call.name == RECALL for call in self.menu)

    def prepare(self, request: str) -> None:
        """Read the words without the workspace's names, and start a cold engine where they will hardly do.

        That it does not start is told by whoever asks it.
        """
        readings = self._reader.read(request, Names(()))
        doubtful = [reading for reading in readings if is_doubtful(reading)]
        if self._service is None or not doubtful:
            return
        shelf = None if doubtful[0].is_foreign else self._shelf(doubtful[0])
        with suppress(MindFailed, OSError):
            self._service.start((shelf.menu,) if shelf else ())

    async def _settle(self, reading: Reading) -> tuple[list[Drafted], float]:
        """The calls of one clause, and the seconds the engine took."""
        if reading.is_foreign and self._service is not None:
            return await self._foreign(reading)
        is_plain = is_whole(reading)
        if is_plain and (reading.is_exact or reading.sureness >= SURE):
            return [drafted_of(reading, reading.sureness)], 0.0
        if not is_plain:
            return [], 0.0
        if self._service is None or reading.sureness < HOPELESS or reading.binding.choices:
            return ([drafted_of(reading, reading.sureness)] if reading.sureness >= HOPELESS else []), 0.0
        proposed, seconds = None, 0.0
        is_warm = self._service.is_running()
        if not is_warm and is_above_floor(reading):
            return [drafted_of(reading, reading.sureness)], 0.0
        if is_warm or is_within_reach(reading):
            proposed, seconds = await self._ask(reading)
        sureness = combined(reading, proposed)
        return ([drafted_of(reading, sureness)] if sureness > 0.1 else []), seconds

    async def _foreign(self, reading: Reading) -> tuple[list[Drafted], float]:
        """A clause that speaks of a plugin's calls: the engine fills them, for the reader has no rules for them."""
        assert self._service is not None and reading.wording is not None
        service, area, spent = self._service, reading.wording.call.area, [0.0]

        async def ask(menu: str, text: str) -> dict[str, Any]:
            envelope = await service.complete(menu, text)
            spent[0] += float(envelope.get("seconds", 0.0))
            return envelope

        from kernel.minds.needle.functions import understand  # only plugins need it, and it takes its time

        functions = [function_of(call) for call in self.menu if call.area == area]
        heard = await understand(ask, functions, reading.clause.text)
        sureness = heard_of_foreign(reading.likeness, heard.confidence)
        drafted = [
            Drafted(f"{area}.{called.name}", called.arguments, round(sureness, 4), reading.clause.text)
            for called in heard.calls
        ]
        return drafted, spent[0]

    def _shelf(self, reading: Reading) -> Shelf | None:
        return None if reading.wording is None else shelf_of(self.shelves, reading.wording.call)

    async def _ask(self, reading: Reading) -> tuple[EngineCall | None, float]:
        assert self._service is not None and reading.wording is not None
        shelf = self._shelf(reading)
        if shelf is None:
            return None, 0.0
        envelope = await self._service.complete(shelf.menu, reading.clause.text)
        seconds = float(envelope.get("seconds", 0.0))
        calls = envelope.get("function_calls") or envelope.get("suppressed_calls") or []
        if not calls or calls[0].get("name") not in shelf.tools:
            return None, seconds
        call, _ = shelf.tools[calls[0]["name"]]
        return EngineCall(call, float(envelope.get("confidence") or 0.0)), seconds


def is_whole(reading: Reading) -> bool:
    """Whether it names a call and lacks none of its arguments."""
    return reading.wording is not None and not reading.missing


def is_doubtful(reading: Reading) -> bool:
    """Whether even a cold engine is waited for."""
    if reading.is_foreign:
        return True
    if not is_whole(reading) or reading.sureness < HOPELESS or reading.binding.choices:
        return False
    return is_within_reach(reading) and not reading.is_exact and not is_above_floor(reading)


def is_within_reach(reading: Reading) -> bool:
    """Whether the engine's best vote would let the reading be acted on."""
    return reading.wording is not None and at_best(reading) >= floors(reading.wording.call.effect).act


def is_above_floor(reading: Reading) -> bool:
    """Whether the reading alone may be acted on."""
    return reading.wording is not None and reading.sureness >= floors(reading.wording.call.effect).act


def function_of(call: AnyCall) -> dict[str, Any]:
    """A plugin's call as the engine is shown it: by its verb, with the types it declares."""
    says = " ".join(hint.says for hint in call.hints) or call.summary
    about = {slot: text for hint in call.hints for slot, text in hint.slots.items()}
    properties = {
        name: {"description": about.get(name, ""), **shape}
        for name, shape in call.schema.get("properties", {}).items()
    }
    parameters = {"type": "object", "properties": properties, "required": call.schema.get("required", [])}
    return {"name": call.verb, "description": says, "parameters": parameters}


def drafted_of(reading: Reading, sureness: float) -> Drafted:
    """The reader's call as a draft entry."""
    assert reading.wording is not None
    return Drafted(
        reading.wording.call.name, reading.binding.arguments, round(sureness, 4), reading.clause.text,
        tuple(reading.binding.guessed) if reading.wording.call.effect is Effect.DELETE else (),
    )  # fmt: skip


def nearby(readings: Sequence[Reading]) -> list[str]:
    """Example requests near what was said, to offer."""
    found: list[str] = []
    for reading in readings:
        wordings = [reading.wording] if reading.wording else []
        wordings += [candidate.wording for candidate in reading.others]
        for wording in wordings:
            if wording.hint.examples and wording.hint.examples[0].request not in found:
                found.append(wording.hint.examples[0].request)
    return found[:3]


def _by_its_word(search: Drafted, request: str) -> Drafted:
    """A search where no folder is indexed: of "the note about the dentist" for the dentist."""
    meant = asks_by_meaning(request) if "pattern" in search.arguments else None
    if meant is None:
        return search
    return msgspec.structs.replace(search, arguments=search.arguments | {"pattern": word_of(meant)})
