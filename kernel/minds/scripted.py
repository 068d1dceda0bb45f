"""A mind that answers from a file: for replays, tests and demonstrations.

The file is JSON lines, one turn each: `{"request": "...", "calls": [{"name": ..., "arguments": {...}}],
"text": "...", "done": true, "cites": [0]}`. `request` is optional; where given, the turn is used for that request
only. `{"$reply": 0, "part": "paths"}` as an argument stands for a reply of the same
line; with `"counts": "request"` for one of the whole request.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from kernel.minds.port import Draft, Drafted, From, Prompt
from syscalls.errors import MindFailed


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One scripted turn."""

    calls: tuple[dict[str, Any], ...] = ()
    text: str = ""
    done: bool = True
    request: str | None = None
    confidence: float = 1.0
    cites: tuple[int, ...] = ()


def rows_of(path: Path, what: str) -> Iterator[tuple[int, bytes]]:
    """The lines of a script that hold something, with their numbers from 1.

    Args: `what` is the name of such a file for people.

    Raises:
        MindFailed: it cannot be read.
    """
    try:
        rows = path.read_bytes().split(b"\n")
    except OSError as error:
        raise MindFailed(f"{what} {str(path)!r}: {error.strerror}") from None
    return ((number, row) for number, row in enumerate(rows, 1) if row.strip())


class ScriptedMind:
    """Plays its lines in order; a line with a `request` waits for that request."""

    name = "scripted"
    wants_names = False
    has_memory = True

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = list(lines)

    @classmethod
    def load(cls, path: Path) -> "ScriptedMind":
        """Read a script.

        Raises:
            MindFailed: the file is missing or a line is malformed; names the line.
        """
        lines = []
        for number, row in rows_of(path, "script"):
            try:
                line = msgspec.json.decode(row, type=Line)
                for call in line.calls:
                    _drafted(call, line)
                lines.append(line)
            except (ValueError, TypeError, AttributeError) as error:
                raise MindFailed(f"script {str(path)!r} line {number}: {error}") from None
        return cls(lines)

    async def think(self, prompt: Prompt) -> Draft:
        """The next fitting line; nothing when the script is over."""
        for index, line in enumerate(self._lines):
            if line.request in (None, prompt.request):
                del self._lines[index]
                calls = tuple(_drafted(call, line) for call in line.calls)
                return Draft(calls, line.text, line.done, cites=line.cites)
        return Draft()

    async def close(self) -> None:
        """Nothing to let go of."""


def _drafted(call: dict[str, Any], line: Line) -> Drafted:
    arguments = {name: _reference(value) for name, value in call.get("arguments", {}).items()}
    return Drafted(str(call.get("name", "")), arguments, line.confidence)


def _reference(value: Any) -> Any:
    if isinstance(value, dict) and "$reply" in value:
        counts: Literal["draft", "request"] = "request" if value.get("counts") == "request" else "draft"
        return From(int(value["$reply"]), str(value.get("part", "text")), counts)
    return value
