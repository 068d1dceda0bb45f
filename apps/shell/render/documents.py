"""How files found by meaning look: place, passage, why."""

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from apps.shell.render import escape
from apps.shell.render.view import View, first, name, notice, stack, table
from syscalls.doc import Documents, Folders

SAID = 240
"""Characters of a passage that are shown."""


def documents(value: Documents, view: View) -> RenderableType:
    """The place of each, its passage below it."""
    if not value.items:
        return notice(value.when_empty())
    items, left_out = first(value.items, view.limits.rows)
    parts: list[RenderableType | None] = []
    for each in items:
        also = f"  also: {', '.join(each.also)}" if each.also else ""
        parts.append(
            Text.assemble(name(each.place, "bold blue"), name(f"  {each.why}", "dim"), name(also, "dim"))
        )
        parts.append(Padding(name(escape.middle(" ".join(each.said.split()), SAID)), (0, 0, 0, 2)))
    return stack(*parts, view.more(left_out, "files"), notice(value.behind) if value.behind else None)


def folders(value: Folders, view: View) -> RenderableType:
    """A row each, and what is in the way."""
    if not value.items:
        return notice(value.when_empty())
    numbers = ("files", "to read", "passages", "by words only", "not read")
    grid = table("folder", *numbers, right=numbers)
    for each in value.items:
        counted = (each.files, each.waiting, each.passages, each.bare, each.refused)
        grid.add_row(name(each.path), *(Text(f"{number:,}") for number in counted))
    busy = notice("another aosh reads files just now") if value.is_busy else None
    remade = notice(f"what was read is lost and is read again: {value.remade}") if value.remade else None
    trouble = [name(line, "dim yellow") for each in value.items for line in each.trouble]
    return stack(grid, *trouble, busy, remade)
