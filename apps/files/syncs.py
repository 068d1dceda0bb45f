"""Making changes durable: each by itself, or many at once by one flush of their file system."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from apps.files.native import syncfs

FEW = 24
"""Up to so many changes are flushed one by one, which does not wait for what others wrote."""


class Syncs:
    """The flushes of one driver."""

    def __init__(self) -> None:
        self._kept: dict[int, int] | None = None
        """Device -> a descriptor on it, while flushes are put off."""

    def file(self, fd: int) -> None:
        """An open file's content is to stay.

        Raises:
            OSError: the disk failed.
        """
        if self._kept is None:
            os.fsync(fd)
        else:
            self._keep(fd)

    def folder(self, above: int, name: str = ".") -> None:
        """The names in a folder are to stay, as far as the disk lets us."""
        if self._kept is not None and os.fstat(above).st_dev in self._kept:
            return
        with suppress(OSError):
            descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=above)
            try:
                self.file(descriptor)
            finally:
                os.close(descriptor)

    @contextmanager
    def together(self, count: int) -> Iterator[None]:
        """Put flushes off to the end of the block where `count`, the number of changes, is large.

        Raises:
            OSError: the disk failed at the end.
        """
        if count <= FEW:
            yield
            return
        kept = self._kept = {}
        try:
            yield
            for descriptor in kept.values():
                syncfs(descriptor)
        finally:
            self._kept = None
            for descriptor in kept.values():
                os.close(descriptor)

    def _keep(self, fd: int) -> None:
        device = os.fstat(fd).st_dev
        if self._kept is not None and device not in self._kept:
            self._kept[device] = os.dup(fd)
