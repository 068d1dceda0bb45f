"""Serving file.read, file.head, file.tail and file.sort: only as much of a file is read as is shown."""

import os
import re
from typing import NamedTuple

from apps.files.beneath import Disk, Opened
from apps.files.coding import SNIFF_BYTES, Coding, check_text, whole_characters
from apps.sdk import Context
from syscalls.errors import TooBig
from syscalls.file import End, Read, Sort
from syscalls.file_values import TextOf

_BLOCK_BYTES = 64 * 1024
_MOST_BYTES = 1024 * 1024
"""Of head and tail: so many lines may still be long ones."""
_NUMBERED_BYTES = 32 * 1024 * 1024
"""The last lines of a larger file are shown without their numbers."""
_SORTED_BYTES = 64 * 1024 * 1024
_SHOWN_BYTES = 8 * 1024 * 1024
_WIDE_BYTES = 64 * 1024 * 1024
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_NUMBER = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)")


def read(ctx: Context, a: Read) -> TextOf:
    """The text of a file, or of some of its lines."""
    return _lines(ctx, a.path, a.first_line, a.lines, a.limit_bytes)


def head(ctx: Context, a: End) -> TextOf:
    """The first lines of a file."""
    return _lines(ctx, a.path, 1, a.lines, _MOST_BYTES)


def tail(ctx: Context, a: End) -> TextOf:
    """The last lines of a file, read from its end."""
    with ctx.once(Disk).reading(a.path) as file:
        ctx.came_from(a.path, file.real)
        coding = check_text(os.pread(file.fd, SNIFF_BYTES, 0), file.name)
        if coding.is_wide:
            return _wide(file, coding, -a.lines, a.lines, _MOST_BYTES)
        raw, is_cut = _last_lines(file, a.lines)
        start = file.info.st_size - len(raw)
        if raw[:SNIFF_BYTES].count(0):
            check_text(raw, file.name)
        if start == 0:
            raw = raw[len(coding.mark) :]
        first = _lines_before(file, start) + 1 if start <= _NUMBERED_BYTES else 0
        cut = f"cut at the last {len(raw)} of {file.info.st_size} bytes" if is_cut else ""
        return TextOf(file.name, raw.decode("utf-8", "replace"), file.info.st_size, first, cut)


def sort(ctx: Context, a: Sort) -> TextOf:
    """The lines of a file in order."""
    with ctx.once(Disk).reading(a.path) as file:
        ctx.came_from(a.path, file.real)
        text = whole_text(file, _SORTED_BYTES).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    lines = [line.removesuffix("\r") for line in lines]
    if a.unique:
        lines = list(dict.fromkeys(lines))
    lines.sort(key=_number if a.numeric else str, reverse=a.reverse)
    content = "".join(f"{line}\n" for line in lines)
    cut = ""
    if len(content) > _SHOWN_BYTES:
        cut = f"cut at {_SHOWN_BYTES} of {len(content)} characters"
    return TextOf(file.name, content[:_SHOWN_BYTES], file.info.st_size, 1, cut)


def whole_text(file: Opened, limit_bytes: int) -> str:
    """All text of a file; stray bytes as surrogates.

    Raises:
        NotText: it is binary.
        TooBig: more than `limit_bytes`.
    """
    raw = whole_bytes(file, limit_bytes)
    return check_text(raw, file.name).decode(raw)


def whole_bytes(file: Opened, limit_bytes: int) -> bytes:
    """All bytes of a file.

    Raises:
        TooBig: more than `limit_bytes`.
    """
    parts, size = [], 0
    while block := os.pread(file.fd, 1 << 20, size):
        parts.append(block)
        size += len(block)
        if size > limit_bytes:
            raise TooBig(
                f"{file.name!r} has {file.info.st_size} bytes, at most {limit_bytes} are handled here; "
                "file.head, file.tail and file.search take files of any size"
            )
    return b"".join(parts)


class _Part(NamedTuple):
    raw: bytes
    ends_early: bool
    """Whether the byte limit cut it."""
    skipped: int
    """Lines passed over before it."""


def _lines(ctx: Context, path: str, first: int, lines: int | None, limit: int) -> TextOf:
    with ctx.once(Disk).reading(path) as file:
        ctx.came_from(path, file.real)
        start = os.pread(file.fd, max(SNIFF_BYTES, min(limit + 1, _BLOCK_BYTES)), 0)
        coding = check_text(start, file.name)
        if coding.is_wide:
            return _wide(file, coding, first, lines, limit)
        part = _part(file, start, len(coding.mark), first, lines, limit)
        size = max(file.info.st_size, len(part.raw))
        cut = f"cut at {len(part.raw)} of {size} bytes" if part.ends_early else ""
        if not part.raw and first > 1:
            cut = f"the file has only {part.skipped} lines"
        return TextOf(file.name, part.raw.decode("utf-8", "replace"), size, first, cut)


def _part(file: Opened, start: bytes, mark: int, first: int, lines: int | None, limit: int) -> _Part:
    """The bytes of `lines` lines from line `first` on, at most `limit`."""
    block, at, skipped = _skip(file, start[mark:], len(start), first - 1)
    if skipped < first - 1:
        return _Part(b"", False, skipped)
    found = bytearray(block)
    while len(found) <= limit and (lines is None or found.count(b"\n") < lines):
        if at >= file.info.st_size > 0:
            break
        more = os.pread(file.fd, min(_MOST_BYTES, limit + 1 - len(found)), at)
        if not more:
            break
        found += more
        at += len(more)
    wanted = bytes(found) if lines is None else bytes(found[: _after_lines(found, lines)])
    if len(wanted) <= limit:
        return _Part(wanted, False, skipped)
    return _Part(whole_characters(wanted[:limit]), True, skipped)


def _skip(file: Opened, block: bytes, at: int, lines: int) -> tuple[bytes, int, int]:
    """What is left of `block` or a later one after `lines` lines, where reading goes on, lines passed."""
    skipped, last = 0, b"\n"
    while skipped < lines and block:
        cut = _after_lines(block, lines - skipped)
        skipped += block.count(b"\n", 0, cut)
        if skipped == lines:
            return block[cut:], at, skipped
        last = block[-1:]
        block = os.pread(file.fd, _BLOCK_BYTES, at)
        at += len(block)
    return block, at, skipped + (last != b"\n")


def _after_lines(block: bytes | bytearray, lines: int) -> int:
    """Where the first `lines` lines of a block end."""
    at = -1
    for _ in range(lines):
        at = block.find(b"\n", at + 1)
        if at < 0:
            return len(block)
    return at + 1


def _last_lines(file: Opened, lines: int) -> tuple[bytes, bool]:
    """The last lines, and whether the first of them was cut."""
    at, found = file.info.st_size, b""
    while at > 0 and len(found) < _MOST_BYTES:
        step = min(_BLOCK_BYTES, at)
        at -= step
        found = os.pread(file.fd, step, at) + found
        begin = _before_last(found, lines)
        if begin > 0:
            return found[begin:], False
    if at == 0:
        return found, False
    while found and found[0] & 0xC0 == 0x80:
        found = found[1:]
    return found, True


def _before_last(block: bytes, lines: int) -> int:
    """Where the last `lines` lines of a block begin; 0 when it holds no more than them."""
    at = len(block) - 1 if block.endswith(b"\n") else len(block)
    for _ in range(lines):
        at = block.rfind(b"\n", 0, at)
        if at < 0:
            return 0
    return at + 1


def _lines_before(file: Opened, end: int) -> int:
    count, at = 0, 0
    while at < end:
        block = os.pread(file.fd, min(1 << 20, end - at), at)
        if not block:
            break
        count += block.count(b"\n")
        at += len(block)
    return count


def _wide(file: Opened, coding: Coding, first: int, lines: int | None, limit: int) -> TextOf:
    """Some lines of a UTF-16 or UTF-32 file; a negative `first` counts from the end."""
    text = coding.decode(whole_bytes(file, _WIDE_BYTES))
    all_lines = _LINES.findall(text)
    begin = first - 1 if first > 0 else max(0, len(all_lines) + first)
    raw = "".join(all_lines[begin:][:lines]).encode("utf-8", "replace")
    content = whole_characters(raw[:limit]).decode("utf-8", "replace")
    cut = f"cut at {limit} of {len(raw)} bytes" if len(raw) > limit else ""
    return TextOf(file.name, content, file.info.st_size, begin + 1, cut)


def _number(line: str) -> float:
    found = _NUMBER.match(line)
    return float(found.group(1)) if found else 0.0
