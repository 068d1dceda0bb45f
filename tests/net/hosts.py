"""A host on this machine that answers by path, well and badly; and a gate that fetches from it."""

import asyncio
import gzip
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from kernel.call import AlwaysYes, Approver, NoApprover, Ok, Proposal, Reply
from kernel.drivers.route import Route
from kernel.gate import Gate
from kernel.journal.ram import RamJournal
from kernel.net.fetching import Fetcher, Lab
from kernel.policy import Mode, Policy
from kernel.rules.rule import Rule
from syscalls.caps import Cap, Right
from syscalls.labels import USER, Labels
from syscalls.table import Table
from syscalls.tool_net import Fetched
from tests.kernel.world import CALLS, agent
from tests.tiers import best

PEM = str(Path(__file__).with_name("site.pem"))
LOCAL = "127.0.0.1"
SITE, OTHER = "site.test", "other.test"
PATIENCE_S = 20.0

Page = tuple[int, dict[str, str], bytes]


@dataclass
class Host:
    """What it answers, and what it was asked."""

    port: int
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = SITE, scheme: str = "http") -> str:
        """The address of a page."""
        return f"{scheme}://{host}:{self.port}{path}"

    def page(self, path: str, body: bytes, kind: str = "text/plain", status: int = 200, **more: str) -> str:
        """Put a page there; its address."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        self.pages[path] = (status, {"Content-Type": kind, **headers}, body)
        return self.url(path)

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        """Put a redirect there; its address."""
        return self.page(path, b"", status=status, Location=to)


@contextmanager
def host_at(pem: str = "") -> Iterator[Host]:
    """A host on a free port of 127.0.0.1, with TLS where a certificate is given; gone with the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked.append(self.path)
            host.headers.append(dict(self.headers))
            status, headers, body = host.pages.get(self.path, (404, {"Content-Type": "text/plain"}, b"none"))
            if raw := _RAW.get(self.path):
                raw(self.connection, host.is_over)
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            with suppress(OSError):
                super().handle()

    server = ThreadingHTTPServer((LOCAL, 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    host = Host(server.server_address[1])
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield host
    finally:
        host.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _endless(connection: socket.socket, is_over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while not is_over.is_set():
        connection.sendall(b"x" * 65_536)


def _dribble(connection: socket.socket, is_over: threading.Event) -> None:
    """Headers that never end, a byte at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not is_over.wait(0.05):
        connection.sendall(b"x")


def _dribbled_body(connection: socket.socket, is_over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while not is_over.wait(0.05):
        connection.sendall(b"x")


def _silent(connection: socket.socket, is_over: threading.Event) -> None:
    is_over.wait(PATIENCE_S)


def _huge_headers(connection: socket.socket, is_over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not is_over.is_set():
        connection.sendall(b"X-Much: " + b"x" * 60_000 + b"\r\n")


def _continues(connection: socket.socket, is_over: threading.Event) -> None:
    while not is_over.is_set():
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def _garbage(connection: socket.socket, is_over: threading.Event) -> None:
    connection.sendall(b"\x00\x01SSH-2.0-no\r\n\r\n")


def _short(connection: socket.socket, is_over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf")


_RAW = {
    "/endless": _endless, "/dribble": _dribble, "/dribbled": _dribbled_body, "/silent": _silent,
    "/huge": _huge_headers, "/continues": _continues, "/garbage": _garbage, "/short": _short,
}  # fmt: skip


def lab(*names: str, authority: str = "") -> Lab:
    """A network in which these names lead here."""
    return Lab(dict.fromkeys(names or (SITE, OTHER), LOCAL), (LOCAL,), authority)


class Web:
    """A gate that fetches."""

    def __init__(
        self, network: Lab, grants: tuple[str, ...] = (), approver: Approver | None = None,
        mode: Mode = Mode.ACCEPT_EDITS, rules: tuple[Rule, ...] = (),
    ) -> None:  # fmt: skip
        held = {Cap(Right.NET, scope) for scope in grants}
        self.process = agent(caps=agent().caps | held)
        self.journal = RamJournal()
        server = Route({"tool.fetch": Fetcher(best(), network)})
        self.gate = Gate(
            Table(CALLS), server, Policy(mode, rules), self.journal, "s1", approver or AlwaysYes()
        )

    async def __call__(self, url: str, labels: Labels = USER, origin: str = "user", **rest: Any) -> Reply:
        """Fetch."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.gate(self.process, Proposal("tool.fetch", {"url": url, **rest}, labels, origin))

    async def fetched(self, url: str, **rest: Any) -> Fetched:
        """Fetch what can be had."""
        reply = await self(url, **rest)
        assert isinstance(reply, Ok), reply
        assert isinstance(reply.value, Fetched)
        return reply.value


def nobody() -> Approver:
    """Nobody to ask."""
    return NoApprover()


def packed(body: bytes) -> bytes:
    """Gzipped."""
    return gzip.compress(body)
