"""Serving file.diff."""

from apps.files.beneath import Disk
from apps.files.coding import coding_of, is_binary
from apps.files.text import whole_bytes
from apps.files.unified import compare
from apps.sdk import Context
from syscalls.file import Compare
from syscalls.file_values import Diff

_MOST_BYTES = 32 * 1024 * 1024


def diff(ctx: Context, a: Compare) -> Diff:
    """How two files differ, line by line; of binary files only whether they do."""
    disk = ctx.once(Disk)
    sides = []
    for path in (a.left, a.right):
        with disk.reading(path) as file:
            ctx.came_from(path, file.real)
            sides.append((file.name, whole_bytes(file, _MOST_BYTES)))
    (left, old), (right, new) = sides
    if old == new:
        return Diff(left, right, True, "", 0, 0)
    if is_binary(old) or is_binary(new):
        return Diff(left, right, False, "", 0, 0)
    found = compare(left, right, coding_of(old).decode(old), coding_of(new).decode(new), a.context)
    cut = "cut at 65536 characters" if found.is_cut else ""
    return Diff(left, right, False, found.text, found.added, found.removed, cut)
