"""What is one jailed process allowed? A closed, plain record; nothing here acts."""

import os.path
from typing import Literal

import msgspec

Tier = Literal["F", "L"]
"""F: namespaces, Landlock, seccomp, limits. L: the last three."""

_LEAST_MEMORY_BYTES = 64 << 20


class JailError(Exception):
    """A jail cannot be had as asked; the text names what was given and what would be accepted."""


class JailSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The grants and limits of one jail; everything not named is refused.

    The interpreter, its packages and the shared libraries are readable in every jail; see `plan`.
    There is no field for the network: a jail has none.

    Raises:
        JailError: a field is out of its range or a path is not absolute.
    """

    read: tuple[str, ...] = ()
    """Absolute paths of files, or of directories with all beneath them, that may be read and listed."""
    write: tuple[str, ...] = ()
    """Likewise: also write, create, remove, truncate, and rename between any two of them."""
    run: tuple[str, ...] = ()
    """Likewise: read, and with `execute` also run programs of; where it is in `write` too, both hold."""
    imports: tuple[str, ...] = ()
    """Directories added to the end of the module search path; they become readable."""
    execute: bool = False
    """May run programs of the system's directories, of the interpreter's, and of `run`."""
    metadata: bool = False
    """May change mode, owner, times and extended attributes, through an open descriptor only."""
    git: bool = False
    """May change the `.git` directly below a folder of `write`: hooks there run later, outside. Tier F holds it.
    What is written to an overlay is held when it lands instead."""
    processes: bool = False
    """May fork. Threads are always allowed."""
    accept: bool = False
    """May accept connections on a listening socket it inherited."""
    detach: bool = False
    """May outlive the process that started it; otherwise it dies with it."""
    uid: int | None = None
    """The user and group it runs as, which only root can choose; None: the caller's."""
    memory_bytes: int = 1 << 30
    """Most address space and, apart, most private data, of each process."""
    cpu_s: int = 3600
    """Most processor seconds of each process, over its whole life."""
    file_bytes: int = 4 << 30
    """Largest size a file may be given."""
    open_files: int = 256
    """Most open descriptors of each process."""
    process_count: int = 64
    """Most tasks the user may have beyond those running at the start; void for uid 0."""

    def __post_init__(self) -> None:
        for field in ("read", "write", "run", "imports"):
            for path in getattr(self, field):
                _check_path(field, path)
        least = {"memory_bytes": _LEAST_MEMORY_BYTES, "cpu_s": 1, "file_bytes": 0, "open_files": 16}
        for field, low in (least | {"process_count": 1}).items():
            if getattr(self, field) < low:
                raise JailError(f"jail {field}={getattr(self, field)!r}: must be at least {low}")


def _check_path(field: str, path: str) -> None:
    if not os.path.isabs(path) or "\0" in path:
        raise JailError(f"jail {field} path {path!r}: must be absolute and hold no NUL")
    if field == "write" and os.path.normpath(path).strip("/") == "":
        raise JailError(f"jail write path {path!r}: name a directory below the root")
