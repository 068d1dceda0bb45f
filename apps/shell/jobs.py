"""The jobs of a host: opened when first needed, for most requests schedule nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from apps.shell.settings import Settings
from kernel.drivers.port import Answer, Prepared, Server
from kernel.process import Process
from syscalls.errors import NotSupported
from syscalls.table import AnyCall, Table

if TYPE_CHECKING:
    from kernel.schedule.server import Line
    from kernel.schedule.store import Store


class JobShelf:
    """Where a host's jobs lie, and who keeps them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store: Store | None = None
        self.listeners: list[Callable[[], None]] = []
        """Called when a job was made, changed or run; the first of them keeps the time for this process."""

    @property
    def has_any(self) -> bool:
        """Whether a job was ever made."""
        return not self._settings.is_ephemeral and self._settings.folders.jobs.exists()

    @property
    def store(self) -> "Store":
        """The jobs on disk.

        Raises:
            NotSupported: the session keeps nothing on disk.
            DeviceFailed: they cannot be opened.
        """
        if self._settings.is_ephemeral:
            raise NotSupported("an --ephemeral session keeps no jobs; start aosh without it to schedule")
        if self._store is None:
            from kernel.schedule.store import Store  # with it comes all that reads words for time

            self._store = Store(self._settings.folders.jobs)
        return self._store

    def states(self) -> dict[str, int]:
        """How many jobs are in each state, how many are due and how many run."""
        return self.store.states() if self.has_any else {}

    def failing(self) -> list[tuple[str, int]]:
        """Names of the jobs that failed at their latest run, and how often in a row."""
        if not self.has_any:
            return []
        return [(self.store.get(id_)[0].name, count) for id_, count in sorted(self.store.failures().items())]

    def changed(self) -> None:
        """A job was made, changed or run here: this process and all others look again."""
        from apps.shell.bell import ring

        ring(self._settings.folders.jobs)
        self.heard()

    def heard(self) -> None:
        """They were changed here or elsewhere, or a process ended: look again."""
        for listener in tuple(self.listeners):
            listener()

    def server(self, table: Table) -> Server:
        """Who serves `sched.*` in a session with these calls."""
        return _Later(self, table)

    def close(self) -> None:
        """Let go of the file."""
        if self._store is not None:
            self._store.close()


class _Later:
    """`kernel.schedule.server`, loaded at the first call."""

    def __init__(self, shelf: JobShelf, table: Table) -> None:
        self._shelf, self._table = shelf, table
        self._server: Server | None = None

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """As `Server.look`."""
        return await self._loaded().look(process, call, arguments)

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """As `Server.prepare`."""
        return await self._loaded().prepare(process, call, arguments)

    def _loaded(self) -> Server:
        if self._server is None:
            from kernel.schedule.server import Schedule

            self._server = Schedule(self._shelf.store, self._read, self._shelf.changed)
        return self._server

    def _read(self, line: str) -> "Line":
        from apps.shell.bang import shell_line
        from apps.shell.direct import parse
        from kernel.schedule.server import Line

        spoken = shell_line(line) if line.startswith("!") else parse(self._table, line)
        return Line(spoken.name, spoken.arguments, self._table[spoken.name].call.effect)
