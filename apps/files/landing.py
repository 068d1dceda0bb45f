"""What did a program change? The tree it left is held against the workspace, name by name.

The tree is the upper folder of an overlay (only what was touched; a device 0:0 stands for what was
removed, an attribute says that a folder hides all that was below it), or a copy with the list of
what was copied. The program has ended when this looks: nothing moves but what others do in the
workspace, and what they changed since the program began is a conflict.
"""

import os
import stat
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from apps.files.acts import Act, MakeFolder, PutLink, SetMode
from apps.files.beneath import Disk, special
from apps.files.entry import mode_of
from apps.files.left import FinishLeft, is_hiding, left_of, put_left, was_below
from apps.files.meta import Meta
from apps.files.moves import into_trash
from apps.files.names import spoken
from apps.files.oddities import cache_of, oddities_of, of_name
from apps.files.places import Spot
from apps.files.stage import Manifest
from apps.files.store import Store
from apps.files.targets import check_removable, hard_link_note
from apps.files.trees import link_target
from apps.files.unified import unified
from apps.files.walk import Unread, beneath, inside
from syscalls.errors import Stale, TooBig
from syscalls.undo import OWN_RULES, Change

MOST = 50_000
_DIFFED_BYTES = 256 * 1024
_ENOUGH_DIFF = 80 * 1024
Parts = tuple[str, ...]


@dataclass
class _Tree:
    """One folder and what a program made of it."""

    root: Spot
    upper: Spot
    since_ns: int
    manifest: Manifest | None
    fresh: set[Parts]
    """Folders that are not in the workspace, or will be gone."""
    hiding: set[Parts]
    """Folders whose whole content in the workspace is replaced."""


class Landing:
    """The acts that bring it into the workspace, and how they read."""

    def __init__(self, disk: Disk, store: Store) -> None:
        self._disk = disk
        self._store = store
        self.acts: list[Act] = []
        self.finishing: list[Act] = []
        """Done last, in reverse: modes and times of new folders."""
        self.changes: list[Change] = []
        self.odd: dict[str, list[str]] = {}
        self.diffs: list[str] = []
        self._diffed = 0
        self._caches: Counter[str] = Counter()

    def collect(self, root: Spot, upper: Spot, *, since_ns: int, manifest: Manifest | None) -> None:
        """Add what was changed below one folder.

        Raises:
            Stale: somebody else changed one of these files since.
            TooBig: too many changes.
        """
        tree = _Tree(root, upper, since_ns, manifest, set(), set())
        unread: Unread = []
        seen: set[bytes] = set()
        known = frozenset(manifest.names) if manifest else frozenset()
        for found in beneath(self._disk, upper, hidden=True, unread=unread):
            parts = found.spot.parts[len(upper.parts) :]
            if manifest is not None:
                name = os.fsencode("/".join(parts))
                seen.add(name)
                if name in known and found.info.st_ctime_ns < manifest.done_ns:
                    continue
            self._one(tree, parts, found.spot)
            if len(self.acts) > MOST:
                raise TooBig(f"the program changed more than {MOST} files; nothing of it was kept")
        for path in unread:
            self._skip(path[len(upper.path) + 1 :], "a folder that may not be read")
        self._gone(tree, sorted(known - seen))

    def told(self) -> list[Change]:
        """The changes, caches summed up."""
        return self.changes + [
            Change("cached", name, note=f"{count} file{'s' * (count > 1)}")
            for name, count in sorted(self._caches.items())
        ]

    def _one(self, tree: _Tree, parts: Parts, new: Spot) -> None:
        assert new.info is not None
        mode = new.info.st_mode
        old = self._lower(tree, parts)
        if self._is_stores(old):
            self._skip(self._disk.shown(old.path), "it is aosh's own undo store")
            return
        if stat.S_ISCHR(mode) and new.info.st_rdev == 0 and tree.manifest is None:
            self._remove(tree, parts, old)
        elif stat.S_ISDIR(mode):
            self._folder(tree, parts, new, old)
        elif stat.S_ISREG(mode):
            self._file(tree, parts, new, old)
        elif stat.S_ISLNK(mode):
            self._link(tree, parts, new, old)
        else:
            self._skip(self._disk.shown(old.path), f"a {special(mode)} is not kept")

    def _lower(self, tree: _Tree, parts: Parts) -> Spot:
        spot = Spot(tree.root.place, tree.root.parts + parts, None)
        return spot if parts[:-1] in tree.fresh else spot._replace(info=self._disk.look(spot))

    def _folder(self, tree: _Tree, parts: Parts, new: Spot, old: Spot) -> None:
        assert new.info is not None
        if old.info is not None and stat.S_ISDIR(old.info.st_mode):
            if tree.manifest is None and (parts[:-1] in tree.hiding or is_hiding(self._disk, new)):
                self._hide(tree, parts, old, new)
            if stat.S_IMODE(old.info.st_mode) != stat.S_IMODE(new.info.st_mode):
                self._check_same(tree, old)
                self._mode(parts, new, old, tree)
            return
        old = self._make_room(tree, parts, new, old)
        tree.fresh.add(parts)
        self.acts.append(MakeFolder(self._disk, old, Meta(mode=0o700)))
        self.finishing.append(FinishLeft(self._disk, old, new))
        self._tell(tree, parts, Change("created", self._disk.shown(old.path), note="folder"), new, None)

    def _file(self, tree: _Tree, parts: Parts, new: Spot, old: Spot) -> None:
        assert new.info is not None
        try:
            left = left_of(self._disk, new)
        except PermissionError:
            self._skip(self._disk.shown(old.path), "it may not be read")
            return
        was = old.info
        if was is not None and stat.S_ISREG(was.st_mode):
            known = left_of(self._disk, old)
            if known.digest == left.digest and known.meta._replace(mode=None) == left.meta._replace(
                mode=None
            ):
                if known.meta.mode != left.meta.mode:
                    self._check_same(tree, old)
                    self._mode(parts, new, old, tree)
                return
        self._check_same(tree, old)
        place = self._make_room(tree, parts, new, old)
        self.acts.append(put_left(self._disk, self._store, place, new, left))
        notes = [hard_link_note(was)] if was is not None and stat.S_ISREG(was.st_mode) else []
        notes += ["a hard link, kept as a copy"] if new.info.st_nlink > 1 else []
        note = "; ".join(filter(None, notes))
        change = Change(_verb(place), self._disk.shown(old.path), size_bytes=new.info.st_size, note=note)
        self._tell(tree, parts, change, new, was)
        if cache_of(parts) is None and (was is None or stat.S_ISREG(was.st_mode)):
            self._diff(self._disk.shown(old.path), old, new)

    def _link(self, tree: _Tree, parts: Parts, new: Spot, old: Spot) -> None:
        target = link_target(self._disk, new)
        is_link = old.info is not None and stat.S_ISLNK(old.info.st_mode)
        if is_link and link_target(self._disk, old) == target:
            return
        self._check_same(tree, old)
        place = self._make_room(tree, parts, new, old)
        self.acts.append(PutLink(self._disk, self._store, place, target))
        change = Change(_verb(place), self._disk.shown(old.path), note=f"link to {spoken(target)}")
        self._tell(tree, parts, change, new, old.info, target)

    def _mode(self, parts: Parts, new: Spot, old: Spot, tree: _Tree) -> None:
        assert new.info is not None
        mode = stat.S_IMODE(new.info.st_mode)
        shown = self._disk.shown(old.path)
        if os.geteuid() != 0 and not mode & 0o400:
            self._skip(shown, f"mode {mode:03o} would take it from you")
            return
        self.acts.append(SetMode(self._disk, old, mode))
        self._tell(tree, parts, Change("mode", shown, mode_of(new.info)), new, old.info)

    def _make_room(self, tree: _Tree, parts: Parts, new: Spot, old: Spot) -> Spot:
        """Take away a folder where none comes, or what stands where one comes; the place, then free."""
        assert new.info is not None
        if old.info is None:
            if parts[:-1] not in tree.fresh and self._was_removed(tree, parts, new, old):
                raise Stale(
                    f"{self._disk.shown(old.path)!r} was removed while the program ran; nothing of it was kept"
                )
            return old
        if stat.S_ISDIR(old.info.st_mode) or stat.S_ISDIR(new.info.st_mode):
            self._remove(tree, parts, old)
            tree.fresh.add(parts)
            return old._replace(info=None)
        return old

    def _was_removed(self, tree: _Tree, parts: Parts, new: Spot, old: Spot) -> bool:
        """Whether the program changed something that somebody else took away meanwhile."""
        if tree.manifest is not None:
            return os.fsencode("/".join(parts)) in tree.manifest.names
        above = self._disk.look(old.above())
        return above is not None and above.st_ctime_ns > tree.since_ns and was_below(self._disk, new)

    def _is_stores(self, spot: Spot) -> bool:
        store = self._disk.store
        return store is not None and (spot.path == store or spot.path.startswith(f"{store}/"))

    def _remove(self, tree: _Tree, parts: Parts, old: Spot) -> None:
        if old.info is None or self._is_stores(old):
            return
        check_removable(self._disk, old)
        self._check_same(tree, old)
        shown, note, files = self._disk.shown(old.path), "to the trash", 1
        if stat.S_ISDIR(old.info.st_mode):
            files = 0
            for found in beneath(self._disk, old, hidden=True, unread=[]):
                self._check_same(tree, found.spot)
                files += not found.is_folder
            note = f"folder with {files} file{'s' * (files != 1)}, to the trash"
        self.acts.append(into_trash(self._disk, self._store, old))
        group = _group(parts)
        if group:
            self._caches[group] += files
        else:
            self.changes.append(Change("removed", shown, note=note))
        for kind in of_name(parts):
            if kind in (OWN_RULES, "inside .git", "git hook"):
                self.odd.setdefault(kind, []).append(shown)

    def _hide(self, tree: _Tree, parts: Parts, old: Spot, new: Spot) -> None:
        """All that a folder holds is replaced by what the program's folder holds."""
        tree.hiding.add(parts)
        kept = {spot.name for spot in inside(self._disk, new, hidden=True)}
        for spot in inside(self._disk, old, hidden=True):
            if spot.name not in kept:
                self._remove(tree, (*parts, spot.name), spot)

    def _gone(self, tree: _Tree, names: list[bytes]) -> None:
        """What was copied and is not there any more."""
        top = b"\0"
        for name in names:
            if name.startswith(top + b"/"):
                continue
            top = name
            parts = tuple(os.fsdecode(name).split("/"))
            if parts[:-1] in tree.fresh:
                continue
            self._remove(tree, parts, self._lower(tree, parts))

    def _check_same(self, tree: _Tree, old: Spot) -> None:
        """Refuse what somebody else changed since the program began."""
        if old.info is not None and old.info.st_ctime_ns > tree.since_ns:
            name = self._disk.shown(old.path)
            raise Stale(f"{name!r} was changed while the program ran; nothing of what it did was kept")

    def _tell(
        self,
        tree: _Tree,
        parts: Parts,
        change: Change,
        new: Spot,
        was: os.stat_result | None,
        target: str = "",
    ) -> None:
        assert new.info is not None
        odd = oddities_of(tree.root.path, parts, new.info, was, target)
        for kind in odd:
            self.odd.setdefault(kind, []).append(change.path)
        group = _group(parts)
        if group:
            self._caches[group] += not stat.S_ISDIR(new.info.st_mode)
            return
        note = "; ".join(filter(None, (change.note, *odd)))
        self.changes.append(Change(change.what, change.path, change.to, change.size_bytes, note))

    def _skip(self, shown: str, why: str) -> None:
        self.changes.append(Change("skipped", shown, note=why))

    def _diff(self, shown: str, old: Spot, new: Spot) -> None:
        if self._diffed > _ENOUGH_DIFF:
            return
        before, after = _text(self._disk, old), _text(self._disk, new)
        text = unified(shown if old.info else "/dev/null", shown, before, after)
        self._diffed += len(text)
        self.diffs.append(text)


def _verb(place: Spot) -> Literal["created", "modified"]:
    return "created" if place.info is None else "modified"


def _group(parts: Parts) -> str:
    """Under what a path is summed up; empty where it is told by itself."""
    if parts[0] == ".git" and parts[1:2] == ("objects",):
        return ".git/objects"
    return cache_of(parts) or cache_of((*parts, "")) or ""


def _text(disk: Disk, spot: Spot) -> str | None:
    """The content for a diff; None where it is no text, or long."""
    if spot.info is None:
        return ""
    if spot.info.st_size > _DIFFED_BYTES:
        return None
    descriptor = disk.open_at(spot.place, spot.parts, os.O_RDONLY | os.O_NONBLOCK)
    try:
        raw = os.pread(descriptor, _DIFFED_BYTES, 0)
    finally:
        os.close(descriptor)
    try:
        return None if b"\0" in raw else raw.decode()
    except UnicodeDecodeError:
        return None
