"""How values of no known type look (plugins'), and the plain words of the console calls."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rich.console import RenderableType
from rich.text import Text

from apps.shell.render import escape
from apps.shell.render.content import capped
from apps.shell.render.view import View, facts, first, marked, name, stack, table
from syscalls.declare import Document, Value
from syscalls.ui import Answer, Said

CELL_CHARACTERS = 500
_MAX_COLUMNS = 8


def said(value: Said, view: View) -> RenderableType:
    """A message to the person."""
    return marked(capped(value.message, view)[0])


def answered(value: Answer, view: View) -> RenderableType:
    """What the person answered."""
    del view
    return name(value.answer)


def document(value: Document, view: View) -> RenderableType:
    """A plugin's answer."""
    return anything(value.data, view)


def anything(value: Value | Mapping[str, Any], view: View) -> RenderableType:
    """Keys and values of any record; lists of records as tables."""
    fields = msgspec.to_builtins(value, str_keys=True, enc_hook=str)
    if not isinstance(fields, dict):
        return name(_short(fields))
    grid = facts()
    tables: list[RenderableType] = []
    some, left_out = first(list(fields.items()), view.limits.rows)
    for key, fact in some:
        if _is_records(fact):
            tables += [name(key, "bold"), _records(fact, view)]
        else:
            grid.add_row(name(key), _cell(fact))
    return stack(grid if grid.row_count else None, *tables, view.more(left_out, "fields"))


def _is_records(fact: object) -> bool:
    return isinstance(fact, list) and bool(fact) and all(isinstance(each, dict) and each for each in fact)


def _records(records: list[dict[str, Any]], view: View) -> RenderableType:
    some, left_out = first(records, view.limits.rows)
    columns = list(dict.fromkeys(key for record in some for key in record))[:_MAX_COLUMNS]
    grid = table(*(escape.line(escape.middle(column, 40)) for column in columns))
    for record in some:
        grid.add_row(*(_cell(record.get(column, "")) for column in columns))
    return stack(grid, view.more(left_out, "rows"))


def _cell(fact: object) -> Text:
    if isinstance(fact, list) and all(isinstance(each, str | int | float) for each in fact):
        return name(_short(", ".join(map(str, fact[:100]))))
    return name(_short(fact))


def _short(fact: object) -> str:
    if isinstance(fact, bool) or fact is None:
        return {True: "yes", False: "no", None: "-"}[fact]
    if isinstance(fact, dict | list):
        fact = repr(fact)
    return escape.middle(str(fact), CELL_CHARACTERS)
