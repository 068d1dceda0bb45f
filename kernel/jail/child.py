"""How does a fresh interpreter become a jailed one? Runs in the child, before any code that is not ours.

Nothing heavy is imported here: every jailed process pays for it.
"""

import errno
import fcntl
import marshal
import os
import sys
from collections.abc import Callable

from kernel.jail import landlock, namespaces
from kernel.jail.filter import install, program
from kernel.jail.limits import limits
from kernel.jail.mounts import Mounts
from kernel.jail.native import PR_SET_PDEATHSIG, prctl
from kernel.jail.privileges import drop_capabilities, no_new_privs

_F_SETSIG = 10
_SIGKILL = 9  # the module `signal` costs 10 ms to import

HOST_PID = "AOSH_HOST_PID"
"""Variable that tells a jailed process under which number the host knows it."""
NOT_JAILED = 125
"""Exit status when a layer could not be put on; the module was then never imported."""


def main(plan_descriptor: int) -> None:
    """Read the plan, put on every layer, then run the module's `main(args)` and exit with its result.

    Fail closed: when a layer cannot be had, one line on standard error and exit status NOT_JAILED.
    """
    with open(plan_descriptor, "rb") as stream:
        module, args, search, ties, jail, mounts = marshal.load(stream)
    limit_values, rules, grants = jail
    pid = enter(ties, limit_values, rules, grants, Mounts(*mounts) if mounts else None)
    os.environ[HOST_PID] = str(pid)
    sys.path.extend(search)
    sys.argv = [module, *args]
    __import__(module)
    sys.exit(sys.modules[module].main(args))


def enter(
    ties: tuple[int, int],
    limit_values: tuple[int, ...],
    rules: list[tuple[str, int]],
    grants: frozenset[str],
    mounts: Mounts | None = None,
) -> int:
    """Put every layer on the calling process, for good, or end it.

    Args:
        ties: the process it must not outlive, 0 for none; a descriptor that ends when that process does, at
            which its whole process group is killed, or -1 for none.
        limit_values: the arguments of `limits`.
        rules: the arguments of `landlock.restrict`.
        grants: those of the filter.
        mounts: the namespaces of tier F, which the process then goes on in as a descendant of itself (see
            `namespaces.enter`); None is tier L.

    Returns:
        The number under which the host knows it.
    """
    try:
        return put_on(
            ties,
            limit_values,
            rules,
            lambda version: program(os.uname().machine, os.getpid(), version, grants),
            mounts,
        )
    except Refused as refusal:
        os.write(2, f"jail: {refusal}\n".encode())
        os._exit(NOT_JAILED)


class Refused(Exception):
    """A layer of the jail could not be put on; the text is "LAYER: reason". The process must end."""


def put_on(
    ties: tuple[int, int],
    limit_values: tuple[int, ...],
    rules: list[tuple[str, int]],
    instructions: Callable[[int], bytes],
    mounts: Mounts | None = None,
    ruleset: int = -1,
) -> int:
    """Put every layer on the calling process, for good.

    Args:
        ties: as `enter`.
        limit_values: the arguments of `limits`.
        rules: the arguments of `landlock.restrict`.
        instructions: the filter, given Landlock's version.
        mounts: as `enter`.
        ruleset: what `landlock.ruleset` made ahead, which `rules` then come on top of, capabilities having been
            bounded; -1 for nothing.

    Returns:
        The number under which the host knows it.

    Raises:
        Refused: a layer could not be had; those before it are on.
    """
    layer = "ties"
    try:
        _die_with(*ties)
        layer = "namespaces"
        pid = os.getpid() if mounts is None else namespaces.enter(mounts)
        layer = "limits"
        limits(*limit_values)
        layer = "capabilities"
        drop_capabilities(is_bounded=ruleset >= 0)
        layer = "no_new_privs"
        no_new_privs()
        layer = "landlock"
        version = landlock.abi()
        if ruleset >= 0:
            landlock.restrict_to(ruleset, rules, version)
        else:
            landlock.restrict(rules, version)
        layer = "seccomp"
        install(instructions(version))
    except (OSError, ValueError) as refusal:
        raise Refused(f"{layer}: {refusal}") from None
    return pid


def _die_with(parent: int, lifeline: int) -> None:
    """The parent-death signal reaches this process alone; the lifeline's reaches its descendants too."""
    if lifeline >= 0:
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpid())
        fcntl.fcntl(lifeline, _F_SETSIG, _SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)
    if parent:
        prctl(PR_SET_PDEATHSIG, _SIGKILL)
        if os.getppid() != parent:
            raise OSError(errno.ESRCH, "the parent is already gone")
