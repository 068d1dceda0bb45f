"""What takes all it can is stopped with its whole tree, and calls are answered meanwhile. Figures: `benchmarks containment`."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from benchmarks.containment import BOMBS, LOOK, Bomb, explode
from benchmarks.world import call, kernel
from kernel.happenings import Happening, Near
from kernel.resources.limits import LimitsSection
from tests.processes.test_background import settings

PATIENCE_S = 60


@pytest.mark.parametrize("bomb", [pytest.param(bomb, id=name.split(" (")[0]) for name, bomb in BOMBS.items()])
async def test_a_bomb_is_stopped_whole_while_calls_are_answered(tmp_path: Path, bomb: Bomb) -> None:
    mark = f"m{os.getpid()}x{id(bomb)}"
    chosen = settings(tmp_path)
    config = msgspec.structs.replace(chosen.config, limits=LimitsSection(process=bomb.budget))
    heard: list[Happening] = []

    def hear(happening: Happening) -> None:
        heard.append(happening)

    marked = bomb._replace(script=f"{mark} = 0\n{bomb.script}")
    async with asyncio.timeout(PATIENCE_S), kernel(replace(chosen, config=config), hear) as running:
        await call(running, LOOK)
        found = await explode(running, marked)
        assert found.stopped == bomb.stopped
        assert saying(mark) == []
        assert len(found.answers_ms) > 1 and max(found.answers_ms) < 10_000
        assert sorted(path.name for path in chosen.cwd.iterdir()) == ["a.txt", "in"]
        assert [each.standing.is_over for each in heard if isinstance(each, Near)][-1]
        assert list(running.host.runs) == []


def saying(mark: str) -> list[int]:
    """Living processes with the mark on their command line."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in file.read_bytes():
                found.append(int(file.parent.name))
        except OSError:
            continue
    return found
