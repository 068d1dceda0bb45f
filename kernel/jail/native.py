"""How does Python reach the system calls it has no function for? Imported inside the jail: keep it light."""

import ctypes
import os

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long


def syscall(number: int, *args: int | bytes | None) -> int:
    """The result of the raw system call `number`.

    Args:
        args: numbers are passed as 64-bit longs, bytes by address, None as the null pointer.

    Raises:
        OSError: the kernel refused; `errno` says why.
    """
    result = int(_LIBC.syscall(*(_native(arg) for arg in (number, *args))))
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def prctl(option: int, *args: int) -> None:
    """Change an attribute of the calling process, as prctl(2); missing arguments are zero.

    Raises:
        OSError: the kernel refused.
    """
    padded = (*args, 0, 0, 0, 0)[:4]
    if _LIBC.prctl(ctypes.c_int(option), *(ctypes.c_ulong(arg) for arg in padded)) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _native(arg: int | bytes | None) -> ctypes.c_long | bytes | None:
    return ctypes.c_long(arg) if isinstance(arg, int) else arg
