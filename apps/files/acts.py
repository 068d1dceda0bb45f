"""The smallest changes: each knows its undo steps before it is done, and is done whole or not at all.

An act is prepared when it is made (pre-images are saved, nothing visible changes) and carried out
by `do`. Its `steps` take it back even when it was done half or never: see `apps.files.steps`.
"""

import hashlib
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import ClassVar

import msgspec

from apps.files.beneath import Disk
from apps.files.content import write_all
from apps.files.entry import print_of
from apps.files.meta import Meta, put_meta, xattrs_of
from apps.files.names import spoken
from apps.files.native import rename_new
from apps.files.places import Spot
from apps.files.store import Store
from syscalls.errors import AccessDenied, BadArgument, NotPermitted, Stale
from syscalls.undo import Step

Fill = Callable[[int], None]
"""Writes the new content to a descriptor."""


class Act(ABC):
    """One change of one name, done whole or not at all."""

    changes_names: ClassVar[bool] = True
    """Whether the folder around it changes with it."""

    def __init__(self, disk: Disk, spot: Spot) -> None:
        self.disk = disk
        self.spot = spot
        self.steps: tuple[Step, ...] = ()
        self.joins: tuple[Step, ...] = ()
        """Steps to take before those, when this is taken back: see `apps.files.twins`."""

    @abstractmethod
    def do(self) -> None:
        """Carry it out.

        Raises:
            Stale: what is there is not what was there when the act was made.
            OSError: the system refused; nothing is changed.
        """

    def folders(self) -> Iterator[Spot]:
        """The folders whose list of names changes."""
        if self.changes_names and self.spot.parts:
            yield self.spot.above()

    def check_unchanged(self, spot: Spot, was: os.stat_result | None) -> None:
        """Refuse when another hand was faster."""
        if print_of(self.disk.look(spot)) != print_of(was):
            name = self.disk.shown(spot.path)
            raise Stale(f"{name!r} changed since it was looked at; nothing was done, so ask again")

    @contextmanager
    def opened(self, flags: int) -> Iterator[int]:
        """The file or folder itself, links refused."""
        descriptor = self.disk.open_at(self.spot.place, self.spot.parts, flags | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


class Replacing(Act):
    """Something complete is put in place at once, by renaming."""

    @contextmanager
    def replacing(self, temp: Spot) -> Iterator[int]:
        """A descriptor of the folder to make `temp` in; when the block ends well it takes `spot`'s place."""
        with self.disk.folder(self.spot.above()) as folder:
            before = os.stat(folder)
            try:
                yield folder
                self.check_unchanged(self.spot, self.spot.info)
                if self.spot.info is None:
                    rename_absent(temp.name, self.spot.name, folder)
                else:
                    os.rename(temp.name, self.spot.name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temp.name, dir_fd=folder)
                Times(self.disk, self.spot.above(), before.st_mtime_ns, before.st_atime_ns).do()
                raise
            self.disk.syncs.folder(folder)


class Put(Replacing):
    """A file appears, or a file or link is replaced, at once: new content is complete before it is seen."""

    def __init__(
        self, disk: Disk, store: Store, spot: Spot, fill: Fill, meta: Meta, made: str | None = None
    ) -> None:
        """New content.

        Args:
            disk: the granted folders.
            store: keeps what is replaced.
            spot: where; its `info` tells what is replaced.
            fill: writes the content.
            meta: what the file becomes besides.
            made: SHA-256 of the content, where it is known.
        """
        super().__init__(disk, spot)
        self._fill = fill
        self._meta = meta
        self._temp = spot.above().child(f".aosh-{os.urandom(8).hex()}.tmp")
        clean = Step(do="remove", path=self._temp.address)
        self.steps = (clean, msgspec.structs.replace(preimage(disk, store, spot), made=made))

    def do(self) -> None:
        with self.replacing(self._temp) as folder:
            self._write(folder)

    def _write(self, folder: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        mode = 0o666 if self._meta.mode is None else 0o600
        descriptor = os.open(self._temp.name, flags, mode, dir_fd=folder)
        try:
            self._fill(descriptor)
            put_meta(descriptor, self._meta)
            self.disk.syncs.file(descriptor)
        finally:
            os.close(descriptor)


def put_bytes(disk: Disk, store: Store, spot: Spot, raw: bytes, meta: Meta) -> Put:
    """The act that makes these bytes a file's content."""
    return Put(disk, store, spot, partial(write_all, raw=raw), meta, hashlib.sha256(raw).hexdigest())


class PutLink(Replacing):
    """A symbolic link appears, or replaces a file or link."""

    def __init__(
        self, disk: Disk, store: Store, spot: Spot, target: str, times: tuple[int, int] | None = None
    ) -> None:
        """Args: `times` are access and change in ns; None: now. They are kept where the jail can set a link's."""
        super().__init__(disk, spot)
        self._target = target
        self._times = times
        self._temp = spot.above().child(f".aosh-{os.urandom(8).hex()}.tmp")
        self.steps = (Step(do="remove", path=self._temp.address), preimage(disk, store, spot))

    def do(self) -> None:
        with self.replacing(self._temp) as folder:
            os.symlink(self._target, self._temp.name, dir_fd=folder)
            if self._times is not None:
                with suppress(PermissionError):
                    os.utime(self._temp.name, ns=self._times, dir_fd=folder, follow_symlinks=False)


class MakeFolder(Act):
    """A folder appears."""

    def __init__(self, disk: Disk, spot: Spot, meta: Meta | None = None) -> None:
        super().__init__(disk, spot)
        self._meta = meta
        self.steps = (Step(do="remove", path=spot.address, kind="folder"),)

    def do(self) -> None:
        with self.disk.folder(self.spot.above()) as folder:
            self.check_unchanged(self.spot, None)
            os.mkdir(self.spot.name, 0o777 if self._meta is None else 0o700, dir_fd=folder)
            if self._meta is None:
                return
            try:
                with self.opened(os.O_RDONLY | os.O_DIRECTORY) as descriptor:
                    put_meta(descriptor, self._meta)
            except BaseException:
                os.rmdir(self.spot.name, dir_fd=folder)
                raise


class RemoveFolder(Act):
    """An empty folder disappears."""

    def __init__(self, disk: Disk, spot: Spot) -> None:
        super().__init__(disk, spot)
        assert spot.info is not None
        with self.opened(os.O_RDONLY | os.O_DIRECTORY) as descriptor:
            xattrs = xattrs_of(descriptor)
        self.steps = (folder_step("restore", spot, xattrs),)

    def do(self) -> None:
        with self.disk.folder(self.spot.above()) as folder:
            os.rmdir(self.spot.name, dir_fd=folder)


class SetMode(Act):
    """A file or folder gets other permissions."""

    changes_names = False

    def __init__(self, disk: Disk, spot: Spot, mode: int) -> None:
        super().__init__(disk, spot)
        assert spot.info is not None
        self._mode = mode
        was, is_folder = stat.S_IMODE(spot.info.st_mode), stat.S_ISDIR(spot.info.st_mode)
        self.steps = (Step(do="mode", path=spot.address, mode=was, kind="folder" if is_folder else "file"),)
        if os.geteuid() != 0 and not mode & 0o400:
            raise BadArgument(
                f"mode {mode:03o} would take {disk.shown(spot.path)!r} from its owner for good: keep u+r"
            )

    def do(self) -> None:
        assert self.spot.info is not None
        if stat.S_IFMT(self.spot.info.st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
            raise BadArgument(f"{self.disk.shown(self.spot.path)!r} is neither file nor folder")
        with self._any_way() as descriptor:
            os.fchmod(descriptor, self._mode)

    @contextmanager
    def _any_way(self) -> Iterator[int]:
        """A descriptor for whatever the owner may do with the file: one is needed to change its mode."""
        try:
            with self.opened(os.O_RDONLY) as descriptor:
                yield descriptor
            return
        except PermissionError:
            if self.spot.info is None or not stat.S_ISREG(self.spot.info.st_mode):
                raise
        with self.opened(os.O_WRONLY) as descriptor:
            yield descriptor


class Times(Act):
    """A folder gets the times back that it had before its content was changed."""

    changes_names = False

    def __init__(self, disk: Disk, spot: Spot, mtime_ns: int, atime_ns: int) -> None:
        super().__init__(disk, spot)
        self._times = (atime_ns, mtime_ns)
        if spot.info is not None:
            self.steps = (folder_step("times", spot, {}),)

    def do(self) -> None:
        with suppress(OSError), self.opened(os.O_RDONLY | os.O_DIRECTORY) as descriptor:
            os.utime(descriptor, ns=self._times)


def preimage(disk: Disk, store: Store, spot: Spot) -> Step:
    """The step that puts back what is at `spot` now, its content saved first.

    Raises:
        AccessDenied: it may not be read, so it could not be put back.
    """
    info = spot.info
    if info is None:
        return Step(do="remove", path=spot.address)
    if stat.S_ISLNK(info.st_mode):
        with disk.folder(spot.above()) as folder:
            target = os.readlink(spot.name, dir_fd=folder)
        return Step(
            do="restore", path=spot.address, kind="link", to=spoken(target),
            mtime_ns=info.st_mtime_ns, atime_ns=info.st_atime_ns,
        )  # fmt: skip
    if not stat.S_ISREG(info.st_mode):
        raise NotPermitted(f"{disk.shown(spot.path)!r} is no regular file and cannot be replaced")
    try:
        source = disk.open_at(spot.place, spot.parts, os.O_RDONLY | os.O_NONBLOCK)
    except PermissionError:
        name = disk.shown(spot.path)
        raise AccessDenied(f"{name!r} may not be read, so its old content could not be kept") from None
    try:
        digest, xattrs = store.save(source), xattrs_of(source)
    finally:
        os.close(source)
    return Step(
        do="restore", path=spot.address, blob=digest, mode=stat.S_IMODE(info.st_mode),
        mtime_ns=info.st_mtime_ns, atime_ns=info.st_atime_ns, xattrs=xattrs,
    )  # fmt: skip


def folder_step(do: str, spot: Spot, xattrs: dict[str, bytes]) -> Step:
    """A step about a folder as it is now."""
    info = spot.info
    assert info is not None
    return Step(
        do="restore" if do == "restore" else "times", path=spot.address, kind="folder", xattrs=xattrs,
        mode=stat.S_IMODE(info.st_mode), mtime_ns=info.st_mtime_ns, atime_ns=info.st_atime_ns,
    )  # fmt: skip


def rename_absent(name: str, to: str, folder: int) -> None:
    """Rename within a folder to a name nobody took meanwhile."""
    try:
        rename_new(name, folder, to, folder)
    except FileExistsError:
        raise Stale(f"{to!r} was made by somebody else meanwhile; nothing was done, so ask again") from None
