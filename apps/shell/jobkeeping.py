"""Keeps the jobs of a data folder while a shell or the service lives: what is due is run, by one of all that are open."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kernel.schedule.glance import Glance, glance
from syscalls.errors import SysError

if TYPE_CHECKING:
    from apps.shell.host import Host
    from apps.shell.settings import Settings

KEEP_AFTER_S = 0.2
"""The prompt stands first."""
AGAIN_S = 0.5
"""After this what could not be read is tried again."""


@dataclass(frozen=True)
class Post:
    """Who keeps the time, and who hears of it."""

    owner: str
    """A session that runs: others see by its lock whether this process lives."""
    note: Callable[[str], None]
    """Gets what should be read."""
    is_person: bool = True
    """Whether a person reads it now; else it stays news for the next shell."""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when nothing that is due from now on is missed, or when jobs cannot be kept."""


async def keep_jobs(host: "Host", settings: "Settings", post: Post) -> None:
    """Run jobs as their moments come and tell of ends, whichever process ran them, until canceled.

    A store that cannot be had is told, and nothing more.

    Args:
        host: where runs are opened.
        settings: mind, mode, rules and hosts of the runs.
        post: who keeps them.
    """
    if settings.is_ephemeral:
        return
    try:
        await _kept(host, settings, post)
    except SysError as error:
        post.note(f"jobs are not kept here: {error}")
    except Exception:  # a bug in keeping jobs must not take a service or a shell with it
        logging.getLogger("aosh").exception("keeping jobs")
    finally:
        post.ready.set()


@asynccontextmanager
async def keeping(host: "Host", settings: "Settings", note: Callable[[str], None]) -> AsyncIterator[None]:
    """Keep the jobs of a process without a console, beside the block."""
    if settings.is_ephemeral:
        yield
        return
    from apps.shell.alive import own
    from apps.shell.boot import new_session_id

    post = Post(new_session_id(), note, is_person=False)
    with own(settings.folders, post.owner):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(keep_jobs(host, settings, post))
            try:
                await post.ready.wait()
                yield
            finally:
                task.cancel()


def missed(found: Glance) -> str:
    """A line on jobs whose time has passed with nobody there; empty where there are none."""
    if not found.overdue:
        return ""
    names = ", ".join(repr(name) for name in found.overdue[:3])
    more = len(found.overdue) - 3
    return f"missed while no aosh was open: {names}{f' and {more} more' if more > 0 else ''}"


def waiting(jobs: Path) -> list[str]:
    """What a person who keeps no jobs should know of them, briefly. Args: `jobs` is their file."""
    found = glance(jobs)
    lines = (
        [f"{missed(found)}; `aosh jobs due` runs what is due, as does an open shell"] if found.overdue else []
    )
    if found.untold:
        lines.append(
            f"{found.untold} end{'s' if found.untold > 1 else ''} of jobs not looked at yet; `aosh jobs` tells"
        )
    return lines


async def _kept(host: "Host", settings: "Settings", post: Post) -> None:
    from apps.shell.bell import listening
    from apps.shell.jobruns import keeper_of, settle
    from kernel.schedule.keeper import Around

    shelf, news = host.jobs, _News(host, post)
    news.catch_up()
    if shelf.listeners:  # this process keeps them already: here they are only told of
        shelf.listeners.append(news.tell)
        try:
            await asyncio.Event().wait()
        finally:
            shelf.listeners.remove(news.tell)
            news.close()
        return

    async def told(*_: object) -> None:
        shelf.changed()

    def settled() -> None:
        if settle(host):
            shelf.changed()

    around = Around(told, settled, post.note)
    keeper = keeper_of(host, settings, post.owner, around)

    def own() -> None:
        keeper.changed()
        news.tell()

    shelf.listeners.append(own)
    try:
        with ExitStack() as stack:
            with suppress(OSError):  # jobs of other processes are then seen when one of ours is due
                stack.enter_context(listening(settings.folders, shelf.heard))
            news.tell()  # what ended before anybody listened
            post.ready.set()
            await keeper.keep()
    finally:
        shelf.listeners.remove(own)
        news.close()


class _News:
    """Tells each end once in this process, and what ended before it, where a person is there to read."""

    def __init__(self, host: "Host", post: Post) -> None:
        self._host, self._post = host, post
        self._log = host.jobs.store.log
        self._seq = 0
        self._counts = not host.jobs.listeners  # one of a process does
        self._again: asyncio.TimerHandle | None = None

    def catch_up(self) -> None:
        from apps.shell.jobnews import news_of

        self._seq = self._log.latest()
        if not self._post.is_person:
            return
        for line in news_of(self._log.untold()):
            self._post.note(line)
        self._log.told(self._seq)
        if late := missed(glance(self._host.folders.jobs)):
            self._post.note(late)

    def tell(self) -> None:
        self.close()
        try:
            self._tell()
        except SysError:  # others write just now, and no further end may come to tell it with
            self._again = asyncio.get_running_loop().call_later(AGAIN_S, self.tell)

    def close(self) -> None:
        """Try no more what could not be told just now."""
        if self._again is not None:
            self._again.cancel()
            self._again = None

    def _tell(self) -> None:
        from apps.shell.jobnews import told_of

        for job, run, seq in self._log.ended_after(self._seq):
            self._post.note(told_of(job, run))
            self._seq = seq
            if self._counts:
                self._host.tally.runs[str(run.end)] += 1
                self._host.tally.lateness.add(max(0.0, run.started - run.due))
        if self._post.is_person:
            self._log.told(self._seq)
