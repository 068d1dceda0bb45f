"""Starting, finding and ending the one service of a user."""

import asyncio
import fcntl
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from apps.shell.early import prepare
from apps.shell.host import open_host
from apps.shell.jobkeeping import keeping
from apps.shell.service import messages
from apps.shell.service.client import CONNECT_S, Gone, Link
from apps.shell.service.figures import add_figures
from apps.shell.service.metrics import Endpoint, serve_metrics
from apps.shell.service.place import Unsafe, check_folder, check_peer, lock_of
from apps.shell.service.server import Service
from apps.shell.settings import Folders, Settings, socket_of
from apps.shell.signals import released
from kernel.version import VERSION

BACKLOG = 64
START_S = 20.0
"""So long a detached service may take until it answers."""


class Runs(Exception):
    """A service runs already; its pid, or 0 where that is not known."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"a service runs already (pid {pid or 'unknown'}); `aosh serve stop` ends it")
        self.pid = pid


def say(line: str) -> None:
    """A line of the log."""
    sys.stderr.write(f"aosh serve: {line}\n")
    sys.stderr.flush()


def serve(settings: Settings, endpoint: Endpoint | None = None) -> int:
    """Serve until a signal or `aosh serve stop`; the exit code.

    Raises:
        Unsafe: the socket's folder is no private one.
        Runs: one serves already.
        SysError: the journal cannot be had.
    """
    prepare(settings.folders)
    check_folder(settings.folders.runtime)
    with _own(lock_of(settings.folders)), _listener(socket_of(settings.folders)) as listener:
        try:
            return asyncio.run(_serve(settings, listener, endpoint))
        finally:
            socket_of(settings.folders).unlink(missing_ok=True)


async def _serve(settings: Settings, listener: socket.socket, endpoint: Endpoint | None) -> int:
    with released(lambda number: True) as stopped:
        try:
            async with (
                open_host(settings) as host,
                serve_metrics(host.metrics, endpoint),
                keeping(host, settings, say),
            ):
                add_figures(host)
                service = Service(host, settings, say)
                say(f"aosh {VERSION} answers at {socket_of(settings.folders)} (pid {os.getpid()})")
                await service.serve(listener)
        except asyncio.CancelledError:
            say("stopped" if not stopped else f"stopped by signal {stopped[0]}")
    return 0


def ask(places: Folders, question: messages.State | messages.Stop) -> messages.Condition | None:
    """How the running service is; None where none runs. Raises as `answer`."""
    found = answer(places, question)
    return found if isinstance(found, messages.Condition) else None


def answer(places: Folders, question: messages.Looks) -> messages.Condition | messages.Figures | None:
    """What the running service answers; None where none runs.

    Raises:
        Unsafe: whatever is there is not this user's.
    """
    path = socket_of(places)
    if not path.exists():
        return None
    check_folder(path.parent)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(CONNECT_S)
        try:
            sock.connect(str(path))
            check_peer(sock)
            link, until = Link(sock), time.monotonic() + CONNECT_S
            link.send(messages.Hello(VERSION))
            link.send(question)
            while True:
                found = link.next(until)
                if isinstance(found, messages.Condition | messages.Figures):
                    return found
        except (OSError, Gone, TimeoutError):
            return None


def stop(places: Folders) -> messages.Condition | None:
    """End the service, and wait until it has; how it was, or None where none ran. Raises as `ask`."""
    found = ask(places, messages.Stop())
    if found is not None:
        with open(lock_of(places), "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
    return found


def detach(places: Folders, args: list[str]) -> int:
    """Start a service that outlives this terminal; its pid.

    Raises:
        Runs: one serves already.
        Unsafe: it did not come up; says what its log says.
    """
    prepare(places)
    if (found := ask(places, messages.State())) is not None:
        raise Runs(found.pid)
    log = places.state / "service.log"
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "apps.shell.main", "serve", *args],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if (found := ask(places, messages.State())) is not None:
            return found.pid
        try:
            child.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    child.kill()
    tail = log.read_text("utf-8", "replace").strip().splitlines()
    raise Unsafe(f"the service did not come up: {tail[-1] if tail else 'its log is empty'} (log: {log})")


def _own(path: Path) -> IO[bytes]:
    """The lock of the one that serves; the system lets go of it even after kill -9."""
    lock = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600), "r+b")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        text = lock.read(32).strip()
        lock.close()
        raise Runs(int(text) if text.isdigit() else 0) from None
    lock.truncate(0)
    lock.write(str(os.getpid()).encode())
    lock.flush()
    return lock


def _listener(path: Path) -> socket.socket:
    """The listening socket, for this user only. Whoever holds the lock may clear a stale one away."""
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        sock.bind(str(path))
    except OSError as error:
        sock.close()
        raise Unsafe(f"the socket {str(path)!r} cannot be made: {error.strerror or error}") from None
    finally:
        os.umask(mask)
    sock.listen(BACKLOG)
    return sock
