"""`aosh syscalls [NAME]`: every call there is, or one in full."""

import asyncio
import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from apps.shell.commands.output import complain, parser_of, print_json, settings_at, show
from apps.shell.console.values import fields_of
from apps.shell.exits import Exit
from apps.shell.host import plugins_of
from apps.shell.render.machine import effect_style
from apps.shell.render.view import facts, name, stack
from apps.shell.render.view import table as grid
from kernel.jail.tier import choose
from kernel.plugins import Plugin
from syscalls.built_in import BUILT_IN
from syscalls.table import AnyCall, Table

_REQUESTS = 6


def syscalls(args: Sequence[str]) -> int:
    """List the calls, or show one."""
    parser = parser_of("syscalls", json_too=True)
    parser.add_argument("name", nargs="?", metavar="NAME", help="one call, such as file.find")
    parser.add_argument("--area", metavar="A", help="only this namespace, such as file")
    options = parser.parse_args(args)
    places = settings_at(parser).folders
    plugins = asyncio.run(plugins_of(places, choose(places.state)))
    owners = {plugin.found.name: f"{plugin.found.package} {plugin.found.version}" for plugin in plugins}
    calls = Table((*BUILT_IN, *(call for plugin in plugins for call in plugin.calls)))
    _tell_broken(plugins)
    if options.name:
        return _one(calls[options.name].call, owners, is_json=options.json)
    return _list(calls, owners, options.area, is_json=options.json)


def _tell_broken(plugins: Sequence[Plugin]) -> None:
    for plugin in plugins:
        if plugin.error:
            complain(f"plugin {plugin.found.name}: {plugin.error}")


def _list(calls: Table, owners: dict[str, str], area: str | None, *, is_json: bool) -> int:
    visible = [call for call in calls.calls() if not call.is_hidden and area in (None, call.area)]
    if not visible:
        areas = sorted({call.area for call in calls.calls()})
        near = get_close_matches(area or "", areas, n=1)
        complain(
            f"no area {area!r}{f'; did you mean {near[0]}?' if near else ''}; there are {', '.join(areas)}"
        )
        return Exit.USAGE
    if is_json:
        print_json([_facts(call, owners) for call in visible])
        return 0
    rows = grid("call", "effect", "what it does", *(["app"] if owners else []))
    for call in visible:
        cells = [
            name(call.name, "bold"),
            name(call.effect.value, effect_style(call.effect.value)),
            name(call.summary),
        ]
        rows.add_row(*cells, *([name(owners.get(call.area, "aosh"), "dim")] if owners else []))
    show(rows)
    return 0


def _one(call: AnyCall, owners: dict[str, str], *, is_json: bool) -> int:
    if is_json:
        print_json(_facts(call, owners) | {"schema": call.schema, "result_schema": call.result_schema})
        return 0
    show(_page(call, owners))
    return 0


def _facts(call: AnyCall, owners: dict[str, str]) -> dict[str, Any]:
    return {
        "name": call.name,
        "number": call.number,
        "summary": call.summary,
        "effect": call.effect.value,
        "undo": call.undo.value,
        "rights": [right.value for right in call.rights],
        "errors": [kind.symbol for kind in call.raises],
        "app": owners.get(call.area, "aosh"),
        "hidden": call.is_hidden,
        "examples": [example.request for hint in call.hints for example in hint.examples],
    }


def _page(call: AnyCall, owners: dict[str, str]) -> RenderableType:
    known = _facts(call, owners)
    rows = facts()
    for key in ("number", "effect", "undo", "app"):
        rows.add_row(Text(key), name(str(known[key])))
    for key in ("rights", "errors"):
        rows.add_row(Text(key), name(", ".join(known[key]) or "none of its own"))
    requests = [name(f"  {request}") for request in known["examples"][:_REQUESTS]]
    return stack(
        name(call.name, "bold cyan"), name(call.doc.replace("\n", " ")), Text(), rows, Text(),
        _fields(call), Text(),
        Group(Text("people ask", style="bold"), *requests, Text()) if requests else None,
        Text("arguments (JSON Schema)", style="bold"), _json(call.schema), Text(),
        Text(f"result: {call.value.__name__} (JSON Schema)", style="bold"), _json(call.result_schema),
    )  # fmt: skip


def _fields(call: AnyCall) -> RenderableType:
    fields = fields_of(call.schema)
    if not fields:
        return Text("takes no arguments", style="dim")
    rows = grid("argument", "takes", "default")
    for field in fields.values():
        default = call.schema["properties"][field.name].get("default")
        shown = "needed" if field.is_required else "-" if default is None else json.dumps(default)
        rows.add_row(name(field.name, "bold"), name(field.accepts), name(shown))
    return rows


def _json(value: Any) -> Text:
    return Text("\n").join(name(line) for line in json.dumps(value, indent=2, ensure_ascii=False).split("\n"))
