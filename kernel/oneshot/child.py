"""How does a forked child of the zygote become the program? It waits for an order, goes to jail, and executes.

What it imports the zygote has imported already: after the fork nothing is loaded.
"""

import contextlib
import errno
import gc
import marshal
import os
import signal
import socket
import struct
from typing import Any, NamedTuple, NoReturn

from kernel.jail import landlock
from kernel.jail.child import NOT_JAILED, Refused, put_on
from kernel.jail.filter import bind, install
from kernel.jail.limits import limits
from kernel.jail.mounts import Mounts
from kernel.jail.namespaces import leave, settle_in, settle_on
from kernel.jail.native import PR_SET_PDEATHSIG, prctl
from kernel.jail.privileges import bound_capabilities, rehearse_capabilities

NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""The exit status of a child whose program could not be started, as of a shell's."""
APART = b"apart"
"""Leave for namespaces of its own (tier F): told once its control group is made, which its helpers must be in."""
ON_GROUND = b"ground"
"""Do ahead what is the same for every order: with a descriptor of the marshalled Ground."""
TO_JAIL, RUN = b"jail", b"run"
"""What a child is told, with a descriptor of the marshalled Jail; and of the Jail, empty where it is in one, and the
Program, with its three streams."""
_MOST_DESCRIPTORS = 1 << 16
_UNLIMITED = (1 << 60, 1 << 30, 1 << 60, 1 << 30, 1 << 30)
"""The arguments of `limits` that no order exceeds; the system counts seconds of processor time in nanoseconds."""
_OOM_SCORE = b"600"
_DESCRIPTOR = struct.Struct("@i")
_NOT_FOR_HELPERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""What asks a whole group to end is for the program, not for those who wait for it in tier F."""
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


class Ground(NamedTuple):
    """What every jail of a tier has: laid while nobody waits, and no reason to let any code run that is not ours."""

    rules: list[tuple[str, int]]
    mounts: tuple[Any, ...] | None
    """As in Jail."""


class Jail(NamedTuple):
    """What the jail of an order has besides the ground: plain values, which `marshal` can carry."""

    uid: int | None
    limit_values: tuple[int, ...]
    rules: list[tuple[str, int]]
    filter_template: bytes
    """Built for TEMPLATE_PID and the kernel's Landlock version."""
    mounts: tuple[Any, ...] | None
    """Those of tier F; None is tier L."""
    identity: tuple[int, ...]
    """Of what was granted; nothing to the child, but two jails of other folders by the same name differ."""


class Program(NamedTuple):
    """The rest of an order."""

    argv: list[str]
    cwd: str
    env: dict[str, str]


def wait_and_become(orders: socket.socket, zygote: int) -> NoReturn:
    """Go to jail when told, become a program when told; the end of the socket is the end of the process.

    Going to jail may come long before the program is known. A jail that cannot be had is told on the socket,
    as text, when the program was to start; a program that cannot, on its standard error.
    """
    os.setsid()
    _go_first()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != zygote:
        os._exit(0)
    heard: list[bytes] = []
    try:
        _obey(orders, zygote, heard)
    except (Refused, OSError, ValueError) as refusal:
        while RUN not in heard:
            _next(orders, heard)
        orders.send(f"{refusal}".encode("utf-8", "replace")[:4096])
    os._exit(NOT_JAILED)


def _go_first() -> None:
    """When memory runs out, let the system end programs before it ends aosh or what the user runs."""
    try:
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    except OSError:
        return  # no such thing here
    try:
        os.write(descriptor, _OOM_SCORE)
    except OSError:
        return  # it is high already, and we may not lower it
    finally:
        os.close(descriptor)


def _obey(orders: socket.socket, parent: int, heard: list[bytes]) -> NoReturn:
    word, fds = _next(orders, heard)
    if word == APART:
        for helped in _NOT_FOR_HELPERS:
            signal.signal(helped, signal.SIG_IGN)
        leave()
        parent = 0
        word, fds = _next(orders, heard)
    ruleset = -1
    if word == ON_GROUND:
        ruleset = _stand_on(Ground(*marshal.loads(_content(fds[0]))))
        os.close(fds[0])
        _rehearse()
        word, fds = _next(orders, heard)
    if word == TO_JAIL:
        _enter(_content(fds[0]), parent, ruleset)
        os.close(fds[0])
        _, fds = _next(orders, heard)
    jail, asked = marshal.loads(_content(fds[0]))
    if jail:
        _enter(jail, parent, ruleset)
    for number, descriptor in enumerate(fds[1:]):
        os.dup2(descriptor, number)
    program = Program(*marshal.loads(asked))
    os.closerange(3, _MOST_DESCRIPTORS)
    for ignored in (*_IGNORED_BY_PYTHON, *_NOT_FOR_HELPERS):
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.chdir(program.cwd)
        _execute(program.argv, program.env)
    except OSError as refusal:
        os.write(2, f"{refusal.filename}: {refusal.strerror}\n".encode("utf-8", "replace"))
        os._exit(NOT_FOUND if refusal.errno in (errno.ENOENT, errno.ENOTDIR) else NOT_EXECUTABLE)
    except ValueError as refusal:
        os.write(2, f"{refusal}\n".encode("utf-8", "replace"))
        os._exit(NOT_EXECUTABLE)


def _next(orders: socket.socket, heard: list[bytes]) -> tuple[bytes, list[int]]:
    word, fds = receive(orders, 16)
    if not word:
        os._exit(0)
    heard.append(word)
    return word, fds


def receive(peer: socket.socket, limit_bytes: int) -> tuple[bytes, list[int]]:
    """One message and its descriptors, at most four, none of which any program inherits.

    `socket.recv_fds` ignores its flags, so that what it receives is inherited.
    """
    space = socket.CMSG_SPACE(4 * _DESCRIPTOR.size)
    message, extras, _, _ = peer.recvmsg(limit_bytes, space, socket.MSG_CMSG_CLOEXEC)
    fds = [
        fd
        for level, kind, content in extras
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
        for (fd,) in _DESCRIPTOR.iter_unpack(content)
    ]
    return message, fds


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def _stand_on(ground: Ground) -> int:
    """Lay what can be; a descriptor of its Landlock rules, which hold only with those of an order."""
    if ground.mounts is not None:
        settle_on(Mounts(*ground.mounts))
    elif os.geteuid() == 0:
        bound_capabilities(keeps_files=True)
    return landlock.ruleset(ground.rules, landlock.abi())


def _rehearse() -> None:
    """Go through what an order will need, to no effect: a page is copied from the zygote when it is first touched."""
    limits(*_UNLIMITED)
    example = Jail(None, _UNLIMITED, [("/", 0)] * 4, bytes(4096), None, (0,) * 8)
    jail = Jail(*marshal.loads(marshal.dumps(tuple(example))))
    rehearse_capabilities()
    with contextlib.suppress(OSError):
        install(bind(jail.filter_template, os.getpid())[:0])
    for number in range(3):
        os.dup2(number, number)
    for ignored in (*_IGNORED_BY_PYTHON, *_NOT_FOR_HELPERS):
        signal.signal(ignored, signal.getsignal(ignored))


def _enter(content: bytes, parent: int, ruleset: int) -> None:
    jail = Jail(*marshal.loads(content))
    if jail.uid is not None:
        os.setgroups([])
        os.setresgid(jail.uid, jail.uid, jail.uid)
        os.setresuid(jail.uid, jail.uid, jail.uid)
    if jail.mounts is not None:
        settle_in(Mounts(*jail.mounts))
    template = jail.filter_template

    def instructions(_version: int) -> bytes:
        return bind(template, os.getpid())

    put_on((parent, -1), jail.limit_values, jail.rules, instructions, ruleset=ruleset)


def _execute(argv: list[str], env: dict[str, str]) -> NoReturn:
    """Execute the first `argv[0]` along PATH that can be; what is refused counts more than what is missing."""
    name = argv[0]
    if "/" in name:
        os.execve(name, argv, env)
    refusal: OSError = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    for folder in env.get("PATH", "").split(":"):
        path = f"{folder or '.'}/{name}"
        try:
            os.execve(path, argv, env)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as problem:
            refusal = OSError(problem.errno, problem.strerror, path)
    raise refusal


def prepare_zygote() -> None:
    """Leave the pages of this process alone after a fork, as far as Python can: each touch is a copy."""
    gc.collect()
    gc.disable()
    gc.freeze()
