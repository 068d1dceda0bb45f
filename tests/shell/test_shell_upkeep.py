"""Which folders a session keeps up to date, and that it hears of changes below them."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from apps.documents.folders import keep
from apps.shell.upkeep import changes, covers

pytest.importorskip("asyncinotify")
BOUND_S = 20


async def heard(happening: AsyncGenerator[None, None]) -> None:
    async with asyncio.timeout(BOUND_S):
        await anext(happening)


async def test_changes_below_a_folder_are_heard_those_in_new_folders_too(tmp_path: Path) -> None:
    folder, own = tmp_path / "ws", tmp_path / "own"
    (folder / ".git").mkdir(parents=True)
    own.mkdir()
    happening = changes([folder], own)
    await heard(happening)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(heard(happening))
        while not waiting.done():  # until the watch stands
            (folder / "a.txt").write_text("x")
            await asyncio.sleep(0.05)
    (folder / "new").mkdir()
    await heard(happening)
    (folder / "new" / "b.txt").write_text("x")
    await heard(happening)
    keep(own, [str(folder)])
    await heard(happening)
    (folder / ".git" / "index").write_text("x")
    (folder / "new" / "b.txt").rename(folder / "c.txt")
    await heard(happening)
    await happening.aclose()


def test_a_session_looks_after_indexed_folders_at_above_and_below_its_own(tmp_path: Path) -> None:
    assert not covers(tmp_path, [tmp_path])
    keep(tmp_path, ["/a/b"])
    assert covers(tmp_path, [Path("/a")]) and covers(tmp_path, [Path("/a/b/c")])
    assert not covers(tmp_path, [Path("/a/bc")])
