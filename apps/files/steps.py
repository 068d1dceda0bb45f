"""Taking effects back: the act behind each undo step, planned so that it can be taken back again.

A step without `expect` belongs to an effect that may have happened wholly, partly or not: where
its effect is not seen, it is no act at all. A step with `expect` refuses when the file was changed
since, unless forced; the present state is kept either way.
"""

import hashlib
import os
import stat

from apps.files.acts import Act, MakeFolder, Put, PutLink, RemoveFolder, SetMode, Times
from apps.files.appends import Cut, ExtendAgain
from apps.files.beneath import Disk
from apps.files.content import copy_all
from apps.files.entry import print_of
from apps.files.meta import Meta, meta_from
from apps.files.moves import Rename, into_trash
from apps.files.names import unspoken
from apps.files.places import Spot
from apps.files.store import Store
from apps.files.twins import Relink
from apps.files.walk import inside
from syscalls.errors import NotPermitted, Stale
from syscalls.undo import Print, Step


class Reverter:
    """Turns steps into acts, in the order they will be done, keeping in mind what the earlier ones change."""

    def __init__(self, disk: Disk, store: Store, *, force: bool = False) -> None:
        self._disk = disk
        self._store = store
        self._force = force
        self._gone: set[str] = set()
        """Paths that the acts made so far leave empty."""
        self._come: set[str] = set()
        """Paths that they fill."""

    def act_for(self, step: Step) -> Act | None:
        """The act that takes one step; None when there is nothing to do.

        Raises:
            Stale: the file was changed since the effect.
            NotPermitted: outside the writable roots.
        """
        spot = self._spot(step.path)
        self._check(step, spot)
        match step.do:
            case "remove":
                act = self._remove(step, spot)
            case "rename":
                act = self._rename(step, spot)
            case "restore":
                act = self._restore(step, spot)
            case _:
                act = self._adjust(step, spot)
        return act

    def _spot(self, path: str) -> Spot:
        """Where a step points. Its path was made without links and must have none now."""
        path = unspoken(path)
        place, parts = self._disk.place_of(path)
        spot = Spot(place, tuple(parts), None)
        if not place.write:
            raise NotPermitted(f"{self._disk.shown(path)!r} may be looked at but not changed")
        with self._disk.naming(path):
            info = self._disk.look(spot) if parts else os.stat(place.fd)
        return spot._replace(info=None if path in self._gone else info)

    def _check(self, step: Step, spot: Spot) -> None:
        if (
            step.expect is None
            or self._force
            or step.do in ("times", "relink")
            or spot.path in self._gone | self._come
        ):
            return
        now = print_of(spot.info)
        if is_same(now, step.expect) or self._is_back(step, spot):
            return
        name = self._disk.shown(spot.path)
        if now.kind == "absent":
            raise Stale(f"{name!r} is gone since; force undo to go on without it")
        raise Stale(f"{name!r} was changed since; undo would lose that (force undo keeps it for redo)")

    def _is_back(self, step: Step, spot: Spot) -> bool:
        """Whether the state before the effect is there already."""
        info = spot.info
        if step.do == "remove":
            return info is None
        if step.do == "restore" and info is not None and step.kind == "file":
            return stat.S_ISREG(info.st_mode) and info.st_mtime_ns == step.mtime_ns
        return False

    def _remove(self, step: Step, spot: Spot) -> Act | None:
        if spot.info is None:
            return None
        if step.kind == "folder" and stat.S_ISDIR(spot.info.st_mode):
            left = [each for each in inside(self._disk, spot, hidden=True) if each.path not in self._gone]
            if left:
                return self._keep_folder(step, spot, left[0])
            self._gone.add(spot.path)
            return RemoveFolder(self._disk, spot)
        if step.expect is None and self._is_later(step, spot):
            return None
        self._gone.add(spot.path)
        return into_trash(self._disk, self._store, spot)

    def _is_later(self, step: Step, spot: Spot) -> bool:
        """Whether a file, found after a crash, is not what the effect was to put there."""
        if step.made is None or spot.info is None or not stat.S_ISREG(spot.info.st_mode):
            return False
        descriptor = self._disk.open_at(spot.place, spot.parts, os.O_RDONLY | os.O_NONBLOCK)
        with open(descriptor, "rb", buffering=0) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() != step.made

    def _keep_folder(self, step: Step, spot: Spot, left: Spot) -> Act | None:
        """A folder the effect made holds later things: never thrown away with it."""
        if step.expect is None:
            return None
        if not self._force:
            name, added = self._disk.shown(spot.path), self._disk.shown(left.path)
            raise Stale(f"{name!r} holds {added!r}, which was added since")
        self._gone.add(spot.path)
        return into_trash(self._disk, self._store, spot)

    def _rename(self, step: Step, spot: Spot) -> Act | None:
        assert step.to is not None
        to = self._spot(step.to)
        if spot.info is None:
            if step.expect is not None and to.info is None:
                raise Stale(f"{self._disk.shown(spot.path)!r} is gone, so it cannot be moved back")
            return None
        if to.info is not None:
            if step.expect is None:
                return None
            raise Stale(f"{self._disk.shown(to.path)!r} is taken by something newer; move it away first")
        self._gone.add(spot.path)
        self._gone.discard(to.path)
        self._come.add(to.path)
        return Rename(self._disk, self._store, spot, to)

    def _restore(self, step: Step, spot: Spot) -> Act | None:
        if step.kind == "folder":
            if spot.info is not None:
                return None
            return self._filled(spot, MakeFolder(self._disk, spot, meta_from(step)))
        if spot.info is not None and stat.S_ISDIR(spot.info.st_mode):
            raise Stale(f"{self._disk.shown(spot.path)!r} is a folder now; move it away first")
        if step.kind == "link":
            assert step.to is not None
            times = (step.atime_ns, step.mtime_ns) if step.mtime_ns else None
            return self._filled(spot, PutLink(self._disk, self._store, spot, unspoken(step.to), times))
        if step.expect is None and (self._is_back(step, spot) or self._is_later(step, spot)):
            return None
        assert step.blob is not None
        digest = step.blob

        def fill(target: int) -> None:
            with self._store.blob(digest) as source:
                copy_all(source, target)

        return self._filled(spot, Put(self._disk, self._store, spot, fill, self._meta(step, spot), digest))

    def _meta(self, step: Step, spot: Spot) -> Meta:
        owner = None if spot.info is None else (spot.info.st_uid, spot.info.st_gid)
        return meta_from(step)._replace(owner=owner)

    def _filled(self, spot: Spot, act: Act) -> Act:
        self._gone.discard(spot.path)
        self._come.add(spot.path)
        return act

    def _adjust(self, step: Step, spot: Spot) -> Act | None:
        """Steps that leave the name where it is."""
        if step.do == "times" and spot.path in self._come:  # made again just before; nobody else was there
            return Times(self._disk, spot, step.mtime_ns, step.atime_ns)
        if spot.info is None:
            return None
        if step.do == "relink":
            assert step.to is not None
            return Relink(self._disk, spot, self._spot(step.to))
        if step.do == "mode":
            return SetMode(self._disk, spot, step.mode)
        if step.do == "times":
            is_ours = step.expect is None or spot.info.st_mtime_ns == step.expect.mtime_ns
            return Times(self._disk, spot, step.mtime_ns, step.atime_ns) if is_ours else None
        assert step.blob is not None
        if step.do == "extend":
            is_there = (
                step.expect is None and step.size_bytes is not None and spot.info.st_size > step.size_bytes
            )
            return None if is_there else ExtendAgain(self._disk, self._store, spot, step)
        act = Cut(self._disk, self._store, spot, step)
        if act.added_bytes:
            return act
        if step.expect is None:
            return None
        name = self._disk.shown(spot.path)
        raise Stale(f"{name!r} was changed after the lines were added; file.edit can remove them")


def is_same(now: Print, expected: Print) -> bool:
    """Whether nobody changed the thing since. An undone write is a new inode, so inodes do not count."""
    if now.kind != expected.kind:
        return False
    if now.kind == "file":
        return (now.size_bytes, now.mtime_ns) == (expected.size_bytes, expected.mtime_ns)
    return now.kind != "link" or now.size_bytes == expected.size_bytes
