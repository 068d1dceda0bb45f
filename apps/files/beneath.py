"""Opening files so that neither a link nor a race leads out of the granted folders.

Every access starts at the descriptor of a root. Reads let the system resolve links beneath it
(openat2); where that says no, and for all changes, `walk` resolves link by link and the result, a
`Spot`, is a path without links, which is then opened with links forbidden.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from types import TracebackType
from typing import NamedTuple

from apps.files import native
from apps.files.links import walk
from apps.files.names import nearest
from apps.files.places import Granted, Spot
from apps.oserrors import explained
from syscalls.errors import BadArgument, IsFolder, NotFound, NotPermitted, SysError

_LOOKED_AT_NAMES = 2000
_NOT_REGULAR = {
    stat.S_IFIFO: "named pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
}


class Opened(NamedTuple):
    """A regular file opened for reading."""

    fd: int
    info: os.stat_result
    path: str
    """Absolute, as asked for."""
    name: str
    """As shown."""
    real: str
    """Where it is, when its own name is a link; else as `path`."""


class Disk(Granted):
    """The granted folders, with errors in words."""

    def spot(self, path: str, *, follow: bool = True, write: bool = False) -> Spot:
        """Where `path` is after all links; the last one is kept when not `follow`.

        Raises:
            NotPermitted: outside the roots, by itself or by a link; or `write` where only reading is granted.
        """
        with self.naming(path):
            found = walk(self, path, follow)
        if write:
            self.check_writable(found)
        return found

    def existing(self, path: str, *, follow: bool = True, write: bool = False) -> Spot:
        """As `spot`, of something that is there.

        Raises:
            NotFound: nothing is; the text names the nearest names.
        """
        found = self.spot(path, follow=follow, write=write)
        if found.info is None:
            raise self.missing(found)
        return found

    def check_writable(self, spot: Spot) -> None:
        """Refuse places that may only be looked at, and aosh's own store."""
        if spot.place.is_store:
            raise NotPermitted(f"{self.shown(spot.path)!r} belongs to aosh's own undo store")
        if not spot.place.write:
            raise NotPermitted(f"{self.shown(spot.path)!r} may be looked at but not changed")

    def missing(self, spot: Spot) -> SysError:
        """The error for a spot where nothing is."""
        if spot.via:
            return NotFound(f"{spot.via!r} is a dangling link: it points to what does not exist")
        depth = len(spot.parts) - 1
        while depth > 0 and not self._is_there(spot, depth):
            depth -= 1
        folder = Spot(spot.place, spot.parts[:depth], None)
        name, where = spot.parts[depth], self.shown(folder.path)
        return NotFound(
            f"no file or folder {self.shown(name)!r} in {'this folder' if where == '.' else where}"
            f"{nearest(name, self._some_names(folder))}"
        )

    def open(self, path: str, flags: int) -> int:
        """A descriptor of what `path` is after links that stay beneath the root.

        Raises:
            SysError: it is not there, not permitted, or not as `flags` need it.
        """
        if self.has_openat2:
            try:
                place, below = self.below(path)
                return native.openat2(place.fd, below, flags, native.BENEATH | native.NO_MAGIC)
            except OSError:
                pass  # the slow way tells why, or knows more ways: absolute links, shown names, long paths
        with self.naming(path):
            found = self.existing(path)
            return self.open_at(found.place, found.parts, flags)

    def reading(self, path: str) -> "Reading":
        """A regular file for a `with` block, opened without ever waiting for somebody at the other end.

        Raises:
            SysError: a folder, pipe, socket or device; not there; not permitted.
        """
        return Reading(self, path)

    def is_plainly_regular(self, path: str) -> bool:
        """Whether the last name of a path is a regular file's own. Says nothing of where it lies: opening does."""
        place, below = self.below(path)
        try:
            return stat.S_ISREG(os.stat(below, dir_fd=place.fd, follow_symlinks=False).st_mode)
        except OSError:
            return False

    def check_regular(self, info: os.stat_result, path: str) -> None:
        """Refuse what is no regular file, by its kind."""
        if stat.S_ISREG(info.st_mode):
            return
        name = self.shown(path)
        if stat.S_ISDIR(info.st_mode):
            raise IsFolder(f"{name!r} is a folder; a file is needed (file.list shows what it holds)")
        raise BadArgument(f"{name!r} is a {special(info.st_mode)}, not a regular file")

    @contextmanager
    def naming(self, path: str) -> Iterator[None]:
        """Turn what the system refuses within into the declared error that names `path`."""
        try:
            yield
        except OSError as refusal:
            raise explained(refusal, self.shown(path)) from None

    def _is_there(self, spot: Spot, depth: int) -> bool:
        return self.look(Spot(spot.place, spot.parts[:depth], None)) is not None

    def _some_names(self, folder: Spot) -> list[str]:
        try:
            opened = self.open_at(folder.place, folder.parts, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            return []
        try:
            with os.scandir(opened) as entries:
                return [entry.name for entry in islice(entries, _LOOKED_AT_NAMES)]
        finally:
            os.close(opened)


class Reading:
    """An open regular file; what the system refuses meanwhile becomes an error that names it."""

    __slots__ = ("_disk", "_fd", "_path")

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self._path = path
        self._fd = -1

    def __enter__(self) -> Opened:
        disk, path = self._disk, self._path
        is_plain = disk.is_plainly_regular(path)
        if not is_plain:  # opening a device or a pipe would already do something
            looked = disk.open(path, os.O_PATH)
            try:
                disk.check_regular(os.fstat(looked), path)
            finally:
                os.close(looked)
        self._fd = disk.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        info = os.fstat(self._fd)
        if not stat.S_ISREG(info.st_mode):
            os.close(self._fd)
            disk.check_regular(info, path)
        real = path if is_plain else disk.spot(path).path
        return Opened(self._fd, info, path, disk.shown(path), real)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)
        if isinstance(error, OSError):
            raise explained(error, self._disk.shown(self._path)) from None


def special(mode: int) -> str:
    """What a thing that is neither file, folder nor link is called."""
    return _NOT_REGULAR.get(stat.S_IFMT(mode), "special file")
