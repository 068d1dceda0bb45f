"""Keeps what the reader learned from a menu's examples between processes: learning takes half a second."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import msgspec

from kernel.reader.choose import Learned, learn
from kernel.version import VERSION
from syscalls.table import AnyCall

_decoder = msgspec.msgpack.Decoder(Learned)


def learned(menu: Sequence[AnyCall], folder: Path | None) -> Learned:
    """What is known of a menu: from memory, from `folder`, or learned now and kept there.

    A file that cannot be read or written is no failure: it is learned again.
    """
    key = fingerprint(menu)
    known = _in_memory.get(key)
    if known is None:
        known = _load(folder / f"reader-{key[:16]}.msgpack") if folder else None
        if known is None:
            known = learn(menu)
            if folder:
                _keep(folder / f"reader-{key[:16]}.msgpack", known)
        _in_memory[key] = known
    return known


_in_memory: dict[str, Learned] = {}
"""By fingerprint: one process may hold several kernels over the same menu."""


def fingerprint(menu: Sequence[AnyCall]) -> str:
    """SHA-256 over this version's code and every hint of the menu."""
    body = msgspec.json.encode([[call.name, call.hints] for call in menu])
    return hashlib.sha256(_code_digest() + body).hexdigest()


@lru_cache(maxsize=1)
def _code_digest() -> bytes:
    """Changes when the way examples are read does."""
    here = Path(__file__).parent
    stamps = [
        f"{name}:{os.stat(here / name).st_mtime_ns}"
        for name in ("choose.py", "spans.py", "names.py", "clauses.py")
    ]
    return hashlib.sha256("\n".join([VERSION, *stamps]).encode()).digest()


def _load(file: Path) -> Learned | None:
    with suppress(OSError, msgspec.DecodeError):
        return _decoder.decode(file.read_bytes())
    return None


def _keep(file: Path, known: Learned) -> None:
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_suffix(f".{os.getpid()}.new")
        fresh.write_bytes(msgspec.msgpack.encode(known))
        fresh.replace(file)
