"""How changes look: what an effect did or will do, and unified diffs."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from apps.shell.render.content import capped
from apps.shell.render.view import View, cut, first, marked, name, notice, stack
from syscalls.file_values import Changed, Diff, counted, sentence
from syscalls.tool_values import Ran
from syscalls.undo import Change, Plan

_MARKS = {
    "created": ("+", "green"),
    "modified": ("~", "yellow"),
    "removed": ("-", "red"),
    "moved": ("→", "cyan"),
    "copied": ("+", "green"),
    "mode": ("~", "yellow"),
    "same": ("=", "dim"),
    "skipped": ("!", "yellow"),
    "cached": ("·", "dim"),
    "runs": ("▶", "bold"),
}
_DIFF_STYLES = (("+++", "bold"), ("---", "bold"), ("@@", "cyan"), ("+", "green"), ("-", "red"))


def changed(value: Changed, view: View) -> RenderableType:
    """What was done, one line a change."""
    return change_lines(value.changes, view) if value.changes else notice("nothing to change")


def change_lines(changes: Sequence[Change], view: View) -> RenderableType:
    """One line a change with its mark."""
    some, left_out = first(changes, view.limits.rows)
    return stack(*map(_change, some), view.more(left_out, "changes"))


def diff(value: Diff, view: View) -> RenderableType:
    """The unified diff in colours, or the sentence that says why there is none."""
    if value.is_same or not value.unified:
        return name(value.text().rstrip("\n"), "dim" if value.is_same else "yellow")
    total = notice(f"{counted(value.added, 'line')} added, {value.removed} removed")
    return stack(diff_lines(value.unified, view), total, cut(value.cut))


def diff_lines(unified: str, view: View) -> RenderableType:
    """A unified diff in colours. Carriage returns stay visible: they may be the difference."""
    body, left_out = capped(unified, view)
    text = Text("\n").join([marked(row, _diff_style(row)) for row in body.split("\n")])
    return stack(text, view.more(left_out, "lines"))


def plan(value: Plan, view: View) -> RenderableType:
    """What an effect is about to change."""
    return stack(
        change_lines(value.changes, view),
        diff_lines(value.diff, view) if value.diff else None,
        *flag_lines(value.flags),
    )


def flag_lines(flags: Sequence[str]) -> list[Text]:
    """What is out of the ordinary, one line each."""
    return [Text.assemble(("! ", "bold yellow"), name(flag, "yellow")) for flag in flags]


def ran(value: Ran, view: View) -> RenderableType:
    """What a program printed, how it ended, what it changed."""
    out, out_left = capped(value.stdout, view)
    errors, errors_left = capped(value.stderr, view)
    how = f"{value.ending()} · " if value.is_failed else ""
    return stack(
        marked(out) if value.stdout else None,
        view.more(out_left, "lines"),
        marked(errors, "yellow") if value.stderr else None,
        view.more(errors_left, "lines of standard error"),
        cut(value.cut),
        change_lines(value.changes, view) if value.changes else None,
        diff_lines(value.diff, view) if value.diff else None,
        *flag_lines(value.flags),
        name(f"{how}{value.seconds:.1f} s", "red" if value.is_failed else "dim"),
    )


def _change(change: Change) -> Text:
    mark, style = _MARKS[change.what]
    return Text.assemble((f"{mark} ", style), name(sentence(change)))


def _diff_style(row: str) -> str:
    return next((style for prefix, style in _DIFF_STYLES if row.startswith(prefix)), "")
