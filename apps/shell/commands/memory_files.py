"""`aosh memory reindex` and `repair`: what is done to the memory's files themselves, and how they stand."""

import argparse
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from apps.shell.commands.output import print_json, show
from apps.shell.console.keys import EXIT_INTERRUPTED
from apps.shell.early import MEMORY, endpoint_of, index_of, model_of, prepare
from apps.shell.oneshot import complain
from apps.shell.render.view import notice
from apps.shell.settings import Settings
from kernel.drivers.beside import Beside, end_beside, start_beside
from kernel.jail.tier import choose
from memory import marks
from memory.endpoint import Endpoint
from memory.proposals import Proposals
from memory.reembed import reembed
from memory.repair import repair as repaired
from memory.schema import connect
from memory.state import State, state_of
from syscalls.errors import DeviceFailed

LOOK_S = 0.3
BEGIN_S = 180.0
"""How long an index may take to open, be set aside and begin anew."""


def reindex(options: argparse.Namespace, settings: Settings) -> int:
    """Make vectors of the configured model where they are of another one, then what the index lacks of it.

    Stopped at any point, it goes on from there the next time. `--anew` begins the index from nothing.
    """
    truth = settings.folders.memory / MEMORY
    if not truth.exists():
        show(notice("nothing is remembered yet"))
        return 0
    prepare(settings.folders)
    connect(truth).close()  # of an older format, it is brought up to this one
    section = settings.config.memory
    state = state_of(truth)
    told = Told(is_quiet=options.json)
    try:
        if set(state.models) - {section.name}:
            beside = endpoint_of(section) if section.embedder == "openai" else model_of()
            with _beside(settings, beside) as channel:
                made = reembed(truth, Endpoint(channel), told.of("embedded"))
            told.end(f"{made} memories have vectors of {section.name} now")
        if state_of(truth).large:
            _index(settings, section.name, told, is_anew=options.anew)
    except KeyboardInterrupt:
        told.end("stopped; `aosh memory reindex` goes on from there")
        return EXIT_INTERRUPTED
    return _shown(state_of(truth), section.name, is_json=options.json)


def repair(options: argparse.Namespace, settings: Settings) -> int:
    """Read what can be read of a damaged memory into a new file."""
    from memory.check import faults

    truth = settings.folders.memory / MEMORY
    if not faults(truth):
        show(notice("the memory is whole; nothing was changed"))
        return 0
    done = repaired(truth)
    if options.json:
        print_json(msgspec.to_builtins(done))
    else:
        show(
            notice(f"{done.kept} memories were read, {done.lost} are lost; the damaged file is {done.aside}")
        )
    return 0


def standing(settings: Settings) -> dict[str, Any]:
    """How the memory's vectors and index stand, for people."""
    truth = settings.folders.memory / MEMORY
    ours = settings.config.memory.name
    if not truth.exists():
        return {"model": ours, "index": "none"}
    found = state_of(truth)
    return {"model": ours, "dimension": found.dimension, "index": found.line(ours)}


class Told:
    """Says how far something is: on a terminal in one line, else every tenth part."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        self._is_live = sys.stderr.isatty()
        self._said = -1

    def of(self, what: str) -> Callable[[int, int], None]:
        """Who is told the figures."""
        started, first = time.monotonic(), None

        def tell(done: int, of: int) -> None:
            nonlocal first
            first = done if first is None else first
            rate = (done - first) / max(time.monotonic() - started, 1e-3)
            part = 10 * done // max(of, 1)
            if self._is_quiet or not (self._is_live or part > self._said):
                return
            self._said = part
            line = f"{what} {done:,} of {of:,} ({rate:,.0f} a second)"
            sys.stderr.write(f"\r{line}\x1b[K" if self._is_live else f"{line}\n")
            sys.stderr.flush()

        self._said = -1
        return tell

    def end(self, text: str = "") -> None:
        """The line is over."""
        if self._is_live and self._said >= 0:
            sys.stderr.write("\r\x1b[K")
        if text and not self._is_quiet:
            complain(text)


@contextmanager
def _beside(settings: Settings, beside: Beside) -> Iterator[socket.socket]:
    with ExitStack() as ends:
        begun = start_beside(beside, choose(settings.folders.state).start, ends)
        channel = socket.socket(fileno=os.dup(begun.end))
    try:
        yield channel
    finally:
        channel.close()
        end_beside([begun])


def _index(settings: Settings, model: str, told: Told, *, is_anew: bool) -> None:
    folder = settings.folders.memory / marks.FOLDER
    if is_anew:
        _begin_anew(folder)
    tell = told.of("indexed")
    with _beside(settings, index_of(settings.folders, model)) as channel:
        index = Proposals(channel)
        while (far := index.far(BEGIN_S)) is not None:
            tell(far.done, far.of)
            if far.done >= far.of:
                break
            time.sleep(LOOK_S)
        told.end()
        index.close()
    if far is None:
        raise DeviceFailed(
            "the index could not be opened: another shell holds it, and keeps it up to date, or chromadb is missing "
            "(pip install 'aosh[memory]'); until it can be, all vectors are compared"
        )


def _begin_anew(folder: Path) -> None:
    import fcntl

    from memory.index import set_aside

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / marks.LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DeviceFailed(
                "another shell holds the index; it can be begun anew once that has ended"
            ) from None
        set_aside(folder / marks.FOLDER, "it was asked for", folder / marks.ASIDE)


def _shown(state: State, model: str, *, is_json: bool) -> int:
    if is_json:
        print_json(msgspec.to_builtins(state))
    else:
        show(notice(f"index: {state.line(model)}"))
    return 0
