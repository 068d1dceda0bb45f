"""Where control groups work, all of a run is in its own: nothing forks before it is inside."""

import asyncio
import os
import time

import pytest

from tests.oneshot.conftest import PATIENCE_S, Runs, World, processes_saying


async def test_all_of_a_run_is_in_its_group(runs: Runs, world: World) -> None:
    if not any(controller.folder for controller in runs.runner.groups.controllers):
        pytest.skip(f"no control groups here: {runs.runner.groups.controllers}")
    mark = f"6{time.time_ns()}"
    begun = asyncio.Event()
    order = world.order("sh", "-c", f"sleep 600 & echo; wait; : {mark}")
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        task = group.create_task(runs.runner.run(order, lambda _stream, _chunk: begun.set()))
        await begun.wait()
        found = processes_saying(mark)
        groups = [_groups_of(pid) for pid in found]
        task.cancel()
    assert found  # the shell, and its child where that has not become `sleep` yet
    assert all(f"/aosh-{os.getpid()}-" in text for text in groups)


def _groups_of(pid: int) -> str:
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
        return file.read()
