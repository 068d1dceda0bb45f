"""Interactive sessions of the service: the loop of each runs here, its person comes and goes.

A question asked while nobody is there waits for the next who attaches. A session that was left on purpose waits for
`WAIT_S`, one whose shell vanished for `VANISHED_S`; then it ends, and what it asked is a no.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from apps.shell.boot import Kernel, sit
from apps.shell.console.person import Person
from apps.shell.exit_codes import Exit
from apps.shell.host import Host
from apps.shell.interactive import Shell
from apps.shell.people import People
from apps.shell.seating import cycle, remember, setup_of
from apps.shell.service import messages
from apps.shell.service.client import LATEST
from apps.shell.service.distant import DistantConsole, Visitor
from apps.shell.service.lines import Line
from apps.shell.settings import Settings
from kernel.rules.source import BadRules
from syscalls.errors import Busy, NotFound, SysError

WAIT_S: Final = 24 * 3_600.0
VANISHED_S: Final = 900.0
MOST_SEATS: Final = 32


@dataclass
class Place:
    """One session, and where its person sits."""

    shell: Shell
    console: DistantConsole
    kernel: Kernel

    @property
    def told(self) -> messages.Seat:
        """As `aosh serve status` tells it."""
        console = self.console
        return messages.Seat(
            console.session, str(self.kernel.settings.cwd), console.pid, console.seconds, console.doing
        )


class Seats:
    """All interactive sessions of a service."""

    def __init__(self, host: Host, group: asyncio.TaskGroup) -> None:
        """Args: sessions live as tasks of `group`."""
        self._host = host
        self._group = group
        self.places: dict[str, Place] = {}

    async def open(self, settings: Settings, attach: messages.Attach) -> Place:
        """A new session. Raises as `apps.shell.boot.sit`.

        Raises:
            Busy: there are too many.
        """
        if len(self.places) >= MOST_SEATS:
            raise Busy(
                f"{MOST_SEATS} interactive sessions are open; end one of them, see `aosh serve status`"
            )
        ready: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        self._group.create_task(self._live(settings, attach, ready))
        return await ready

    def find(self, wanted: str, cwd: str) -> Place:
        """The session of that id, or the one that was left last, of this folder where there is one.

        Raises:
            NotFound: there is none.
            Busy: another shell sits there.
        """
        if wanted == LATEST:
            left = [each for each in self.places.values() if not each.console.pid]
            here = [each for each in left if str(each.kernel.settings.cwd) == cwd]
            found = max(here or left, key=lambda each: each.console.since, default=None)
        else:
            found = self.places.get(wanted)
        if found is None:
            free = ", ".join(key for key, each in self.places.items() if not each.console.pid) or "none"
            asked = "no session waits" if wanted == LATEST else f"no session {wanted!r}"
            raise NotFound(f"{asked}; waiting to be attached: {free}")
        if found.console.pid:
            raise Busy(f"process {found.console.pid} sits at session {wanted}; /detach there leaves it")
        return found

    async def _live(
        self, settings: Settings, attach: messages.Attach, ready: "asyncio.Future[Place]"
    ) -> None:
        shell = Shell(is_quiet=attach.is_quiet, is_verbose=attach.is_verbose, timeout_s=attach.timeout_s)
        person = Person()
        person.on_edit = shell.edit
        try:
            async with sit(self._host, settings, People(person, person, shell, person)) as kernel:
                setup = setup_of(kernel, shell.memo, has_colour=attach.has_colour)
                console = DistantConsole(kernel.table, setup)
                console.session = kernel.session.id
                person.sit(console)
                place = self.places[kernel.session.id] = Place(shell, console, kernel)
                ready.set_result(place)
                try:
                    console.end(await self._run(place, attach.prompt))
                finally:
                    del self.places[kernel.session.id]
                await remember(kernel)
        except (SysError, BadRules) as error:
            if not ready.done():
                ready.set_exception(error)
            else:
                logging.getLogger("aosh").warning("a session ended badly: %s", error)

    async def _run(self, place: Place, prompt: str) -> int:
        """The session until its person leaves, or nobody comes any more; the exit code."""
        async with asyncio.TaskGroup() as group:
            running = group.create_task(_read_and_do(place, prompt))
            waiting = group.create_task(self._deserted(place))
            try:
                await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
            finally:
                running.cancel()
                waiting.cancel()
        return 0 if running.cancelled() else running.result()

    async def _deserted(self, place: Place) -> None:
        """Until nobody came back for too long."""
        console = place.console
        while True:
            await console.left.wait()
            if not console.doing:
                place.kernel.drivers.close()  # a session that waits holds none
            with suppress(TimeoutError):
                async with asyncio.timeout(WAIT_S if console.may_wait else VANISHED_S):
                    await console.attached.wait()
                    continue
            logging.getLogger("aosh").info("session %s: nobody came back", console.session)
            return


async def _read_and_do(place: Place, prompt: str) -> int:
    """The session's loop; a bug in it ends this session and no other."""
    try:
        return await place.shell.run(place.kernel, place.console, prompt)
    except Exception:
        logging.getLogger("aosh").exception("aosh serve: a bug in aosh; please report what follows")
        place.console.note("a bug in aosh ended this session; the service's log says more")
        return Exit.FAILED


async def visited(place: Place, line: Line, visitor: Visitor) -> None:
    """Pass on what one shell says to its session, until it goes."""
    console = place.console
    console.attach(visitor, is_bare=place.kernel.settings.is_bare)
    try:
        while (said := await line.next()) is not None:
            match said:
                case messages.Replied():
                    console.replied(said)
                case messages.Interrupt():
                    place.shell.interrupt()
                case messages.Cycle():
                    cycle(place.kernel)
                    console.refresh()
                case messages.Detach():
                    console.detach()
                case _:
                    break
    finally:
        if console.is_seat_of(line):
            console.leave(may_wait=False)
            place.shell.interrupt()
