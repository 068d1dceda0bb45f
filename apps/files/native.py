"""The system calls Python has no function for: openat2, and rename with conditions.

Source: openat2(2), rename(2).
"""

import ctypes
import errno
import os
import platform
import struct
from functools import lru_cache

BENEATH, NO_LINKS, NO_MAGIC = 0x08, 0x04, 0x02
"""How openat2 resolves: never above the folder; through no link; through no link of /proc."""

_OPENAT2 = 437
_RENAMEAT2 = {"x86_64": 316, "aarch64": 276}
_NOREPLACE = 1

_libc = ctypes.CDLL(None, use_errno=True)
_openat2 = _libc["syscall"]
_openat2.restype = ctypes.c_long
_openat2.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
_renameat2 = _libc["syscall"]
_renameat2.restype = ctypes.c_long
_renameat2.argtypes = [
    ctypes.c_long, ctypes.c_long, ctypes.c_char_p, ctypes.c_long, ctypes.c_char_p, ctypes.c_long,
]  # fmt: skip


def openat2(folder: int, path: str, flags: int, resolve: int) -> int:
    """A descriptor of `path`, resolved from the descriptor `folder` under the rules `resolve`.

    Raises:
        OSError: EXDEV, the path leads out; ELOOP, a forbidden or circular link; ENOSYS, an old kernel.
    """
    how = _how(flags, resolve)
    while True:
        result = int(_openat2(_OPENAT2, folder, os.fsencode(path), how, len(how)))
        if result >= 0:
            return result
        code = ctypes.get_errno()
        if code not in (errno.EAGAIN, errno.EINTR):  # EAGAIN: a rename raced with ".."
            raise OSError(code, os.strerror(code), path)


@lru_cache(maxsize=64)
def _how(flags: int, resolve: int) -> bytes:
    """A `struct open_how`."""
    return struct.pack("=3Q", flags | os.O_CLOEXEC, 0, resolve)


def rename_new(name: str, folder: int, to: str, to_folder: int) -> None:
    """Rename, refusing to replace anything.

    Raises:
        FileExistsError: something is at `to`.
    """
    number = _RENAMEAT2.get(platform.machine())
    code = errno.ENOSYS
    if number is not None:
        if _renameat2(number, folder, os.fsencode(name), to_folder, os.fsencode(to), _NOREPLACE) == 0:
            return
        code = ctypes.get_errno()
    if code not in (errno.ENOSYS, errno.EINVAL):  # EINVAL: the file system knows no condition
        raise OSError(code, os.strerror(code), to)
    if _exists(to, to_folder):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), to)
    os.rename(name, to, src_dir_fd=folder, dst_dir_fd=to_folder)


def syncfs(fd: int) -> None:
    """Flush the whole file system that an open file lies on.

    Raises:
        OSError: the disk failed.
    """
    if _libc.syncfs(fd) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _exists(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
