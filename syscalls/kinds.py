"""What an argument means, beyond its JSON type: the vocabulary argument records are written in.

Each alias is a JSON type with constraints and an `x-kind`. The kind tells the gate which
capability a path needs, the shell what to complete, and a mind's adapter how to read the user's
words ("10 MB" is a `size`, "last week" an `age`).
"""

from typing import Annotated, Literal

from msgspec import Meta


def _kind(name: str, **rest: str) -> dict[str, object]:
    return {"x-kind": name, **{f"x-{key}": value for key, value in rest.items()}}


ReadPath = Annotated[str, Meta(min_length=1, max_length=4096, extra_json_schema=_kind("path", access="read"))]
"""A file or folder that is looked at."""
WritePath = Annotated[
    str, Meta(min_length=1, max_length=4096, extra_json_schema=_kind("path", access="write"))
]
"""A file or folder that is made, changed or removed."""
ReadFolder = Annotated[
    str, Meta(min_length=1, max_length=4096, extra_json_schema=_kind("folder", access="read"))
]
"""A folder that is looked into."""
WriteFolder = Annotated[
    str, Meta(min_length=1, max_length=4096, extra_json_schema=_kind("folder", access="write"))
]
"""A folder that is made."""
ReadPaths = Annotated[tuple[ReadPath, ...], Meta(min_length=1, max_length=10_000)]
"""Paths or globs (`*.py`, `src/**/*.py`), at least one."""
WritePaths = Annotated[tuple[WritePath, ...], Meta(min_length=1, max_length=10_000)]
"""Paths or globs that are changed, at least one."""

Glob = Annotated[str, Meta(min_length=1, max_length=255, extra_json_schema=_kind("glob"))]
"""A name pattern with `*`, `?` and `[...]`, matched against the last part of a path."""
Size = Annotated[int, Meta(ge=0, le=2**62, extra_json_schema=_kind("size"))]
"""Bytes."""
Age = Annotated[int, Meta(ge=0, le=10**11, extra_json_schema=_kind("age"))]
"""Seconds before now."""
Count = Annotated[int, Meta(ge=1, le=100_000, extra_json_schema=_kind("count"))]
"""How many, at least one."""
Text = Annotated[str, Meta(max_length=8_388_608, extra_json_schema=_kind("text"))]
"""Free text, at most 8 Mi characters."""
Pattern = Annotated[str, Meta(min_length=1, max_length=4096, extra_json_schema=_kind("text"))]
"""Text to look for, or a regular expression where the call says so."""
Owner = Annotated[str, Meta(min_length=1, max_length=64, extra_json_schema=_kind("name"))]
"""A user name or a numeric user id."""
Mode = Annotated[
    str,
    Meta(
        pattern=r"^([0-7]{3,4}|[ugoa]*[+=-][rwxXst]+(,[ugoa]*[+=-][rwxXst]+)*)$",
        extra_json_schema=_kind("mode"),
    ),
]
"""Permissions as chmod takes them: `755`, `u+x`, `go-w`."""
CommandWord = Annotated[str, Meta(max_length=131_072, extra_json_schema=_kind("command"))]
"""One word of a command line: the program, or one of its arguments."""
Url = Annotated[str, Meta(min_length=1, max_length=4096, extra_json_schema=_kind("url"))]
"""An `http` or `https` address of a named host."""
FileKind = Literal["file", "folder", "link", "other"]
Order = Literal["name", "size", "smallest", "newest", "oldest"]
"""size: largest first."""
