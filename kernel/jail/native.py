"""How does Python reach the system calls it has no function for? Imported inside the jail: keep it light."""

import ctypes
import errno
import os

from kernel.jail.syscall_numbers import CHECKED, MACHINES, REFUSED

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
_found: dict[str, int] = {}
_NUMBERS = REFUSED | CHECKED | {"openat2": (437, 437)}


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


def number(name: str) -> int:
    """The number of a system call on this machine.

    Raises:
        OSError: ENOSYS, it has none of that name.
    """
    if name in _found:
        return _found[name]
    machine = os.uname().machine
    numbers = _NUMBERS.get(name, (None, None))
    found = numbers[MACHINES.index(machine)] if machine in MACHINES else None
    if found is None:
        raise OSError(errno.ENOSYS, f"no system call {name!r} on {machine}")
    _found[name] = found
    return found


def prctl(option: int, *args: int) -> None:
    """Change an attribute of the calling process, as prctl(2); missing arguments are zero.

    Raises:
        OSError: the kernel refused.
    """
    padded = (*args, 0, 0, 0, 0)[:4]
    if _LIBC.prctl(ctypes.c_int(option), *(ctypes.c_ulong(arg) for arg in padded)) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def address(content: bytes) -> int:
    """Where `content` lies, as long as the caller holds on to it.

    An array type of ctypes, the other way, is made anew for each length: 0.1 ms in a process that has just begun.
    """
    return ctypes.c_void_p.from_buffer(ctypes.c_char_p(content)).value or 0


def _native(arg: int | bytes | None) -> ctypes.c_long | bytes | None:
    return ctypes.c_long(arg) if isinstance(arg, int) else arg
