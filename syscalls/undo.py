"""What an effect will change, and the steps that take it back.

A driver makes a `Plan` before it changes anything: the changes a person can be shown, and the
undo steps the journal makes durable first. Steps are applied last to first. Each names what must
be there now (`expect`), so that undo never overwrites later work.
"""

from typing import Literal

import msgspec


class Change(msgspec.Struct, frozen=True):
    """One visible change of one path."""

    what: Literal[
        "created", "modified", "removed", "moved", "copied", "mode", "same", "skipped", "cached", "runs"
    ]
    """"same": asked for, but already so. "skipped": a program made it, and it is not kept. "cached": files that
    a program may lose, many taken together. "runs": a program that is about to run."""
    path: str
    to: str | None = None
    """The new path of a move or copy, or the new mode."""
    size_bytes: int | None = None
    note: str = ""
    """A few words more, such as "2 replacements" or "replaces an older file"."""
    added_bytes: int | None = None
    """What of its size is put at the end of what stays; None where all of it is written."""


OWN_RULES = "rules of aosh itself"
"""The flag of a landing that nobody's typing stands in for."""


class Print(msgspec.Struct, frozen=True):
    """A file's fingerprint: enough to notice that somebody changed it since."""

    kind: Literal["absent", "file", "folder", "link", "other"]
    size_bytes: int = 0
    mtime_ns: int = 0
    inode: int = 0


class Step(msgspec.Struct, frozen=True):
    """One undo step on one absolute path."""

    do: Literal["restore", "remove", "rename", "mode", "cut", "extend", "times", "relink"]
    """restore: put `blob` back with mode, times and attributes (a link points to `to`); remove: unlink what
    the effect made; rename: move `path` back to `to`; mode: set `mode` again; cut: take `blob` off the end of
    the file; extend: put it there again; times: of a folder whose content the effect changed; relink: make `path` another
    name of the file at `to` again, where it was parted from it since and is still the same in all."""
    path: str
    to: str | None = None
    blob: str | None = None
    """SHA-256 of the pre-image in the content store."""
    mode: int = 0
    mtime_ns: int = 0
    atime_ns: int = 0
    xattrs: dict[str, bytes] = {}
    kind: Literal["file", "folder", "link"] = "file"
    made: str | None = None
    """SHA-256 of what the effect puts at `path`, where that is known beforehand. After a crash, anything
    else there is somebody's later work and is left alone."""
    expect: Print | None = None
    """What the effect left at `path` ; None before the effect is done."""
    size_bytes: int | None = None
    """cut, extend: the file's size without `blob`. After a crash it tells whether the addition happened at all."""


class Done(msgspec.Struct, frozen=True):
    """What an effect has done."""

    undo: tuple[Step, ...]
    """The plan's steps again, now with `expect` filled in; replaces them in the journal."""


class Plan(msgspec.Struct, frozen=True):
    """What an effect is about to do. Nothing visible has changed when it is made."""

    changes: tuple[Change, ...]
    undo: tuple[Step, ...]
    """Applied last to first; empty when there is nothing to take back."""
    diff: str = ""
    """Unified diff of text changes, cut at 64 KiB."""
    flags: tuple[str, ...] = ()
    """What a person should look at before it lands, a sentence each: a new executable, a git hook ..."""
