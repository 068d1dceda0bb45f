"""A workspace on the real disk, real jails, and programs run in them through the gate."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from kernel.call import AlwaysYes, Approver, Ok, Proposal, Reply
from kernel.drivers.jailed import Drivers
from kernel.drivers.port import Server
from kernel.drivers.route import Inside, Route
from kernel.gate import Gate
from kernel.happenings import Happening, Output
from kernel.jail.spec import Tier
from kernel.jail.tier import refusal_of
from kernel.journal.ram import RamJournal
from kernel.oneshot.later import LaterRunner
from kernel.policy import Mode, Policy
from kernel.process import Process
from kernel.tools.programs import Finder
from kernel.tools.server import Site, Tools
from kernel.undoer import Undoer
from syscalls.labels import USER, Labels
from syscalls.table import Table
from syscalls.tool_values import Ran
from tests.apps.client import Seen, seen
from tests.kernel.world import CALLS, FILES, agent
from tests.tiers import best

SEARCH = ("/usr/local/bin", "/usr/bin", "/bin")
TIERS: tuple[Tier, ...] = ("F", "L")


@cache
def why_not(tier: Tier) -> str:
    """Why programs cannot be run in a tier here; empty where they can."""
    with tempfile.TemporaryDirectory() as unseen:
        refusal = refusal_of(tier, Path(unseen))
    return f"no jail of tier {tier} here: {refusal}" if refusal else ""


def has(program: str) -> bool:
    """Whether this machine has a program."""
    return shutil.which(program, path=":".join(SEARCH)) is not None


@dataclass
class Bench:
    """A person, a gate, and programs."""

    work: Path
    store: Path
    drivers: Drivers
    tier: Tier
    approver: Approver = field(default_factory=AlwaysYes)
    mode: Mode = Mode.AUTO_SAFE
    journal: RamJournal = field(default_factory=RamJournal)
    printed: list[Output] = field(default_factory=list)
    session: str = "s1"
    files: Server | None = None
    """Instead of the drivers, for programs' work."""
    on_output: Callable[[], None] | None = None
    """Called when a program prints."""
    runner: LaterRunner | None = None
    """Another bench's, which closes it; one of its own when None."""

    def __post_init__(self) -> None:
        runner = self.runner = self.runner or LaterRunner(self.tier)
        site = Site(str(self.store), self.session, has_overlays=self.tier == "F")
        tools = Tools(
            Inside({}),
            self.files or self.drivers,
            runner,
            Finder(SEARCH, "/home/ana", (str(self.store),)),
            site,
            self.watch,
        )
        servers = Route({"file": self.drivers, "tool": tools})
        self.process: Process = agent(cwd=str(self.work))
        self.gate = Gate(Table(CALLS), servers, Policy(self.mode), self.journal, self.session, self.approver)
        self.undoer = Undoer(self.gate, self.journal, self.session, str(self.store))

    def watch(self, happening: Happening) -> None:
        """Keep what programs print."""
        if isinstance(happening, Output):
            self.printed.append(happening)
            if self.on_output is not None:
                self.on_output()

    async def __call__(self, *argv: str, labels: Labels = USER, origin: str = "mind", **rest: Any) -> Reply:
        """Run a program."""
        arguments = {"argv": list(argv), **rest}
        return await self.gate(self.process, Proposal("tool.exec", arguments, labels, origin))

    async def sh(self, script: str, **rest: Any) -> Ran:
        """Run a shell script; its value."""
        return ran(await self("sh", "-c", script, **rest))

    async def undo(self) -> None:
        """Take the newest effect back."""
        for reply in await self.undoer.undo(self.process):
            assert isinstance(reply, Ok), reply

    async def redo(self) -> None:
        """Bring it again."""
        for reply in await self.undoer.redo(self.process):
            assert isinstance(reply, Ok), reply

    def seen(self) -> dict[str, Seen]:
        """The workspace, as undo must restore it."""
        return seen(self.work)

    def left_over(self) -> list[str]:
        """Folders of runs that are still in the store."""
        overlays = self.store / "overlays"
        return sorted(each.name for each in overlays.iterdir()) if overlays.is_dir() else []


def ran(reply: Reply) -> Ran:
    """The value of a program that ran."""
    assert isinstance(reply, Ok), reply
    assert isinstance(reply.value, Ran)
    return reply.value


@asynccontextmanager
async def bench_at(folder: Path, tier: Tier, **rest: Any) -> AsyncIterator[Bench]:
    """A bench in `folder`; its drivers end with the block."""
    work, store = folder / "work", folder / "store"
    work.mkdir(parents=True, exist_ok=True)
    store.mkdir(mode=0o700, exist_ok=True)
    drivers = Drivers([FILES], str(store), best())
    bench = Bench(work, store, drivers, tier, **rest)
    try:
        yield bench
    finally:
        assert bench.runner is not None
        await bench.runner.close()
        drivers.close()
