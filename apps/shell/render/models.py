"""What models say of themselves and write, as a terminal shows it."""

from rich.console import RenderableType
from rich.text import Text

from apps.shell.render.content import capped
from apps.shell.render.view import View, marked, name, notice, stack, table
from syscalls.model import Generated, InUse, Models, abilities


def models(value: Models, view: View) -> RenderableType:
    """One row a model, in the order they are asked."""
    del view
    rows = table("mind", "what it does")
    for each in value.items:
        rows.add_row(name(each.name, "bold"), name(abilities(each)))
    return rows


def generated(value: Generated, view: View) -> RenderableType:
    """The text itself, and whether it was cut."""
    text, rest = capped(value.content, view)
    cut = notice(f"… cut after {value.tokens} tokens; max_tokens allows more") if value.is_cut else None
    shown = marked(text) if text else Text(value.when_empty(), "dim")
    return stack(shown, view.more(rest, "lines"), cut)


def in_use(value: InUse, view: View) -> RenderableType:
    """Which mind it is now, and the way back."""
    del view
    return marked(value.text().rstrip("\n"))
