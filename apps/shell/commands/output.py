"""What the commands share: their parsers, and how they print."""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from apps.shell.cli import COMMANDS, config_at
from apps.shell.config import BadConfig
from apps.shell.exits import Exit
from apps.shell.oneshot import complain, write
from apps.shell.render.escape import json_safe
from apps.shell.render.screen import to_ansi
from apps.shell.settings import Settings, folders, working_folder
from kernel.policy import Mode

__all__ = ["complain", "directory", "parser_of", "print_json", "settings_at", "show"]


def parser_of(name: str, *, json_too: bool = False) -> argparse.ArgumentParser:
    """The parser of one command."""
    found = argparse.ArgumentParser(
        prog=f"aosh {name}", description=f"{COMMANDS[name][:1].upper()}{COMMANDS[name][1:]}."
    )
    if json_too:
        found.add_argument("--json", action="store_true", help="print JSON")
    return found


def directory(parser: argparse.ArgumentParser) -> None:
    """The option `-C`."""
    parser.add_argument("-C", "--directory", type=Path, metavar="DIR", help="as if started in DIR")


def settings_at(parser: argparse.ArgumentParser, folder: Path | None = None) -> Settings:
    """Settings of a command: no request is made, so no mind is asked for."""
    try:
        cwd = working_folder(folder, os.environ)
    except ValueError as wrong:
        parser.error(str(wrong))
    home = Path.home()
    places = folders(os.environ, home)
    try:
        config, remarks = config_at(places)
    except BadConfig as wrong:
        complain(str(wrong))
        parser.exit(Exit.CONFIG)
    for remark in remarks:
        complain(remark)
    return Settings(places, cwd=cwd, home=home, mind="none", mode=Mode.ACCEPT_EDITS, config=config)


def show(renderable: RenderableType) -> None:
    """Draw on stdout; colours on a terminal only."""
    has_colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 200
    write(to_ansi(renderable, width=width, has_colour=has_colour))


def print_json(value: Any) -> None:
    """One JSON document, inert on a terminal."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    write("\n".join(json_safe(line) for line in text.split("\n")) + "\n")
