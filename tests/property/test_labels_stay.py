"""Whatever is done with a file, what it holds from elsewhere stays labelled, in this session and any other.

The bytes are the judge: every untrusted text carries a mark of its source. Where a file has the
mark, a read of it must have the label.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kernel.call import Approval, Call, Choice, Ok, Proposal, Reply
from kernel.drivers.port import Answer
from kernel.gate import Gate
from kernel.journal.ram import RamJournal
from kernel.labelling import Labelling
from kernel.policy import Mode, Policy
from kernel.process import Process
from kernel.undoer import Undoer
from syscalls.declare import Value
from syscalls.errors import NotFound
from syscalls.labels import NONE, USER, Label, Labels
from syscalls.table import Entry, Table
from syscalls.undo import Step as UndoStep
from tests.kernel.world import CALLS, Disk, agent, disk_at

MARKS = {
    "<<web>>": Label("web:evil.org", False),
    "<<mail>>": Label("app:mail", False),
    "<<key>>": Label("file:/home/ana/.ssh/id_rsa", False, True),
}
NAMES = ["a", "b", "d/a", "d/b", "e", "e/a"]
name = st.sampled_from(NAMES)
marks = st.lists(st.sampled_from(sorted(MARKS)), max_size=2, unique=True)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["write", "append", "edit"]), name, marks),
    st.tuples(st.sampled_from(["copy", "move", "launder"]), name, name),
    st.tuples(st.sampled_from(["delete", "look"]), name),
    st.tuples(
        st.sampled_from(["copy", "move"]), st.sampled_from(["d", "e", "d/*"]), st.sampled_from(["d", "f"])
    ),
    st.tuples(st.sampled_from(["undo", "redo", "leave"])),
)
Step = tuple[Any, ...]
BACK: list[Step] = [("write", "a", ["<<web>>"]), ("write", "a", []), ("undo",)]
MOVED: list[Step] = [("write", "a", ["<<key>>"]), ("move", "a", "b")]
TREES: list[Step] = [("write", "d/a", ["<<key>>"]), ("copy", "d", "f"), ("move", "d/*", "e"), ("leave",)]
MIXED: list[Step] = [
    ("write", "a", []),
    ("append", "a", ["<<mail>>"]),
    ("append", "a", []),
    ("edit", "a", []),
]
LAUNDERED: list[Step] = [("write", "a", ["<<web>>"]), ("launder", "a", "b"), ("delete", "b"), ("undo",)]


class Yes:
    """Somebody who allows everything."""

    is_present = True

    async def approve(self, approval: Approval) -> Choice:
        """Yes."""
        return Choice.ONCE


class Desk:
    """A folder of its own, one journal, and one session after another."""

    def __init__(self, disk: Disk, top: Path, labelling: type[Labelling] = Labelling) -> None:
        top.mkdir()
        self.disk, self.top, self.labelling = disk, top, labelling
        self.journal = RamJournal()
        self.process: Process = agent(cwd=str(top))
        self.sessions = count(1)
        self.come()

    def come(self) -> None:
        """A new session: it knows what the journal says and nothing else."""
        session = f"s{next(self.sessions)}"
        table, policy = Table(CALLS), Policy(Mode.AUTO_SAFE)
        self.gate = Gate(table, self.disk.drivers, policy, self.journal, session, Yes())
        self.gate.labelling = self.labelling(self.journal, session)
        self.undoer = Undoer(self.gate, self.journal, session, str(self.disk.store))

    async def __call__(self, call: str, labels: Labels = USER, **arguments: Any) -> Reply:
        """One call."""
        return await self.gate(self.process, Proposal(f"file.{call}", arguments, labels))

    async def step(self, step: Step) -> None:
        """Do one thing; that it may be refused is no matter here."""
        match step:
            case ("write" | "append", path, found):
                await self(step[0], labelled(found), path=path, content=f"text {''.join(found)}\n")
            case ("edit", path, found):
                await self("edit", labelled(found), paths=[path], old="text", new=f"text {''.join(found)}")
            case ("copy" | "move", path, to):
                await self(step[0], paths=[path], to=to, overwrite=True)
            case ("launder", path, to):
                reply = await self("read", path=path)
                if isinstance(reply, Ok):
                    await self("write", reply.labels, path=to, content=reply.value.text())
            case ("delete", path):
                await self("delete", paths=[path])
            case ("look", path):
                await self("read", path=path)
            case (verb,):
                await self.turn(verb)

    async def turn(self, verb: str) -> None:
        """Undo or redo, or begin a new session."""
        if verb == "leave":
            self.come()
            return
        with suppress(NotFound):
            await getattr(self.undoer, verb)(self.process, force=True)

    async def check(self) -> None:
        """Every mark that is in a file is among the labels a read of it has."""
        for path in sorted(self.top.rglob("*")):
            if path.is_file():
                reply = await self("read", path=str(path))
                assert isinstance(reply, Ok)
                text = path.read_text("utf-8")
                missing = [
                    mark for mark, label in MARKS.items() if mark in text and label not in reply.labels.items
                ]
                assert missing == [], f"{path.name} holds {text!r} and is labelled {reply.labels}"


def labelled(found: list[str]) -> Labels:
    return USER.join(Labels(tuple(sorted(MARKS[mark] for mark in found))))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Disk]:
    async with disk_at(tmp_path_factory.mktemp("labels")) as disk:
        yield disk


@pytest.fixture(scope="module")
def numbers() -> "count[int]":
    return count()


@pytest.mark.asyncio(loop_scope="module")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=12)
@given(steps=st.lists(STEPS, min_size=2, max_size=7))
@example(BACK)
@example(MOVED)
@example(TREES)
@example(MIXED)
@example(LAUNDERED)
async def test_no_sequence_of_calls_drops_a_label(
    world: Disk, numbers: "count[int]", steps: list[Step]
) -> None:
    await done(Desk(world, world.work / str(next(numbers))), steps)


async def done(desk: Desk, steps: list[Step]) -> None:
    """Do the steps, and check, in the session that did them and in a later one."""
    for step in steps:
        await desk.step(step)
    await desk.check()
    desk.come()
    await desk.check()


class Unread(Labelling):
    """A read has the labels of its driver only."""

    def looked(self, process: Process, entry: Entry, call: Call, answer: Answer, value: Value) -> Labels:
        return call.labels.join(answer.labels)


class Unwritten(Labelling):
    """What an effect wrote is labelled for this session only."""

    def written(self, process: Process, entry: Entry, call: Call, answer: Answer) -> Labels:
        return NONE


class Unmoved(Labelling):
    """A file that is moved leaves its labels behind."""

    def wrote(self, call: Call, steps: tuple[UndoStep, ...], labels: Labels) -> None:
        super().wrote(call, tuple(step for step in steps if step.do != "rename"), labels)


class Unturned(Labelling):
    """Undo brings bytes back and not their labels."""

    def written(self, process: Process, entry: Entry, call: Call, answer: Answer) -> Labels:
        return NONE if call.turns else super().written(process, entry, call, answer)


class Unmixed(Labelling):
    """What is added to a file takes the place of what it held."""

    def written(self, process: Process, entry: Entry, call: Call, answer: Answer) -> Labels:
        return call.labels if call.name == "file.append" else super().written(process, entry, call, answer)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("broken", "steps"),
    [(Unread, MIXED), (Unwritten, MIXED), (Unmoved, MOVED), (Unturned, BACK), (Unmixed, MIXED)],
)
async def test_the_property_bites(
    world: Disk, numbers: "count[int]", broken: type[Labelling], steps: list[Step]
) -> None:
    with pytest.raises(AssertionError, match="is labelled"):
        await done(Desk(world, world.work / str(next(numbers)), broken), steps)
