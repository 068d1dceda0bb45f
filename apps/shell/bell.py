"""Tells other processes of this user that the jobs have changed: a file whose time is touched, and inotify."""

import asyncio
import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_ATTRIB = 0x00000004
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC


def ring(jobs: Path) -> None:
    """Tell whoever listens."""
    jobs.with_suffix(".bell").touch(mode=0o600)


@contextmanager
def listening(jobs: Path, heard: Callable[[], None]) -> Iterator[None]:
    """Call `heard` in the running loop whenever another process rings.

    Raises:
        OSError: the kernel watches no file.
    """
    bell = jobs.with_suffix(".bell")
    bell.touch(mode=0o600)
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(_FLAGS)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "inotify_init1")
    loop = asyncio.get_running_loop()

    def ready() -> None:
        os.read(descriptor, 65_536)
        heard()

    try:
        if libc.inotify_add_watch(descriptor, os.fsencode(bell), _ATTRIB) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch")
        loop.add_reader(descriptor, ready)
        yield
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
