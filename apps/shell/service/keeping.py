"""Sessions that outlive their request: what "it" and "them" mean, grants and exposure wait for the shell to come back.

A kept session holds no driver while nobody uses it, and ends when nobody came back for `IDLE_S`.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

from apps.shell.asking import TIDY_S, Asking
from apps.shell.boot import Kernel, sit
from apps.shell.host import Host
from apps.shell.people import People, Talk
from apps.shell.service.client import LATEST
from apps.shell.settings import Settings
from kernel.call import Approval, Choice
from kernel.happenings import Happening
from kernel.loop import Nobody
from kernel.rules.source import BadRules
from syscalls.errors import BadArgument, Busy, NotFound, SysError

IDLE_S = 900.0
MOST_KEPT = 32
"""The one that waited longest ends for the next."""


class Desk:
    """Who sits at a session now: whoever asked last."""

    def __init__(self) -> None:
        self.asking: Asking | None = None
        self.is_present = False
        """Whether anybody can be asked at all."""

    def sit(self, asking: Asking | None) -> None:
        """Whose it is from here on; nobody's with None."""
        self.asking = asking
        self.is_present = asking is not None and asking.reporter.is_present

    async def approve(self, approval: Approval) -> Choice:
        """Theirs; no where nobody sits."""
        return Choice.NO if self.asking is None else await self.asking.reporter.approve(approval)

    def __call__(self, happening: Happening) -> None:
        """Something happened."""
        if self.asking is not None:
            self.asking.reporter(happening)

    def say(self, line: str) -> None:
        """A line of the session's own."""
        if self.asking is not None:
            self.asking.remark(line)

    def people(self) -> People:
        """As the session knows them."""
        return People(self, Nobody(), self, Talk(self.say))


class Kept:
    """A session and whether somebody uses it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.desk = Desk()
        self.kernel: Kernel
        self.used = time.monotonic()
        self.is_over = False
        self.free = asyncio.Event()
        """Set while nobody uses it."""
        self.free.set()
        self.changed = asyncio.Event()

    def take(self, asking: Asking) -> None:
        """Somebody sits down.

        Raises:
            Busy: somebody sits there.
        """
        if not self.free.is_set():
            raise Busy(f"session {self.kernel.session.id} is in the middle of a request")
        self.free.clear()
        self.changed.set()
        self.desk.sit(asking)

    def leave(self) -> None:
        """They get up; drivers go back, and what was done is on disk."""
        self.desk.sit(None)
        self.kernel.recovered = []
        self.used = time.monotonic()
        try:
            self.kernel.drivers.close()
            self.kernel.journal.flush()
        finally:
            self.free.set()
            self.changed.set()

    def end(self) -> None:
        """It ends as soon as nobody uses it."""
        self.is_over = True
        self.changed.set()

    async def unused(self) -> None:
        """Until it is to end."""
        while not (self.is_over and self.free.is_set()):
            self.changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_S if self.free.is_set() else None):
                    await self.changed.wait()
                    continue
            self.is_over = self.free.is_set()


class Keeper:
    """All kept sessions of a service."""

    def __init__(self, host: Host, group: asyncio.TaskGroup) -> None:
        """Args: sessions live as tasks of `group`."""
        self._host = host
        self._group = group
        self.kept: dict[str, Kept] = {}

    async def open(self, settings: Settings) -> Kept:
        """A new session. Raises as `apps.shell.boot.sit`."""
        kept = Kept(settings)
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._group.create_task(self._live(kept, ready))
        await ready
        return kept

    def find(self, wanted: str, settings: Settings) -> Kept:
        """The session of that id, or the latest of the same folder.

        Raises:
            NotFound: it is not kept.
            BadArgument: it was opened with other settings: nobody gets more by coming back than by starting anew.
        """
        here = [each for each in self.kept.values() if each.settings.cwd == settings.cwd]
        found = (
            max(here, key=lambda each: each.used, default=None) if wanted == LATEST else self.kept.get(wanted)
        )
        if found is None:
            ids = ", ".join(each.kernel.session.id for each in here) or "none"
            asked = "no session of this folder" if wanted == LATEST else f"no session {wanted!r}"
            raise NotFound(f"{asked} is kept; kept here: {ids}")
        if replace(settings, remarks=(), config=found.settings.config) != replace(found.settings, remarks=()):
            raise BadArgument(
                f"session {found.kernel.session.id} was opened with other settings; "
                "expected the same folder, mode, rules, hosts and limits"
            )
        return found

    async def _live(self, kept: Kept, ready: "asyncio.Future[None]") -> None:
        try:
            async with sit(self._host, kept.settings, kept.desk.people()) as kernel:
                kept.kernel = kernel
                self._keep(kept)
                try:
                    if not ready.done():
                        ready.set_result(None)
                    await kept.unused()
                finally:
                    self.kept.pop(kernel.session.id, None)
                    await _free(kept)
        except (SysError, BadRules) as error:
            if not ready.done():
                ready.set_exception(error)

    def _keep(self, kept: Kept) -> None:
        self.kept[kept.kernel.session.id] = kept
        waiting = sorted(
            (each for each in self.kept.values() if each.free.is_set()), key=lambda each: each.used
        )
        for each in waiting[: max(0, len(self.kept) - MOST_KEPT)]:
            each.end()


async def _free(kept: Kept) -> None:
    """Let a turn that is being stopped take back what it left open, before drivers and journal go."""
    with suppress(TimeoutError):
        async with asyncio.timeout(TIDY_S + 1):
            await kept.free.wait()
