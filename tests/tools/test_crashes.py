"""What a crash leaves of a program's run: nothing, or a state that the next start rolls back."""

import os
from pathlib import Path
from typing import Any

import pytest

from kernel.call import Ok
from kernel.drivers.port import Answer, Prepared
from kernel.process import Process
from kernel.tools.folders import discard, new_run, path_of, sweep
from syscalls.errors import DriverDied
from syscalls.table import AnyCall
from tests.kernel.world import error_of
from tests.tools.test_landing import furnish
from tests.tools.world import Bench


class DiesLanding:
    """File drivers that die when a program's changes have landed, before anybody heard of it."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """As the drivers."""
        return await self._bench.drivers.look(process, call, arguments)

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """As the drivers, until the commit."""
        return _Dying(self._bench, await self._bench.drivers.prepare(process, call, arguments))


class _Dying:
    def __init__(self, bench: Bench, prepared: Prepared) -> None:
        self._bench, self._prepared, self.plan = bench, prepared, prepared.plan

    async def commit(self) -> Answer:
        """Land, and die."""
        await self._prepared.commit()
        for driver in self._bench.drivers.running():
            driver.kill()
        raise DriverDied("the file driver was killed by signal 9")

    async def abort(self) -> None:
        """As the driver's."""
        await self._prepared.abort()


SCRIPT = "echo x > new; echo more >> a.txt; rm b.txt; rm -r d; mkdir -p n/e; echo y > n/e/w; ln -sf b.txt l"


async def test_a_landing_whose_end_nobody_knows_is_rolled_back_at_the_next_start(bench: Bench) -> None:
    furnish(bench.work)
    start = bench.seen()
    dying = Bench(
        bench.work,
        bench.store,
        bench.drivers,
        bench.tier,
        journal=bench.journal,
        files=DiesLanding(bench),
        runner=bench.runner,
    )
    assert error_of(await dying("sh", "-c", SCRIPT))[0] == "EDRIVER"
    assert bench.seen() != start
    later = Bench(
        bench.work,
        bench.store,
        bench.drivers,
        bench.tier,
        journal=bench.journal,
        session="s2",
        runner=bench.runner,
    )
    replies = await later.undoer.recover(later.process, lambda session: False)
    assert [type(reply) for reply in replies] == [Ok]
    assert bench.seen() == start


def test_what_crashed_sessions_left_is_removed_and_what_runs_is_kept(tmp_path: Path) -> None:
    store = str(tmp_path)
    dead = new_run(store, "dead", 2, is_overlay=True)
    alive = new_run(store, "ali-ve", 1, is_overlay=False)
    assert sweep(store, lambda session: session == "ali-ve") == 1
    assert os.listdir(tmp_path / "overlays") == [alive]
    assert not Path(path_of(store, dead)).exists()
    assert sweep(str(tmp_path / "none"), lambda session: False) == 0


@pytest.mark.parametrize("depth", [3, 1500])
def test_a_runs_folder_goes_however_deep_and_locked_it_is(tmp_path: Path, depth: int) -> None:
    base = tmp_path / "run"
    base.mkdir()
    here = os.open(base, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d" * 20, dir_fd=here)
        inner = os.open("d" * 20, os.O_RDONLY, dir_fd=here)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, 0, dir_fd=inner))
        os.fchmod(here, 0)
        os.close(here)
        here = inner
    os.symlink("/", "out", dir_fd=here)
    os.mkfifo("pipe", dir_fd=here)
    os.close(here)
    discard(str(base))
    assert not base.exists()
    assert Path("/etc").exists()
