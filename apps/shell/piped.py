"""What was piped in: untrusted data beside the request. Read without blocking, so that it can be stopped."""

import os
import stat
import sys
from collections.abc import Callable

MAX_BYTES = 8 * 1024 * 1024
SILENT_S = 0.2
"""A pipe that says nothing for so long is taken for one nobody writes to, unless it was asked for by `-`."""
NOTHING_ASKED = 'nothing was asked; try: aosh -p "what is in this folder?"'
_SILENT = "standard input stayed silent and was not read; `-` after the request waits for it"
_PART_BYTES = 65_536


class TooMuch(Exception):
    """More was piped in than a request can hold."""


def request_of(prompt: str) -> tuple[str, bool]:
    """The request without its `-`, and whether standard input is waited for however long it takes."""
    words = prompt.strip()
    is_waiting = words == "-" or words.endswith(" -")
    return (words.removesuffix("-").strip() if is_waiting else words), is_waiting


async def piped(*, is_waiting: bool, remark: Callable[[str], None]) -> str:
    """Standard input as text; empty when nothing was piped in.

    Args:
        is_waiting: wait for it however long it takes.
        remark: told when a pipe stayed silent and was not read.

    Raises:
        TooMuch: it is longer than `MAX_BYTES`.
    """
    descriptor, text = _source()
    if descriptor is None:
        return text
    import asyncio  # a shell that asks the service needs none of it

    data = bytearray()
    while len(data) <= MAX_BYTES:
        try:
            async with asyncio.timeout(None if data or is_waiting else SILENT_S):
                await readable(descriptor)
        except TimeoutError:
            remark(_SILENT)
            return ""
        part = os.read(descriptor, _PART_BYTES)
        if not part:
            break
        data += part
    return _text(bytes(data))


def piped_by(
    ready: Callable[[int, float | None], bool], *, is_waiting: bool, remark: Callable[[str], None]
) -> str:
    """As `piped`, without an event loop.

    Args:
        ready: waits until a descriptor can be read, for so many seconds at most; whether it can.
        is_waiting: as of `piped`.
        remark: as of `piped`.

    Raises:
        TooMuch: as of `piped`.
    """
    descriptor, text = _source()
    if descriptor is None:
        return text
    data = bytearray()
    while len(data) <= MAX_BYTES:
        if not ready(descriptor, None if data or is_waiting else SILENT_S):
            remark(_SILENT)
            return ""
        part = os.read(descriptor, _PART_BYTES)
        if not part:
            break
        data += part
    return _text(bytes(data))


def _source() -> tuple[int | None, str]:
    """The pipe to read; or None and the text that is there at once."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return None, ""
    kind = os.fstat(sys.stdin.fileno()).st_mode
    if stat.S_ISREG(kind):
        return None, _text(sys.stdin.buffer.read(MAX_BYTES + 1))
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return None, ""
    return sys.stdin.fileno(), ""


async def readable(descriptor: int) -> None:
    """Wait until there is something to read, or nobody writes any more."""
    import asyncio

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
