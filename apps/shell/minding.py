"""Which mind a session thinks with, and changing it while the session goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from apps.shell.engines import Whose
from apps.shell.host import Host
from apps.shell.settings import Settings
from kernel.minds.port import Mind
from syscalls.errors import NotSupported
from syscalls.model import InUse


class Minding:
    """The mind of one session."""

    def __init__(self, host: Host, settings: Settings, whose: Whose) -> None:
        """Opens the one that the settings name.

        Raises:
            MindFailed: it cannot be had.
        """
        self._host, self._settings, self._whose = host, settings, whose
        self.mind = host.mind(settings, whose)
        self.name = settings.mind
        """As `--mind` takes it."""
        self.changed: Callable[[Mind], None] = lambda mind: None
        """Told of each change."""

    async def opened(self, name: str) -> tuple[Mind, Callable[[], Awaitable[InUse]]]:
        """Another mind, and what makes the session think with it.

        Raises:
            MindFailed, NotSupported: there is none of that name, or this machine cannot run it.
        """
        from apps.shell.available import obstacle  # most sessions keep their mind

        settings = replace(self._settings, mind=name.strip())
        if problem := await asyncio.to_thread(obstacle, settings):
            raise NotSupported(f"{name}: {problem}; `aosh minds` tells what this machine can run")
        mind = self._host.mind(settings, self._whose)

        async def use() -> InUse:
            before, known = self.mind, self.name
            self.mind, self.name = mind, settings.mind
            self.changed(mind)
            if before is not mind:
                await self._host.leave(before)
            return InUse(mind.name, known)

        return mind, use

    async def let_go(self, mind: Mind) -> None:
        """One that was opened is not used after all."""
        if mind is not self.mind:
            await self._host.leave(mind)

    async def close(self) -> None:
        """The session ends."""
        await self._host.leave(self.mind)
