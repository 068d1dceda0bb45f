"""How folders look: a table for listings, a tree for `file.tree`."""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from apps.shell.render.view import View, cut, first, name, notice, stack, table
from syscalls.file_values import Entry, Listing
from syscalls.taste import ago

_STYLES = {"folder": "bold blue", "link": "cyan", "other": "yellow"}
_NARROW = 60


def listing(value: Listing, view: View) -> RenderableType:
    """A listing as the call that made it is best read."""
    if value.counted:
        return name(value.text().rstrip("\n"))
    if not value.entries:
        return notice(f"nothing in {name(value.path)}" if view.call != "file.find" else "nothing found")
    return as_tree(value, view) if view.call == "file.tree" else as_table(value, view)


def as_table(value: Listing, view: View) -> RenderableType:
    """One row an entry: size, change time, name."""
    entries, left_out = first(value.entries, view.limits.rows)
    columns = ["size", "modified", "name"]
    if view.is_wide:
        columns = ["size", "bytes", "modified", "mode", "owner", "name"]
    elif view.width < _NARROW:
        columns = ["size", "name"]
    grid = table(*columns, right=("size", "bytes"))
    for entry in entries:
        _row(grid, entry, columns, view)
    return stack(grid, view.more(left_out, "entries"), _cut(value))


def as_tree(value: Listing, view: View) -> RenderableType:
    """Folders as branches. Entries come in tree order, each with its depth."""
    entries, left_out = first(value.entries, view.limits.rows)
    root = Tree(name(value.path, "bold blue"), guide_style="dim")
    branches = [root]
    for entry in entries:
        depth = max(0, min(entry.depth, len(branches) - 1))
        del branches[depth + 1 :]
        branches.append(branches[depth].add(_label(entry, entry.path.rstrip("/").rpartition("/")[2])))
    return stack(root, view.more(left_out, "entries"), _cut(value))


def _row(grid: Table, entry: Entry, columns: list[str], view: View) -> None:
    is_folder = entry.kind == "folder"
    cells = {
        "size": "" if is_folder else view.size(entry.size_bytes),
        "bytes": "" if is_folder else f"{entry.size_bytes:,}",
        "modified": view.both(entry.modified) if view.is_wide else _short_time(entry, view),
        "mode": entry.mode,
        "owner": entry.owner,
    }
    texts = [_label(entry, entry.path) if key == "name" else name(cells[key], "dim") for key in columns]
    grid.add_row(*texts)


def _short_time(entry: Entry, view: View) -> str:
    age = ago(entry.modified, view.now)
    match view.taste.dates:
        case "relative":
            return age
        case "" if view.width < _NARROW + 20:
            return age
        case "":
            return f"{view.day(entry.modified)} ({age})"
        case "absolute":
            return view.absolute(entry.modified)
        case _:
            return view.day(entry.modified)


def _label(entry: Entry, shown_name: str) -> Text:
    label = name(shown_name, _STYLES.get(entry.kind, ""))
    if entry.kind == "folder":
        label.append("/")
    if entry.target is not None:
        label.append_text(Text(" → ", style="dim")).append_text(name(entry.target, "dim"))
    return label


def _cut(value: Listing) -> Text | None:
    if value.total > len(value.entries):
        return cut(value.cut or f"{len(value.entries)} of {value.total} entries")
    return cut(value.cut)
