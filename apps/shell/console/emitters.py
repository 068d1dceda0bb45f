"""Where the events of a scripted session go: lines of JSON, one final object, nowhere, or memory."""

import json
import os
from typing import BinaryIO

import msgspec

from apps.shell.events import Event, Result
from apps.shell.render.escape import json_safe


class Silent:
    """Text output: no events."""

    def emit(self, event: Event) -> None:
        """Drop it."""


class JsonLines:
    """One object a line, flushed each; a reader that has gone is not an error."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.is_broken = False

    def emit(self, event: Event) -> None:
        """Write the line, unless the reader has gone."""
        if self.is_broken:
            return
        try:
            self._out.write(encode(event))
            self._out.flush()
        except BrokenPipeError:
            self.is_broken = True
            _silence(self._out)


class FinalObject:
    """`--output-format json`: only the result, as one object."""

    def __init__(self, out: BinaryIO) -> None:
        self._lines = JsonLines(out)

    def emit(self, event: Event) -> None:
        """Write the result; drop the rest."""
        if isinstance(event, Result):
            self._lines.emit(event)


class Collector:
    """Keeps events in memory."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Keep it."""
        self.events.append(event)


def encode(event: Event) -> bytes:
    """The event as a line of JSON that is inert on a terminal, whatever strings it carries."""
    try:
        text = msgspec.json.encode(event).decode()
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(event), separators=(",", ":"))
    return f"{json_safe(text)}\n".encode()


def _silence(out: BinaryIO) -> None:
    """Point the stream's descriptor at nothing, so that closing it at exit raises no more."""
    try:
        descriptor = out.fileno()
    except (OSError, AttributeError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
