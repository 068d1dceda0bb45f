"""A workspace on the real disk for the kernel's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kernel.world import Disk, World, disk_at


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    async with disk_at(tmp_path) as made:
        yield made


@pytest.fixture
def world() -> World:
    made = World()
    made.files.texts["/desk/a.txt"] = "alpha\n"
    return made
