"""A shell's end: asks the service for one request, and keeps the console. Free of the kernel and of asyncio."""

import argparse
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from types import FrameType
from typing import NamedTuple

import msgspec

from apps.shell.broadcast import Broadcast, Finished, check_file, complain, emitter_of, finish, is_drawn
from apps.shell.events import Stream
from apps.shell.exit_codes import Exit
from apps.shell.held import HELD, let_go
from apps.shell.piped import NOTHING_ASKED, TooMuch, piped_by, request_of
from apps.shell.service import messages
from apps.shell.service.place import Unsafe, check_folder, check_peer, place_of
from apps.shell.settings import Settings, socket_of
from kernel.version import VERSION
from syscalls.wire import Unframer

LATEST = "-"
"""Asks for the session of the same folder that was used last."""
CONNECT_S = 5.0
"""So long the service may take to greet."""
STOPPING_S = 8.0
"""So long a turn that was stopped may take to roll back what it left open."""
GONE = (
    "the service ended before it answered; what it left half-done is rolled back when aosh next starts here"
)


class Gone(Exception):
    """The other end hung up, or talks nonsense."""


class Interrupted(Exception):
    """A signal came; its number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def is_wanted(options: argparse.Namespace, settings: Settings) -> bool:
    """Whether these options leave the choice to the service at all."""
    if options.no_service or os.environ.get("AOSH_NO_SERVICE", "0") not in ("", "0"):
        return False
    return not (settings.is_ephemeral or options.config or os.environ.get("AOSH_CONFIG"))


def connect(settings: Settings, *, is_quiet: bool) -> "Link | None":
    """The service's connection, greeted; None where none runs that is the one for this shell."""
    path = socket_of(settings.folders)
    if not path.exists():
        return None
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        check_folder(path.parent)
        sock.settimeout(CONNECT_S)
        sock.connect(str(path))
        check_peer(sock)
        link = Link(sock)
        link.send(messages.Hello(VERSION, place_of(settings)))
        answer = link.next(time.monotonic() + CONNECT_S)
    except Unsafe as unsafe:
        complain(f"{unsafe}; the service is not used")
    except (OSError, Gone, UnicodeEncodeError):
        pass
    else:
        if isinstance(answer, messages.Welcome):
            return link
        if isinstance(answer, messages.Refused) and answer.is_told and not is_quiet:
            complain(f"{answer.reason}; this one starts alone")
    sock.close()
    return None


def run(options: argparse.Namespace, settings: Settings, prompt: str) -> int | None:
    """Have the service carry out `prompt`; the exit code, or None where the shell must do it alone."""
    if not is_wanted(options, settings) or not is_text(prompt, settings):
        return None
    link = connect(settings, is_quiet=options.quiet)
    if link is None:
        return None
    with link:
        if wrong := check_file(options):
            complain(wrong)
            return Exit.USAGE
        out = Broadcast(emitter_of(options.output_format), settings, os.urandom(6).hex())
        return _carry_out(Run(options, settings, out, link), prompt)


class Run(NamedTuple):
    """What one run is told."""

    options: argparse.Namespace
    settings: Settings
    out: Broadcast
    link: "Link"


def _carry_out(run: Run, prompt: str) -> int:
    """Whatever happens, one `init` first and one `result` last."""
    out, timeout_s = run.out, run.settings.timeout_s
    until = None if timeout_s is None else time.monotonic() + timeout_s
    with out:
        try:
            return _ask(run, prompt, until)
        except TooMuch as error:
            return out.end(Exit.INPUT, str(error))
        except Gone:
            return out.end(Exit.FATAL, GONE)
        except Interrupted as stopped:
            done = _stopped(run)
            if done is not None:
                return finish(run.options, out, done)
            return out.end(128 + stopped.number, "interrupted", "interrupted")
        except TimeoutError:
            done = _stopped(run)
            if done is not None:
                return finish(run.options, out, done)
            return out.end(Exit.TIMEOUT, f"stopped after {timeout_s:g} s (--timeout)")


def _ask(run: Run, prompt: str, until: float | None) -> int:
    options, settings, out, link = run
    words, is_waiting = request_of(prompt)
    stdin = piped_by(
        lambda descriptor, patience_s: link.is_readable(descriptor, patience_s, until),
        is_waiting=is_waiting,
        remark=lambda line: None if options.quiet else complain(line),
    )
    if not words:
        return out.end(Exit.INPUT, NOTHING_ASKED)
    link.send(messages.Ask(
        wanted=wanted(settings), prompt=prompt, words=words, stdin=stdin,
        is_yes=options.yes, is_verbose=options.verbose, is_quiet=options.quiet,
        has_events=out.is_read, is_drawn=is_drawn(options),
        session=LATEST if options.go_on else options.resume or "",
    ))  # fmt: skip
    return _follow(run, until)


def wanted(settings: Settings) -> messages.Wanted:
    """The session's settings as they travel."""
    return messages.Wanted(
        cwd=str(settings.cwd), search=settings.search, extra=tuple(map(str, settings.extra)),
        mode=settings.mode.value, allow=settings.allow, deny=settings.deny, hosts=settings.hosts,
        is_rehearsal=settings.is_rehearsal, is_bare=settings.is_bare, max_turns=settings.max_turns,
        max_tokens=settings.max_tokens, limits=settings.limits, remarks=settings.remarks,
    )  # fmt: skip


def _follow(run: Run, until: float | None) -> int:
    """Tell what the service tells, until the request is over."""
    stream: Stream | None = None
    while True:
        match run.link.next(until):
            case messages.Begun(told):
                stream = run.out.begin(told)
            case messages.Remark(line):
                complain(line)
            case messages.Turn(turn_id) if stream is not None:
                stream.turn(turn_id)
            case messages.Happened(event) if stream is not None:
                stream.emit(event)
            case messages.Finished(done):
                return finish(run.options, run.out, done)
            case messages.Failed(code, message):
                return run.out.end(code, message)
            case _:
                raise Gone


def _stopped(run: Run) -> Finished | None:
    """Have the turn stopped, and wait until nothing of it is open; its result where it was done by then."""
    until = time.monotonic() + STOPPING_S
    try:
        run.link.send(messages.Cancel())
        while True:
            match run.link.next(until, is_deaf=True):
                case messages.Remark(line):
                    complain(line)
                case messages.Finished(done):
                    return done
                case messages.Failed() | messages.Canceled():
                    return None
    except (Gone, OSError, TimeoutError):
        return None


class Link:
    """A connection, read as long as no signal comes."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._unframer = Unframer()
        self._frames: deque[bytes] = deque()
        self._woken, self._wakes = socket.socketpair()
        self._stopped: list[int] = []
        self._taken: dict[int, object] = {}

    def __enter__(self) -> "Link":
        """From here on signals interrupt what waits."""
        self._wakes.setblocking(False)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        for number in HELD:
            self._taken[number] = signal.signal(number, self._take)
        let_go()
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        for number in HELD:
            signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
        for each in (self._sock, self._woken, self._wakes):
            each.close()

    def let_go(self) -> socket.socket:
        """The connection, for somebody else to read."""
        for each in (self._woken, self._wakes):
            each.close()
        self._sock.settimeout(None)
        return self._sock

    def send(self, message: messages.Up) -> None:
        """Send a frame.

        Raises:
            Gone: nobody takes it.
        """
        self._sock.settimeout(STOPPING_S)
        try:
            self._sock.sendall(messages.frame(message))
        except OSError:
            raise Gone from None

    def next(self, until: float | None, *, is_deaf: bool = False) -> messages.Down:
        """The next frame.

        Args:
            until: monotonic time to give up at.
            is_deaf: do not heed signals any more.

        Raises:
            Gone: the other end hung up or talks nonsense.
            Interrupted, TimeoutError: as `is_readable`.
        """
        while not self._frames:
            if not self.is_readable(self._sock.fileno(), None, until, is_deaf=is_deaf):
                raise TimeoutError
            try:
                data = self._sock.recv(65_536)
                self._frames.extend(self._unframer.feed(data))
            except (OSError, ValueError):
                raise Gone from None
            if not data:
                raise Gone
        try:
            found: messages.Down = messages.down.decode(self._frames.popleft())
            return found
        except msgspec.DecodeError:
            raise Gone from None

    def is_readable(
        self, descriptor: int, patience_s: float | None, until: float | None, *, is_deaf: bool = False
    ) -> bool:
        """Wait for something to read; False where `patience_s` went by first.

        Raises:
            Interrupted: a signal came.
            TimeoutError: it is past `until`.
        """
        watched = [descriptor] if is_deaf else [descriptor, self._woken.fileno()]
        left_s = None if until is None else max(0.0, until - time.monotonic())
        waits = [each for each in (patience_s, left_s) if each is not None]
        ready, _, _ = select.select(watched, [], [], min(waits) if waits else None)
        if self._stopped and not is_deaf:
            raise Interrupted(self._stopped[0])
        if not ready and left_s is not None and (patience_s is None or left_s <= patience_s):
            raise TimeoutError
        return bool(ready)

    def _take(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._stopped.append(number)


def is_text(prompt: str, settings: Settings) -> bool:
    """Whether all that is said can travel; stray bytes of a command line cannot."""
    try:
        "".join(
            (prompt, *settings.allow, *settings.deny, *settings.search, *map(str, settings.extra))
        ).encode()
    except UnicodeEncodeError:
        return False
    return sys.stdout is not None
