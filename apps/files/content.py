"""Copying bytes between descriptors: inside the file system where it can, holes kept."""

import errno
import os

_STEP_BYTES = 64 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024


def write_all(fd: int, raw: bytes) -> None:
    """Write every byte.

    Raises:
        OSError: no room; some bytes may have been written.
    """
    view = memoryview(raw)
    while view:
        view = view[os.write(fd, view) :]


def copy_all(source: int, target: int) -> int:
    """Copy a whole regular file into an empty one; how many bytes it has.

    Raises:
        OSError: no room, or the disk failed.
    """
    end = os.fstat(source).st_size
    at = 0
    while at < end:
        try:
            start = os.lseek(source, at, os.SEEK_DATA)
            stop = os.lseek(source, start, os.SEEK_HOLE)
        except OSError as refusal:
            if refusal.errno == errno.ENXIO:  # nothing but a hole up to the end
                break
            start, stop = at, end
        _copy_range(source, target, start, stop)
        at = stop
    os.ftruncate(target, end)
    return end


def _copy_range(source: int, target: int, at: int, stop: int) -> None:
    while at < stop:
        try:
            done = os.copy_file_range(source, target, min(stop - at, _STEP_BYTES), at, at)
        except OSError as refusal:
            if refusal.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
                raise
            done = _copy_block(source, target, at, stop)
        if done == 0:
            return  # the file shrank meanwhile; the caller compares fingerprints
        at += done


def _copy_block(source: int, target: int, at: int, stop: int) -> int:
    block = os.pread(source, min(stop - at, _BLOCK_BYTES), at)
    written = 0
    while written < len(block):
        written += os.pwrite(target, block[written:], at + written)
    return written
