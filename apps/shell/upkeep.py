"""Reads what is new in indexed folders while nobody waits for it: in slices, when there is room, told by inotify."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kernel.call import Err, Proposal
from kernel.resources.limits import headroom
from memory.documents.ignore import is_passed_over
from syscalls.doc import Folders
from syscalls.errors import NoRoom, SysError

if TYPE_CHECKING:
    from apps.shell.boot import Kernel

START_AFTER_S = 2.0
"""The prompt, the files and the mind come first."""
SLICE_S = 0.5
"""So long a question may wait for the driver."""
GATHER_S = 0.3
"""Changes come in swarms: so long more of them are waited for."""
SPARING, MOST_S = 5, 5.0
"""After a look nothing is looked at for so many times as long as it took, and at most so long."""
UNWATCHED_S = 60.0
"""How often is looked where the system watches nothing, or not all."""

Note = Callable[[str], None]


def named(documents: Path) -> list[str]:
    """The indexed folders, as the driver wrote them down; none where that cannot be read."""
    try:
        return msgspec.json.decode((documents / "folders.json").read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError):
        return []


def covers(documents: Path, roots: Iterable[Path]) -> bool:
    """Whether any of the folders lies at, above or below an indexed one."""
    chosen = [str(root) for root in roots]
    return any(
        (f"{each}/").startswith(f"{root}/") or (f"{root}/").startswith(f"{each}/")
        for each in named(documents)
        for root in chosen
    )


class Upkeep:
    """Brings the index up to date through the gate of one session."""

    def __init__(self, kernel: "Kernel", note: Note) -> None:
        """Args: `note` gets what a person should read."""
        self._kernel = kernel
        self._note = note
        settings = kernel.settings
        self.roots = [settings.cwd, *settings.extra]

    async def slice(self, path: str, seconds: float, *, look: bool) -> Folders:
        """One slice, once the machine has room.

        Raises:
            SysError: what the call answered, or `NoRoom`.
        """
        kernel = self._kernel
        limits_of = partial(headroom, kernel.settings.config.limits)
        await kernel.host.admission.admit("reading files", lambda why: None, limits_of)
        value = await self.call("refresh", path=path, seconds=seconds, look=look)
        assert isinstance(value, Folders)
        return value

    async def call(self, verb: str, **arguments: Any) -> Any:
        """The value of a call of `doc`; raises its error."""
        kernel = self._kernel
        origin = "kernel" if verb == "refresh" else "user"
        reply = await kernel.gate(
            kernel.make(kernel.settings), Proposal(f"doc.{verb}", arguments, origin=origin)
        )
        if isinstance(reply, Err):
            raise reply.error
        return reply.value

    async def keep(self) -> None:
        """Read what is there, then what changes, until canceled; what fails is told once and tried again later."""
        told = ""
        while True:
            try:
                await self._keep()
            except SysError as error:
                if str(error) != told and not isinstance(error, NoRoom):
                    self._note(f"indexed files are not read just now: {error}")
                told = str(error)
                await asyncio.sleep(UNWATCHED_S)

    async def _keep(self) -> None:
        """Until a watched folder is gone, or the list of named ones is another one."""
        documents = self._kernel.settings.folders.documents
        await asyncio.to_thread(documents.mkdir, 0o700, parents=True, exist_ok=True)
        watched = self._watched()
        async for _ in changes(watched, documents):
            started = time.monotonic()
            if self._watched() != watched:
                return
            if watched:
                await self._all()
            await asyncio.sleep(min(SPARING * (time.monotonic() - started), MOST_S))

    async def _all(self) -> None:
        """Until nothing waits. Where another process reads, it does so for us."""
        for root in self.roots:
            look = True
            while True:
                value = await self.slice(str(root), SLICE_S, look=look)
                if value.is_done or value.is_busy:
                    break
                look = False
                await asyncio.sleep(0.02)

    def _watched(self) -> list[Path]:
        """The parts of indexed folders that this session may read."""
        found = set()
        for each in map(Path, named(self._kernel.settings.folders.documents)):
            found |= {root for root in self.roots if root.is_relative_to(each)}
            found |= {each for root in self.roots if each.is_relative_to(root)}
        return sorted(found)


async def keep_index(kernel: "Kernel", note: Note) -> None:
    """Keep what can be found by meaning up to date behind a session, until canceled."""
    await asyncio.sleep(START_AFTER_S)
    if not kernel.settings.is_ephemeral:
        await Upkeep(kernel, note).keep()


async def changes(folders: list[Path], documents: Path) -> AsyncGenerator[None, None]:
    """At once, and then whenever something may have changed below the folders, or another list of them was written.

    Ends when one of the folders is gone.
    """
    yield
    try:
        from asyncinotify import Inotify, Mask
    except ImportError:
        await asyncio.sleep(UNWATCHED_S)
        return
    wanted = Mask.CREATE | Mask.CLOSE_WRITE | Mask.MOVED_FROM | Mask.MOVED_TO | Mask.DELETE | Mask.ATTRIB
    with Inotify(cache_size=64) as inotify:
        inotify.add_watch(documents, Mask.MOVED_TO)
        is_whole = await asyncio.to_thread(_watch, inotify, wanted, folders)
        while all(each.is_dir() for each in folders):
            new: list[Path] = []
            with suppress(TimeoutError):
                async with asyncio.timeout(None if is_whole else UNWATCHED_S):
                    new += _made(await inotify.get())
            await _swarm(inotify, new)
            if new:
                is_whole &= await asyncio.to_thread(_watch, inotify, wanted, new)
            yield


async def _swarm(inotify: Any, new: list[Path]) -> None:
    """Take in what follows within `GATHER_S`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(GATHER_S):
            while True:
                new += _made(await inotify.get())


def _made(event: Any) -> list[Path]:
    """The folder that an event made, if it made one that is looked into."""
    from asyncinotify import Mask

    path = event.path
    is_new = event.mask & Mask.ISDIR and event.mask & (Mask.CREATE | Mask.MOVED_TO)
    return [path] if is_new and path is not None and not is_passed_over(path.name) else []


def _watch(inotify: Any, mask: Any, folders: Iterable[Path]) -> bool:
    """Watch folders and all below; whether that was possible. Only names are seen here, never bytes."""
    for top in folders:
        for folder, inner, _ in os.walk(top):
            inner[:] = [each for each in inner if not is_passed_over(each)]
            try:
                inotify.add_watch(folder, mask)
            except FileNotFoundError:
                continue
            except OSError:
                return False
    return True
