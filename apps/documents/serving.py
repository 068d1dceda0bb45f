"""Serving the calls on files by meaning."""

import stat
import time

from apps.documents import folders
from apps.documents.library import Library, open_library
from apps.documents.reading import still_holds
from apps.files.names import matcher
from apps.sdk import Context, Effected, Effecting
from memory.documents.recall import Hit
from memory.documents.recall import find as found_in
from syscalls.doc import Documents, FindDocuments, Folder, Folders, IndexFolder, Passage, Refresh, Within
from syscalls.errors import NotFolder, NotFound
from syscalls.undo import Change, Done, Plan

TROUBLE = 20
LOOKED_AT = 1_000
"""Files, the best ones, whose names are compared where only some are asked for."""
SAID = 600
"""Characters of a passage that an answer shows."""
FRESH_S = 2.0
"""A folder that was walked so lately is not walked again for a question."""
SHARE = 20
"""Nor one within so many times the time its walk takes."""


def find(ctx: Context, a: FindDocuments) -> Documents:
    """Files that speak of something."""
    library = ctx.once(open_library)
    roots = library.roots(a.path)
    if not roots:
        shown = library.disk.shown(a.path)
        raise NotFound(
            f"no folder at or below {shown!r} can be searched by meaning yet; `aosh index` makes this one so"
        )
    if a.seconds:
        _catch_up(library, roots, a.seconds)
    hits = found_in(
        library.shelf, library.embedder, a.text, roots, limit=LOOKED_AT if a.name else 3 * a.limit
    )
    fits = matcher(a.name)
    items: list[Passage] = []
    changed = 0
    for hit in hits:
        paths = [path for path in (hit.path, *hit.also) if fits(path.rpartition("/")[2])]
        holding = _holding(library, hit, paths)
        changed += bool(paths) and not holding
        if holding:
            items.append(_passage(ctx, library, hit, holding))
        if len(items) == a.limit:
            break
    return Documents(a.text, tuple(items), _behind(library, roots, changed))


def index(ctx: Context, a: IndexFolder) -> Effecting[Folders]:
    """Let a folder be searched."""
    library = ctx.once(open_library)
    spot = library.disk.existing(a.path)
    if spot.info is None or not stat.S_ISDIR(spot.info.st_mode):
        raise NotFolder(f"{library.disk.shown(a.path)!r} is a file; expected a folder")
    yield Plan(
        (Change("created", "index", note=f"passages of the files in {library.disk.shown(a.path)}"),), ()
    )
    folders.keep(library.own, [*folders.named(library.own), spot.address])
    with library.alone() as is_alone:
        if is_alone and a.seconds:
            library.work(spot.path, time.monotonic() + a.seconds, look=True)
    return Effected(_folders(library, [spot.path], is_busy=not is_alone), Done(()))


def refresh(ctx: Context, a: Refresh) -> Folders:
    """Read what changed."""
    library = ctx.once(open_library)
    roots = library.roots(a.path)
    with library.alone() as is_alone:
        until = time.monotonic() + a.seconds
        for root in roots if is_alone else ():
            library.work(root, until, look=a.look)
    return _folders(library, roots, is_busy=not is_alone, trouble=0)


def status(ctx: Context, a: Within) -> Folders:
    """How far the folders are read."""
    library = ctx.once(open_library)
    ctx.came_from(a.path)
    with library.alone() as is_alone:
        return _folders(library, library.roots(a.path), is_busy=not is_alone)


def forget(ctx: Context, a: Within) -> Effecting[Folders]:
    """Search a folder no longer."""
    library = ctx.once(open_library)
    path = library.disk.spot(a.path).path
    written = folders.named(library.own)
    gone = [each for each in written if each == library.disk.spot(a.path).address]
    if not gone:
        known = ", ".join(map(repr, written)) or "there is none"
        raise NotFound(
            f"{library.disk.shown(a.path)!r} is no folder that was indexed; expected one of: {known}"
        )
    yield Plan(
        (Change("removed", "index", note=f"passages of the files in {library.disk.shown(a.path)}"),), ()
    )
    folders.keep(library.own, [each for each in written if each not in gone])
    if not any(path.startswith(f"{each}/") for each in library.named()):
        library.shelf.forget(path)
    return Effected(_folders(library, library.roots(library.disk.home), is_busy=False), Done(()))


def _catch_up(library: Library, roots: list[str], seconds: float) -> None:
    """Read what changed lately, unless somebody does or it was done just now."""
    with library.alone() as is_alone:
        until = time.monotonic() + seconds
        for root in roots if is_alone else ():
            at, took = library.looked.get(root, (float("-inf"), 0.0))
            is_due = time.monotonic() - at > max(FRESH_S, SHARE * took)
            library.work(root, until, look=is_due)


def _holding(library: Library, hit: Hit, paths: list[str]) -> list[str]:
    """Those of the paths that hold what was read, by the files as they are now."""
    found = []
    for path in paths:
        if still_holds(library.disk, library.shelf, path, hit.facts, hit.digest):
            found.append(path)
        else:
            library.shelf.again(path)
    return found


def _passage(ctx: Context, library: Library, hit: Hit, holding: list[str]) -> Passage:
    for path in holding:
        ctx.came_from(path)
    said = hit.text if len(hit.text) <= SAID else f"{hit.text[:SAID]}..."
    first, *others = map(library.disk.shown, holding)
    return Passage(first, hit.line, hit.page, said, hit.why, tuple(others))


def _behind(library: Library, roots: list[str], changed: int) -> str:
    parts = []
    counts = [library.shelf.counts(root) for root in roots]
    if waiting := sum(each.waiting for each in counts):
        parts.append(f"{waiting:,} files are still to be read")
    if bare := sum(each.bare for each in counts):
        parts.append(f"{bare:,} passages are found by words only so far")
    if changed:
        parts.append(f"{changed} files changed just now and are left out")
    return "; ".join(parts) + ("; `aosh index` goes on" if parts else "")


def _folders(library: Library, roots: list[str], *, is_busy: bool, trouble: int = TROUBLE) -> Folders:
    shown = library.disk.shown
    items = []
    for root in roots:
        counts = library.shelf.counts(root)
        why = tuple(f"{shown(path)}: {why}" for path, why in library.shelf.trouble(root, trouble))
        items.append(Folder(shown(root), *counts, why))
    elsewhere = len(folders.named(library.own)) - len(library.named())
    return Folders(tuple(items), is_busy, library.shelf.remade, elsewhere)
