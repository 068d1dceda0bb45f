"""`aosh top`: what aosh's sessions, drivers, programs and mind use of the machine, live."""

import asyncio
import sys
import time
from collections.abc import Sequence

import msgspec

from apps.shell.commands.mind import state_of
from apps.shell.commands.output import complain, parser_of, print_json, settings_at, show
from apps.shell.exits import Exit
from apps.shell.jobs import JobShelf
from apps.shell.render.top import top as drawn
from apps.shell.settings import Settings
from apps.shell.top.scene import ORDERS, NextJob, Stage
from kernel.jail.tier import choose
from kernel.minds.needle.service import Service
from syscalls.errors import SysError

MOST_JOBS = 5
_WINDOW_S = 0.2
"""Shares of processor time are taken over this, where there is only one picture."""


def top(args: Sequence[str]) -> int:
    """`aosh top [--once] [--json] [--sort KEY]`."""
    parser = parser_of("top", json_too=True)
    parser.add_argument("--once", action="store_true", help="one picture and out; so too with --json")
    parser.add_argument("--sort", choices=ORDERS, default="cpu", help="by what rows are sorted (cpu)")
    options = parser.parse_args(args)
    settings = settings_at(parser)
    stage = Stage(
        settings.folders.sessions, asyncio.run(_mind_pid(settings)), runtime=settings.folders.runtime,
        jobs=lambda: next_jobs(settings),
    )  # fmt: skip
    if not (options.once or options.json):
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            complain("there is no terminal to draw on; --once prints one picture, --json one for scripts")
            return Exit.USAGE
        from apps.shell.top.live import live

        asyncio.run(live(stage, options.sort))
        return Exit.DONE
    stage.look()
    time.sleep(_WINDOW_S)
    scene = stage.look(options.sort)
    if options.json:
        print_json(msgspec.to_builtins(scene))
    else:
        show(drawn(scene))
    return Exit.DONE


async def _mind_pid(settings: Settings) -> int | None:
    service = Service(settings.folders.runtime, choose(settings.folders.state).start)
    try:
        pid = (await state_of(service))["pid"]
        return int(pid) if pid else None
    finally:
        await service.close()


def next_jobs(settings: Settings) -> list[NextJob]:
    """The jobs that are due next; none where they cannot be read, which `aosh jobs` tells."""
    shelf = JobShelf(settings)
    if not shelf.has_any:
        return []
    try:
        due = [NextJob(job.name, when) for job, _, when in shelf.store.listed() if when is not None]
    except SysError:
        return []
    finally:
        shelf.close()
    return sorted(due, key=lambda each: each.due)[:MOST_JOBS]
