"""The end of a one-shot run as its reader sees it: events, the answer, remarks, the exit code.

The same for a run in this process and one that the service carries out; free of the kernel.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from apps.shell import events
from apps.shell.console.emitters import FinalObject, JsonLines, Silent
from apps.shell.events import Emitter, Stream, Subtype
from apps.shell.exit_codes import Exit
from apps.shell.settings import Settings
from kernel.version import VERSION
from syscalls.taste import PLAIN, Taste

_SUBTYPES: dict[int, Subtype] = {
    Exit.DONE: "success", Exit.DENIED: "denied", Exit.NOT_UNDERSTOOD: "not_understood", Exit.BUDGET: "budget",
    Exit.TURNS: "budget", Exit.LABELS: "labels", Exit.TIMEOUT: "timeout",
}  # fmt: skip


class Shown(msgspec.Struct, frozen=True):
    """A value to be drawn."""

    name: str
    """The call that gave it."""
    value: msgspec.Raw
    """Its record, msgpack."""


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request, as far as a front end needs it."""

    code: int
    """The exit code."""
    answer: str
    """As plain text."""
    message: str
    """What the `result` event says: the answer, or the error."""
    error: str = ""
    """`SYMBOL: text` where it failed."""
    words: str = ""
    """What the mind said, with its footnotes."""
    shown: tuple[Shown, ...] = ()
    """Values to be drawn; empty where no terminal shows them."""
    hint: str = ""
    """How to go on after a failure."""
    is_undoable: bool = False
    cites: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    preflight: tuple[events.PreflightStep, ...] = ()
    usage: events.Spent = events.Spent()
    """Its tokens; the rest is counted where the events are stamped."""
    taste: Taste = PLAIN
    """How values are to be drawn."""


class Begun(msgspec.Struct, frozen=True):
    """What runs."""

    session_id: str
    mind: str
    jail: str
    names: tuple[str, ...] = ()
    """Of the visible calls, where events are read."""


class Broadcast:
    """The events of a run, begun when `init` can tell the truth, and at the latest when the run ends."""

    def __init__(self, emitter: Emitter, settings: Settings, session_id: str) -> None:
        self.session_id = session_id
        self._emitter = emitter
        self._settings = settings
        self._stream: Stream | None = None

    def __enter__(self) -> "Broadcast":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._begun().__exit__(kind, error, trace)

    @property
    def is_read(self) -> bool:
        """Whether anybody reads the events before the last."""
        return not isinstance(self._emitter, Silent)

    def begin(self, told: Begun) -> Stream:
        """Tell what runs."""
        self.session_id = told.session_id
        init = events.Init(
            version=VERSION,
            cwd=str(self._settings.cwd),
            mind=told.mind,
            permission_mode=self._settings.mode.value,
            jail=told.jail,
            syscalls=told.names,
        )
        self._stream = Stream(self._emitter, self.session_id, time.time, init)
        return self._stream.__enter__()

    def end(self, code: int, message: str, subtype: Subtype = "error") -> int:
        """Close with a failure, and say it; the code."""
        complain(message)
        self.close(events.Result(
            subtype=_SUBTYPES.get(code, subtype), is_error=code != 0, result=message, exit_code=int(code)
        ))  # fmt: skip
        return int(code)

    def close(self, result: events.Result) -> None:
        """The last event."""
        self._begun().emit(result)

    def _begun(self) -> Stream:
        return self._stream or self.begin(Begun(self.session_id, self._settings.mind, ""))


def finish(options: argparse.Namespace, out: Broadcast, done: Finished) -> int:
    """Say it, write it down where asked, and close the events; the exit code."""
    file: Path | None = options.output_last_message
    if options.output_format == "text":
        tell(options, done)
    elif done.error:
        complain(done.error)
    if file is not None:
        try:
            file.write_text(done.answer, encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            return out.end(Exit.FAILED, f"-o {str(file)!r}: {error.strerror}")
    out.close(events.Result(
        subtype=_SUBTYPES.get(done.code, "error"), is_error=done.code != 0, result=done.message,
        exit_code=done.code, cites=done.cites, labels=done.labels, preflight=done.preflight, usage=done.usage,
    ))  # fmt: skip
    return done.code


def check_file(options: argparse.Namespace) -> str:
    """What is wrong with the file of `-o`; empty when nothing."""
    file: Path | None = options.output_last_message
    if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
        return f"-o {str(file)!r}: expected a file in a folder that exists"
    return ""


def has_colour(options: argparse.Namespace) -> bool:
    """Whether what is drawn has colours."""
    return options.color == "always" or (options.color == "auto" and "NO_COLOR" not in os.environ)


def is_drawn(options: argparse.Namespace) -> bool:
    """Whether values are drawn rather than written as plain text."""
    return options.output_format == "text" and (sys.stdout.isatty() or options.color == "always")


def tell(options: argparse.Namespace, done: Finished) -> None:
    """Write the answer to stdout, drawn on a terminal; what went wrong to stderr."""
    if is_drawn(options):
        shown = drawn(done.shown, done.taste, has_colour=has_colour(options))
        write(shown + (f"{done.words}\n" if done.words else ""))
    else:
        write(done.answer)
    if done.error:
        complain(done.error)
    if options.quiet:
        return
    if done.hint:
        complain(done.hint)
    if done.is_undoable and sys.stdout.isatty():
        complain("take it back with: aosh undo")


def drawn(shown: Sequence[Shown], taste: Taste, *, has_colour: bool) -> str:
    """Values as a terminal shows them."""
    import shutil

    from apps.shell.render.screen import render, to_ansi
    from syscalls.built_in import BUILT_IN
    from syscalls.declare import Document

    kinds = {call.name: call.value for call in BUILT_IN}
    width = shutil.get_terminal_size().columns
    parts = []
    for each in shown:
        value = msgspec.msgpack.decode(each.value, type=kinds.get(each.name, Document))
        seen = render(each.name, value, width=width, taste=taste)
        parts.append(to_ansi(seen, width=width, has_colour=has_colour))
    return "".join(parts)


def write(text: str) -> None:
    """Text to stdout, quiet when the reader has gone."""
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(line: str) -> None:
    """One line to stderr, made harmless for a terminal; nobody there to read it is no error."""
    from apps.shell.render.escape import line as on_one_line

    try:
        sys.stderr.write(f"aosh: {on_one_line(line)}\n")
        sys.stderr.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def emitter_of(name: str) -> Emitter:
    """Where events go for an output format."""
    match name:
        case "stream-json":
            return JsonLines(sys.stdout.buffer)
        case "json":
            return FinalObject(sys.stdout.buffer)
        case _:
            return Silent()
