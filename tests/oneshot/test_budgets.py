"""A run that overruns its budget ends, with all that it started, and says which budget it was."""

import asyncio
import os
import signal
import time
from pathlib import Path

from kernel.oneshot.port import Stream
from tests.oneshot.conftest import PATIENCE_S, Runs, World, processes_saying, until

FORK_BOMB = "import os, time\nwhile True:\n try: os.fork()\n except OSError: time.sleep(0.001)"
DOUBLE_FORK = "import os, sys, time\nfor _ in range(2):\n if os.fork(): break\nelse: time.sleep(600)\n"


async def test_a_run_that_takes_too_long_is_ended(runs: Runs) -> None:
    result = await runs("sleep", "600", timeout_s=0.2)
    assert (result.outcome.status, result.outcome.stopped) == (-signal.SIGTERM, "timeout")
    assert 0.2 <= result.outcome.wall_s < 2.0


async def test_it_may_end_in_its_own_way_first(runs: Runs) -> None:
    script = "trap 'echo tidied; exit 3' TERM; echo ready; while :; do sleep 0.01; done"
    result = await runs.sh(script, timeout_s=0.5)
    assert result.text() == b"ready\ntidied\n"
    assert (result.outcome.status, result.outcome.stopped) == (3, "timeout")


async def test_one_that_ignores_being_asked_is_killed(runs: Runs) -> None:
    result = await runs.sh("trap '' TERM; while :; do sleep 0.01; done", timeout_s=0.2)
    assert (result.outcome.status, result.outcome.stopped) == (-signal.SIGKILL, "timeout")
    assert result.outcome.wall_s < 3.0


async def test_what_outlives_the_program_is_killed(runs: Runs) -> None:
    mark = f"6{time.time_ns()}"
    result = await runs.python(DOUBLE_FORK + f"if {mark}: time.sleep(0.1)", timeout_s=20)
    assert result.outcome.status == 0
    assert result.outcome.wall_s < 5.0
    assert processes_saying(mark) == []


async def test_cancelling_kills_the_whole_tree_within_200_ms(runs: Runs, world: World) -> None:
    mark = f"6{time.time_ns()}"
    begun = asyncio.Event()
    script = f"import signal\nsignal.signal(15, signal.SIG_IGN)\n{DOUBLE_FORK}print('x', flush=True)\ntime.sleep(600) # {mark}"
    order = world.order("/usr/bin/env", "python3", "-I", "-S", "-c", script)
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        task = group.create_task(runs.runner.run(order, lambda _stream, _chunk: begun.set()))
        await begun.wait()
        assert len(processes_saying(mark)) >= 2
        started = time.perf_counter()
        task.cancel()
        await asyncio.wait([task])
        took = time.perf_counter() - started
    assert task.cancelled()
    assert processes_saying(mark) == []
    assert took < 0.2


async def test_a_fork_bomb_is_ended(runs: Runs) -> None:
    mark = f"_{time.time_ns()}"
    result = await runs.python(f"{mark} = 0\n{FORK_BOMB}", process_count=20)
    assert (result.outcome.status, result.outcome.stopped) == (-signal.SIGKILL, "processes")
    assert processes_saying(mark) == []


async def test_a_memory_bomb_is_ended(runs: Runs) -> None:
    script = "import time\nx = []\nwhile True: x.append(b'x' * (1 << 22)); time.sleep(0.001)"
    result = await runs.python(script, rss_bytes=128 << 20)
    assert (result.outcome.status, result.outcome.stopped) == (-signal.SIGKILL, "memory")
    assert result.outcome.peak_bytes > 128 << 20


async def test_memory_of_all_processes_is_one_budget(runs: Runs) -> None:
    script = "import os, time\nfor _ in range(3): os.fork()\nx = b'x' * (32 << 20)\ntime.sleep(600)"
    assert (await runs.python(script, rss_bytes=160 << 20)).outcome.stopped == "memory"


async def test_one_process_cannot_take_more_address_space_than_granted(runs: Runs) -> None:
    result = await runs.python("b'x' * (1 << 30)", grants={"memory_bytes": 256 << 20})
    assert result.outcome.status == 1
    assert b"MemoryError" in result.text("stderr")


async def test_processor_seconds_of_all_processes_are_one_budget(runs: Runs) -> None:
    script = "import os\nfor _ in range(2): os.fork()\nwhile True: pass"
    result = await runs.python(script, cpu_s=1.0)
    assert result.outcome.stopped == "cpu"
    assert result.outcome.cpu_s < 4.0


async def test_a_file_cannot_grow_past_its_limit(runs: Runs, world: World) -> None:
    result = await runs(
        "dd", "if=/dev/zero", "of=big", "bs=65536", "count=100", grants={"file_bytes": 1 << 20}
    )
    assert result.outcome.status == -signal.SIGXFSZ
    assert world.size("big") == 1 << 20


async def test_many_files_together_cannot_fill_the_disk(runs: Runs, world: World) -> None:
    script = "i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero >f$i; done"
    result = await runs.sh(script, write_bytes=20 << 20, timeout_s=20)
    assert (result.outcome.status, result.outcome.stopped) == (-signal.SIGKILL, "disk")


async def test_what_was_there_before_is_not_counted(runs: Runs, world: World) -> None:
    world.put("old", "x" * (4 << 20))
    assert (await runs("sleep", "0.3", write_bytes=1 << 20)).outcome.stopped == ""


async def test_a_flood_of_output_is_cut_and_the_program_goes_on(runs: Runs) -> None:
    result = await runs.sh("head -c 3000000 /dev/zero; echo end >&2; exit 5", output_bytes=100_000)
    assert result.outcome.is_cut
    assert len(result.text()) + len(result.text("stderr")) == 100_000
    assert result.outcome.stdout_bytes == 3_000_000
    assert (result.outcome.status, result.outcome.stopped) == (5, "")


async def test_an_endless_flood_leaves_the_kernel_time(runs: Runs) -> None:
    used = time.process_time()
    result = await runs("yes", output_bytes=1000, timeout_s=1.0)
    assert (result.outcome.is_cut, result.outcome.stopped) == (True, "timeout")
    assert time.process_time() - used < 0.5


async def test_a_slow_listener_holds_the_program_up(runs: Runs, world: World) -> None:
    written: list[int] = []

    def hear(_stream: Stream, chunk: bytes) -> None:
        count = Path(world.work, "count")
        written.append(int(count.read_text(encoding="utf-8") or 0) if count.exists() else 0)
        time.sleep(0.05)

    script = (
        "import os\nfor n in range(20):\n os.write(1, b'x' * 65536)\n"
        " open('count~', 'w').write(str(n)); os.replace('count~', 'count')"
    )
    order = world.order("/usr/bin/env", "python3", "-I", "-S", "-c", script)
    outcome = await runs.runner.run(order, hear)
    assert outcome.stdout_bytes == 20 * 65536
    assert written[3] < 8, "all was read before the listener had heard the first of it"


async def test_a_run_that_keeps_to_its_budget_is_left_alone(runs: Runs) -> None:
    result = await runs.sh("sleep 0.3 & sleep 0.3 & wait; echo ok")
    assert result.text() == b"ok\n"
    assert result.outcome.stopped == ""
    assert 0 < result.outcome.peak_bytes < 64 << 20
    assert 0 < result.outcome.cpu_s < 1.0


async def test_the_zygote_keeps_no_dead_and_no_groups(runs: Runs) -> None:
    for _ in range(5):
        await runs.sh("sleep 0 & sleep 0 & exec true")
    zygote = runs.runner.zygote_pid
    await until(lambda: _zombies_of(zygote) == 0)
    folders = [controller.folder for controller in runs.runner.groups.controllers if controller.folder]
    await runs.runner.close()
    for folder in folders:
        assert not [name for name in os.listdir(folder) if name.startswith(f"aosh-{os.getpid()}-")]


def _zombies_of(parent: int | None) -> int:
    count = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        count += fields[0] == b"Z" and int(fields[1]) == parent
    return count
