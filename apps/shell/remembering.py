"""Who serves the memory's calls in a session: the driver, asked for what was done only once all of it is written."""

import datetime as dt
import time
from collections.abc import Awaitable, Callable
from typing import Any

from kernel.drivers.port import Answer, Prepared, Server
from kernel.process import Process
from syscalls.table import AnyCall


class Remembering:
    """A `Server` before the driver: settles words for time, and lets episodes be written before they are looked for."""

    def __init__(self, driver: Server, catch_up: Callable[[], Awaitable[int]]) -> None:
        """Args: `catch_up` writes what is not written yet."""
        self._driver = driver
        self._catch_up = catch_up

    async def look(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Answer:
        """Look, in what is there once it was brought up to date.

        Raises:
            BadArgument: `when` names no stretch of time.
        """
        if words := arguments.get("when", ""):
            from kernel.times.past import stretch_of  # their grammar takes its time to load
            from kernel.times.zone import own_zone

            stretch = stretch_of(words, dt.datetime.fromtimestamp(time.time(), own_zone()))
            since, until = int(stretch.start.timestamp()), int(stretch.end.timestamp())
            arguments = arguments | {"when": "", "since": since, "until": until}
        if arguments.get("kind") == "episode":
            await self._catch_up()
        return await self._driver.look(process, call, arguments)

    async def prepare(self, process: Process, call: AnyCall, arguments: dict[str, Any]) -> Prepared:
        """As the driver does."""
        return await self._driver.prepare(process, call, arguments)
