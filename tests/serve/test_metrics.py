"""Figures for Prometheus: off unless asked for, this machine only, one page."""

import asyncio
import socket
import stat
from pathlib import Path

import pytest

from apps.shell.service.metrics import Endpoint, Registry, Sample, endpoint_of, serve_metrics


def filled() -> Registry:
    registry = Registry()
    registry.add("aosh_sessions", "Sessions\nunder way.", lambda: [Sample(2)])
    registry.add(
        "aosh_calls_total",
        "Calls.",
        lambda: [Sample(3, {"name": 'a"b\\'}), Sample(0.5, {"name": "c"})],
        "counter",
    )
    return registry


def test_the_text_is_what_prometheus_reads() -> None:
    assert filled().text() == (
        "# HELP aosh_sessions Sessions\\nunder way.\n"
        "# TYPE aosh_sessions gauge\n"
        "aosh_sessions 2\n"
        "# HELP aosh_calls_total Calls.\n"
        "# TYPE aosh_calls_total counter\n"
        'aosh_calls_total{name="a\\"b\\\\"} 3\n'
        'aosh_calls_total{name="c"} 0.5\n'
    )


@pytest.mark.parametrize("name", ["", "two words", "1st", "aosh_sessions"])
def test_a_name_is_one_prometheus_takes_and_new(name: str) -> None:
    with pytest.raises(ValueError, match="expected a new name"):
        filled().add(name, "", lambda: [])


@pytest.mark.parametrize(
    "text",
    ["", "unix:", "0.0.0.0:80", "localhost:80", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", ":80"],
)
def test_it_is_served_to_this_machine_only(text: str) -> None:
    with pytest.raises(ValueError, match="expected unix:PATH or"):
        endpoint_of(text)


async def answer(path: Path, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(sent)
    async with asyncio.timeout(5):
        found = await reader.read()
    writer.close()
    return found


async def test_there_is_one_page_and_it_is_only_read(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sock"
    async with serve_metrics(filled(), endpoint_of(f"unix:{path}")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        page = await answer(path, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert page.startswith(b"HTTP/1.1 200 OK\r\n")
        assert page.partition(b"\r\n\r\n")[2].decode() == filled().text()
        assert (await answer(path, b"POST /metrics HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 405 ")
        assert (await answer(path, b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
        assert await answer(path, b"x" * 20_000 + b"\r\n\r\n") == b"", "what never ends is not read on"
    assert not path.exists()


async def test_a_port_is_this_machines_own() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with serve_metrics(filled(), Endpoint(port=port)):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(5):
            assert b"aosh_sessions 2" in await reader.read()
        writer.close()
