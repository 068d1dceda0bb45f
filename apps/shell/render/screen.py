"""What a value looks like on a terminal, and as plain text for a pipe."""

import io
import re
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rich.console import Console, RenderableType

from apps.shell.render import (
    changes,
    content,
    documents,
    escape,
    generic,
    later,
    listing,
    machine,
    matches,
    measures,
    models,
    remembered,
)
from apps.shell.render.view import Limits, View
from syscalls.declare import Document, Value
from syscalls.doc import Documents, Folders
from syscalls.file_values import Changed, Counts, Diff, Hashes, Listing, Matches, Stats, TextOf, Usage
from syscalls.mem import Kept, Memories
from syscalls.model import Generated, InUse, Models
from syscalls.sched import Job, Jobs
from syscalls.sys import Processes, Status
from syscalls.taste import PLAIN, Taste
from syscalls.tool import Tools
from syscalls.tool_net import Fetched
from syscalls.tool_values import Ran
from syscalls.ui import Answer, Said

Renderer = Callable[[Any, View], RenderableType]

SCREEN = Limits()
_TRAILING = re.compile(r" +((?:\x1b\[[0-9;]*m)*)$", re.MULTILINE)
"""Padding at a line's end: it would be copied along."""
RENDERERS: Mapping[type[object], Renderer] = MappingProxyType(
    {
        TextOf: content.content,
        Fetched: content.page,
        Listing: listing.listing,
        Matches: matches.matches,
        Stats: measures.stats,
        Counts: measures.counts,
        Usage: measures.usage,
        Hashes: measures.hashes,
        Diff: changes.diff,
        Changed: changes.changed,
        Ran: changes.ran,
        Status: machine.status,
        Processes: machine.processes,
        Tools: machine.tools,
        Memories: remembered.memories,
        Kept: remembered.kept,
        Job: later.job,
        Jobs: later.jobs,
        Documents: documents.documents,
        Folders: documents.folders,
        Models: models.models,
        Generated: models.generated,
        InUse: models.in_use,
        Said: generic.said,
        Answer: generic.answered,
        Document: generic.document,
    }
)
"""By exact type; anything else is shown field by field."""


def render(
    call_name: str,
    value: Value | Mapping[str, Any],
    *,
    width: int,
    now: float | None = None,
    limits: Limits = SCREEN,
    taste: Taste = PLAIN,
) -> RenderableType:
    """The value as something rich can print, escaped and capped.

    Args:
        call_name: the call that answered; some values look different by it.
        value: its result record; a plugin's may be a plain mapping.
        width: columns of the terminal.
        now: Unix time for relative times; the present when None.
        limits: most that may be shown.
        taste: how the person wants it.
    """
    view = View(call_name, width, time.time() if now is None else now, limits, taste)
    renderer: Renderer = RENDERERS.get(type(value), generic.anything)
    return renderer(value, view)


def plain(value: Value, *, is_terminal: bool) -> str:
    """`value.text()`: untouched for pipes and files, made visible for a terminal."""
    text = value.text()
    return escape.lines(text) if is_terminal else text


def to_ansi(renderable: RenderableType, *, width: int, has_colour: bool = True) -> str:
    """The renderable as terminal text: our own colours, newlines, and nothing else that acts."""
    console = Console(
        file=io.StringIO(),
        width=max(width, 1),
        height=100,
        force_terminal=has_colour,
        color_system="standard" if has_colour else None,
        no_color=not has_colour,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        force_jupyter=False,
        force_interactive=False,
    )
    with console.capture() as capture:
        console.print(renderable)
    return escape.guard(_TRAILING.sub(r"\1", capture.get()))
