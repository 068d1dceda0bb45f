"""`aosh config`: which settings hold, from which files, and whether a file is right."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from apps.shell.cli import config_at
from apps.shell.commands.output import complain, parser_of, print_json, settings_at
from apps.shell.config import NAME, load_config
from apps.shell.exits import Exit
from apps.shell.oneshot import write


def config(args: Sequence[str]) -> int:
    """Show the settings that hold, check files, or tell where they lie."""
    parser = parser_of("config", json_too=True)
    parser.add_argument(
        "verb", nargs="?", choices=("show", "check", "path"), default="show",
        help="what holds, defaults included (the default); whether FILEs are right; where the files lie",
    )  # fmt: skip
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="check: the files; yours by default"
    )
    options = parser.parse_args(args)
    if options.files and options.verb != "check":
        parser.error(f"{options.verb} takes no further words, got {str(options.files[0])!r}")
    places = settings_at(parser).folders
    standard = [folder / NAME for folder in (places.system, places.config) if folder is not None]
    if options.verb == "path":
        return _paths(standard, is_json=options.json)
    if options.verb == "check":
        files = options.files or [file for file in standard if file.exists()]
        for file in files:
            load_config(None, None, file)
            write(f"{file}: right\n")
        if not files:
            complain(f"there is nothing to check: neither {' nor '.join(map(str, standard))} exists")
        return Exit.DONE
    found, remarks = config_at(places)
    for remark in remarks:
        complain(remark)
    table = msgspec.to_builtins(found)
    if options.json:
        print_json(table)
    else:
        write(_toml(table))
    return Exit.DONE


def _paths(files: Sequence[Path], *, is_json: bool) -> int:
    if is_json:
        print_json([{"file": str(file), "exists": file.exists()} for file in files])
    else:
        write("".join(f"{file}{'' if file.exists() else ' (there is none)'}\n" for file in files))
    return Exit.DONE


def _toml(table: dict[str, Any], under: tuple[str, ...] = ()) -> str:
    """The settings as a file would say them; a key that nothing settles is a comment."""
    lines = [f"[{'.'.join(under)}]"] if under and not all(isinstance(v, dict) for v in table.values()) else []
    lines += [
        f"# {key} = (not set)" if value is None else f"{key} = {_value(value)}"
        for key, value in table.items()
        if not isinstance(value, dict)
    ]
    text = "".join(f"{line}\n" for line in lines)
    inner = [_toml(value, (*under, key)) for key, value in table.items() if isinstance(value, dict)]
    return "\n".join(part for part in (text, *inner) if part)


def _value(value: Any) -> str:
    return msgspec.json.encode(value).decode()
