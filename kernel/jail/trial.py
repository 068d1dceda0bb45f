"""Does each layer hold on this machine? Runs in a throw-away child: puts each on, then tries it."""

import errno
import marshal
import os
import resource
from collections.abc import Callable

from kernel.jail import landlock
from kernel.jail.filter import install, program
from kernel.jail.limits import limits
from kernel.jail.privileges import no_new_privs

_OPEN_FILES = 64


def main() -> None:
    """Write (Landlock's version or 0, [(layer, reason it does not hold or "")]) to standard output."""
    layers = (
        ("limits", _limits),
        ("no_new_privs", no_new_privs),
        ("landlock", _landlock),
        ("seccomp", _seccomp),
    )
    found = (_version(), [(name, _reason(attempt)) for name, attempt in layers])
    os.write(1, marshal.dumps(found))


def _reason(attempt: Callable[[], None]) -> str:
    try:
        attempt()
    except (OSError, ValueError) as refusal:
        return str(refusal)
    return ""


def _version() -> int:
    try:
        return landlock.abi()
    except OSError:
        return 0


def _limits() -> None:
    limits(1 << 30, 60, 1 << 20, _OPEN_FILES, 64)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] > _OPEN_FILES:
        raise ValueError("a lowered limit was not kept")


def _landlock() -> None:
    landlock.restrict([], landlock.abi())
    _must_fail(errno.EACCES, "listing / worked with nothing granted", lambda: os.listdir("/"))


def _seccomp() -> None:
    install(program(os.uname().machine, os.getpid(), _version()))
    _must_fail(errno.EPERM, "forking worked under the filter", os.fork)


def _must_fail(code: int, complaint: str, attempt: Callable[[], object]) -> None:
    try:
        attempt()
    except OSError as refusal:
        if refusal.errno == code:
            return
        raise
    raise ValueError(complaint)
