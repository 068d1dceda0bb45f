"""Which folders a person named: the one thing here that cannot be read again, so it has a file of its own."""

import os
from pathlib import Path

import msgspec

from syscalls.errors import DeviceFailed

FILE = "folders.json"


def named(own: Path) -> list[str]:
    """The folders, as written paths, sorted.

    Raises:
        DeviceFailed: the list is damaged; it is left as it is.
    """
    try:
        return sorted(msgspec.json.decode((own / FILE).read_bytes(), type=list[str]))
    except FileNotFoundError:
        return []
    except msgspec.DecodeError as damage:
        raise DeviceFailed(
            f"the list of indexed folders {str(own / FILE)!r} is damaged ({damage}); remove it, and name them again"
        ) from None


def keep(own: Path, folders: list[str]) -> None:
    """Replace the list, whole or not at all."""
    draft = own / f"{FILE}.{os.getpid()}"
    with open(draft, "wb") as out:
        out.write(msgspec.json.encode(sorted(set(folders))))
        out.flush()
        os.fsync(out.fileno())
    os.replace(draft, own / FILE)
