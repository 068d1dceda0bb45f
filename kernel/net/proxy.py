"""The one process of ours that opens connections for others: it resolves, checks, connects and copies bytes.

It is started for a single fetch and knows nothing but that fetch's hosts. Whoever parses what comes back
sits in a jail without a network at the other end of inherited streams. Each stream is one connection:

    jail -> proxy   "HOST PORT SECONDS\\n", then bytes for the host
    proxy -> jail   "ok\\n", then bytes from the host; or "no: REASON\\n" and the end

A name is resolved once, every address it has must be public, and the connection goes to one of those very
addresses. Bytes are counted both ways, and a timer ends the process whatever it is doing: after the seconds the
jail asks for, and at the latest after those it was started with.
"""

import contextlib
import encodings.idna  # noqa: F401  the resolver wants it, and later there is no reading it
import json
import os
import selectors
import signal
import socket
import sys
from typing import Any

from kernel.jail import landlock
from kernel.jail.native import PR_SET_PDEATHSIG, prctl
from kernel.jail.privileges import drop_all_capabilities, no_new_privs
from kernel.jail.rights import READ
from kernel.net.addresses import is_public
from syscalls.hosts import covers, is_name, is_port, target_of

REQUEST_BYTES = 64 * 1024
"""Most that is sent to a host over one connection: a request is small, and this is also what could be leaked."""
COUNTER_BYTES = 8
CONNECT_S = 10.0
_LINE_BYTES = 300
_PIECE_BYTES = 64 * 1024
_READABLE = ("/etc", "/usr", "/lib", "/lib64", "/run/systemd/resolve", "/run/resolvconf", "/run/nscd")
_FILE_RIGHTS_ONLY = 3
"""Landlock's version before it knew of the network."""


class Refused(Exception):
    """A connection that is not made; the text goes to the jail."""


class Door:
    """Makes the connections of one fetch."""

    def __init__(self, scopes: list[str], limit_bytes: int, lab: dict[str, Any], counter: int = -1) -> None:
        """A door.

        Args:
            scopes: the hosts, as capabilities name them.
            limit_bytes: most that comes from a host over one connection.
            lab: `names` -> address without a resolver, and `addresses` that pass though they are not public;
                empty outside of tests, which alone can say otherwise.
            counter: a file in memory, whose first 8 bytes are how many bytes were passed, both ways.
        """
        self._counter, self._passed_bytes = counter, 0
        self._scopes = scopes
        self._limit_bytes = limit_bytes
        self._names: dict[str, str] = lab.get("names", {})
        self._passed = frozenset(lab.get("addresses", ()))

    def serve(self, stream: socket.socket) -> None:
        """One connection, from its first line to its end."""
        line = _line(stream)
        if not line:
            return
        _hasten(line.rpartition(" ")[2])
        try:
            outside = self.connect(line)
        except Refused as refusal:
            stream.sendall(f"no: {refusal}\n".encode())
            return
        with outside:
            stream.sendall(b"ok\n")
            self._copy(stream, outside)

    def connect(self, line: str) -> socket.socket:
        """The connection that a first line asks for.

        Raises:
            Refused: it is not granted, leads elsewhere than into the internet, or cannot be had.
        """
        host, port, seconds = (*line.split(" "), "", "")[:3]
        if not is_name(host) or not is_port(port) or not seconds.isdecimal():
            raise Refused("that is no host's name, port and number of seconds")
        target = target_of(host, int(port))
        if not any(covers(scope, target) for scope in self._scopes):
            raise Refused(f"{target!r} is not granted")
        failure = f"{host!r} cannot be reached"
        for family, address in self.addresses(host, int(port)):
            outside = socket.socket(family, socket.SOCK_STREAM)
            outside.settimeout(CONNECT_S)
            try:
                outside.connect(address)
            except OSError as refusal:
                outside.close()
                failure = f"{host!r} cannot be reached: {refusal.strerror or refusal}"
                continue
            outside.settimeout(None)
            return outside
        raise Refused(failure)

    def addresses(self, host: str, port: int) -> list[tuple[int, Any]]:
        """Where a name leads, as (family, socket address).

        Raises:
            Refused: it leads nowhere, or any of it is not public.
        """
        asked, flags = host, 0
        if host in self._names:
            asked, flags = self._names[host], socket.AI_NUMERICHOST
        try:
            found = socket.getaddrinfo(asked, port, type=socket.SOCK_STREAM, flags=flags)
        except (OSError, UnicodeError) as refusal:
            why = getattr(refusal, "strerror", None) or refusal
            raise Refused(f"{host!r} has no address: {why}") from None
        closed = [
            address[0]
            for _, _, _, _, address in found
            if not is_public(str(address[0])) and address[0] not in self._passed
        ]
        if closed:
            raise Refused(f"{host!r} leads to {closed[0]}, which is not in the public internet")
        return [(int(family), address) for family, _, _, _, address in found]

    def _copy(self, stream: socket.socket, outside: socket.socket) -> None:
        """Copy both ways until either end closes or a limit is met."""
        sent, left_bytes = 0, self._limit_bytes
        with selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
            selector.register(stream, selectors.EVENT_READ, outside)
            selector.register(outside, selectors.EVENT_READ, stream)
            while left_bytes > 0:
                for key, _ in selector.select():
                    source, target = key.fileobj, key.data
                    assert isinstance(source, socket.socket)
                    is_from_outside = source is outside
                    most = min(_PIECE_BYTES, left_bytes) if is_from_outside else _PIECE_BYTES
                    piece = source.recv(most)
                    if not piece:
                        return
                    self._count(len(piece))
                    if is_from_outside:
                        left_bytes -= len(piece)
                    else:
                        sent += len(piece)
                        if sent > REQUEST_BYTES:
                            return
                    target.sendall(piece)

    def _count(self, size: int) -> None:
        self._passed_bytes += size
        if self._counter >= 0:
            os.pwrite(self._counter, self._passed_bytes.to_bytes(COUNTER_BYTES, "little"), 0)


def _hasten(seconds: str) -> None:
    """End sooner than planned, if that is what is asked for."""
    left_s, _ = signal.getitimer(signal.ITIMER_REAL)
    if seconds.isdecimal() and int(seconds) < left_s:
        signal.setitimer(signal.ITIMER_REAL, max(1, int(seconds)))


def _line(stream: socket.socket) -> str:
    """The first line, without its end; empty when the stream closed before it was complete, or it is too long."""
    found = bytearray()
    while len(found) <= _LINE_BYTES:
        piece = stream.recv(1)
        if not piece:
            return ""
        if piece == b"\n":
            return found.decode("ascii", "replace")
        found += piece
    return ""


def _confine() -> None:
    """A second wall, where the machine has one: no privileges, and nothing to read but what resolving takes."""
    no_new_privs()
    with contextlib.suppress(OSError):
        drop_all_capabilities()
    with contextlib.suppress(OSError):
        version = min(landlock.abi(), _FILE_RIGHTS_ONLY)
        paths = {os.path.realpath(path) for path in _READABLE if os.path.exists(path)}
        landlock.restrict([(path, READ) for path in sorted(paths)], version)


def main(args: list[str]) -> int:
    """Serve the streams of one fetch, in order; `args[0]` is JSON (see `kernel.net.fetching`)."""
    order = json.loads(args[0])
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != order["parent"]:
        return 1
    signal.setitimer(signal.ITIMER_REAL, order["seconds"])
    _confine()
    door = Door(order["scopes"], order["limit_bytes"], order["lab"], order["counter"])
    for descriptor in order["streams"]:
        with socket.socket(fileno=descriptor) as stream, contextlib.suppress(OSError):
            door.serve(stream)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
