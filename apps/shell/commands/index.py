"""`aosh index`: which folders are searched by meaning, how far they are read, and reading them now. All through the gate."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from apps.shell.boot import boot, watch_nothing
from apps.shell.commands.output import complain, directory, parser_of, print_json, settings_at, show
from apps.shell.people import People, Talk
from apps.shell.render.screen import render
from apps.shell.settings import Settings
from apps.shell.upkeep import Upkeep, named
from kernel.call import Approval, Choice
from kernel.loop import Nobody
from syscalls.declare import Value
from syscalls.doc import Folders
from syscalls.errors import NotFolder

SLICE_S = 2.0
BUSY_S = 1.0
"""How often is looked again where another process reads."""


class Typed:
    """Typing the command is the yes: to its own calls, and nothing else."""

    is_present = True

    async def approve(self, approval: Approval) -> Choice:
        """Yes to the index's calls."""
        return Choice.ONCE if approval.call.name.startswith("doc.") else Choice.NO


def index(args: Sequence[str]) -> int:
    """`aosh index [add|status|search|forget] [FOLDER|WORDS]`."""
    parser = parser_of("index", json_too=True)
    directory(parser)
    parser.add_argument(
        "what", nargs="*", metavar="ACTION|FOLDER",
        help="add FOLDER (default: this one): find its files by meaning, and read them now; status [FOLDER]; "
        "search WORDS; forget FOLDER",
    )  # fmt: skip
    options = parser.parse_args(args)
    action, rest = "add", list(options.what)
    if rest and rest[0] in _ACTIONS:
        action = rest.pop(0)
    settings = settings_at(parser, options.directory)
    run: Callable[[argparse.Namespace, Settings, list[str]], int] = _ACTIONS[action]
    return run(options, settings, rest)


def _add(options: argparse.Namespace, settings: Settings, rest: list[str]) -> int:
    folder = _folder(settings, rest)

    async def work(upkeep: Upkeep) -> Value:
        await upkeep.call("index", path=str(folder), seconds=0)
        await _read(upkeep, folder)
        return await _status(upkeep, folder)

    return _shown(options, "status", _made(_granted(settings, folder), work))


def _state(options: argparse.Namespace, settings: Settings, rest: list[str]) -> int:
    folder = _folder(settings, rest) if rest else None
    known = [Path(each) for each in named(settings.folders.documents)]
    extra = tuple(each for each in known if each.is_dir() and each.parent != each)

    async def work(upkeep: Upkeep) -> Value:
        if folder is not None:
            return await _status(upkeep, folder)
        items = [item for each in extra for item in (await _status(upkeep, each)).items]
        return Folders(tuple(items))

    if not known:
        return _shown(options, "status", Folders(()))
    return _shown(options, "status", _made(replace(settings, extra=extra), work))


def _search(options: argparse.Namespace, settings: Settings, rest: list[str]) -> int:
    words = " ".join(rest)
    return _shown(
        options, "find", _made(settings, lambda upkeep: upkeep.call("find", text=words, limit=10, seconds=5))
    )


def _forget(options: argparse.Namespace, settings: Settings, rest: list[str]) -> int:
    folder = _folder(settings, rest, is_there=False)
    value = _made(_granted(settings, folder), lambda upkeep: upkeep.call("forget", path=str(folder)))
    return _shown(options, "status", value)


def _made(settings: Settings, make: Callable[[Upkeep], Coroutine[Any, Any, Value]]) -> Value:
    """What `make` gives on a running kernel."""

    async def inside() -> Value:
        people = People(Typed(), Nobody(), watch_nothing, Talk(complain))
        async with boot(settings, people) as kernel:
            return await make(Upkeep(kernel, complain))

    try:
        return asyncio.run(inside())
    except KeyboardInterrupt:
        complain("stopped; what was read is kept, and `aosh index` goes on from there")
        raise


async def _status(upkeep: Upkeep, folder: Path) -> Folders:
    value = await upkeep.call("status", path=str(folder))
    assert isinstance(value, Folders)
    return value


async def _read(upkeep: Upkeep, folder: Path) -> None:
    """Read until nothing waits, and tell how far it is."""
    progress = _Progress()
    look = True
    while True:
        value = await upkeep.slice(str(folder), SLICE_S, look=look)
        progress.tell(value)
        if value.is_busy:
            await asyncio.sleep(BUSY_S)
        elif value.is_done and look:
            break
        look = value.is_done  # what changed meanwhile is looked for before the end
    progress.end()


class _Progress:
    """A line on a terminal's stderr, written over; of a pipe, nothing."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._started = time.monotonic()
        self._first: int | None = None

    def tell(self, value: Folders) -> None:
        """Say how far it is."""
        files = sum(each.files for each in value.items)
        waiting = sum(each.waiting for each in value.items)
        passages = sum(each.passages for each in value.items)
        bare = sum(each.bare for each in value.items)
        if waiting:
            said = f"read {files - waiting:,} of {files:,} files"
        else:
            said = f"read {files:,} files; {passages - bare:,} of {passages:,} passages by meaning{self._left(bare)}"
        if value.is_busy:
            said += "; another aosh reads them"
        if self._is_shown:
            sys.stderr.write(f"\r\x1b[K{said}")
            sys.stderr.flush()

    def _left(self, bare: int) -> str:
        """About how long the rest takes, by the pace since it began."""
        now = time.monotonic()
        if self._first is None:
            self._first, self._started = bare, now
        done = self._first - bare
        if done < 8 or not bare:
            return ""
        seconds = (now - self._started) / done * bare
        return f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", about {seconds:.0f} s left"

    def end(self) -> None:
        """Take the line away."""
        if self._is_shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _folder(settings: Settings, rest: list[str], *, is_there: bool = True) -> Path:
    path = (settings.cwd / Path(" ".join(rest) or ".").expanduser()).absolute()
    path = path.resolve() if path.exists() else path
    if is_there and not path.is_dir():
        raise NotFolder(f"index: expected a folder, got {str(path)!r}")
    if path.parent == path:
        raise NotFolder("index: '/' is the whole machine; expected a folder below it")
    return path


def _granted(settings: Settings, folder: Path) -> Settings:
    """With that folder granted: naming it here is what grants it."""
    if folder.is_relative_to(settings.cwd.resolve()) or not folder.is_dir():
        return settings
    return replace(settings, extra=(*settings.extra, folder))


def _shown(options: argparse.Namespace, verb: str, value: Value) -> int:
    print_json(msgspec.to_builtins(value)) if options.json else show(render(f"doc.{verb}", value, width=100))
    return 0


_ACTIONS: dict[str, Callable[[argparse.Namespace, Settings, list[str]], int]] = {
    "add": _add, "status": _state, "search": _search, "forget": _forget,
}  # fmt: skip
