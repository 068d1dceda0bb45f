"""How numbers about files look: stat, count, usage, checksums."""

from rich.console import RenderableType
from rich.text import Text

from apps.shell.render.view import View, cut, facts, first, name, stack, table
from syscalls.file_values import Counts, Hashes, Stat, Stats, Usage


def stats(value: Stats, view: View) -> RenderableType:
    """One block of facts a file."""
    items, left_out = first(value.items, view.limits.rows // 10)
    blocks: list[RenderableType] = []
    for item in items:
        blocks += [name(item.path, "bold"), _facts_of(item, view), Text()]
    return stack(*blocks[:-1], view.more(left_out, "files"))


def _facts_of(item: Stat, view: View) -> RenderableType:
    grid = facts()
    rows = {
        "kind": item.kind,
        "points to": item.target or "",
        "type": item.mime,
        "size": view.exact(item.size_bytes),
        "mode": item.mode,
        "owner": f"{item.owner}:{item.group}",
        "modified": view.both(item.modified),
        "accessed": view.both(item.accessed),
        "changed": view.both(item.changed),
        "links": f"{item.links} (inode {item.inode})",
    }
    for key, fact in rows.items():
        if fact:
            grid.add_row(Text(f"  {key}"), name(fact))
    return grid


def counts(value: Counts, view: View) -> RenderableType:
    """One row a file, and a total where there are several."""
    items, left_out = first(value.items, view.limits.rows)
    numbers = ("lines", "words", "characters", "size")
    grid = table(*numbers, "file", right=numbers)
    for item in items:
        cells = (f"{item.lines:,}", f"{item.words:,}", f"{item.characters:,}", view.size(item.size_bytes))
        grid.add_row(*map(Text, cells), name(item.path))
    if len(value.items) != 1:
        total = (f"{value.lines:,}", f"{value.words:,}", f"{value.characters:,}", view.size(value.size_bytes))
        grid.add_row(*map(Text, total), Text(f"total of {len(value.items)} files"), style="bold")
    return stack(grid, view.more(left_out, "files"))


def usage(value: Usage, view: View) -> RenderableType:
    """Sizes, largest first, with their share of the whole."""
    items, left_out = first(value.items, view.limits.rows)
    columns = ["size", "share", "name"]
    if view.is_wide:
        columns = ["size", "bytes", "on disk", "files", "share", "name"]
    grid = table(*columns, right=("size", "bytes", "on disk", "files", "share"))
    whole = max((item.size_bytes for item in value.items), default=0)
    for item in items:
        cells = {
            "size": view.size(item.size_bytes),
            "bytes": f"{item.size_bytes:,}",
            "on disk": view.size(item.disk_bytes),
            "files": f"{item.files:,}",
            "share": f"{100 * item.size_bytes / whole:.0f} %" if whole > 0 else "",
        }
        label = name(f"{item.path}/", "bold blue") if item.kind == "folder" else name(item.path)
        grid.add_row(*(label if key == "name" else Text(cells[key]) for key in columns))
    return stack(grid, view.more(left_out, "parts"), cut(value.cut))


def hashes(value: Hashes, view: View) -> RenderableType:
    """Digest and file, as checksum programs print them."""
    items, left_out = first(value.items, view.limits.rows)
    grid = table(value.algorithm[:20], "file")
    for item in items:
        grid.add_row(name(item.digest, "yellow"), name(item.path))
    return stack(grid, view.more(left_out, "files"))
