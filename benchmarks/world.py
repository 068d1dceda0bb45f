"""A place to measure in: a throw-away home, a workspace, a kernel in this process or a command beside it."""

import asyncio
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from apps.shell.boot import Kernel, boot, watch_nothing
from apps.shell.people import People, Talk
from apps.shell.settings import Settings, folders
from kernel.call import AlwaysYes, Ok, Proposal
from kernel.happenings import Watcher
from kernel.jail.tier import choose
from kernel.loop import Nobody
from kernel.minds.needle.service import Service

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    rounds: int = 7
    calls: int = 1_000
    """A round of short measurements."""
    starts: int = 15
    """Processes started for one figure."""
    burst_s: float = 2.0
    """Length of a round of sustained load."""
    minutes: float = 1.0
    """Length of a soak."""


QUICK = Effort(rounds=3, calls=200, starts=5, burst_s=0.7)


@dataclass(frozen=True)
class World:
    """Two folders that go when the run ends."""

    home: Path
    """AOSH_HOME."""
    work: Path

    def environ(self) -> dict[str, str]:
        """For commands: as a user would have it, our packages found, byte code used."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AOSH"))}
        return kept | {"AOSH_HOME": str(self.home), "PYTHONPATH": str(ROOT)}

    def settings(self, mind: str, work: Path | None = None) -> Settings:
        """What a kernel in this process is booted with."""
        return Settings(
            folders({"AOSH_HOME": str(self.home)}, self.home), work or self.work, self.home, mind=mind, is_bare=True,
            max_turns=1_000_000_000,
        )  # fmt: skip

    def service(self) -> Service:
        """The connection to this world's mind process."""
        places = self.settings("needle").folders
        return Service(places.runtime, choose(places.state).start)


@contextmanager
def world() -> Iterator[World]:
    """Folders with a few files in them; whatever was started in them is stopped."""
    with tempfile.TemporaryDirectory(prefix="aosh-bench-") as folder:
        made = World(Path(folder, "home"), Path(folder, "work"))
        made.home.mkdir()
        made.work.mkdir()
        made.work.joinpath("tiny.txt").write_text("a few words\n", encoding="utf-8")
        for number in range(20):
            made.work.joinpath(f"report-{number}.txt").write_text("line\n" * number, encoding="utf-8")
        try:
            yield made
        finally:
            stop_mind(made)


def many_names(folder: Path, count: int) -> None:
    """`count` empty files in folders of 50."""
    for number in range(count):
        parent = folder / f"part{number // 50}"
        if number % 50 == 0:
            parent.mkdir(parents=True, exist_ok=True)
        parent.joinpath(f"{WORDS[number % len(WORDS)]}-{number}.txt").touch()


WORDS = ("report", "invoice", "notes", "photo", "budget", "draft", "letter", "backup", "minutes", "plan")


@asynccontextmanager
async def kernel(settings: Settings, watch: Watcher = watch_nothing) -> AsyncIterator[Kernel]:
    """A booted kernel whose person says yes."""
    async with boot(settings, People(AlwaysYes(), Nobody(), watch, Talk(lambda line: None))) as made:
        yield made


def look(path: Path) -> Proposal:
    """Reading a small file."""
    return Proposal("file.read", {"path": str(path)})


async def call(made: Kernel, proposal: Proposal) -> None:
    """Pass a proposal through the gate; it must succeed."""
    reply = await made.gate(made.process, proposal)
    assert isinstance(reply, Ok), reply


async def timed(
    effort: Effort, act: Callable[[], Awaitable[object]], scale: float = 1e3
) -> list[list[float]]:
    """Rounds of durations of `act`, after a warm-up; in ms unless `scale` says otherwise."""
    for _ in range(max(10, effort.calls // 10)):
        await act()
    rounds = []
    for _ in range(effort.rounds):
        values = []
        for _ in range(effort.calls):
            started = perf_counter()
            await act()
            values.append((perf_counter() - started) * scale)
        rounds.append(values)
    return rounds


def timed_plain(effort: Effort, act: Callable[[], object], scale: float = 1e3) -> list[list[float]]:
    """As `timed`, for a plain function."""

    async def acting() -> None:
        act()

    return asyncio.run(timed(effort, acting, scale))


def run_once(made: World, arguments: list[str], good: Collection[int] = (0,)) -> float:
    """Milliseconds from starting a Python command to its end, which must be a good one."""
    started = perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], cwd=made.work, env=made.environ(), stdin=subprocess.DEVNULL,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    spent = (perf_counter() - started) * 1e3
    if done.returncode not in good:
        raise RuntimeError(
            f"{arguments} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}"
        )
    return spent


def stop_mind(made: World) -> None:
    """End this world's mind process, and wait until it is gone."""
    if (process := asyncio.run(_tell_mind_to_stop(made.service()))) is not None:
        ended, _, _ = select.select([process], [], [], 20.0)
        os.close(process)
        assert ended, "the mind process did not stop"


async def _tell_mind_to_stop(service: Service) -> int | None:
    """A descriptor that becomes readable when the process has ended; None when none ran."""
    if not service.is_running():
        return None
    try:
        process = os.pidfd_open(int((await service.state())["pid"]))
        await service.stop()
        return process
    finally:
        await service.close()
