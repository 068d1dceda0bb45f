"""Tells other processes of this user that the jobs have changed, or that a process died: file times, locks, and inotify.

Whoever lives holds the lock file of its session open for writing; the system closes it even after kill -9.
"""

import asyncio
import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.shell.settings import Folders

_ATTRIB = 0x00000004
_CLOSE_WRITE = 0x00000008
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC


def ring(jobs: Path) -> None:
    """Tell whoever listens."""
    jobs.with_suffix(".bell").touch(mode=0o600)


@contextmanager
def listening(places: Folders, heard: Callable[[], None]) -> Iterator[None]:
    """Call `heard` in the running loop whenever another process rings, or a session ended however it did.

    Raises:
        OSError: the kernel watches no file.
    """
    bell = places.jobs.with_suffix(".bell")
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
        for path, events in ((bell, _ATTRIB), (places.sessions, _CLOSE_WRITE)):
            if libc.inotify_add_watch(descriptor, os.fsencode(path), events) < 0:
                raise OSError(ctypes.get_errno(), "inotify_add_watch")
        loop.add_reader(descriptor, ready)
        yield
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
