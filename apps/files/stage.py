"""Serving file.stage: a private copy of folders, for a program to work on where no overlay can be had."""

import os
import stat

import msgspec

from apps.files.beneath import Disk
from apps.files.names import unspoken
from apps.files.places import Spot
from apps.files.store import Store
from apps.files.trees import copy_one, finish_folder
from apps.files.walk import beneath
from apps.sdk import Context
from syscalls.errors import NotFolder, TooBig
from syscalls.file_kernel import Stage
from syscalls.file_values import Staged

MOST_FILES = 20_000
MOST_BYTES = 1 << 30


class Manifest(msgspec.Struct, frozen=True):
    """What was copied, so that it can be told later what the program did."""

    names: tuple[bytes, ...]
    """Every path below the folder."""
    done_ns: int
    """By the clock of the file system: what is older than this in the copy is as it was copied."""


def stage(ctx: Context, a: Stage) -> Staged:
    """Copy folders into the store.

    Raises:
        TooBig: more files or bytes than a copy is made of; the text says how many.
    """
    disk, store = ctx.once(Disk), ctx.once(Store)
    files = size = 0
    for number, path in enumerate(a.roots):
        source = disk.existing(unspoken(path))
        assert source.info is not None
        if not stat.S_ISDIR(source.info.st_mode):
            raise NotFolder(f"{disk.shown(path)!r} is a file; a program works in a folder")
        base = run_folder(store, a.run, number)
        found = _measured(disk, source)
        files += len(found)
        size += sum(spot.info.st_size for spot in found if spot.info and stat.S_ISREG(spot.info.st_mode))
        _check_room(files, size)
        _copy(disk, source, base.child("upper"), found)
        manifest = Manifest(tuple(_below(source, spot) for spot in found), clock_of(disk, base))
        _write(disk, base.child("manifest"), msgspec.msgpack.encode(manifest))
    return Staged(files, size)


def run_folder(store: Store, run: str, number: int) -> Spot:
    """The folder of one root of a program run."""
    return Spot(store.place, ("overlays", run, str(number)), None)


def manifest_of(disk: Disk, base: Spot) -> Manifest:
    """What `stage` noted."""
    spot = base.child("manifest")
    with open(disk.open_at(spot.place, spot.parts, os.O_RDONLY), "rb") as stream:
        return msgspec.msgpack.decode(stream.read(), type=Manifest)


def clock_of(disk: Disk, folder: Spot) -> int:
    """The time now by the file system's own clock, in ns; it counts in steps of some ms."""
    name = f".clock-{os.urandom(8).hex()}"
    with disk.folder(folder) as descriptor:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=descriptor))
        try:
            return os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_ctime_ns
        finally:
            os.unlink(name, dir_fd=descriptor)


def _measured(disk: Disk, source: Spot) -> list[Spot]:
    """Everything to copy, folders before what they hold; refused as soon as it is too much."""
    found: list[Spot] = []
    size = 0
    with disk.naming(source.path):
        for each in beneath(
            disk, source, hidden=True, unread=[], enters=lambda spot: spot.path != disk.store
        ):
            mode = each.info.st_mode
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode):
                found.append(each.spot)
                size += each.info.st_size if stat.S_ISREG(mode) else 0
            _check_room(len(found), size)
    return found


def _check_room(files: int, size: int) -> None:
    if files > MOST_FILES or size > MOST_BYTES:
        raise TooBig(
            f"the workspace holds more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB (counted: {files} files, "
            f"{size >> 20} MiB); without namespaces a program works on a copy, so run it in a smaller folder"
        )


def _copy(disk: Disk, source: Spot, target: Spot, found: list[Spot]) -> None:
    with disk.folder(target.above()) as folder:
        os.mkdir(target.name, 0o700, dir_fd=folder)
    folders = [(source, target)]
    for spot in found:
        to = Spot(target.place, target.parts + spot.parts[len(source.parts) :], None)
        with disk.naming(spot.path):
            copy_one(disk, spot, to)
        if spot.info is not None and stat.S_ISDIR(spot.info.st_mode):
            folders.append((spot, to))
    for old, new in reversed(folders):
        finish_folder(disk, old, new)


def _below(source: Spot, spot: Spot) -> bytes:
    return os.fsencode("/".join(spot.parts[len(source.parts) :]))


def _write(disk: Disk, spot: Spot, raw: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with disk.folder(spot.above()) as folder:
        descriptor = os.open(spot.name, flags, 0o600, dir_fd=folder)
    with open(descriptor, "wb") as stream:
        stream.write(raw)
