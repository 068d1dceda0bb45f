"""How calls, places and mentions read on one line."""

import re
from pathlib import Path
from typing import Any

from apps.shell.direct import unparse
from apps.shell.render import escape
from kernel.minds.port import From

LINE_CHARACTERS = 400
_MENTION = re.compile(r"(?<!\S)@(\"[^\"]+\"|\S+)")


def spoken(call: str, arguments: dict[str, Any]) -> str:
    """A call as one line of sugar; an argument that an earlier reply will fill is said in words."""
    words = []
    for key, value in arguments.items():
        part = _reference(value)
        words.append(f"{key}={part}" if part else unparse("", {key: value}).strip())
    return escape.middle(" ".join([call, *words]), LINE_CHARACTERS)


def short(path: Path, home: Path) -> str:
    """The path with `~` for the home folder."""
    return f"~/{path.relative_to(home)}".rstrip("/.") if path.is_relative_to(home) else str(path)


def unmentioned(line: str, cwd: Path) -> str:
    """The line without the `@` before names of files that are there."""

    def bare(match: re.Match[str]) -> str:
        path = match[1].strip('"')
        try:
            return match[1] if (cwd / path).exists() else match[0]
        except (OSError, ValueError):
            return match[0]

    return _MENTION.sub(bare, line)


def _reference(value: Any) -> str:
    """The words for a reply used as an argument; empty for any other value."""
    if isinstance(value, dict) and "$reply" in value:
        value = From(int(value["$reply"]), str(value.get("part", "text")))
    if not isinstance(value, From):
        return ""
    whose = "the latest result" if value.reply < 0 else f"step {value.reply + 1}"
    return f"<{value.part} of {whose}>"
