"""The service: one host for several shells. It holds gate, policy, drivers and journal; shells keep the console."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from apps.shell.asking import Asking, Wish
from apps.shell.broadcast import Finished
from apps.shell.config import BadConfig, load_config, with_limits
from apps.shell.exit_codes import Exit
from apps.shell.exits import exit_of
from apps.shell.host import Host
from apps.shell.oneshot import begun
from apps.shell.service import messages
from apps.shell.service.keeping import Keeper
from apps.shell.service.lines import Line, Told
from apps.shell.service.metrics import Sample
from apps.shell.service.place import Peer, Unsafe, check_peer, mismatch, walls_of
from apps.shell.service.seats import Seats
from apps.shell.settings import Settings, working_folder
from kernel.rules.source import BadRules
from kernel.verdicts import Mode
from kernel.version import VERSION
from syscalls.errors import SysError
from syscalls.hosts import is_scope

GREETING_S = 5.0
"""So long a shell may take to say who it is."""
MOST_SHELLS = 64
"""More at once wait in the backlog."""


@dataclass
class Sitting:
    """A request under way."""

    peer: Peer
    cwd: str
    began: float
    session_id: str = ""


class Service:
    """Answers shells until it is told to stop."""

    def __init__(self, host: Host, settings: Settings, log: Callable[[str], None]) -> None:
        """Args: `log` gets a line for whatever an administrator should know."""
        figures = host.metrics
        figures.add("aosh_requests_total", "Requests of shells.", lambda: [Sample(self._served)], "counter")
        figures.add(
            "aosh_requests_under_way", "Requests of shells that are not answered yet.",
            lambda: [Sample(len(self._sittings))],
        )  # fmt: skip
        self._host = host
        self._settings = settings
        self._log = log
        self._started = time.monotonic()
        self._served = 0
        self._sittings: list[Sitting] = []
        self._places = asyncio.Semaphore(MOST_SHELLS)
        self._keeper: Keeper
        self._seats: Seats
        self.stopping = asyncio.Event()
        """Set when a shell asked it to end."""

    async def serve(self, listener: socket.socket) -> None:
        """Answer until cancelled or told to stop; turns under way are then stopped and rolled back."""
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        async with asyncio.TaskGroup() as group:
            self._keeper = Keeper(self._host, group)
            self._seats = Seats(self._host, group)
            accepting = group.create_task(self._accept(loop, listener, group))
            await self.stopping.wait()
            accepting.cancel()
            raise asyncio.CancelledError

    async def _accept(
        self, loop: asyncio.AbstractEventLoop, listener: socket.socket, group: asyncio.TaskGroup
    ) -> None:
        while True:
            await self._places.acquire()
            sock, _ = await loop.sock_accept(listener)
            group.create_task(self._shell(sock))

    async def _shell(self, sock: socket.socket) -> None:
        """One shell from greeting to end. Whatever it sends, the others do not feel it."""
        try:
            peer = check_peer(sock)
            reader, writer = await asyncio.open_unix_connection(sock=sock)
            line = Line(reader, writer)
            try:
                await self._talk(peer, line)
            finally:
                await line.close()
        except Unsafe as unsafe:
            self._log(f"refused a connection: {unsafe}")
            sock.close()
        except OSError as error:
            self._log(f"a connection broke: {error}")
            sock.close()
        finally:
            self._places.release()

    async def _talk(self, peer: Peer, line: Line) -> None:
        try:
            async with asyncio.timeout(GREETING_S):
                hello = await line.next()
        except TimeoutError:
            return
        if not isinstance(hello, messages.Hello):
            self._log(f"process {peer.pid} sent what is no greeting; hung up")
            return
        if refused := self._misfit(peer, hello):
            line.send(refused)
            return
        line.send(messages.Welcome(VERSION, os.getpid()))
        match await line.next():
            case messages.Ask() as ask if hello.place is not None:
                await self._turn(peer, line, ask, hello.place)
            case messages.Attach() as attach if hello.place is not None:
                await self._visit(peer, line, attach, hello.place)
            case messages.State():
                line.send(self.condition())
            case messages.Metrics():
                line.send(messages.Figures(self._host.metrics.text()))
            case messages.Stop():
                line.send(self.condition())
                self.stopping.set()

    def _misfit(self, peer: Peer, hello: messages.Hello) -> messages.Refused | None:
        """Why this is no service for that shell."""
        if hello.place is None:
            return None
        if (hello.version, hello.protocol) != (VERSION, messages.PROTOCOL):
            return messages.Refused(
                f"the service is aosh {VERSION} (protocol {messages.PROTOCOL}) and this is aosh {hello.version} "
                f"(protocol {hello.protocol}); `aosh serve stop` ends the service",
                is_told=True,
            )
        if walls_of(peer.pid) != walls_of(os.getpid()):
            self._log(f"refused process {peer.pid}: it runs behind other walls than the service")
            return messages.Refused("the shell runs behind other walls than the service")
        if reason := mismatch(hello.place, self._settings):
            return messages.Refused(reason)
        return None

    def condition(self) -> messages.Condition:
        """How it is."""
        now = time.monotonic()
        return messages.Condition(
            VERSION, os.getpid(), self._settings.mind, self._host.jail.tier, round(now - self._started, 3),
            self._served, len(self._host.idle),
            tuple(
                messages.Session(each.session_id, each.peer.pid, each.cwd, round(now - each.began, 3))
                for each in self._sittings
            ),
            tuple(self._keeper.kept),
            tuple(each.told for each in self._seats.places.values()),
        )  # fmt: skip

    async def _visit(self, peer: Peer, line: Line, attach: messages.Attach, place: messages.Place) -> None:
        """Seat a shell at an interactive session until it goes."""
        from apps.shell.service.distant import Visitor  # with it comes the console
        from apps.shell.service.seats import visited

        try:
            if attach.session:
                found = self._seats.find(attach.session, place.cwd)
            else:
                found = await self._seats.open(settings_for(self._settings, attach.wanted, place), attach)
        except (ValueError, BadConfig, BadRules) as error:
            line.send(messages.Failed(Exit.CONFIG, str(error)))
        except SysError as error:
            line.send(messages.Failed(exit_of(error), f"{error.symbol}: {error}"))
        else:
            self._served += not attach.session
            await visited(found, line, Visitor(line, peer.pid, attach.columns, attach.has_colour))

    async def _turn(self, peer: Peer, line: Line, ask: messages.Ask, place: messages.Place) -> None:
        """Carry out one request; a shell that says so, or vanishes, stops it."""
        sitting = Sitting(peer, place.cwd, time.monotonic())
        self._sittings.append(sitting)
        self._served += 1
        is_canceled = False
        try:
            async with asyncio.TaskGroup() as group:
                turn = group.create_task(self._carried_out(line, ask, place, sitting))
                listening = group.create_task(line.next())
                await asyncio.wait([turn, listening], return_when=asyncio.FIRST_COMPLETED)
                is_canceled = not turn.done()
                turn.cancel()
                listening.cancel()
        except asyncio.CancelledError:
            line.send(messages.Failed(Exit.FATAL, "the service was stopped"))
            raise
        finally:
            self._sittings.remove(sitting)
        answer = None if turn.cancelled() else turn.result()
        if answer is None or is_canceled:
            line.send(messages.Canceled())
            return
        _send_end(line, answer)

    async def _carried_out(
        self, line: Line, ask: messages.Ask, place: messages.Place, sitting: Sitting
    ) -> messages.Finished | messages.Failed:
        try:
            settings = settings_for(self._settings, ask.wanted, place)
            return messages.Finished(await self._finished(line, ask, settings, sitting))
        except (ValueError, BadConfig, BadRules) as error:
            return messages.Failed(Exit.CONFIG, str(error))
        except SysError as error:
            return messages.Failed(exit_of(error), f"{error.symbol}: {error}")
        except Exception:
            logging.getLogger("aosh").exception("aosh serve: a bug in aosh; please report what follows")
            return messages.Failed(Exit.FAILED, "a bug in aosh; the service's log says more")

    async def _finished(
        self, line: Line, ask: messages.Ask, settings: Settings, sitting: Sitting
    ) -> Finished:
        wish = Wish(
            ask.prompt, ask.words, ask.stdin, ask.wanted.search, is_yes=ask.is_yes, is_quiet=ask.is_quiet,
            is_verbose=ask.is_verbose, is_drawn=ask.is_drawn, is_rehearsal=ask.wanted.is_rehearsal,
            has_samples=ask.is_verbose and ask.has_events,
        )  # fmt: skip
        asking = Asking(wish, lambda text: line.send(messages.Remark(_travels(text))))
        kept = self._keeper.find(ask.session, settings) if ask.session else await self._keeper.open(settings)
        kept.take(asking)
        try:
            kernel = kept.kernel
            sitting.session_id = kernel.session.id
            line.send(messages.Begun(begun(kernel, has_events=ask.has_events)))
            if ask.has_events:
                asking.reporter.begin(Told(line))
            return await asking.carry_out(kernel)
        finally:
            kept.leave()
            if ask.wanted.is_rehearsal:
                kept.end()


def settings_for(own: Settings, wanted: messages.Wanted, place: messages.Place) -> Settings:
    """The session's settings, checked as a start on the command line checks them.

    Raises:
        ValueError: one of them cannot be.
    """
    wrong = [host for host in wanted.hosts if not is_scope(host)]
    if wrong or wanted.cwd != place.cwd or wanted.max_turns < 1 or (wanted.max_tokens or 1) < 1:
        raise ValueError(
            f"expected hosts' names, the shell's own folder and at least one turn, got {wrong!r}"
        )
    return replace(
        own,
        config=with_limits(load_config(own.folders.system, own.folders.config, None)[0], wanted.limits),
        cwd=working_folder(Path(wanted.cwd), {}),
        search=wanted.search,
        extra=tuple(working_folder(Path(each), {}) for each in wanted.extra),
        mode=Mode(wanted.mode),
        allow=wanted.allow,
        deny=wanted.deny,
        hosts=wanted.hosts,
        is_rehearsal=wanted.is_rehearsal,
        is_ephemeral=False,
        is_bare=wanted.is_bare,
        max_turns=wanted.max_turns,
        max_tokens=wanted.max_tokens,
        limits=wanted.limits,
        timeout_s=None,
        remarks=wanted.remarks,
    )


def _travels(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _send_end(line: Line, answer: messages.Finished | messages.Failed) -> None:
    try:
        line.send(answer)
    except (ValueError, UnicodeEncodeError) as misfit:
        line.send(messages.Failed(Exit.FAILED, f"the answer cannot be sent: {_travels(str(misfit))}"))
