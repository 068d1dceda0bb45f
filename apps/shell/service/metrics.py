"""Figures of a running service as Prometheus reads them: a registry, and one small endpoint, off by default."""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_ANSWER_S = 5.0
_LONGEST_HEAD = 8_192
_KIND = "text/plain; version=0.0.4; charset=utf-8"


Kind = Literal["gauge", "counter", "histogram"]


class Sample(NamedTuple):
    """One figure."""

    value: float
    labels: Mapping[str, str] = {}
    suffix: str = ""
    """After the family's name: `_bucket`, `_sum` or `_count` of a histogram."""


class Family(NamedTuple):
    """Figures of one name."""

    name: str
    help: str
    kind: Kind
    read: Callable[[], Iterable[Sample]]


class Registry:
    """What can be read. Whoever has figures adds them; they are read when somebody asks."""

    def __init__(self) -> None:
        self._families: dict[str, Family] = {}

    def add(
        self,
        name: str,
        help_: str,
        read: Callable[[], Iterable[Sample]],
        kind: Kind = "gauge",
    ) -> None:
        """Add a family of figures.

        Raises:
            ValueError: the name is none Prometheus takes, or is there already.
        """
        if not _NAME.fullmatch(name) or name in self._families:
            raise ValueError(f"metric {name!r}: expected a new name of letters, digits and _")
        self._families[name] = Family(name, help_, kind, read)

    def text(self) -> str:
        """All of them in the text format."""
        lines: list[str] = []
        for family in self._families.values():
            lines += [f"# HELP {family.name} {_escaped(family.help)}", f"# TYPE {family.name} {family.kind}"]
            for sample in family.read():
                labels = ",".join(
                    f'{key}="{_escaped(value, quote=True)}"' for key, value in sample.labels.items()
                )
                name = f"{family.name}{sample.suffix}" + (f"{{{labels}}}" if labels else "")
                lines.append(f"{name} {_number(sample.value)}")
        return "".join(f"{line}\n" for line in lines)


class Endpoint(NamedTuple):
    """Where figures are served: a socket of the user's own, or a port of this machine only."""

    path: Path | None = None
    port: int = 0


def endpoint_of(text: str) -> Endpoint:
    """The endpoint that `unix:PATH` or `127.0.0.1:PORT` means.

    Raises:
        ValueError: it is neither.
    """
    kind, _, rest = text.partition(":")
    if kind == "unix" and rest:
        return Endpoint(Path(rest).absolute())
    if kind == "127.0.0.1" and rest.isdecimal() and 0 < int(rest[:6]) < 65_536:
        return Endpoint(port=int(rest))
    raise ValueError(f"--metrics {text!r}: expected unix:PATH or 127.0.0.1:PORT")


@contextlib.asynccontextmanager
async def serve_metrics(registry: Registry, endpoint: Endpoint | None) -> AsyncIterator[None]:
    """Serve `GET /metrics` while the block runs; without an endpoint nothing is served."""
    if endpoint is None:
        yield
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(
            OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
        ):
            async with asyncio.timeout(_ANSWER_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(registry, head))
                await writer.drain()
        writer.close()

    if endpoint.path is None:
        server = await asyncio.start_server(answer, "127.0.0.1", endpoint.port, limit=_LONGEST_HEAD)
    else:
        mask = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(answer, endpoint.path, limit=_LONGEST_HEAD)
        finally:
            os.umask(mask)
    async with server:
        yield
    if endpoint.path is not None:
        endpoint.path.unlink(missing_ok=True)


def _response(registry: Registry, head: bytes) -> bytes:
    method, _, rest = head.partition(b"\r\n")[0].partition(b" ")
    path = rest.split(b" ")[0]
    if path != b"/metrics":
        return _http("404 Not Found", "there is /metrics\n")
    if method != b"GET":
        return _http("405 Method Not Allowed", "only GET\n")
    return _http("200 OK", registry.text())


def _http(status: str, body: str) -> bytes:
    data = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {_KIND}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    return head.encode() + data


def _number(value: float) -> str:
    """Whole figures whole: a counter of millions must not be rounded."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _escaped(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quote else text
