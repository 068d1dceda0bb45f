"""How bytes become text and bytes again: UTF-8, byte-order marks, UTF-16; and what is no text at all."""

import codecs
from typing import NamedTuple

from apps.files.mime import BINARY, mime_of
from syscalls.errors import NotText

SNIFF_BYTES = 8192
"""So much of a file decides whether it is text."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARK_STARTS = (b"\xef", b"\xff", b"\xfe", b"\x00")
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r\f\b\x1b") + b"\x7f"
_MOST_CONTROLS = 0.1


class Coding(NamedTuple):
    """The encoding of one file."""

    name: str
    """A Python codec without byte-order mark."""
    mark: bytes
    """The mark at the file's start; empty for none."""

    @property
    def is_wide(self) -> bool:
        """Whether a newline is more than one byte."""
        return self.name != "utf-8"

    def decode(self, raw: bytes) -> str:
        """Text of the whole file, without its mark; stray bytes survive `encode`."""
        body = raw[len(self.mark) :]
        return body.decode(self.name, "replace" if self.is_wide else "surrogateescape")

    def encode(self, text: str) -> bytes:
        """Bytes of the whole file, mark first."""
        return self.mark + self.encode_part(text)

    def encode_part(self, text: str) -> bytes:
        """Bytes of some text within the file."""
        return text.encode(self.name, "replace" if self.is_wide else "surrogateescape")


PLAIN = Coding("utf-8", b"")


def coding_of(start: bytes) -> Coding:
    """The encoding a file's first bytes tell; UTF-8 without a mark."""
    if start[:1] not in _MARK_STARTS:
        return PLAIN
    for mark, name in _MARKS:
        if start.startswith(mark):
            return Coding(name, mark)
    return PLAIN


def is_binary(start: bytes) -> bool:
    """Whether a file that begins so is no text."""
    return not coding_of(start).is_wide and _looks_binary(start[:SNIFF_BYTES])


def _looks_binary(start: bytes) -> bool:
    if b"\0" in start or start.startswith(BINARY):
        return True
    return len(start) - len(start.translate(None, _CONTROLS)) > _MOST_CONTROLS * len(start)


def check_text(start: bytes, name: str) -> Coding:
    """The encoding of a text file.

    Raises:
        NotText: it is binary; the text says what it looks like and which calls take it.
    """
    coding = coding_of(start)
    if not coding.is_wide and _looks_binary(start[:SNIFF_BYTES]):
        looks = mime_of(name, start)
        raise NotText(f"{name!r} is not text ({looks}); file.stat, file.hash and file.copy take any file")
    return coding


def whole_characters(raw: bytes) -> bytes:
    """UTF-8 bytes without the incomplete character a cut may have left at their end."""
    for back in range(1, min(4, len(raw) + 1)):
        byte = raw[-back]
        if byte & 0xC0 == 0x80:
            continue
        needed = 1 if byte < 0x80 else 2 if byte >> 5 == 6 else 3 if byte >> 4 == 14 else 4
        return raw[:-back] if needed > back and byte >= 0xC0 else raw
    return raw
