"""Moving a name to another place: within a file system by renaming, across by copying whole."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress

from apps.files.acts import Act
from apps.files.beneath import Disk
from apps.files.native import rename_new
from apps.files.places import Spot
from apps.files.store import Store
from apps.files.trees import copy_tree, remove_tree
from syscalls.errors import DeviceFailed
from syscalls.undo import Step


class Rename(Act):
    """A file, link or folder changes its place; what is at the new one is replaced if it was named."""

    def __init__(
        self, disk: Disk, store: Store, spot: Spot, to: Spot, replaces: tuple[Step, ...] = ()
    ) -> None:
        """A move.

        Args:
            disk: the granted folders.
            store: where trash places get their folders.
            spot: what moves.
            to: where to; its `info` is None unless it may be replaced.
            replaces: the steps that put back what is at `to`.
        """
        super().__init__(disk, spot)
        self._store = store
        self._to = to
        self.steps = (*replaces, Step(do="rename", path=to.address, to=spot.address))

    def folders(self) -> Iterator[Spot]:
        yield self.spot.above()
        if not self._to.place.is_store:
            yield self._to.above()

    def do(self) -> None:
        self.check_unchanged(self.spot, self.spot.info)
        self.check_unchanged(self._to, self._to.info)
        if self._to.place.is_store:
            self._store.make_room(self._to)
        with self.disk.folder(self.spot.above()) as source, self.disk.folder(self._to.above()) as target:
            try:
                self._rename(source, target)
            except OSError as refusal:
                if refusal.errno != errno.EXDEV:
                    raise
                self._across(source, target)
            self.disk.syncs.folder(target)
        if self.spot.place.is_store:
            with suppress(OSError), self.disk.folder(self.spot.above().above()) as trash:
                os.rmdir(self.spot.above().name, dir_fd=trash)

    def _rename(self, source: int, target: int) -> None:
        if self._to.info is None:
            rename_new(self.spot.name, source, self._to.name, target)
        elif self.spot.info is not None and os.path.samestat(self.spot.info, self._to.info):
            os.unlink(
                self.spot.name, dir_fd=source
            )  # renaming one name of a file to another does nothing at all
        else:
            os.rename(self.spot.name, self._to.name, src_dir_fd=source, dst_dir_fd=target)

    def _across(self, source: int, target: int) -> None:
        """Copy under a hidden name, show the copy, hide the original, remove it."""
        hidden = f".aosh-{os.urandom(8).hex()}.tmp"
        copied = self._to.above().child(hidden)
        try:
            copy_tree(self.disk, self.spot, copied)
            self.check_unchanged(self.spot, self.spot.info)
            if self._to.info is None:
                rename_new(hidden, target, self._to.name, target)
            else:
                os.rename(hidden, self._to.name, src_dir_fd=target, dst_dir_fd=target)
        except BaseException:
            remove_tree(self.disk, copied)
            raise
        try:
            os.rename(self.spot.name, hidden, src_dir_fd=source, dst_dir_fd=source)
        except OSError as refusal:
            if self._to.info is not None:  # what was replaced is safe in the store, and the original is there
                raise DeviceFailed(f"copied, but the original stays: {refusal.strerror}") from None
            remove_tree(self.disk, self._to)
            raise
        remove_tree(self.disk, self.spot.above().child(hidden))


def into_trash(disk: Disk, store: Store, spot: Spot) -> Rename:
    """The act that takes something away and keeps it."""
    return Rename(disk, store, spot, store.trash(spot.name))
