"""The manual, made from the declarations: docs/syscalls.md, docs/errors.md, docs/events.schema.json.

    python -m apps.shell.manual            writes them
    python -m apps.shell.manual --check    says which of them no longer tell the truth

What a field means is the string beneath it in its record, read from the source.
"""

import ast
import inspect
import json
import sys as python
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import msgspec

from apps.shell import events
from apps.shell.direct import unparse
from syscalls import kinds
from syscalls.built_in import BUILT_IN
from syscalls.declare import Hint, Undo
from syscalls.errors import Act, every_error
from syscalls.table import AnyCall, Table

DOCS = Path(__file__).resolve().parents[2] / "docs"
_GENERATED = "<!-- Made by `python -m apps.shell.manual` from the declarations; do not edit. -->"
_EXAMPLES = 3
_ENDLESS = 10**9
"""A bound from which on it is only there to keep numbers sane."""


def main(arguments: Sequence[str], folder: Path = DOCS) -> int:
    """Write the pages, or with `--check` name those that differ; 1 when any does."""
    stale = {path: text for path, text in pages(folder).items() if not _holds(path, text)}
    if "--check" in arguments:
        for path in stale:
            python.stderr.write(f"{path.name} is out of date: run python -m apps.shell.manual\n")
        return 1 if stale else 0
    folder.mkdir(exist_ok=True)
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")
    return 0


def pages(folder: Path) -> dict[Path, str]:
    """Every generated file and its text."""
    return {
        folder / "syscalls.md": syscalls_page(Table(BUILT_IN)),
        folder / "errors.md": errors_page(),
        folder / "events.schema.json": json.dumps(events.schema(), indent=2, ensure_ascii=False) + "\n",
    }


def syscalls_page(table: Table) -> str:
    """The page of every call of a table, and of the records they answer with."""
    calls = sorted(table.calls(), key=lambda call: call.area)
    parts = [
        "# Syscalls",
        _GENERATED,
        f"{len(calls)} calls. Names and numbers never change their meaning. Arguments are closed records: "
        "an unknown field is refused. By hand, a call is typed `:area.verb field=value`.",
        _grid(("call", "effect", "what it does"), (_contents_row(call) for call in calls)),
        *(_call(call) for call in calls),
        "## Records",
        *(_record(record) for record in _records(calls)),
    ]
    return "\n\n".join(parts) + "\n"


def errors_page() -> str:
    """The page of every declared error and who moves next."""
    rows = (
        (str(kind.code), f"`{kind.symbol}`", kind.__name__, kind.act.name, inspect.getdoc(kind) or "")
        for kind in every_error()
    )
    return "\n\n".join(
        (
            "# Errors",
            _GENERATED,
            "Numbers below 200 are `errno`'s; ours start at 200 and are only ever added to. "
            "Each error says who moves next:",
            _grid(("next", "meaning"), ((act.name, act.value) for act in Act)),
            _grid(("number", "symbol", "class", "next", "when"), rows),
        )
    ) + "\n"  # fmt: skip


def _contents_row(call: AnyCall) -> tuple[str, ...]:
    return f"[`{call.name}`](#{_anchor(call)})", call.effect.value, call.summary


def _anchor(call: AnyCall) -> str:
    return call.name.replace(".", "")


def _call(call: AnyCall) -> str:
    errors = ", ".join(f"`{kind.symbol}`" for kind in call.raises)
    facts = (
        ("number", str(call.number)),
        ("effect", call.effect.value),
        ("undo", call.undo.value if call.effect.is_side_effect else Undo.NOTHING.value),
        ("rights", ", ".join(_rights(call)) or "none"),
        ("result", f"[`{call.value.__name__}`](#{call.value.__name__.lower()})"),
        ("[errors](errors.md)", errors or "none of its own"),
        ("seen by", "the kernel only" if call.is_hidden else "everyone with the rights"),
    )
    parts = [
        f"## {call.name}",
        call.doc,
        "\n".join(f"- {key}: {fact}" for key, fact in facts),
        _arguments(call),
    ]
    return "\n\n".join(part for part in (*parts, _ways(call.hints)) if part)


def _rights(call: AnyCall) -> Iterator[str]:
    yield from (f"`{right.value}`" for right in call.rights)
    for name, part in call.schema["properties"].items():
        access = _main(part).get("items", _main(part)).get("x-access")
        if access:
            yield f"`fs.{access}` on `{name}`"


def _arguments(call: AnyCall) -> str:
    schema = call.schema
    required = schema.get("required", ())
    meanings = field_meanings(call.args)
    rows = (
        (
            f"`{name}`",
            type_words(part),
            "needed" if name in required else _default(part.get("default")),
            meanings.get(name, ""),
        )
        for name, part in schema["properties"].items()
    )
    return _grid(("argument", "type", "default", "meaning"), rows) if schema["properties"] else ""


def _default(value: object) -> str:
    return "-" if value is None else f"`{unparse('', {'': value}).removeprefix(' =')}`"


def type_words(part: Mapping[str, Any]) -> str:
    """A JSON Schema in a few words: "path", "integer, 1 to 64", "one of `name`, `size`", "list of path"."""
    main = _main(part)
    if "enum" in main:
        return "one of " + ", ".join(f"`{choice}`" for choice in main["enum"])
    if main.get("type") == "array":
        return f"list of {type_words(main.get('items', {}))}"
    if "$ref" in main:
        name = main["$ref"].rpartition("/")[2]
        return f"[`{name}`](#{name.lower()})"
    words = str(main.get("x-kind") or main.get("type", "any"))
    low, high = main.get("minimum"), main.get("maximum")
    if low is None or high is None:
        return words
    return f"{words}, {low} to {high}" if high < _ENDLESS else f"{words}, {low} or more"


def _main(part: Mapping[str, Any]) -> Mapping[str, Any]:
    branches = [branch for branch in part.get("anyOf", [part]) if branch.get("type") != "null"]
    return branches[0] if branches else part


def _ways(hints: tuple[Hint, ...]) -> str:
    if not hints:
        return ""
    lines = []
    for hint in hints:
        requests = "; ".join(f"“{example.request}”" for example in hint.examples[:_EXAMPLES])
        lines.append(f"- `{hint.tool}`: {hint.says} {requests}".rstrip())
    return "People ask:\n\n" + "\n".join(lines)


def _records(calls: Sequence[AnyCall]) -> list[type[Any]]:
    """Result records and what they and the arguments hold, by name."""
    found: dict[str, type[Any]] = {}
    waiting: list[type[Any]] = [call.value for call in calls]
    waiting += [part for call in calls for part in _parts(call.args)]
    while waiting:
        record = waiting.pop()
        if record.__name__ not in found:
            found[record.__name__] = record
            waiting += _parts(record)
    return [found[name] for name in sorted(found)]


def _parts(record: type[Any]) -> list[type[Any]]:
    """The records a record's fields hold."""
    waiting = list(get_type_hints(record).values())
    found: list[type[Any]] = []
    while waiting:
        hint = waiting.pop()
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            found.append(hint)
        waiting += get_args(hint)
    return found


def _record(record: type[Any]) -> str:
    meanings = field_meanings(record)
    types = {name: ast.unparse(node.annotation) for name, node in _declared(record).items()}
    rows = ((f"`{name}`", f"`{types[name]}`", meanings.get(name, "")) for name in record.__struct_fields__)
    return f"### {record.__name__}\n\n{inspect.getdoc(record) or ''}\n\n" + _grid(
        ("field", "type", "meaning"), rows
    )


def field_meanings(record: type[Any]) -> dict[str, str]:
    """What each field means: the string beneath it, else the one beneath its type's alias."""
    aliases = alias_meanings(kinds)
    own = _strings(_body(record))
    meanings: dict[str, str] = {}
    for name, node in _declared(record).items():
        used = (part.id for part in ast.walk(node.annotation) if isinstance(part, ast.Name))
        alias = next((aliases[each] for each in used if each in aliases), "")
        meanings[name] = own.get(name, alias)
    return meanings


@cache
def alias_meanings(module: ModuleType) -> dict[str, str]:
    """The string beneath each type alias of a module."""
    return _strings(ast.parse(inspect.getsource(module)).body)


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """Every class a module declares, as source."""
    tree = ast.parse(inspect.getsource(python.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def _body(record: type[Any]) -> list[ast.stmt]:
    return _classes(record.__module__)[record.__name__].body


def _declared(record: type[Any]) -> dict[str, ast.AnnAssign]:
    nodes = (node for node in _body(record) if isinstance(node, ast.AnnAssign))
    return {node.target.id: node for node in nodes if isinstance(node.target, ast.Name)}


def _strings(body: list[ast.stmt]) -> dict[str, str]:
    found: dict[str, str] = {}
    for node, after in pairwise(body):
        name = _target(node)
        if name and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[name] = inspect.cleandoc(str(after.value.value)).replace("\n", " ")
    return found


def _target(node: ast.stmt) -> str:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return ""


def _grid(header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    python.exit(main(python.argv[1:]))
