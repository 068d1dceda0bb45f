"""Nothing that was started is left when the zygote or the kernel dies, and the next run works."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Iterator

import pytest

from kernel.jail.plan import package_root
from kernel.oneshot.oversight import Control, Oversight
from kernel.process import Process
from syscalls.errors import DriverDied
from tests.groups import group_lives
from tests.oneshot.conftest import NOBODY, PATIENCE_S, Runs, World, processes_saying, until

KERNEL = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from kernel.jail.spec import JailSpec
from kernel.oneshot.port import Order
from syscalls.errors import DriverDied
from kernel.oneshot.runner import JailedRunner

async def main():
    runner = JailedRunner()
    print([c.name for c in runner.groups.controllers if c.folder], flush=True)
    spec = JailSpec(execute=True, processes=True)
    order = Order(argv=("sh", "-c", sys.argv[2]), cwd="/", spec=spec, process_count=int(sys.argv[3]))
    outcome = await runner.run(order, lambda _, chunk: print(chunk.decode(), end="", flush=True))
    print(outcome.status, outcome.stopped, flush=True)
    await runner.close()

asyncio.run(main())
"""


async def test_when_the_zygote_dies_its_runs_fail_and_the_next_one_works(runs: Runs, world: World) -> None:
    mark = f"6{time.time_ns()}"
    begun = asyncio.Event()
    order = world.order("sh", "-c", f"(sleep 600; : {mark}) & echo; wait")
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        task = group.create_task(_failure_of(runs.runner.run(order, lambda _stream, _chunk: begun.set())))
        await begun.wait()
        zygote = runs.runner.zygote_pid
        assert zygote is not None
        os.kill(zygote, signal.SIGKILL)
    assert "died" in str(task.result())
    await until(lambda: not processes_saying(mark))
    assert (await runs("true")).outcome.status == 0
    assert runs.runner.zygote_pid != zygote


async def _failure_of(run: Awaitable[object]) -> Exception:
    with pytest.raises(DriverDied) as caught:
        await run
    return caught.value


async def test_what_waits_idle_may_be_killed(runs: Runs) -> None:
    await runs("true")
    zygote = runs.runner.zygote_pid
    await until(lambda: len(_children(zygote)) == 3)
    killed = _children(zygote)
    for child in killed:
        os.kill(child, signal.SIGKILL)
    await until(lambda: not any(map(group_lives, killed)))  # others may have come in their place
    assert (await runs("true")).outcome.status == 0


async def test_an_order_that_its_child_died_over_unread_is_given_to_another(runs: Runs, world: World) -> None:
    await runs("true")
    await until(lambda: len(_children(runs.runner.zygote_pid)) == 3)
    killer = _Killer(_children(runs.runner.zygote_pid))
    await until(lambda: all(state == "T" for _, state, _, group in _processes() if group in killer.idle))
    outcome = await runs.runner.run(world.order("true"), lambda _stream, _chunk: None, killer)
    assert killer.given[0] in killer.idle
    assert outcome.status == 0


class _Killer(Oversight):
    """Stops what waits, and kills it once one of it was given an order."""

    def __init__(self, idle: list[int]) -> None:
        super().__init__(Process(1, "a test", frozenset(), cwd="/", home="/"), "true")
        self.idle = idle
        self.given: list[int] = []
        for child in idle:
            os.killpg(child, signal.SIGSTOP)

    def began(self, control: Control) -> None:
        self.given.append(control.leader)
        for child in self.idle if len(self.given) == 1 else ():
            os.killpg(child, signal.SIGKILL)


async def test_a_closed_runner_runs_nothing(runs: Runs) -> None:
    await runs("true")
    zygote = runs.runner.zygote_pid
    await runs.runner.close()
    assert zygote is not None
    assert not _is_alive(zygote)
    with pytest.raises(DriverDied, match="closed"):
        await runs("true")


def test_nothing_outlives_a_kernel_that_was_killed(_jail: None) -> None:
    mark = f"6{time.time_ns()}"
    command = [sys.executable, "-c", KERNEL, package_root(), f"(sleep 600; : {mark}) & echo go; wait", "64"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as kernel:
        assert kernel.stdout is not None
        kernel.stdout.readline()
        assert kernel.stdout.readline() == b"go\n"
        assert processes_saying(mark)
        kernel.kill()
    deadline = time.monotonic() + PATIENCE_S
    while processes_saying(mark):
        assert time.monotonic() < deadline, "a descendant outlived the kernel"


@pytest.mark.parametrize(
    ("script", "said"),
    [("exit 3", "3"), ("f() { f | f & }; f; sleep 60", "-9 processes"), ("(sleep 600 &); exit 0", "0")],
)
def test_an_ordinary_users_kernel_holds_its_runs_too(script: str, said: str, _jail: None) -> None:
    command = [sys.executable, "-c", KERNEL, package_root(), script, "20"]
    asked = {"user": NOBODY, "group": NOBODY, "extra_groups": ()} if os.geteuid() == 0 else {}
    try:
        done = subprocess.run(  # type: ignore[call-overload]
            command, capture_output=True, timeout=30, check=False, cwd="/", text=True, **asked
        )
    except PermissionError as refusal:
        pytest.skip(f"another user cannot reach the interpreter of the tests: {refusal}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == said


def _is_alive(pid: int) -> bool:
    return os.path.exists(f"/proc/{pid}")


def _children(parent: int | None) -> list[int]:
    return [pid for pid, state, its_parent, _ in _processes() if its_parent == parent and state != "Z"]


def _processes() -> Iterator[tuple[int, str, int, int]]:
    """Of each its pid, state, parent and process group."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                state, parent, group = file.read().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        yield int(name), state, int(parent), int(group)
