"""Where pre-images and deleted things are kept: `blobs/ab/<sha256>` and `trash/<id>/<name>`."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from apps.files.content import copy_all, write_all
from apps.files.places import Granted, Place, Spot
from apps.sdk import Grants
from syscalls.errors import DeviceFailed, NotPermitted, Stale


class Store:
    """The undo store, by descriptor."""

    def __init__(self, grants: Grants) -> None:
        """The store of the grants.

        Raises:
            NotPermitted: none was granted, so nothing may be changed.
        """
        granted = Granted(grants)
        stores = [place for place in granted.places if place.is_store]
        if not stores:
            raise NotPermitted("nothing can be changed here: no undo store was granted")
        self.place: Place = stores[0]
        try:
            for name in ("blobs", "trash", "new"):
                self._folder(self.place.fd, name)
        except OSError as refusal:
            raise DeviceFailed(
                f"the undo store {self.place.path!r} cannot be used: {refusal.strerror}"
            ) from None

    def save(self, source: int) -> str:
        """Keep the content of an open file, durably; its SHA-256.

        Raises:
            Stale: the file changed while it was read.
            OSError: no room.
        """
        before = os.fstat(source)
        os.lseek(source, 0, os.SEEK_SET)
        with open(source, "rb", closefd=False, buffering=0) as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if not self.has(digest):
            with self._new(digest) as target:
                copy_all(source, target)
        after = os.fstat(source)
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
            raise Stale("the file is being written to by another program; nothing was done")
        return digest

    def save_bytes(self, raw: bytes) -> str:
        """Keep some bytes, durably; their SHA-256."""
        digest = hashlib.sha256(raw).hexdigest()
        if not self.has(digest):
            with self._new(digest) as target:
                write_all(target, raw)
        return digest

    def has(self, digest: str) -> bool:
        """Whether the content is kept."""
        with suppress(FileNotFoundError):
            os.stat(f"blobs/{digest[:2]}/{digest}", dir_fd=self.place.fd, follow_symlinks=False)
            return True
        return False

    @contextmanager
    def blob(self, digest: str) -> Iterator[int]:
        """A descriptor of kept content.

        Raises:
            DeviceFailed: it is gone.
        """
        name = f"blobs/{digest[:2]}/{digest}"
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.place.fd)
        except FileNotFoundError:
            raise DeviceFailed(f"the undo store lost the content {digest[:12]}...") from None
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def blob_bytes(self, digest: str) -> bytes:
        """Kept content, whole."""
        with self.blob(digest) as descriptor:
            return os.pread(descriptor, os.fstat(descriptor).st_size, 0)

    def trash(self, name: str) -> Spot:
        """A fresh place in the trash for something called `name`; its folder is made by `make_room`."""
        return Spot(self.place, ("trash", os.urandom(8).hex(), name), None)

    def make_room(self, spot: Spot) -> None:
        """Make the folder a trash place needs."""
        with suppress(FileExistsError):
            os.mkdir("/".join(spot.parts[:-1]), 0o700, dir_fd=self.place.fd)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all drivers that share this store, as long as an effect is carried out."""
        lock = os.open("lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600, dir_fd=self.place.fd)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def _new(self, digest: str) -> Iterator[int]:
        """A descriptor whose content becomes the blob `digest` when the block ends well."""
        name = f"new/{os.urandom(8).hex()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=self.place.fd)
        try:
            yield descriptor
            os.fsync(descriptor)
            self._folder(self.place.fd, f"blobs/{digest[:2]}")
            place = self.place.fd
            os.rename(name, f"blobs/{digest[:2]}/{digest}", src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            with suppress(OSError):
                os.unlink(name, dir_fd=self.place.fd)
            raise
        finally:
            os.close(descriptor)
        sync_folder(self.place.fd, f"blobs/{digest[:2]}")

    def _folder(self, above: int, name: str) -> None:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=above)


def sync_folder(above: int, name: str = ".") -> None:
    """Make the names in a folder durable, as far as the disk lets us: what was done stays done."""
    with suppress(OSError):
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=above)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
