"""What was piped in: untrusted data beside the request. Read without blocking, so that it can be stopped."""

import asyncio
import os
import stat
import sys
from collections.abc import Callable

MAX_BYTES = 8 * 1024 * 1024
SILENT_S = 0.2
"""A pipe that says nothing for so long is taken for one nobody writes to, unless it was asked for by `-`."""


class TooMuch(Exception):
    """More was piped in than a request can hold."""


async def piped(*, is_waiting: bool, remark: Callable[[str], None]) -> str:
    """Standard input as text; empty when nothing was piped in.

    Args:
        is_waiting: wait for it however long it takes.
        remark: told when a pipe stayed silent and was not read.

    Raises:
        TooMuch: it is longer than `MAX_BYTES`.
    """
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    kind = os.fstat(sys.stdin.fileno()).st_mode
    if stat.S_ISREG(kind):
        return _text(sys.stdin.buffer.read(MAX_BYTES + 1))
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return ""
    return await _from_pipe(sys.stdin.fileno(), None if is_waiting else SILENT_S, remark)


async def _from_pipe(descriptor: int, patience_s: float | None, remark: Callable[[str], None]) -> str:
    data = bytearray()
    while len(data) <= MAX_BYTES:
        try:
            async with asyncio.timeout(None if data else patience_s):
                await readable(descriptor)
        except TimeoutError:
            remark("standard input stayed silent and was not read; `-` after the request waits for it")
            return ""
        part = os.read(descriptor, 65_536)
        if not part:
            break
        data += part
    return _text(bytes(data))


async def readable(descriptor: int) -> None:
    """Wait until there is something to read, or nobody writes any more."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(descriptor, wake)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise TooMuch(f"standard input holds more than {MAX_BYTES} bytes; pass a file instead")
    return data.decode("utf-8", "replace")
