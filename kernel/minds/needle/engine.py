"""The native engine behind five C functions; several menus stay bound side by side.

Runs only inside the jailed mind process. The library keeps one toolset in globals, so each bound
menu gets its own copy of the library, loaded from memory; the weights are shared by all.
"""

import ctypes
import json
import os
import time
from threading import Lock
from typing import Any

from kernel.minds.needle import weights
from syscalls.errors import MindFailed

BUFFER_BYTES = 65_536
MAX_NEW_TOKENS = 192


class Weights:
    """The model's bytes, verified, in memory once."""

    def __init__(self, files: weights.Files) -> None:
        self._map = weights.mapped(files.weights, weights.WEIGHTS_SHA256)
        self.size = len(self._map)
        self._view = (ctypes.c_char * self.size).from_buffer(self._map)
        self.address = ctypes.addressof(self._view)
        self.library = weights.verified(files.library, weights.library_digest())


class Bound:
    """One copy of the library with one menu bound; turns are independent of each other."""

    def __init__(self, shared: Weights, menu: str) -> None:
        """Args: `menu` is a JSON array of tool schemas. Takes 0.1 to 0.25 s a tool.

        Raises:
            MindFailed: the library does not load, or refuses the weights or the menu.
        """
        self._lib = _load(shared.library)
        self._lib.needle_load.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
        self._buffer = ctypes.create_string_buffer(BUFFER_BYTES)
        self._lock = Lock()
        """The library is not re-entrant: held during a turn."""
        if self._lib.needle_load(shared.address, shared.size) < 0:
            raise MindFailed("the engine refused the weights")
        if self._lib.needle_init(b"", menu.encode(), None) < 0:
            raise MindFailed("the engine refused the menu")

    def complete(self, text: str) -> dict[str, Any]:
        """The engine's envelope for one request, and the seconds it took under "seconds"."""
        with self._lock:
            started = time.perf_counter()
            self._lib.needle_reset()
            code = self._lib.needle_complete(
                text.encode("utf-8", "replace"), MAX_NEW_TOKENS, self._buffer, BUFFER_BYTES
            )
            raw = self._buffer.value.decode("utf-8", "replace")
        if code < 0:
            raise MindFailed(f"the engine failed with code {code}: {raw[:200]}")
        try:
            envelope: dict[str, Any] = json.loads(raw)
        except ValueError as error:
            raise MindFailed(f"the engine's answer is no JSON: {error}") from None
        envelope["seconds"] = time.perf_counter() - started
        return envelope


def _load(content: bytes) -> ctypes.CDLL:
    """A fresh copy of the library, from memory: its own globals, and surely the bytes that were checked.

    The descriptor stays open: the loader knows libraries by path, and a reused number would be
    taken for the copy that is loaded already.
    """
    descriptor = os.memfd_create("needle")
    try:
        os.write(descriptor, content)
        return ctypes.CDLL(f"/proc/self/fd/{descriptor}")
    except OSError as error:
        os.close(descriptor)
        raise MindFailed(f"the engine library does not load: {error}") from None
