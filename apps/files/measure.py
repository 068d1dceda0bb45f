"""Serving file.stat, file.count, file.usage and file.hash."""

import codecs
import hashlib
import os
import stat
from collections.abc import Iterator

from apps.files.beneath import Disk, Opened
from apps.files.coding import SNIFF_BYTES, coding_of, is_binary
from apps.files.entry import group_of, kind_of, mode_of, owner_of, target_of
from apps.files.globs import expand, files_below, spots
from apps.files.mime import mime_of
from apps.files.names import by_name, matcher, spoken
from apps.files.places import Spot
from apps.files.walk import Unread, beneath, inside, notice
from apps.sdk import Context
from syscalls.errors import SysError
from syscalls.file import CountIn, HashOf, Paths, UsageOf
from syscalls.file_values import Counts, FileCount, FileHash, FolderUse, Hashes, Stat, Stats, Usage

_BLOCK_BYTES = 1024 * 1024
_CONTINUATIONS = bytes(range(0x80, 0xC0))


def stat_(ctx: Context, a: Paths) -> Stats:
    """Everything the file system knows of some names; of a link, not of what it points to."""
    disk = ctx.once(Disk)
    items = []
    for path, spot in spots(disk, a.paths).items():
        ctx.came_from(path)
        items.append(_stat(disk, spot))
    return Stats(tuple(items))


def _stat(disk: Disk, spot: Spot) -> Stat:
    info = spot.info
    assert info is not None
    target = target_of(disk, spot)
    return Stat(
        path=disk.shown(spot.path), kind=kind_of(info.st_mode), size_bytes=info.st_size, mode=mode_of(info),
        owner=owner_of(info.st_uid), group=group_of(info.st_gid), modified=info.st_mtime,
        accessed=info.st_atime, changed=info.st_ctime, links=info.st_nlink, inode=info.st_ino,
        target=None if target is None else spoken(target), mime=_mime(disk, spot),
    )  # fmt: skip


def _mime(disk: Disk, spot: Spot) -> str:
    if spot.info is None or not stat.S_ISREG(spot.info.st_mode):
        return ""
    try:
        fd = disk.open_at(spot.place, spot.parts, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return mime_of(spot.path, b"")
    try:
        return mime_of(spot.path, os.pread(fd, SNIFF_BYTES, 0))
    except OSError:
        return mime_of(spot.path, b"")
    finally:
        os.close(fd)


def count(ctx: Context, a: CountIn) -> Counts:
    """Lines, words, bytes, characters; in folders binary files are passed over.

    A last line without a newline counts as a line.
    """
    disk = ctx.once(Disk)
    fits = matcher(a.name)
    items = []
    for path in expand(disk, a.paths):
        ctx.came_from(path)
        files = files_below(disk, path, fits)
        for each in files:
            counted = _counted(disk, each, is_asked=each == path)
            if counted is not None:
                items.append(counted)
    return Counts(
        tuple(items),
        sum(item.lines for item in items),
        sum(item.words for item in items),
        sum(item.size_bytes for item in items),
        sum(item.characters for item in items),
    )


def _counted(disk: Disk, path: str, *, is_asked: bool) -> FileCount | None:
    try:
        with disk.reading(path) as file:
            if not is_asked and is_binary(os.pread(file.fd, SNIFF_BYTES, 0)):
                return None
            return _count(file)
    except SysError:
        if is_asked:
            raise
        return None


def _count(file: Opened) -> FileCount:
    lines = words = characters = size = 0
    last = b"\n"
    was_space = True
    for block in _text_blocks(file):
        lines += block.count(b"\n")
        words += len(block.split()) - (not was_space and not block[:1].isspace())
        characters += len(block.translate(None, _CONTINUATIONS))
        last = block[-1:]
        was_space = last.isspace()
        size += len(block)
    size = file.info.st_size or size
    return FileCount(file.name, lines + (last != b"\n"), words, size, characters)


def _text_blocks(file: Opened) -> Iterator[bytes]:
    """The file's bytes; UTF-16 and UTF-32 as UTF-8."""
    coding = coding_of(os.pread(file.fd, 4, 0))
    decoder = codecs.getincrementaldecoder(coding.name)("replace")
    at = len(coding.mark)
    while block := os.pread(file.fd, _BLOCK_BYTES, at):
        at += len(block)
        recoded = decoder.decode(block).encode("utf-8", "replace") if coding.is_wide else block
        if recoded:
            yield recoded


def usage(ctx: Context, a: UsageOf) -> Usage:
    """Room taken by folders or files, and their direct parts, largest first."""
    disk = ctx.once(Disk)
    asked, parts = [], []
    unread: Unread = []
    for path in expand(disk, a.paths):
        ctx.came_from(path)
        spot = disk.existing(path)
        with disk.naming(path):
            whole, direct = _use(disk, spot, unread)
        asked.append(whole)
        parts += direct
    parts.sort(key=lambda part: (-part.size_bytes, by_name(part.path)))
    shown = parts[: a.limit]
    cut = [f"largest {len(shown)} of {len(parts)} parts"] if len(shown) < len(parts) else []
    return Usage(tuple(asked + shown), "; ".join([*cut, *filter(None, [notice(unread)])]))


def _use(disk: Disk, top: Spot, unread: Unread) -> tuple[FolderUse, list[FolderUse]]:
    """Use of a whole folder, and of each direct part; a file with several names counts once."""
    seen: set[tuple[int, int]] = set()
    whole = _Sum(disk, top, seen)
    parts = []
    assert top.info is not None
    if stat.S_ISDIR(top.info.st_mode):
        for spot in inside(disk, top, hidden=True):
            part = _Sum(disk, spot, seen)
            assert spot.info is not None
            if stat.S_ISDIR(spot.info.st_mode):
                part.add_below(disk, spot, unread)
            whole.join(part)
            parts.append(part.use())
    return whole.use(), parts


class _Sum:
    """A running total."""

    def __init__(self, disk: Disk, top: Spot, seen: set[tuple[int, int]]) -> None:
        assert top.info is not None
        self._path = disk.shown(top.path)
        self._kind = kind_of(top.info.st_mode)
        self._seen = seen
        self.size = self.disk_bytes = self.files = self.folders = 0
        self._add(top.info, is_top=self._kind == "folder")

    def add_below(self, disk: Disk, top: Spot, unread: Unread) -> None:
        try:
            for found in beneath(disk, top, hidden=True, unread=unread):
                self._add(found.info)
        except OSError:
            unread.append(top.path)

    def join(self, part: "_Sum") -> None:
        self.size += part.size
        self.disk_bytes += part.disk_bytes
        self.files += part.files
        self.folders += part.folders + (part._kind == "folder")

    def use(self) -> FolderUse:
        return FolderUse(self._path, self._kind, self.size, self.disk_bytes, self.files, self.folders)

    def _add(self, info: os.stat_result, *, is_top: bool = False) -> None:
        if stat.S_ISDIR(info.st_mode):
            self.folders += not is_top
            self.disk_bytes += info.st_blocks * 512
            return
        self.files += 1
        if info.st_nlink > 1:
            if (info.st_dev, info.st_ino) in self._seen:
                return
            self._seen.add((info.st_dev, info.st_ino))
        self.size += info.st_size
        self.disk_bytes += info.st_blocks * 512


def hash_(ctx: Context, a: HashOf) -> Hashes:
    """Checksums of files; a folder stands for the files below it."""
    disk = ctx.once(Disk)
    items = []
    for path in expand(disk, a.paths):
        ctx.came_from(path)
        for each in files_below(disk, path, lambda name: True):
            with disk.reading(each) as file, open(file.fd, "rb", closefd=False, buffering=0) as stream:
                items.append(FileHash(file.name, hashlib.file_digest(stream, a.algorithm).hexdigest()))
    return Hashes(a.algorithm, tuple(items))
