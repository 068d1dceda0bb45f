"""Which system calls does the jail refuse? A seccomp program, built for one machine and one process.

A call's number is looked for by halving: at each installation the kernel runs the program once for every number
there is, to learn which need no second look. What was found ends in a verdict; calls without one of their own are
allowed: files are Landlock's to guard.

Source: seccomp(2); Linux Documentation/userspace-api/seccomp_filter.rst.
"""

import errno
import struct

from kernel.jail.native import PR_SET_SECCOMP, address, prctl
from kernel.jail.syscall_numbers import CHECKED, MACHINES, METADATA_BY_DESCRIPTOR, METADATA_BY_PATH, REFUSED

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
_MODE_FILTER = 2

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _AND, _JUMP, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x06
_FURTHEST = 0xFF
"""How far a conditional jump can lead, in instructions."""
_IN_A_ROW = 2
"""So many numbers are compared one after another: halving them further would be longer."""
_NUMBER_AT, _ARCH_AT, _ARGS_AT = 0, 4, 16
_ANY = 0xFFFFFFFF

_NEW_NAMESPACES, _CLONE_THREAD = 0x7E020000, 0x00010000
_TERMINAL_IOCTLS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_OWNER_IOCTLS = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP: a signal to whoever is named
_ATTRIBUTE_IOCTLS = (
    0x40086602,
    0x40046602,
    0x401C5820,
)  # FS_IOC_SETFLAGS, its 32-bit twin, FS_IOC_FSSETXATTR
_OWNER_FCNTLS = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX
_PR_SET_PDEATHSIG = 1
_TRUNCATING_READ, _O_TRUNC = 0o1003, 0o1000

_ABI_TRUNCATE, _ABI_SIGNALS = 3, 6

TEMPLATE_PID = 0x7EADBEEF
"""No process has it (the kernel's highest is 2**22), and no other operand of a filter equals it."""

_NUMBERS = REFUSED | METADATA_BY_PATH | METADATA_BY_DESCRIPTOR | CHECKED

Block = tuple[int, list[bytes]]
"""The number of a system call, and what is done with it, which ends in a verdict."""
Condition = tuple[int, int, tuple[int, ...]]
"""(argument, mask, values): the low 32 bits of the argument, masked, are one of the values.

Arguments 0 to 5; 6 to 11 are the high 32 bits of the same.
"""


def program(machine: str, pid: int, version: int, grants: frozenset[str] = frozenset()) -> bytes:
    """The filter as packed `struct sock_filter` records.

    Args:
        machine: one of MACHINES.
        pid: the process it is for: the one it may signal and tune.
        version: Landlock's; what an old one cannot hold is refused here.
        grants: any of "execute", "metadata", "paths" (metadata by path, where namespaces show no other file),
            "processes", "accept".

    Raises:
        ValueError: another machine.
    """
    if machine not in MACHINES:
        raise ValueError(f"no system call numbers for machine {machine!r}: only {', '.join(MACHINES)}")
    blocks = _processes(machine, "processes" in grants) + _signals(machine, pid, version, grants)
    blocks += _devices(machine, "metadata" in grants) + _sockets(machine, "accept" in grants)
    blocks += _files(machine, version, "metadata" in grants, "paths" in grants)
    denied = list(REFUSED) + ([] if "execute" in grants else ["execve", "execveat"])
    for name in denied:
        blocks += _refuse(machine, name)
    first: dict[int, list[bytes]] = {}
    for number, body in blocks:
        first.setdefault(number, body)
    return b"".join(_preamble(machine) + _search(sorted(first.items())))


def bind(template: bytes, pid: int) -> bytes:
    """The filter of process `pid`, from one that was built for TEMPLATE_PID: building takes 100 times longer."""
    return template.replace(_pid_bytes(TEMPLATE_PID), _pid_bytes(pid))


def _pid_bytes(pid: int) -> bytes:
    return struct.pack("=I", pid)


def install(instructions: bytes) -> None:
    """Put the calling thread, its future threads and children under the filter, for good.

    Raises:
        OSError: the kernel refused; no_new_privs must have been set.
    """
    header = struct.pack("@HP", len(instructions) // 8, address(instructions))
    prctl(PR_SET_SECCOMP, _MODE_FILTER, address(header))


def _preamble(machine: str) -> list[bytes]:
    foreign = [_step(_LOAD, _ARCH_AT), _step(_JUMP_EQUAL, _AUDIT_ARCH[machine], 1, 0), _verdict(_KILL)]
    number = [_step(_LOAD, _NUMBER_AT)]
    if machine == "x86_64":
        number += [_step(_JUMP_AT_LEAST, _X32_BIT, 0, 1), _verdict(_KILL)]
    return foreign + number


def _search(blocks: list[Block]) -> list[bytes]:
    """Find the loaded number among the sorted blocks, else allow it."""
    if len(blocks) <= _IN_A_ROW:
        tried = [[_step(_JUMP_EQUAL, number, 0, len(body)), *body] for number, body in blocks]
        return [step for each in tried for step in each] + [_verdict(_ALLOW)]
    middle = len(blocks) // 2
    below, above = _search(blocks[:middle]), _search(blocks[middle:])
    if len(below) <= _FURTHEST:
        return [_step(_JUMP_AT_LEAST, blocks[middle][0], len(below), 0), *below, *above]
    return [_step(_JUMP_AT_LEAST, blocks[middle][0], 0, 1), _step(_JUMP, len(below)), *below, *above]


def _processes(machine: str, may_fork: bool) -> list[Block]:
    blocks = _refuse(
        machine, "clone3", errno.ENOSYS
    )  # its flags are behind a pointer; libraries fall back to clone
    conditions: list[Condition] = [(0, _NEW_NAMESPACES, (0,))]
    if not may_fork:
        conditions.append((0, _CLONE_THREAD, (_CLONE_THREAD,)))
        blocks += _refuse(machine, "fork") + _refuse(machine, "vfork")
    blocks += _only_if(machine, "clone", *conditions)
    return blocks + _refuse_if(machine, "prctl", 0, (_PR_SET_PDEATHSIG,))


def _signals(machine: str, pid: int, version: int, grants: frozenset[str]) -> list[Block]:
    """Landlock keeps signals inside the jail from ABI 6; a process without children needs only itself."""
    own = (0, pid)
    blocks: list[Block] = []
    for name in ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"):
        blocks += _only_if(machine, name, (0, _ANY, own))
    blocks += _only_if(machine, "setpriority", (0, _ANY, (0,)), (1, _ANY, own))
    blocks += _only_if(machine, "ioprio_set", (0, _ANY, (1,)), (1, _ANY, own))
    if "processes" in grants and version >= _ABI_SIGNALS:
        return blocks
    for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        blocks += _only_if(machine, name, (0, _ANY, own))
    return blocks + _refuse(machine, "tkill")


def _devices(machine: str, metadata: bool) -> list[Block]:
    refused = _TERMINAL_IOCTLS + _OWNER_IOCTLS + (() if metadata else _ATTRIBUTE_IOCTLS)
    return _refuse_if(machine, "ioctl", 1, refused) + _refuse_if(machine, "fcntl", 1, _OWNER_FCNTLS)


def _sockets(machine: str, accept: bool) -> list[Block]:
    unix, stream_or_packets, type_bits = 1, (1, 5), 0xF
    blocks = _refuse(machine, "socket")
    blocks += _only_if(machine, "socketpair", (0, _ANY, (unix,)), (1, type_bits, stream_or_packets))
    return blocks if accept else blocks + _refuse(machine, "accept") + _refuse(machine, "accept4")


def _files(machine: str, version: int, metadata: bool, paths: bool) -> list[Block]:
    """Attributes are nobody else's to guard; truncation is Landlock's from ABI 3."""
    blocks: list[Block] = []
    refused = {} if paths else METADATA_BY_PATH if metadata else METADATA_BY_PATH | METADATA_BY_DESCRIPTOR
    for name in refused:
        blocks += _refuse(machine, name)
    if metadata and not paths:
        blocks += _only_if(
            machine, "utimensat", (1, _ANY, (0,)), (7, _ANY, (0,))
        )  # no path: the descriptor's file
    if version < _ABI_TRUNCATE:
        blocks += _refuse(machine, "truncate")
        blocks += _refuse_if(machine, "open", 1, (_O_TRUNC,), _TRUNCATING_READ)
        blocks += _refuse_if(machine, "openat", 2, (_O_TRUNC,), _TRUNCATING_READ)
    return blocks


def _refuse(machine: str, name: str, code: int = errno.EPERM) -> list[Block]:
    return _block(machine, name, [_verdict(_ERRNO | code)])


def _only_if(machine: str, name: str, *conditions: Condition) -> list[Block]:
    """Allow the call when all conditions hold, else EPERM."""
    body: list[bytes] = []
    for argument, mask, values in conditions:
        body += _load(argument, mask)
        body += [_step(_JUMP_EQUAL, value, len(values) - i, 0) for i, value in enumerate(values)]
        body.append(_verdict(_ERRNO | errno.EPERM))
    return _block(machine, name, [*body, _verdict(_ALLOW)])


def _refuse_if(
    machine: str, name: str, argument: int, values: tuple[int, ...], mask: int = _ANY
) -> list[Block]:
    """EPERM when the masked argument is one of `values`, else allow the call."""
    body = _load(argument, mask)
    body += [_step(_JUMP_EQUAL, value, len(values) - i, 0) for i, value in enumerate(values)]
    return _block(machine, name, [*body, _verdict(_ALLOW), _verdict(_ERRNO | errno.EPERM)])


def _block(machine: str, name: str, body: list[bytes]) -> list[Block]:
    number = _NUMBERS[name][MACHINES.index(machine)]
    return [] if number is None else [(number, body)]


def _load(argument: int, mask: int) -> list[bytes]:
    high, index = divmod(argument, 6)
    load = [_step(_LOAD, _ARGS_AT + 8 * index + 4 * high)]
    return load if mask == _ANY else [*load, _step(_AND, mask)]


def _verdict(result: int) -> bytes:
    return _step(_RETURN, result)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
