"""What a file is, guessed from its first bytes, else from its name."""

import mimetypes
from functools import lru_cache

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/x-dosexec"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\x00asm", "application/wasm"),
)
BINARY = (b"%PDF-", *(magic for magic, _ in _MAGIC if not magic.decode("latin-1").isprintable()))
"""Beginnings that no text has."""
_ZIPPED = ("application/vnd.", "application/epub", "application/java")
_MAGICS = tuple(magic for magic, _ in _MAGIC)
mimetypes.knownfiles.clear()
_NAMES = mimetypes.MimeTypes()
"""The standard library's own table; the machine's files are not read."""


def mime_of(name: str, start: bytes) -> str:
    """The media type of a file, never empty.

    Args:
        name: its name.
        start: its first bytes; empty for an empty file.
    """
    by_name = _by_name(name)
    for magic, kind in _MAGIC if start.startswith(_MAGICS) else ():
        if start.startswith(magic):
            if kind == "application/zip" and by_name and by_name.startswith(_ZIPPED):
                return by_name  # office documents are zip archives
            return kind
    if start[:4] == b"RIFF" and len(start) >= 12:
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(start[8:12], "application/x-riff")
    if start[4:8] == b"ftyp":
        return "video/mp4"
    if by_name:
        return by_name
    return "application/octet-stream" if b"\0" in start else "text/plain"


@lru_cache(maxsize=1024)
def _by_name(name: str) -> str | None:
    return _NAMES.guess_type(name, strict=False)[0]
