"""Lengthening and shortening a file in place: other programs that write to it keep their file."""

import os
import stat
from contextlib import suppress

from apps.files.acts import Act
from apps.files.beneath import Disk
from apps.files.content import write_all
from apps.files.places import Spot
from apps.files.store import Store
from syscalls.errors import Stale
from syscalls.undo import Step


class Extend(Act):
    """Bytes are added at the end of a file, all or none."""

    changes_names = False

    def __init__(
        self, disk: Disk, store: Store, spot: Spot, raw: bytes, newline: bytes = b"", line_end: bytes = b""
    ) -> None:
        """An addition.

        Args:
            disk: the granted folders.
            store: keeps the added bytes, so that undo can tell them from later ones.
            spot: the file.
            raw: what is added.
            newline: put first when the file has content that does not end with `line_end`.
            line_end: the last bytes of a complete line; empty: nothing is put first.
        """
        super().__init__(disk, spot)
        self._store = store
        self._raw = raw
        self._newline = newline
        self._line_end = line_end
        with self.opened(os.O_RDONLY) as descriptor:
            self.steps = (self._step(os.fstat(descriptor), self._complete(descriptor)),)

    def do(self) -> None:
        with self.opened(os.O_RDWR) as descriptor:
            info = os.fstat(descriptor)
            if not stat.S_ISREG(info.st_mode):
                raise Stale(f"{self.disk.shown(self.spot.path)!r} is another thing now; nothing was done")
            raw = self._complete(descriptor)
            self.steps = (self._step(info, raw),)
            os.lseek(descriptor, 0, os.SEEK_END)
            try:
                write_all(descriptor, raw)
                os.fsync(descriptor)
            except BaseException:
                os.ftruncate(descriptor, info.st_size)
                _set_mode(descriptor, stat.S_IMODE(info.st_mode))
                _set_times(descriptor, info.st_atime_ns, info.st_mtime_ns)
                raise

    def _complete(self, descriptor: int) -> bytes:
        if os.fstat(descriptor).st_size == 0 or ends_with(descriptor, self._line_end):
            return self._raw
        return self._newline + self._raw

    def _step(self, info: os.stat_result, raw: bytes) -> Step:
        return Step(
            do="cut", path=self.spot.address, blob=self._store.save_bytes(raw), mode=stat.S_IMODE(info.st_mode),
            mtime_ns=info.st_mtime_ns, atime_ns=info.st_atime_ns, size_bytes=info.st_size,
        )  # fmt: skip


class Cut(Act):
    """Bytes that were added are taken off the end of a file again."""

    changes_names = False

    def __init__(self, disk: Disk, store: Store, spot: Spot, step: Step) -> None:
        super().__init__(disk, spot)
        assert step.blob is not None and spot.info is not None
        self._raw = store.blob_bytes(step.blob)
        self._start = step.size_bytes if step.expect is None else None
        """Where the addition begins; None where it surely happened, so that it is looked for at the end."""
        self._times = (step.atime_ns, step.mtime_ns)
        self._mode = step.mode
        info = spot.info
        with self.opened(os.O_RDONLY) as descriptor:
            self.added_bytes = self._added(descriptor)
        again = Step(
            do="extend", path=spot.address, blob=step.blob, mode=stat.S_IMODE(info.st_mode),
            mtime_ns=info.st_mtime_ns, atime_ns=info.st_atime_ns, size_bytes=info.st_size - self.added_bytes,
        )  # fmt: skip
        self.steps = (again,)

    def _added(self, descriptor: int) -> int:
        """How many bytes at the end are the addition: all, none, or a part where its writer was killed."""
        grown = len(self._raw) if self._start is None else os.fstat(descriptor).st_size - self._start
        if self._start is None or grown > len(self._raw):
            return len(self._raw) if ends_with(descriptor, self._raw) else 0
        is_ours = grown > 0 and os.pread(descriptor, grown, self._start) == self._raw[:grown]
        return grown if is_ours else 0

    def do(self) -> None:
        with self.opened(os.O_RDWR) as descriptor:
            added_bytes = self._added(descriptor)
            if not added_bytes:
                return
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - added_bytes)
            _set_mode(descriptor, self._mode)
            _set_times(descriptor, *self._times)
            os.fsync(descriptor)


class ExtendAgain(Extend):
    """An addition that was taken back is done again, with the times it had."""

    def __init__(self, disk: Disk, store: Store, spot: Spot, step: Step) -> None:
        assert step.blob is not None
        super().__init__(disk, store, spot, store.blob_bytes(step.blob))
        self._times = (step.atime_ns, step.mtime_ns)
        self._mode = step.mode

    def do(self) -> None:
        super().do()
        with self.opened(os.O_RDWR) as descriptor:
            _set_mode(descriptor, self._mode)
            _set_times(descriptor, *self._times)


def ends_with(descriptor: int, raw: bytes) -> bool:
    """Whether an open file ends with these bytes."""
    start = os.fstat(descriptor).st_size - len(raw)
    return start >= 0 and os.pread(descriptor, len(raw), start) == raw


def _set_mode(descriptor: int, mode: int) -> None:
    """Give a file its bits back: writing takes set-user-id and set-group-id away. 0: none were recorded."""
    if mode and stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
        with suppress(OSError):
            os.fchmod(descriptor, mode)


def _set_times(descriptor: int, atime_ns: int, mtime_ns: int) -> None:
    with suppress(OSError):
        os.utime(descriptor, ns=(atime_ns, mtime_ns))
