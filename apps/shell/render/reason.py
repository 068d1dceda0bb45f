"""How `why` reads: the call, who decided, and where each argument came from. All foreign text is escaped."""

from typing import Any

import msgspec
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from apps.shell.direct import write_value
from apps.shell.render import escape
from apps.shell.render.view import absolute, facts, marked, name, notice, stack, table
from kernel.reasons import Argument, Link, Reason, Ruling, untrusted
from syscalls.labels import Label

VALUE_CHARACTERS = 160
_ANSWERS = {
    "": "nobody was asked",
    "user": "you said yes",
    "scope": "an earlier yes covers it",
    "nobody": "a yes was needed, and nobody was there to see it",
    "refused": "the answer was no",
}


def reason(found: Reason) -> RenderableType:
    """The whole page."""
    head = facts()
    head.add_row(Text("call"), name(f"{found.name}  {found.call_id}", "bold"))
    head.add_row(Text("when"), Text(absolute(found.ts)))
    if found.request:
        head.add_row(Text("asked for"), name(found.request))
    if found.wanted_by:
        head.add_row(Text("wanted by"), name(found.wanted_by))
    for ruling in found.rulings:
        _ruling(head, ruling)
    head.add_row(Text("ended"), name(found.outcome))
    if untrusted(found.wrote):
        head.add_row(Text("wrote"), _sources(found.wrote))
    return stack(head, Text(), *_arguments(found.arguments), *_chain(found.chain))


def _ruling(grid: Table, ruling: Ruling) -> None:
    grid.add_row(Text("decided"), name(f"{ruling.verdict} (rule {ruling.rule})"))
    grid.add_row(Text("because"), name(ruling.reason))
    grid.add_row(Text("approved"), name(_ANSWERS.get(ruling.approved_by, ruling.approved_by)))


def _arguments(arguments: tuple[Argument, ...]) -> list[RenderableType]:
    if not arguments:
        return [notice("it takes no arguments here")]
    grid = table("argument", "value", "from", "sources")
    for each in arguments:
        value = marked(escape.folded(write_value(each.value), VALUE_CHARACTERS), is_line=True)
        origin = name(each.how)
        for place in each.found_in:
            origin.append("\n").append_text(name(f"in {place}", "dim"))
        grid.add_row(name(each.name, "bold"), value, origin, _sources(each.sources))
    return [grid]


def _chain(chain: tuple[Link, ...]) -> list[RenderableType]:
    if not chain:
        return []
    lines: list[RenderableType] = [Text(), Text("how it came there", style="bold")]
    for link in chain:
        indent = "  " * link.depth
        row = Text(indent).append_text(name(link.source, "yellow")).append(" was ")
        lines.append(row.append_text(name(f"{link.what} ({link.by})")))
        if untrusted(link.sources):
            lines.append(Text(f"{indent}  from ").append_text(_sources(link.sources)))
    return lines


def _sources(labels: tuple[Label, ...]) -> Text:
    careful = untrusted(labels)
    if careful:
        return name(", ".join(careful), "bold yellow")
    return name(", ".join(label.source for label in labels) or "-", "dim")


def as_json(found: Reason) -> object:
    """The same as JSON values, every label with all it says."""
    return _whole(msgspec.to_builtins(found))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        full = {key: _whole(inner) for key, inner in value.items()}
        return (
            full | {"private": full.get("private", False)} if full.keys() >= {"source", "trusted"} else full
        )
    return [_whole(inner) for inner in value] if isinstance(value, list | tuple) else value
