"""What the kernel's tests share: files in memory, people who answer, and a gate over them."""

import asyncio
import posixpath
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kernel.call import Approval, Approver, Choice, Err, NoApprover, Ok, Proposal, Reply
from kernel.drivers.jailed import Drivers
from kernel.drivers.launch import Program
from kernel.drivers.port import Answer, Prepared, Server
from kernel.gate import Gate
from kernel.journal.port import Body
from kernel.journal.ram import RamJournal
from kernel.journal.records import (
    DECISION_KINDS,
    OUTCOME_KINDS,
    DecisionRow,
    OutcomeRow,
    decision_in,
    outcome_in,
)
from kernel.policy import Mode, Policy
from kernel.process import Limits, Process, workspace_caps
from kernel.rules.rule import Rule
from kernel.undoer import Undoer
from syscalls import file, tool, ui
from syscalls.caps import Cap
from syscalls.declare import Value
from syscalls.errors import NotFound
from syscalls.file_values import Changed, Entry, Listing, TextOf
from syscalls.labels import USER, Labels, labels_of
from syscalls.table import AnyCall, Table
from syscalls.undo import Change, Plan, Step
from tests.tiers import best

WORK = "/desk"
PATIENCE_S = 5.0
FILES = Program("file", "apps.files.app:files", read=("/etc/passwd", "/etc/group"), has_files=True)
CALLS: tuple[AnyCall, ...] = (*file.CALLS, *tool.CALLS, *ui.CALLS)
Log = list[str]


def soon() -> AbstractAsyncContextManager[object]:
    """The bound on every wait."""
    return asyncio.timeout(PATIENCE_S)


class RamFiles:
    """A file driver in memory: reads, finds, writes and deletes texts by absolute path."""

    def __init__(self, log: Log | None = None) -> None:
        self.texts: dict[str, str] = {}
        self.log: Log = [] if log is None else log

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Answer `file.read`, and `file.find` and `file.list` with everything below a folder."""
        self.log.append(f"look {call.name}")
        if call is file.read:
            path = arguments["path"]
            if path not in self.texts:
                raise NotFound(f"no {path!r} here")
            text = TextOf(shown(path, process), self.texts[path], len(self.texts[path]))
            return Answer(text, labels_of([f"file:{path}"], trusted=False))
        folder = arguments["path"]
        entries = tuple(
            Entry(shown(path, process), "file", len(text), 0.0)
            for path, text in sorted(self.texts.items())
            if path.startswith(f"{folder}/")
        )
        return Answer(Listing(folder, entries, len(entries)))

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Plan `file.write` and `file.delete`."""
        self.log.append(f"prepare {call.name}")
        if call is file.write:
            path = arguments["path"]
            created = (Change("created", shown(path, process)),)
            return RamPending(self, Plan(created, (Step("remove", path),)), {path: arguments["content"]})
        changes = tuple(Change("removed", shown(path, process)) for path in arguments["paths"])
        undo = tuple(Step("restore", path) for path in arguments["paths"])
        return RamPending(self, Plan(changes, undo), dict.fromkeys(arguments["paths"]))


class RamPending:
    """A planned change of texts; None removes one."""

    def __init__(self, files: RamFiles, plan: Plan, becomes: dict[str, str | None]) -> None:
        self._files, self.plan, self._becomes = files, plan, becomes

    async def commit(self) -> Answer:
        """Change the texts."""
        self._files.log.append("commit")
        for path, text in self._becomes.items():
            self._files.texts.pop(path, None)
            if text is not None:
                self._files.texts[path] = text
        return Answer(Changed(self.plan.changes), undo=self.plan.undo)

    async def abort(self) -> None:
        """Change nothing."""
        self._files.log.append("abort")


def shown(path: str, process: Process) -> str:
    """As the file driver shows it."""
    return posixpath.relpath(path, process.cwd)


class Untouchable:
    """A server nobody may reach."""

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Never."""
        raise AssertionError(f"{call.name} reached a server")

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """Never."""
        raise AssertionError(f"{call.name} reached a server")


class Person:
    """Somebody at the console who gives these answers in turn and remembers what was asked."""

    is_present = True

    def __init__(self, *answers: Choice) -> None:
        self._answers = list(answers)
        self.asked: list[Approval] = []

    async def approve(self, approval: Approval) -> Choice:
        """The next answer."""
        self.asked.append(approval)
        return self._answers.pop(0)


class LoggedJournal(RamJournal):
    """A journal that tells when rows were taken, and may be told to fail."""

    def __init__(self, log: Log, fails: Callable[[str], Exception | None] = lambda kind: None) -> None:
        super().__init__()
        self._log = log
        self._fails = fails

    def append(self, session: str, kind: str, body: Body, *, durable: bool) -> int:
        """As `RamJournal.append`."""
        failure = self._fails(kind)
        if failure is not None:
            raise failure
        self._log.append(f"{kind}, durable" if durable else kind)
        return super().append(session, kind, body, durable=durable)


def agent(caps: Iterable[Cap] | None = None, limits: Limits | None = None, cwd: str = WORK) -> Process:
    """A process in the workspace, holding what a person's own session holds unless told otherwise."""
    held = workspace_caps([cwd]) if caps is None else frozenset(caps)
    return Process(1, "a test", held, cwd=cwd, home="/home/ana", limits=limits)


@dataclass
class World:
    """A gate with everything around it in memory."""

    mode: Mode = Mode.ACCEPT_EDITS
    approver: Approver = field(default_factory=NoApprover)
    journal: RamJournal = field(default_factory=RamJournal)
    files: RamFiles = field(default_factory=RamFiles)
    process: Process = field(default_factory=agent)
    server: Server | None = None

    def __post_init__(self) -> None:
        self.gate = Gate(
            Table(CALLS), self.server or self.files, Policy(self.mode), self.journal, "s1", self.approver
        )

    async def __call__(
        self, name: str, arguments: dict[str, Any], labels: Labels = USER, origin: str = "mind"
    ) -> Reply:
        """Pass a call through the gate."""
        async with soon():
            return await self.gate(self.process, Proposal(name, arguments, labels, origin))

    def decisions(self) -> list[DecisionRow]:
        """What the journal says was decided."""
        rows = self.journal.rows(kinds=DECISION_KINDS)
        return [found for row in rows if (found := decision_in(row.record())) is not None]

    def outcomes(self) -> list[OutcomeRow]:
        """What the journal says came of it."""
        rows = self.journal.rows(kinds=OUTCOME_KINDS)
        return [found for row in rows if (found := outcome_in(row.record())) is not None]

    def kinds(self) -> list[str]:
        """The kinds of all rows, in order."""
        return [row.kind for row in self.journal.rows()]


@dataclass
class Disk:
    """A workspace on the real disk, the real jailed file driver, and a gate over both."""

    work: Path
    store: Path
    drivers: Drivers
    process: Process
    journal: RamJournal = field(default_factory=RamJournal)
    server: Server | None = None
    approver: Approver = field(default_factory=NoApprover)
    mode: Mode = Mode.AUTO_SAFE
    session: str = "s1"
    rules: Sequence[Rule] = ()

    def __post_init__(self) -> None:
        table = Table(CALLS)
        server = self.server or self.drivers
        self.gate = Gate(
            table, server, Policy(self.mode, self.rules), self.journal, self.session, self.approver
        )
        self.undoer = Undoer(self.gate, self.journal, self.session, str(self.store))

    def but(self, **other: Any) -> "Disk":
        """The same workspace and drivers under another gate."""
        same: dict[str, Any] = {
            "work": self.work,
            "store": self.store,
            "drivers": self.drivers,
            "process": self.process,
            "journal": self.journal,
        }
        return Disk(**(same | other))

    async def __call__(self, name: str, **arguments: Any) -> Reply:
        """Pass a call through the gate."""
        async with soon():
            return await self.gate(self.process, Proposal(name, arguments))

    def texts(self) -> dict[str, str]:
        """Every file of the workspace."""
        return {
            str(path.relative_to(self.work)): path.read_text("utf-8")
            for path in sorted(self.work.rglob("*"))
            if path.is_file()
        }


@asynccontextmanager
async def disk_at(folder: Path, *programs: Program) -> AsyncIterator[Disk]:
    """A workspace in `folder`, whose drivers end with the block."""
    work, store = folder / "work", folder / "store"
    work.mkdir(exist_ok=True)
    store.mkdir(mode=0o700, exist_ok=True)
    drivers = Drivers([FILES, *programs], str(store), best())
    try:
        yield Disk(work, store, drivers, agent(cwd=str(work)))
    finally:
        drivers.close()


def value_of(reply: Reply) -> Value:
    """The value of a call that was carried out."""
    assert isinstance(reply, Ok), reply
    return reply.value


def error_of(reply: Reply) -> tuple[str, str]:
    """Symbol and text of a refusal or failure."""
    assert isinstance(reply, Err), reply
    return reply.error.symbol, str(reply.error)
