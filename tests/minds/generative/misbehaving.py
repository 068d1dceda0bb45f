"""A real HTTP server on loopback that answers each request as it is told, also badly."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

Act = Callable[["Server", asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Plays its acts in order, one a request; keeps what it was sent."""

    def __init__(self, *acts: Act) -> None:
        self.acts = list(acts)
        self.heads: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.hung_up = asyncio.Event()
        self.url = ""
        self.models: Act = status(200, {"data": [{"id": "m", "max_model_len": 4096}]})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                (int(v.split(":")[1]) for v in head.splitlines() if v.lower().startswith("content-length:")),
                0,
            )
            body = await reader.readexactly(length)
            self.heads.append(head)
            if head.startswith("GET /v1/models"):
                await self.models(self, writer)
            else:
                self.bodies.append(json.loads(body))
                await self.acts.pop(0)(self, writer)
                if not await reader.read(1):
                    self.hung_up.set()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.hung_up.set()
        finally:
            writer.close()


@asynccontextmanager
async def serving(*acts: Act) -> AsyncIterator[Server]:
    server = Server(*acts)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listening.close()


def raw(data: bytes, *, is_open: bool = False) -> Act:
    """Just these bytes."""

    async def act(server: Server, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if not is_open:
            writer.write_eof()

    return act


def status(code: int, body: object, **headers: str) -> Act:
    """A whole answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {code} X\r\nContent-Length: {len(data)}\r\nConnection: close\r\n{more}\r\n"
    return raw(head.encode() + data)


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def event(text: str = "", **more: Any) -> bytes:
    choice: dict[str, Any] = {"index": 0, "delta": {"content": text}} | more
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def usage(prompt: int, completion: int, cached: int = 0) -> bytes:
    counts = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    return b"data: " + json.dumps({"choices": [], "usage": counts}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def says(*texts: str, finish: str = "stop") -> Act:
    """A good stream."""
    middle = b"".join(map(event, texts))
    return raw(STREAM + middle + event(finish_reason=finish) + usage(11, len(texts), 7) + DONE)
