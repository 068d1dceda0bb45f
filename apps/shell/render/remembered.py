"""How memories look: a row each, with what is to be known of it."""

from rich.console import RenderableType
from rich.text import Text

from apps.shell.render.view import View, first, marked, name, notice, stack, table
from syscalls.mem import Kept, Memories


def memories(value: Memories, view: View) -> RenderableType:
    """A table, or for episodes their text."""
    if not value.items:
        return notice(value.when_empty())
    items, left_out = first(value.items, view.limits.rows)
    if all(each.kind == "episode" for each in items):
        return stack(*(marked(each.line) for each in items), view.more(left_out, "episodes"))
    columns = ["id", "remembered", "since"] + (["why"] if view.is_wide and not value.numbered else [])
    grid = table(*columns, right=("id",))
    for each in items:
        text = name(each.line).append(each.marks, style="dim")
        cells = [Text(str(each.id)), text, Text(view.day(each.made)), name(each.why, "dim")]
        grid.add_row(*cells[: len(columns)])
    return stack(grid, view.more(left_out, "memories"))


def kept(value: Kept, view: View) -> RenderableType:
    """Its sentence."""
    del view
    return marked(value.text().rstrip("\n"))
