"""Which of its own capabilities does a parent hand down? Never more than it holds."""

from collections.abc import Iterable, Sequence

from kernel.process import Process
from syscalls.caps import Cap, Right
from syscalls.errors import NotPermitted


def handed(parent: Process, wanted: Iterable[Cap]) -> tuple[tuple[Cap, str], ...]:
    """Each wanted capability with the parent's own that covers it, as `Process.mint` takes them.

    Raises:
        NotPermitted: the parent does not hold one; what was held once and is gone counts the same.
    """
    return tuple((_held(parent, cap), cap.scope) for cap in wanted)


def _held(parent: Process, wanted: Cap) -> Cap:
    if wanted in parent.caps:
        return wanted
    for cap in sorted(parent.caps, key=lambda each: (each.right.value, each.scope)):
        if cap.covers(wanted.right, wanted.scope):
            return cap
    raise NotPermitted(
        f"{wanted.right.value!r} on {wanted.scope!r} is not held by process {parent.pid}, so it cannot be handed down"
    )


def narrowed(parent: Process, read: Sequence[str], write: Sequence[str]) -> frozenset[Cap]:
    """The parent's capabilities with the file rights cut down to these folders.

    Args:
        parent: whose.
        read: absolute folders that may be read; none here and in `write`: all that the parent may.
        write: likewise written, and read with it.
    """
    if not read and not write:
        return parent.caps
    others = {cap for cap in parent.caps if not cap.right.is_path}
    reads, writes = set(read), set(write)
    return frozenset(
        others
        | {Cap(Right.FS_READ, folder) for folder in reads | writes}
        | {Cap(Right.FS_WRITE, folder) for folder in writes}
    )


def seat(child: Process) -> Process:
    """The child, working in a folder that it may read."""
    roots = child.roots(Right.FS_READ)
    if roots and not any(Cap(Right.FS_READ, root).covers(Right.FS_READ, child.cwd) for root in roots):
        child.cwd = roots[0]
    return child
