"""What is a child told? An order turned into plain values that leave it no choice."""

import marshal
import os
import stat
from functools import lru_cache

from kernel.jail import landlock
from kernel.jail.filter import TEMPLATE_PID, program
from kernel.jail.plan import mounts, rules
from kernel.jail.spec import JailError, JailSpec, Tier
from kernel.oneshot.child import Jail, Program
from kernel.oneshot.port import Order

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
}
"""What every program finds in its environment, unless the order says otherwise."""
_GRANTS = ("execute", "metadata", "processes", "accept")


def program_of(order: Order) -> bytes:
    """What the child becomes, as TO_JAIL's successor carries it."""
    return marshal.dumps(tuple(Program(list(order.argv), order.cwd, ENVIRONMENT | order.env)))


def jail_of(order: Order, tier: Tier) -> bytes:
    """The jail of an order; equal bytes are equal jails, down to the folders granted.

    Raises:
        JailError: the spec is one no program can be run in.
    """
    spec = order.spec
    if not spec.execute:
        raise JailError("jail execute=False: running a program needs execute=True")
    if order.overlays and tier == "L":
        raise JailError(
            f"{len(order.overlays)} overlays: tier L has none; grant a copy of the folder instead"
        )
    if spec.uid is not None and tier == "F":
        raise JailError(f"jail uid={spec.uid!r}: in tier F every program is its own nobody")
    lowers = {overlay.lower for overlay in order.overlays}
    if not lowers <= set(spec.write):
        raise JailError(f"overlays {sorted(lowers)!r}: each must be granted in write={spec.write!r}")
    grants = frozenset(grant for grant in _GRANTS if getattr(spec, grant))
    if tier == "F" and spec.metadata:
        grants |= {"paths"}
    template = _filter(landlock.abi(), grants)
    seen = None
    if tier == "F":
        overlays = [(overlay.lower, overlay.upper, overlay.work) for overlay in order.overlays]
        whole = mounts(spec, overlays)
        seen = tuple(whole._replace(read=[path for path in whole.read if path != "/proc"], sees_host=False))
    granted = rules(spec, private=tier == "F")
    reachable = [(path, rights) for path, rights in granted if _is_reachable(path, spec)]
    return marshal.dumps(tuple(Jail(spec.uid, _limits(order), reachable, template, seen, _identity(spec))))


@lru_cache(maxsize=16)
def _filter(version: int, grants: frozenset[str]) -> bytes:
    return program(os.uname().machine, TEMPLATE_PID, version, grants)


def _is_reachable(path: str, spec: JailSpec) -> bool:
    """Whether a program under another user can get there at all: a private interpreter is none of its business."""
    if spec.uid is None or path in {os.path.realpath(granted) for granted in _granted(spec)}:
        return True
    parents = [path[:end] or "/" for end, letter in enumerate(path) if letter == "/"]
    return all(os.stat(parent).st_mode & stat.S_IXOTH for parent in parents)


def _granted(spec: JailSpec) -> tuple[str, ...]:
    return (*spec.read, *spec.write, *spec.run, *spec.imports)


def _identity(spec: JailSpec) -> tuple[int, ...]:
    found: list[int] = []
    for path in _granted(spec):
        try:
            status = os.stat(path)
        except OSError:
            found.append(-1)
        else:
            found += (status.st_dev, status.st_ino)
    return tuple(found)


def _limits(order: Order) -> tuple[int, ...]:
    spec = order.spec
    cpu_s = min(spec.cpu_s, max(1, int(order.cpu_s + 0.999)))
    process_count = min(spec.process_count, order.process_count)
    return (spec.memory_bytes, cpu_s, spec.file_bytes, spec.open_files, process_count)
