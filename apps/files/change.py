"""Serving file.write, file.append and file.mkdir."""

import os
import stat

from apps.files.acts import Act, put_bytes
from apps.files.appends import Extend
from apps.files.beneath import Disk
from apps.files.coding import PLAIN, SNIFF_BYTES, Coding, check_text
from apps.files.effect import carry_out
from apps.files.meta import Meta, meta_of
from apps.files.places import Spot
from apps.files.store import Store
from apps.files.targets import check_replaceable, hard_link_note, make_folders, missing_folders
from apps.files.unified import unified
from apps.sdk import Context, Effecting
from syscalls.errors import Exists, IsFolder, NotText
from syscalls.file import Append, MakeFolder, Write
from syscalls.file_values import Changed
from syscalls.undo import Change

_DIFFED_BYTES = 1024 * 1024


def write(ctx: Context, a: Write) -> Effecting[Changed]:
    """Create a file, or replace the content of one."""
    disk, store = ctx.once(Disk), ctx.once(Store)
    spot = disk.spot(a.path, write=True)
    raw = a.content.encode("utf-8", "surrogateescape")
    if a.path.endswith("/"):
        raise IsFolder(f"{disk.shown(a.path) + '/'!r} names a folder; file.mkdir makes one")
    if spot.info is None:
        if not a.parents and missing_folders(disk, spot):
            raise disk.missing(spot.above())
        acts, changes = _create(disk, store, spot, raw)
        return (yield from carry_out(disk, store, acts, changes, _new_diff(disk, spot, a.content)))
    if not a.overwrite:
        raise Exists(f"{disk.shown(a.path)!r} exists already; overwrite=true replaces it")
    with disk.reading(spot.path) as file:
        check_replaceable(disk, spot)
        old = os.pread(file.fd, _DIFFED_BYTES, 0)
        meta = meta_of(file.fd, times=False)
    shown = disk.shown(spot.path)
    if old == raw and spot.info.st_size == len(raw):
        return (yield from carry_out(disk, store, [], [Change("same", shown, size_bytes=len(raw))]))
    change = Change("modified", shown, size_bytes=len(raw), note=hard_link_note(spot.info))
    act = put_bytes(disk, store, spot, raw, meta)
    diff = unified(shown, shown, _text(old, spot.info.st_size), a.content)
    return (yield from carry_out(disk, store, [act], [change], diff))


def append(ctx: Context, a: Append) -> Effecting[Changed]:
    """Add text as new lines at the end of a file."""
    disk, store = ctx.once(Disk), ctx.once(Store)
    spot = disk.spot(a.path, write=True)
    text = a.content if a.content.endswith("\n") else a.content + "\n"
    if spot.info is None:
        acts, changes = _create(disk, store, spot, text.encode("utf-8", "surrogateescape"))
        return (yield from carry_out(disk, store, acts, changes, _new_diff(disk, spot, text)))
    with disk.reading(spot.path) as file:
        check_replaceable(disk, spot)
        start = os.pread(file.fd, SNIFF_BYTES, 0)
        coding = check_text(start, file.name) if start else PLAIN
    newline = "\r\n" if _has_crlf(start, coding) else "\n"
    lines = text.replace("\r\n", "\n").replace("\n", newline)
    act = Extend(
        disk, store, spot, coding.encode_part(lines), coding.encode_part(newline), coding.encode_part("\n")
    )
    note = f"{lines.count(newline)} line{'s' * (lines.count(newline) > 1)} added"
    added = len(coding.encode_part(lines))
    size = spot.info.st_size + added
    change = Change("modified", disk.shown(spot.path), size_bytes=size, note=note, added_bytes=added)
    diff = "".join(f"+{line}\n" for line in text.splitlines())[:_DIFFED_BYTES]
    return (yield from carry_out(disk, store, [act], [change], diff))


def mkdir(ctx: Context, a: MakeFolder) -> Effecting[Changed]:
    """Make folders, and those on the way to them."""
    disk, store = ctx.once(Disk), ctx.once(Store)
    wanted: dict[str, Spot] = {}
    same: list[Change] = []
    for path in a.paths:
        spot = disk.spot(path, write=True)
        if spot.info is None:
            for each in [*missing_folders(disk, spot), spot]:
                wanted.setdefault(each.path, each)
        elif stat.S_ISDIR(spot.info.st_mode):
            same.append(Change("same", disk.shown(path), note="folder"))
        else:
            raise Exists(f"{disk.shown(path)!r} exists already, and is no folder")
    acts, changes = make_folders(disk, list(wanted.values()))
    return (yield from carry_out(disk, store, acts, [*same, *changes]))


def _create(disk: Disk, store: Store, spot: Spot, raw: bytes) -> tuple[list[Act], list[Change]]:
    """The acts that make a new file and the folders on the way to it."""
    if spot.via:
        raise disk.missing(spot)
    acts, changes = make_folders(disk, missing_folders(disk, spot))
    acts.append(put_bytes(disk, store, spot, raw, Meta()))
    changes.append(Change("created", disk.shown(spot.path), size_bytes=len(raw)))
    return acts, changes


def _new_diff(disk: Disk, spot: Spot, content: str) -> str:
    return unified("/dev/null", disk.shown(spot.path), "", content)


def _text(old: bytes, size: int) -> str | None:
    """Old content for a diff; None when it is too long or no text."""
    try:
        return check_text(old, "").decode(old) if len(old) == size else None
    except NotText:
        return None


def _has_crlf(start: bytes, coding: Coding) -> bool:
    first = coding.decode(start).partition("\n")
    return bool(first[1]) and first[0].endswith("\r")
