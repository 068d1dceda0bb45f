"""Whatever is done through the gate, undoing it all gives the first tree back, and redoing it all the last one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from kernel.call import Ok
from kernel.journal.ram import RamJournal
from kernel.process import Limits
from tests.kernel.world import Disk, agent, disk_at, soon
from tests.property.trees import SEQUENCES, Op, Tree, differences, plant, state_of, trees

FEW = settings(
    max_examples=25, derandomize=True, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
MANY = settings(FEW, max_examples=1000, phases=(Phase.generate,))


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    async with disk_at(tmp_path) as made:
        yield made


def afresh(disk: Disk, tree: Tree) -> Disk:
    """The same folder and driver with another tree and an empty journal."""
    plant(disk.work, tree)
    process = agent(cwd=str(disk.work), limits=Limits(calls=None))
    return disk.but(journal=RamJournal(), process=process)


async def check(disk: Disk, tree: Tree, ops: list[Op]) -> None:
    """Do, undo all, redo all, and both once more."""
    here = afresh(disk, tree)
    first = before = state_of(here.work)
    count = 0
    for name, arguments in ops:
        reply = await here(name, **arguments)
        after = state_of(here.work)
        is_effect = isinstance(reply, Ok) and bool(here.undoer.history()[-1].undo)
        if not is_effect:
            assert differences(before, after) == [], f"{name} {arguments} came to nothing, and yet"
        count += is_effect
        before = after
    last = before
    if not count:
        return
    for turn, wanted in (("undo", first), ("redo", last), ("undo", first), ("redo", last)):
        async with soon():
            replies = await getattr(here.undoer, turn)(here.process, count)
        assert all(isinstance(reply, Ok) for reply in replies), (turn, replies)
        assert len(replies) == count
        assert differences(wanted, state_of(here.work)) == [], turn


@FEW
@given(tree=trees(), ops=SEQUENCES)
async def test_undoing_all_gives_the_first_tree_and_redoing_all_the_last(
    disk: Disk, tree: Tree, ops: list[Op]
) -> None:
    await check(disk, tree, ops)


@pytest.mark.slow
@MANY
@given(tree=trees(), ops=SEQUENCES)
async def test_a_thousand_sequences_come_back_and_come_again(disk: Disk, tree: Tree, ops: list[Op]) -> None:
    await check(disk, tree, ops)
