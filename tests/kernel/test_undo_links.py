"""Undo where one file has several names, and of links that were replaced."""

import os
from pathlib import Path

import pytest

from kernel.call import Ok
from tests.kernel.world import Disk, soon
from tests.tiers import best

WHEN = (1_000_000_000, 2_000_000_000)


@pytest.fixture
def names(disk: Disk) -> tuple[Path, Path]:
    """Two names of one file."""
    a, h = disk.work / "a", disk.work / "d" / "h"
    h.parent.mkdir()
    a.write_text("one\n")
    h.hardlink_to(a)
    os.utime(a, ns=WHEN)
    return a, h


async def taken_back(disk: Disk, count: int) -> None:
    async with soon():
        assert all(isinstance(each, Ok) for each in await disk.undoer.undo(disk.process, count))


@pytest.mark.parametrize(
    "parting",
    [
        ("file.edit", {"paths": ["d/h"], "old": "one", "new": "zwei"}),
        ("file.write", {"path": "a", "content": "other"}),
        ("file.delete", {"paths": ["d/h"]}),
        ("file.delete", {"paths": ["a"]}),
        ("file.delete", {"paths": ["d"]}),
    ],
)
@pytest.mark.parametrize(
    "first",
    [("file.append", {"path": "a", "content": "two"}), ("file.mode", {"paths": ["a"], "mode": "600"})],
)
async def test_names_of_one_file_that_were_parted_are_as_before_after_undo(
    disk: Disk,
    names: tuple[Path, Path],
    first: tuple[str, dict[str, str]],
    parting: tuple[str, dict[str, str]],
) -> None:
    mode, folder = names[0].stat().st_mode, names[1].parent.stat().st_mtime_ns
    for name, arguments in (first, parting):
        assert isinstance(await disk(name, **arguments), Ok)
    for _ in range(2):
        await taken_back(disk, 2)
        for each in names:
            info = each.stat()
            assert (each.read_text(), info.st_mode, info.st_mtime_ns) == ("one\n", mode, WHEN[1])
        assert names[0].stat().st_ino == names[1].stat().st_ino
        assert names[1].parent.stat().st_mtime_ns == folder
        async with soon():
            await disk.undoer.redo(disk.process, 2)


async def test_a_name_that_somebody_wrote_to_since_is_not_joined_again(
    disk: Disk, names: tuple[Path, Path]
) -> None:
    a, h = names
    await disk("file.append", path="a", content="two")
    h.unlink()
    h.write_text("somebody's")
    await taken_back(disk, 1)
    assert (a.read_text(), h.read_text()) == ("one\n", "somebody's")


@pytest.mark.skipif(best() != "F", reason="in tier L no jail can set the time of a link")
@pytest.mark.parametrize(
    "away", [("file.delete", {"paths": ["l"]}), ("file.move", {"paths": ["m"], "to": "l", "overwrite": True})]
)
async def test_a_link_that_was_replaced_or_deleted_comes_back_with_its_times(
    disk: Disk, away: tuple[str, dict[str, object]]
) -> None:
    link, other = disk.work / "l", disk.work / "m"
    (disk.work / "a").write_text("one\n")
    link.symlink_to("a")
    other.symlink_to("./a")
    os.utime(link, ns=WHEN, follow_symlinks=False)
    assert isinstance(await disk(away[0], **away[1]), Ok)
    assert not link.is_symlink() or link.lstat().st_mtime_ns != WHEN[1]
    await taken_back(disk, 1)
    assert (str(link.readlink()), link.lstat().st_mtime_ns) == ("a", WHEN[1])


async def test_moving_one_name_of_a_file_over_another_leaves_one_name(
    disk: Disk, names: tuple[Path, Path]
) -> None:
    a, h = names
    assert isinstance(await disk("file.move", paths=["a"], to="d/h", overwrite=True), Ok)
    assert (a.exists(), h.read_text()) == (False, "one\n")
    await taken_back(disk, 1)
    assert (a.read_text(), h.read_text()) == ("one\n", "one\n")
