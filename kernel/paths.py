"""How path arguments become canonical: absolute, normalised, with the right each one needs.

Lexical on purpose: the gate never touches the disk. The driver opens beneath its roots, so a
symbolic link cannot make a lie of what was checked here.
"""

import posixpath
from functools import lru_cache
from typing import Any

from syscalls.caps import Right
from syscalls.errors import BadArgument, NameTooLong
from syscalls.table import Entry
from syscalls.urls import canonical_url

Access = tuple[Right, str]
"""A right and the absolute path it is needed on."""


def canonical(text: str, cwd: str, home: str) -> str:
    """`text` as an absolute path without `.` and `..`; a trailing slash is kept, for it has a meaning.

    Raises:
        BadArgument: it holds a NUL byte.
        NameTooLong: a part exceeds 255 bytes or the whole 4096.
    """
    return _remembered(text, cwd, home) if len(text) <= _SHORT else _canonical(text, cwd, home)


def _canonical(text: str, cwd: str, home: str) -> str:
    if "\0" in text:
        raise BadArgument(f"path {text!r} holds a NUL byte; no file name can")
    if text == "~" or text.startswith("~/"):
        text = home + text[1:]
    path = posixpath.normpath(posixpath.join(cwd, text))
    if path.startswith("//"):
        path = path[1:]
    if len(path) > 255 or not path.isascii():
        _check_length(path)
    return f"{path}/" if text.endswith("/") and path != "/" else path


_SHORT = 512
"""Characters of a path worth remembering."""
_remembered = lru_cache(maxsize=1024)(_canonical)


def _check_length(path: str) -> None:
    size = len(path.encode("utf-8", "surrogateescape"))
    longest = max(len(part.encode("utf-8", "surrogateescape")) for part in path.split("/"))
    if size > 4096 or longest > 255:
        raise NameTooLong(f"path of {size} bytes with a name of {longest}; at most 4096 and 255 are accepted")


def canonicalise(
    entry: Entry, arguments: dict[str, Any], cwd: str, home: str
) -> tuple[dict[str, Any], list[Access]]:
    """The arguments with canonical paths, and the file rights they need.

    A folder argument left out stands for the working directory and needs its right too.
    """
    result = dict(arguments)
    needed: list[Access] = []
    for field, default in entry.paths:
        given = result.get(field.name, default)
        if given is None:
            continue
        values = list(given) if field.is_list else [given]
        paths = [canonical(value, cwd, home) for value in values]
        result[field.name] = paths if field.is_list else paths[0]
        right = Right.FS_WRITE if field.access == "write" else Right.FS_READ
        needed += [(right, path.rstrip("/") or "/") for path in paths]
    for name in entry.urls:
        if isinstance(result.get(name), str):
            result[name] = canonical_url(result[name])
    return result, needed


def shown(path: str, cwd: str) -> str:
    """The path as a person would write it: relative to `cwd` when beneath it."""
    if path.rstrip("/") == cwd:
        return "."
    prefix = cwd.rstrip("/") + "/"
    return path.removeprefix(prefix) if path.startswith(prefix) else path
