"""Serving file.edit: exact or regular-expression replacement, in the file's own encoding and line ends."""

import re
from typing import NamedTuple

from apps.files.acts import Act, put_bytes
from apps.files.beneath import Disk
from apps.files.budget import compiled, time_limit
from apps.files.coding import Coding, check_text
from apps.files.effect import carry_out
from apps.files.globs import expand
from apps.files.meta import Meta, meta_of
from apps.files.places import Spot
from apps.files.store import Store
from apps.files.targets import check_replaceable, hard_link_note
from apps.files.text import whole_bytes
from apps.files.unified import unified
from apps.sdk import Context, Effecting
from syscalls.errors import BadArgument, NotText
from syscalls.file import Edit
from syscalls.file_values import Changed
from syscalls.undo import Change

_MOST_BYTES = 32 * 1024 * 1024
_DIFF_CHARACTERS = 64 * 1024
_BUDGET_S = 10.0


class _Old(NamedTuple):
    """A file before the edit."""

    spot: Spot
    coding: Coding
    text: str
    meta: Meta


def edit(ctx: Context, a: Edit) -> Effecting[Changed]:
    """Replace a text by another in one file or several."""
    disk, store = ctx.once(Disk), ctx.once(Store)
    asked = expand(disk, a.paths)
    acts: list[Act] = []
    changes, diffs = [], []
    seen: set[str] = set()
    with time_limit(_BUDGET_S, f"replacing {a.old!r}"):
        for path in asked:
            old = _load(disk, path, is_asked=path in a.paths)
            new, count = ("", 0) if old is None else _replaced(a, old.text)
            if old is None or count == 0 or old.spot.path in seen:
                continue
            seen.add(old.spot.path)
            check_replaceable(disk, old.spot)
            shown = disk.shown(old.spot.path)
            raw = old.coding.encode(new)
            acts.append(put_bytes(disk, store, old.spot, raw, old.meta))
            note = f"{count} replacement{'s' * (count > 1)}"
            links = hard_link_note(old.spot.info) if old.spot.info else ""
            changes.append(
                Change("modified", shown, size_bytes=len(raw), note="; ".join(filter(None, [note, links])))
            )
            diffs.append(unified(shown, shown, old.text, new))
    if not acts:
        raise BadArgument(_nowhere(disk, a, asked))
    return (yield from carry_out(disk, store, acts, changes, "".join(diffs)[:_DIFF_CHARACTERS]))


def _load(disk: Disk, path: str, *, is_asked: bool) -> _Old | None:
    """The file at `path`; None for a binary one that only a glob named."""
    spot = disk.existing(path, write=True)
    with disk.reading(spot.path) as file:
        raw = whole_bytes(file, _MOST_BYTES)
        try:
            coding = check_text(raw, file.name)
        except NotText:
            if is_asked:
                raise
            return None
        return _Old(spot, coding, coding.decode(raw), meta_of(file.fd, times=False))


def _replaced(a: Edit, text: str) -> tuple[str, int]:
    """The new text and how many replacements it took."""
    most = a.count or 0
    if a.regex:
        try:
            return compiled(a.old, re.MULTILINE).subn(a.new, text, count=most)
        except (re.error, IndexError) as mistake:
            raise BadArgument(f"replacement {a.new!r}: {mistake}") from None
    old, new = a.old, a.new
    if "\r\n" in text:
        new = new.replace("\r\n", "\n").replace("\n", "\r\n")
        if old not in text:
            old = old.replace("\n", "\r\n")
    found = text.count(old)
    count = min(found, most) if most else found
    return text.replace(old, new, count), count


def _nowhere(disk: Disk, a: Edit, paths: list[str]) -> str:
    """Says that nothing was found, and what comes close."""
    names = ", ".join(repr(disk.shown(path)) for path in paths[:3]) + (" ..." if len(paths) > 3 else "")
    near = None if a.regex else _near(disk, a.old, paths[:3])
    return f"{a.old!r} occurs nowhere in {names}{near or ''}; nothing was changed"


def _near(disk: Disk, old: str, paths: list[str]) -> str:
    plain = " ".join(old.lower().split())
    for path in paths:
        loaded = _load(disk, path, is_asked=False)
        for number, line in enumerate(loaded.text.split("\n") if loaded else [], 1):
            if plain and plain in " ".join(line.lower().split()):
                return f" (line {number} of {disk.shown(path)!r} differs only in case or spaces)"
    return ""
