"""Serving file.land: what a program left apart comes into the workspace, as one effect that can be taken back."""

import os

from apps.files.beneath import Disk
from apps.files.effect import carry_out
from apps.files.landing import Landing
from apps.files.names import unspoken
from apps.files.oddities import summed
from apps.files.places import Spot
from apps.files.stage import manifest_of, run_folder
from apps.files.store import Store
from apps.sdk import Context, Effecting
from syscalls.errors import NotFound
from syscalls.file_kernel import Land
from syscalls.file_values import Changed

MOST_DIFF_CHARACTERS = 64 * 1024


def land(ctx: Context, a: Land) -> Effecting[Changed]:
    """Bring what a program changed into the workspace.

    Raises:
        Stale: a file was changed while the program ran; nothing lands.
        TooBig: it changed more files than can be landed at once.
    """
    disk, store = ctx.once(Disk), ctx.once(Store)
    whole = Landing(disk, store)
    for number, path in enumerate(a.roots):
        root = disk.existing(unspoken(path), write=True)
        base = run_folder(store, a.run, number)
        whole.collect(
            root,
            base.child("upper"),
            since_ns=_began(disk, base),
            manifest=manifest_of(disk, base) if a.is_copy else None,
        )
    diff = "".join(whole.diffs)
    if len(diff) > MOST_DIFF_CHARACTERS:
        diff = f"{diff[:MOST_DIFF_CHARACTERS]}\n... (cut)\n"
    acts = [*whole.acts, *reversed(whole.finishing)]
    return (yield from carry_out(disk, store, acts, whole.told(), diff, summed(whole.odd)))


def _began(disk: Disk, base: Spot) -> int:
    """When the program began, by the file system's clock."""
    info = disk.look(base.child("began"))
    if info is None:
        raise NotFound(f"no program run left anything at {os.path.basename(os.path.dirname(base.path))!r}")
    return info.st_ctime_ns
