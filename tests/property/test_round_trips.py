"""What is written can be read back as it was: frames, errors, paths, drafts, journals."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kernel.journal.ram import RamJournal
from kernel.journal.records import DecisionRow, DraftRow, LookRow, OutcomeRow
from kernel.loop import End, Loop, Nobody, Result, Session
from kernel.minds.port import Draft, Drafted
from kernel.minds.scripted import Line, ScriptedMind
from kernel.origins import Origin
from kernel.paths import canonical, shown
from syscalls import wire
from syscalls.errors import every_error, from_wire, to_wire
from tests.kernel.world import CALLS, World
from tests.property.strategies import PATHS

PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(PLAIN, VALUES, max_size=4)


@given(st.integers(0, 2**63), PLAIN, ARGUMENTS)
def test_a_call_comes_out_of_its_frame_as_it_went_in(id_: int, name: str, arguments: dict[str, Any]) -> None:
    call = wire.Call(id_, name, arguments)
    (body,) = wire.Unframer().feed(wire.encode(call))
    assert wire.requests.decode(body) == call


@given(st.sampled_from(list(every_error())), PLAIN)
def test_an_error_keeps_its_kind_and_its_words(kind: Any, text: str) -> None:
    back = from_wire(to_wire(kind(text)))
    assert (type(back), str(back)) == (kind, text)


@given(PATHS.filter(lambda text: "\0" not in text), st.sampled_from(["/", "/desk", "/desk/a"]))
def test_a_path_as_it_is_shown_is_the_same_path_again(text: str, cwd: str) -> None:
    path = canonical(text, cwd, "/home/ana").rstrip("/") or "/"
    words = shown(path, cwd)
    if not words.startswith("~"):
        assert canonical(words, cwd, "/home/ana").rstrip("/") == path.rstrip("/")


@given(PLAIN, ARGUMENTS, st.floats(0, 1), PLAIN)
def test_a_draft_is_in_the_journal_as_it_was_made(
    name: str, arguments: dict[str, Any], confidence: float, text: str
) -> None:
    draft = Draft((Drafted(name, arguments, confidence, text, (name,)),), text)
    journal = RamJournal()
    journal.append("s1", "draft", DraftRow(1, "scripted", draft), durable=True)
    (row,) = journal.rows()
    assert row.record().draft == draft
    assert journal.verify().is_whole


class Blind:
    """Watches nothing."""

    def __call__(self, happening: object) -> None:
        pass


SCRIPTS = st.lists(
    st.sampled_from(
        [
            {"name": "file.read", "arguments": {"path": "a.txt"}},
            {"name": "file.read", "arguments": {"path": "missing"}},
            {"name": "file.write", "arguments": {"path": "b.txt", "content": {"$reply": 0}}},
            {"name": "file.write", "arguments": {"path": "c.txt", "content": "c"}},
            {"name": "file.delete", "arguments": {"paths": ["a.txt"]}},
            {"name": "file.explode"},
        ]
    ),
    max_size=4,
)


async def played(script: list[dict[str, Any]]) -> tuple[World, Result]:
    world = World()
    world.files.texts["/desk/a.txt"] = "alpha\n"
    lines = [Line(calls=(call,), done=number == len(script)) for number, call in enumerate(script, 1)]
    loop = Loop(world.gate, ScriptedMind(lines), world.journal, Session("s1"), Nobody(), Blind())
    return world, await loop.run(world.process, "go", CALLS)


@given(SCRIPTS)
async def test_a_script_played_again_does_and_answers_the_same(script: list[dict[str, Any]]) -> None:
    (first, one), (again, two) = await played(script), await played(script)
    assert first.files.texts == again.files.texts
    assert first.kinds() == again.kinds()
    assert essence(first) == essence(again)
    assert one.end is two.end
    assert (one.end is End.DONE) is (one.error is None)


def renumbered(origin: Origin, numbers: dict[str, str]) -> Origin:
    return msgspec.structs.replace(origin, of=tuple(numbers.get(place, place) for place in origin.of))


def essence(world: World) -> list[bytes]:
    """Every row without what must differ: the calls' own numbers, and the time they took."""
    numbers: dict[str, str] = {}
    found = []
    for row in world.journal.rows():
        whole = row.record()
        for record in (whole.decision, whole.outcome) if isinstance(whole, LookRow) else (whole,):
            if isinstance(record, DecisionRow):
                origins = {name: renumbered(origin, numbers) for name, origin in record.origins.items()}
                record = msgspec.structs.replace(record, origins=origins)
            if hasattr(record, "call_id"):
                number = numbers.setdefault(record.call_id, str(len(numbers)))
                record = msgspec.structs.replace(record, call_id=number)
            if isinstance(record, OutcomeRow):
                record = msgspec.structs.replace(record, seconds=0.0)
            found.append(msgspec.msgpack.encode(record))
    return found
