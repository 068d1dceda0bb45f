"""What Tab offers: calls after ":", their fields and values, paths, `/commands`, `@path`.

What fits is found by pure functions of the text before the cursor; only paths look at the disk, in
a thread and within a deadline, so that typing never waits.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from apps.shell.console.paths import names_like
from apps.shell.console.values import Field, fields_of
from apps.shell.console.words import Word, split
from apps.shell.direct import quote
from apps.shell.render import escape
from syscalls.errors import BadArgument
from syscalls.table import Table

DEADLINE_S = 0.05
_TOKEN = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*(?:"|$)|'[^']*(?:'|$))+$""", re.DOTALL)
_KEY = re.compile(r"([A-Za-z_]\w*)=")


class Option(NamedTuple):
    """One thing that may stand at the cursor."""

    text: str
    about: str = ""


class Wanted(NamedTuple):
    """What fits at the cursor."""

    length: int = 0
    """How many characters before the cursor it replaces."""
    options: tuple[Option, ...] = ()
    path: str | None = None
    """The beginning of a path, where one fits."""
    lead: str = ""
    """What stays before the path, such as `path=` or `@`."""


class ShellCompleter(Completer):
    """Completion over the table, the commands and the workspace."""

    def __init__(
        self,
        table: Table,
        commands: Mapping[str, str],
        cwd: Path,
        workspace: Path,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """Args: `deadline_s` is how long paths may be looked for."""
        self._deadline_s = deadline_s
        self._table = table
        self._commands = commands
        self._cwd = cwd
        self._workspace = workspace

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Everything that fits."""
        del complete_event
        wanted = self._wanted(document)
        yield from shown(wanted)
        yield from self._paths(wanted)

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Likewise, with paths looked up off the loop; too slow means none."""
        del complete_event
        wanted = self._wanted(document)
        for completion in shown(wanted):
            yield completion
        if wanted.path is None:
            return
        try:
            async with asyncio.timeout(2 * self._deadline_s):
                paths = await asyncio.to_thread(self._paths, wanted)
        except TimeoutError:
            return
        for completion in paths:
            yield completion

    def _wanted(self, document: Document) -> Wanted:
        return wanted_at(document.text_before_cursor, self._table, self._commands)

    def _paths(self, wanted: Wanted) -> list[Completion]:
        if wanted.path is None:
            return []
        return [
            Completion(
                f"{wanted.lead}{quote(found.path)}",
                -wanted.length,
                display=escape.line(found.path),
                display_meta="folder" if found.is_folder else "",
            )
            for found in names_like(wanted.path, self._cwd, self._workspace, self._deadline_s)
        ]


def shown(wanted: Wanted) -> Iterable[Completion]:
    """The options as prompt_toolkit takes them, escaped (apps name their own calls)."""
    for option in wanted.options:
        yield Completion(
            option.text,
            -wanted.length,
            display=escape.line(option.text),
            display_meta=escape.line(escape.middle(option.about, 80)),
        )


def wanted_at(before: str, table: Table, commands: Mapping[str, str]) -> Wanted:
    """What fits after the text before the cursor."""
    is_first = not re.search(r"\s", before)
    if before.startswith(":"):
        return _call(before, table) if is_first else _field(before, table)
    if before.startswith("/") and is_first:
        options = (
            Option(f"/{name}", about) for name, about in commands.items() if f"/{name}".startswith(before)
        )
        return Wanted(len(before), tuple(options))
    token = _token(before)
    if token.startswith("@"):
        return Wanted(len(token), path=_unquoted(token[1:]), lead="@")
    if before.startswith("!") and not is_first:
        return Wanted(len(token), path=_unquoted(token))
    return Wanted()


def _call(before: str, table: Table) -> Wanted:
    options = (
        Option(f":{call.name}", call.summary)
        for call in table.calls()
        if not call.is_hidden and f":{call.name}".startswith(before)
    )
    return Wanted(len(before), tuple(options))


def _field(before: str, table: Table) -> Wanted:
    name = before[1:].split(None, 1)[0] if before[1:].strip() else ""
    if name not in table:
        return Wanted()
    fields = fields_of(table[name].schema)
    token = _token(before)
    key = _KEY.match(token)
    if key:
        field = fields.get(key[1])
        return _value(field, token, key[0]) if field else Wanted()
    given = _given(before[: len(before) - len(token)].partition(" ")[2])
    free = [
        field for field in fields.values() if field.name not in {word.key or word.value for word in given}
    ]
    options = (_named(field) for field in free if field.name.startswith(token))
    takes_path = any(field.is_path for field in free)
    return Wanted(len(token), tuple(options), _unquoted(token) if takes_path else None)


def _named(field: Field) -> Option:
    text = field.name if field.is_flag else f"{field.name}="
    return Option(text, field.accepts + (" (needed)" if field.is_required else ""))


def _value(field: Field, token: str, lead: str) -> Wanted:
    typed = _unquoted(token[len(lead) :])
    item = field.items or field
    if item.is_path:
        return Wanted(len(token), path=typed, lead=lead)
    choices = item.choices or (("yes", "no") if item.is_flag else ())
    return Wanted(len(token), tuple(Option(f"{lead}{each}") for each in choices if each.startswith(typed)))


def _token(before: str) -> str:
    match = _TOKEN.search(before)
    return match[0] if match else ""


def _given(text: str) -> list[Word]:
    try:
        return split(text)
    except BadArgument:
        return []


def _unquoted(token: str) -> str:
    """The value of a word that is still being typed."""
    for ending in ("", '"', "'"):
        try:
            return "".join(word.value for word in split(f"_={token}{ending}"))
        except BadArgument:
            continue
    return token
