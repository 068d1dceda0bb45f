"""Serving file.search: lines with a text in a file, or in all files below a folder."""

import os
import re
from collections import deque
from collections.abc import Callable, Iterator

from apps.files.beneath import Disk, Opened
from apps.files.budget import compiled, time_limit
from apps.files.coding import SNIFF_BYTES, coding_of, is_binary
from apps.files.globs import files_below
from apps.files.names import matcher
from apps.sdk import Context
from syscalls.errors import NotText, SysError, TimedOut
from syscalls.file import Search
from syscalls.file_values import FileHits, Hit, Matches

_BLOCK_BYTES = 1024 * 1024
_SHOWN_CHARACTERS = 1000
_MATCHED_CHARACTERS = 65_536
"""A regular expression sees no more of one line."""
_LONGEST_BYTES = 16 * 1024 * 1024
"""What a single line holds beyond is not searched."""
_BUDGET_S = 10.0

Line = tuple[int, str]
Has = Callable[[str], bool]


def search(ctx: Context, a: Search) -> Matches:
    """Lines that contain a text or match a regular expression.

    Raises:
        BadArgument: `regex` was asked for and the pattern is none.
        TimedOut: more than 10 s passed.
    """
    disk = ctx.once(Disk)
    pattern = _pattern(a)
    ctx.came_from(a.path)
    found = _Matches(a)
    with time_limit(_BUDGET_S, f"searching for {a.pattern!r}"):
        for path in files_below(disk, a.path, matcher(a.name), hidden=a.hidden):
            try:
                with disk.reading(path) as file:
                    found.add(file, pattern)
            except TimedOut:
                raise
            except SysError:
                if path == a.path:
                    raise
    return found.result()


def _pattern(a: Search) -> re.Pattern[str]:
    text = a.pattern if a.regex else re.escape(a.pattern)
    if a.word:
        text = rf"(?<!\w)(?:{text})(?!\w)"
    return compiled(text, 0 if a.case else re.IGNORECASE)


class _Matches:
    """What was found so far."""

    def __init__(self, asked: Search) -> None:
        self._asked = asked
        self._hits: list[Hit] = []
        self._files: list[FileHits] = []
        self._total = 0
        self._shown = 0

    def add(self, file: Opened, pattern: re.Pattern[str]) -> None:
        start = os.pread(file.fd, SNIFF_BYTES, 0)
        if is_binary(start):
            if file.path == self._asked.path:
                raise NotText(f"{file.name!r} is a binary file; only text is searched")
            return
        before = self._total
        if self._asked.counts or not self._asked.context:
            for line in self._matching(file, pattern):
                self._take(file.name, line)
        else:
            self._with_context(file, pattern)
        if self._total > before:
            self._files.append(FileHits(file.name, self._total - before))

    def result(self) -> Matches:
        cut = ""
        if not self._asked.counts and self._shown < self._total:
            cut = f"first {self._shown} of {self._total} lines"
        return Matches(self._asked.pattern, tuple(self._hits), tuple(self._files), self._total, cut)

    def _matching(self, file: Opened, pattern: re.Pattern[str]) -> Iterator[Line]:
        has = self._test(pattern)
        sift = None if self._asked.regex or self._asked.invert else pattern
        return (line for line in lines_of(file, sift) if has(line[1]))

    def _test(self, pattern: re.Pattern[str]) -> Has:
        find, is_regex = pattern.search, self._asked.regex
        if self._asked.invert:
            return lambda line: find(line, 0, _MATCHED_CHARACTERS) is None
        if is_regex:
            return lambda line: find(line, 0, _MATCHED_CHARACTERS) is not None
        return lambda line: find(line) is not None

    def _take(self, name: str, line: Line) -> bool:
        """Count a matching line; whether it is still shown."""
        self._total += 1
        if self._asked.counts or self._shown >= self._asked.limit:
            return False
        self._shown += 1
        self._hits.append(Hit(name, line[0], _clipped(line[1])))
        return True

    def _with_context(self, file: Opened, pattern: re.Pattern[str]) -> None:
        """Matching lines with their neighbours, each line once."""
        has, width = self._test(pattern), self._asked.context
        earlier: deque[Line] = deque(maxlen=width)
        follow = 0
        for line in lines_of(file, None):
            if has(line[1]):
                place = len(self._hits)
                if self._take(file.name, line):
                    self._hits[place:place] = [Hit(file.name, n, _clipped(t), False) for n, t in earlier]
                    follow = width
                earlier.clear()
            elif follow:
                follow -= 1
                self._hits.append(Hit(file.name, line[0], _clipped(line[1]), False))
            else:
                earlier.append(line)


def lines_of(file: Opened, sift: re.Pattern[str] | None) -> Iterator[Line]:
    """Numbered lines of a text file, without their ends.

    Args:
        file: any size; a block at a time is held.
        sift: blocks where this is nowhere are only counted, not cut into lines.
    """
    number = 1
    for block in _blocks(file):
        text = block.decode("utf-8", "replace")
        if sift is not None and sift.search(text) is None:
            number += text.count("\n")
            continue
        lines = text.split("\n")
        if lines[-1] == "":
            lines.pop()
        for line in lines:
            yield number, line.removesuffix("\r")
            number += 1


def _blocks(file: Opened) -> Iterator[bytes]:
    """UTF-8 bytes of the file, cut after newlines; a long line makes a block longer."""
    coding = coding_of(os.pread(file.fd, 4, 0))
    if coding.is_wide:
        yield coding.decode(os.pread(file.fd, file.info.st_size, 0)).encode("utf-8", "replace")
        return
    at, rest = len(coding.mark), b""
    while block := os.pread(file.fd, _BLOCK_BYTES, at):
        at += len(block)
        end = block.rfind(b"\n") + 1
        if end == 0:
            rest += block[: max(0, _LONGEST_BYTES - len(rest))]
            continue
        yield rest + block[:end]
        rest = block[end:]
    if rest:
        yield rest


def _clipped(line: str) -> str:
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}..."
