"""Whatever a mind drafts, in whatever shape: it is an answer or a refusal, never a crash, and reaches nobody ungranted."""

import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kernel.call import Err
from kernel.confidence import floors
from kernel.happenings import Happening
from kernel.loop import End, Loop, Nobody, Result, Session
from kernel.minds.port import Draft, Drafted, From, Prompt, sound
from syscalls.declare import Effect
from syscalls.errors import BadArgument, MindFailed
from syscalls.table import Table
from tests.kernel.world import CALLS, Untouchable, World, agent
from tests.property.strategies import JSON, TEXT, arguments

ALIKE = (
    "file.revert", "file.land", "FILE.READ", "file.read ", "file\u2024read", "file.re\u200bad", "kernel.grant",
    "../file.read", "file.read\0", "\U0001f600" * 300,
)  # fmt: skip
"""Names of hidden calls, and names that look like others."""
NAMES = st.sampled_from([call.name for call in CALLS]) | TEXT | st.sampled_from(ALIKE)
REFERENCES = st.builds(
    From, st.integers(-3, 4), st.sampled_from(["text", "path", "paths", "beside:x", "beside:../x", "beside:/etc", ""]) | TEXT
)  # fmt: skip
CONFIDENCES = st.floats(0, 1) | st.sampled_from([math.nan, math.inf, -math.inf, -1.0, 2.0, 1e308])


def deep(depth: int) -> Any:
    """A value nested that many times."""
    value: Any = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"path": value}
    return value


ODD = st.builds(deep, st.integers(1, 400)) | st.builds(str.__mul__, TEXT, st.integers(0, 3000)) | JSON


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
"""What a person can type."""


@st.composite
def drafted(draw: st.DrawFn) -> Drafted:
    """One proposed call of any shape."""
    name = draw(NAMES)
    found = draw(arguments(name))
    for field in list(found):
        if draw(st.integers(0, 3)) == 0:
            found[field] = draw(REFERENCES | ODD)
    return Drafted(name, found, draw(CONFIDENCES), draw(TEXT), tuple(draw(st.lists(TEXT, max_size=2))))


DRAFTS = st.builds(
    Draft,
    st.lists(drafted(), max_size=4).map(tuple),
    TEXT,
    st.booleans(),
    st.lists(TEXT, max_size=1).map(tuple),
    st.lists(TEXT, max_size=1).map(tuple),
)


class Mindless:
    """A mind that says these drafts in turn, and then nothing."""

    name = "any"
    wants_names = False
    has_memory = True

    def __init__(self, drafts: list[Draft]) -> None:
        self._drafts = list(drafts)

    async def think(self, prompt: Prompt) -> Draft:
        return self._drafts.pop(0) if self._drafts else Draft()

    async def close(self) -> None:
        pass


def blind(happening: Happening) -> None:
    """Watches nothing."""


async def ran(world: World, drafts: list[Draft], stdin: str = "", request: str = "go") -> Result:
    loop = Loop(world.gate, Mindless(drafts), world.journal, Session("s1"), Nobody(), blind)
    return await loop.run(world.process, request, CALLS, stdin)


@settings(max_examples=120)
@given(st.lists(DRAFTS, min_size=1, max_size=3), TEXT, WORDS)
@example([Draft((Drafted("file.read", {"path": "\ud800"}, 1.0),), "\ud800")], "\ud800", "go")
@example([Draft((Drafted("\ud800", {"\ud800": "\ud800"}, 1.0, "\ud800", ("\ud800",)),))], "", "go")
@example([Draft((Drafted("file.read", {"path": 10**400}, 1.0),))], "", "go")
async def test_no_draft_of_a_mind_without_capabilities_reaches_a_server(
    drafts: list[Draft], stdin: str, request: str
) -> None:
    world = World(server=Untouchable(), process=agent(caps=()))
    try:
        result = await ran(world, drafts, stdin, request)
    except MindFailed:
        return  # no data at all, and said so
    assert all(isinstance(reply, Err) for reply in result.replies)
    assert result.end in End


@given(
    st.sampled_from([math.nan, -math.inf, -1.0, 0.0]),
    st.sampled_from(["file.write", "file.delete", "file.read"]),
)
async def test_a_confidence_that_is_no_number_is_no_confidence(confidence: float, name: str) -> None:
    world = World()
    fields = {"path": "a"} if name != "file.delete" else {"paths": ["a"]}
    result = await ran(world, [Draft((Drafted(name, fields, confidence),))])
    assert result.end is End.NOT_UNDERSTOOD
    assert not confidence >= floors(Effect.READ).act


@pytest.mark.parametrize("value", [deep(5_000), 10**400, "\ud800"])
def test_what_is_no_data_is_said_to_be_none(value: Any) -> None:
    with pytest.raises(MindFailed, match="the mind 'any' proposed what is no data"):
        sound(Draft((Drafted("file.read", {"path": value}, 1.0),)), "any")


@pytest.mark.parametrize("value", [deep(900), deep(5_000), 10**400, "\ud800"])
async def test_a_call_that_is_no_data_is_refused_whoever_makes_it(value: Any) -> None:
    world = World(server=Untouchable())
    reply = await world("file.read", {"path": value}, origin="app:weather")
    assert isinstance(reply, Err)
    assert isinstance(reply.error, BadArgument)


def test_arguments_nested_without_end_are_refused_by_the_table() -> None:
    with pytest.raises(BadArgument, match="nested too deeply"):
        Table(CALLS)["file.read"].check({"path": deep(50_000)})


def test_a_confidence_is_made_a_chance() -> None:
    drafted = [Drafted("x", {}, each) for each in (math.nan, -2.0, 0.5, 7.0)]
    assert [each.confidence for each in sound(Draft(tuple(drafted)), "any").calls] == [0.0, 0.0, 0.5, 1.0]
