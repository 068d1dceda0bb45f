"""One request and its answer over one stream that the proxy connects."""

import contextlib
import http.client
import math
import socket
import ssl
import time
import zlib
from typing import NamedTuple

from syscalls.errors import DeviceFailed, NotFound, NotPermitted, SysError, TimedOut
from syscalls.urls import parts_of

AGENT = "aosh"
_PIECE_BYTES = 64 * 1024
_ANSWER_BYTES = 400
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class NotConnected(Exception):
    """The proxy makes no such connection; its sentence."""


class Answer(NamedTuple):
    """What a host answered."""

    status: int
    content_type: str
    location: str
    body: bytes
    """Decompressed."""
    cut: str
    """What is missing of the body."""


class Limits(NamedTuple):
    """The most one fetch takes."""

    size_bytes: int
    seconds: float
    until: float
    """Monotonic."""

    @property
    def is_over(self) -> bool:
        """Whether the time is up; the proxy ends then or within a second, so that every stream closes."""
        return time.monotonic() >= self.until


def exchange(url: str, stream: socket.socket, limits: Limits) -> Answer:
    """Ask for `url` over `stream`, which this closes.

    Raises:
        NotConnected: the proxy refused.
        TimedOut: nothing usable came in time.
        DeviceFailed: what came is no HTTP, or the host could not prove its name.
    """
    scheme, host, port, path = parts_of(url)
    with stream:
        stream.settimeout(limits.seconds + 1)
        try:
            _open(stream, host, port, limits)
            return _ask(_secured(stream, host) if scheme == "https" else stream, host, port, path, limits)
        except ssl.SSLCertVerificationError as error:
            raise DeviceFailed(
                f"{host!r} could not prove that it is {host!r}: {error.verify_message}; nothing was read"
            ) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            if limits.is_over:
                raise _late(host, limits) from None
            raise DeviceFailed(f"{host!r} did not answer as HTTP should: {_told(error)}") from None


def _open(stream: socket.socket, host: str, port: int, limits: Limits) -> None:
    stream.sendall(f"{host} {port} {math.ceil(limits.until - time.monotonic())}\n".encode())
    told = bytearray()
    while not told.endswith(b"\n") and len(told) < _ANSWER_BYTES:
        piece = stream.recv(1)
        if not piece:
            raise _late(host, limits) if limits.is_over else DeviceFailed("the proxy hung up")
        told += piece
    if told != b"ok\n":
        raise NotConnected(told.decode("utf-8", "replace").strip().removeprefix("no: "))


def _secured(stream: socket.socket, host: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context.wrap_socket(stream, server_hostname=host)


def _ask(stream: socket.socket, host: str, port: int, path: str, limits: Limits) -> Answer:
    is_secure = isinstance(stream, ssl.SSLSocket)
    connection = http.client.HTTPConnection(host, port)
    connection.default_port = http.client.HTTPS_PORT if is_secure else http.client.HTTP_PORT
    connection.sock, connection.auto_open = stream, 0
    headers = {"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    connection.request("GET", path, headers=headers)
    with contextlib.closing(connection), connection.getresponse() as response:
        if limits.is_over:  # the end of a stream would pass for the end of the headers
            raise _late(host, limits)
        encoding = response.getheader("Content-Encoding", "identity").strip().lower()
        body, cut = _body(response, encoding, limits)
        return Answer(
            response.status, response.getheader("Content-Type", ""), response.getheader("Location", ""), body, cut
        )  # fmt: skip


def _body(response: http.client.HTTPResponse, encoding: str, limits: Limits) -> tuple[bytes, str]:
    """The content and what is missing of it; never more than the limit in memory, however it is packed."""
    unpack = _Plain() if encoding in ("", "identity") else _unpacker(encoding)
    body = bytearray()
    try:
        while len(body) <= limits.size_bytes and (piece := response.read1(_PIECE_BYTES)):
            body += unpack.decompress(piece, limits.size_bytes + 1 - len(body))
    except (OSError, http.client.HTTPException, zlib.error) as error:
        return bytes(body[: limits.size_bytes]), _why_short(body, limits, _told(error))
    if len(body) > limits.size_bytes:
        return bytes(body[: limits.size_bytes]), f"cut at {limits.size_bytes} bytes"
    if limits.is_over or response.length or not unpack.eof:
        return bytes(body), _why_short(body, limits, "the host hung up")
    return bytes(body), ""


def _why_short(body: bytearray, limits: Limits, why: str) -> str:
    if limits.is_over:
        why = f"the {limits.seconds:g} s were over"
    return f"cut at {min(len(body), limits.size_bytes)} bytes: {why}"


class _Plain:
    eof = True

    def decompress(self, piece: bytes, limit_bytes: int) -> bytes:
        return piece[:limit_bytes]


def _unpacker(encoding: str) -> "_Plain | zlib._Decompress":
    if encoding not in _WINDOWS:
        raise DeviceFailed(f"its content is packed as {encoding[:40]!r}, which was not asked for")
    return zlib.decompressobj(_WINDOWS[encoding])


def _late(host: str, limits: Limits) -> TimedOut:
    return TimedOut(f"{host!r} gave no whole answer within {limits.seconds:g} s; timeout_s takes up to 300")


def _told(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__


def refusal(host: str, reason: str) -> SysError:
    """The error for a first connection that the proxy refused."""
    if "has no address" in reason:
        return NotFound(reason)
    return NotPermitted(reason) if "public internet" in reason else DeviceFailed(reason)
