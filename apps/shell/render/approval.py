"""What a person sees before they allow a call: the exact call, what it would change, why they are asked."""

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from apps.shell.direct import write_value
from apps.shell.render import escape
from apps.shell.render.changes import plan
from apps.shell.render.machine import effect_style
from apps.shell.render.view import Limits, View, facts, marked, name, stack
from kernel.call import Approval
from kernel.origins import WORDS
from syscalls.labels import Labels

ARGUMENT_CHARACTERS = 160
BRIEF = Limits(rows=20, lines=40, how_to_see_more="press a to see all")
WHOLE = Limits(rows=10_000, lines=20_000, characters=4_000_000, line_characters=1_000_000)


def approval(asked: Approval, *, width: int, is_whole: bool = False) -> RenderableType:
    """The question, without its choices.

    Args:
        asked: what is to be allowed.
        width: columns of the terminal.
        is_whole: show long arguments and diffs uncut.
    """
    view = View(asked.call.name, width, 0.0, WHOLE if is_whole else BRIEF)
    effect = asked.call.effect.value
    grid = facts()
    grid.add_row(Text("effect"), name(effect, effect_style(effect)))
    if not asked.is_reversible:
        grid.add_row(Text("undo"), name("none: this cannot be taken back", "bold red"))
    grid.add_row(Text("because"), name(asked.decision.reason))
    if not asked.call.labels.is_trusted:
        grid.add_row(Text("derived from"), untrusted(asked.call.labels))
    for argument, origin in asked.call.origins.items():
        if not origin.labels.is_trusted:
            how = Text(f"{WORDS[origin.how]}: ").append_text(untrusted(origin.labels))
            grid.add_row(name(f"  {argument}"), how)
    return stack(
        canonical(asked.call.name, asked.call.arguments, is_whole=is_whole),
        grid,
        plan(asked.plan, view) if asked.plan else None,
    )


def canonical(call: str, arguments: Mapping[str, Any], *, is_whole: bool = False) -> Text:
    """`file.delete paths=["/w/a.txt"]`, long values folded with length and hash unless whole."""
    text = marked(call, "bold", is_line=True)
    for key, value in arguments.items():
        written = write_value(value)
        text.append_text(Text(" ")).append_text(marked(f"{key}=", "cyan", is_line=True))
        text.append_text(marked(written if is_whole else escape.folded(written, ARGUMENT_CHARACTERS)))
    return text


def has_more(asked: Approval) -> bool:
    """Whether the brief form leaves something out."""
    values = (write_value(value) for value in asked.call.arguments.values())
    if any(len(value) > ARGUMENT_CHARACTERS for value in values):
        return True
    if asked.plan is None:
        return False
    rows = asked.plan.diff.splitlines()
    is_long = len(rows) > BRIEF.lines or any(len(row) > BRIEF.line_characters for row in rows)
    return is_long or len(asked.plan.changes) > BRIEF.rows


def untrusted(labels: Labels) -> Text:
    """The untrusted sources, in a colour that warns."""
    sources = [label.source for label in labels.items if not label.trusted]
    return Text.assemble(name(", ".join(sources), "bold yellow"), (" (untrusted)", "yellow"))


def why(asked: Approval) -> RenderableType:
    """More on the reason: the rule, the sources, what the approval is bound to."""
    grid = facts()
    rows = {
        "rule": asked.decision.rule,
        "reason": asked.decision.reason,
        "sources": ", ".join(label.source for label in asked.call.labels.items) or "aosh itself",
        "asked by": asked.call.origin,
        "undo": "yes" if asked.plan and asked.plan.undo else "none known" if asked.is_reversible else "none",
        "bound to": f"sha256 {asked.digest}",
    }
    for key, fact in rows.items():
        grid.add_row(Text(key), name(fact))
    return grid
