"""What is a child told? An order turned into plain values that leave it no choice."""

import marshal
import os
from functools import lru_cache

from kernel.jail import landlock
from kernel.jail.filter import TEMPLATE_PID, program
from kernel.jail.mounts import Mounts
from kernel.jail.plan import mounts, rules
from kernel.jail.spec import JailError, JailSpec, Tier
from kernel.oneshot.child import Ground, Jail, Program
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


@lru_cache(maxsize=2)
def ground_of(tier: Tier) -> bytes:
    """What every jail of a tier has, as ON_GROUND carries it."""
    return marshal.dumps(tuple(_ground(tier)))


@lru_cache(maxsize=2)
def _ground(tier: Tier) -> Ground:
    spec = JailSpec(execute=True, processes=True)
    shown = tuple(mounts(spec)._replace(sees_host=False)) if tier == "F" else None
    return Ground([*rules(spec, private=tier == "F")], shown)


def jail_of(order: Order, tier: Tier) -> bytes:
    """What an order's jail has besides the ground; equal bytes are equal jails, down to the folders granted.

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
        seen = tuple(_beyond_ground(mounts(spec, overlays), tier))
    laid = set(_ground(tier).rules)
    granted = [rule for rule in rules(spec, private=tier == "F") if rule not in laid]
    return marshal.dumps(tuple(Jail(spec.uid, _limits(order), granted, template, seen, _identity(spec))))


def _beyond_ground(whole: Mounts, tier: Tier) -> Mounts:
    """What a jail shows on top of its ground, /proc being its own."""
    shown = Mounts(*(_ground(tier).mounts or ()))
    laid, linked = {*shown.read, "/proc"}, set(shown.links)
    return whole._replace(
        read=[path for path in whole.read if path not in laid],
        links=[link for link in whole.links if link not in linked],
        sees_host=False,
    )


@lru_cache(maxsize=16)
def _filter(version: int, grants: frozenset[str]) -> bytes:
    return program(os.uname().machine, TEMPLATE_PID, version, grants)


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
