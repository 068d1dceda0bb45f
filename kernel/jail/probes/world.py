"""What every attempt knows and shares."""

import errno
from collections.abc import Callable
from typing import Any

SECRET = "the secret"
World = dict[str, Any]
"""Paths, ports and numbers, as `run` made them: plain values."""


class Missing(Exception):
    """The machine lacks what the attempt needs; the text says what."""


def any_of(*ways: Callable[[], object]) -> str:
    """What the first way that works says.

    Raises:
        OSError: of the last way; none worked.
    """
    last = OSError(0, "no way was given")
    for way in ways:
        try:
            return str(way() or "done")
        except OSError as refusal:
            last = refusal
    raise last


def read(path: str) -> str:
    """The start of a file that should hold the secret.

    Raises:
        OSError: it cannot be read, or holds something else.
    """
    with open(path, "rb") as stream:
        found = stream.read(4096)
    if SECRET.encode() not in found:
        raise OSError(errno.ENODATA, "the secret is not there")
    return f"read {path}"
