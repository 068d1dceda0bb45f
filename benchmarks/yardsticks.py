"""What else does the work, in the barest form: an echo over a socket pair, an MCP tool call, a durable write."""

import asyncio
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from pathlib import Path

SIZE = 64
"""Bytes of a message: about a small call."""
_ECHO = """
import socket, sys
peer = socket.socket(fileno=int(sys.argv[1]))
while data := peer.recv(65536):
    peer.sendall(data)
"""


@contextmanager
def echo() -> Iterator[socket.socket]:
    """A socket to a Python process that sends back what it gets."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            child = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _ECHO, str(theirs.fileno())], pass_fds=(theirs.fileno(),)
            )
        try:
            yield ours
        finally:
            ours.close()
            child.wait(timeout=10)


def round_trip(sock: socket.socket) -> None:
    """One message there and back, blocking."""
    sock.sendall(b"x" * SIZE)
    left = SIZE
    while left:
        left -= len(sock.recv(left))


class EchoClient(asyncio.Protocol):
    """Many tasks over one echo: answers come in the order of the questions."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._have = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ready."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Whole messages wake their tasks."""
        self._have += len(data)
        while self._have >= SIZE:
            self._have -= SIZE
            self._waiting.popleft().set_result(None)

    async def ask(self) -> None:
        """One message there and back."""
        assert self._transport is not None
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._transport.write(b"x" * SIZE)
        await waiter

    async def close(self) -> None:
        """Hang up, and let the loop forget the descriptor before its number is used again."""
        assert self._transport is not None
        self._transport.abort()
        await asyncio.sleep(0.05)

    @classmethod
    async def over(cls, sock: socket.socket) -> "EchoClient":
        """A client over a connected socket."""
        sock.setblocking(False)
        _, client = await asyncio.get_running_loop().create_connection(cls, sock=sock)
        return client


def has_mcp() -> bool:
    """Whether the MCP SDK is installed."""
    return find_spec("mcp") is not None and find_spec("mcp.server.mcpserver") is not None


class McpTool:
    """A connected MCP client over stdio."""

    def __init__(self, session: object) -> None:
        self._session = session

    async def read(self, path: Path) -> None:
        """Call the server's one tool: the text of a file."""
        call = getattr(self._session, "call_tool")  # noqa: B009
        result = await call("read", {"path": str(path)})
        assert "few" in str(result.content), result


@asynccontextmanager
async def mcp_tool() -> AsyncIterator[McpTool]:
    """A fresh MCP server process with one tool that reads a file, and a client."""
    from mcp import ClientSession, StdioServerParameters, stdio_client

    server = StdioServerParameters(
        command=sys.executable, args=["-m", "benchmarks.mcp_server"], env=dict(os.environ)
    )
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield McpTool(session)


def durable_write(folder: Path, content: bytes) -> None:
    """A new file's bytes on the disk, then under their name, then the name on the disk."""
    temporary = folder / ".new"
    with open(temporary, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / "target")
