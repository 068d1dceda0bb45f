"""`aosh jobs`: what is scheduled, what it did, and running what is due."""

import argparse
import asyncio
import datetime as dt
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from apps.shell.cli import common, settings_of
from apps.shell.commands.output import complain, parser_of, print_json
from apps.shell.commands.timer import install, uninstall
from apps.shell.exits import Exit
from apps.shell.jobnews import news_of, told_of
from apps.shell.jobs import JobShelf
from apps.shell.oneshot import write
from apps.shell.render.escape import line as on_one_line
from apps.shell.settings import Settings
from kernel.schedule.job import Job, Run
from kernel.schedule.keeper import Ended
from kernel.schedule.server import Schedule, infos_of
from kernel.times.say import say_moment
from syscalls.errors import BadArgument
from syscalls.sched import JobInfo

VERBS = ("list", "show", "cancel", "pause", "resume", "run", "stop", "due", "install", "uninstall")
_OF_ONE = ("show", "cancel", "pause", "resume", "run", "stop")


def jobs(args: Sequence[str]) -> int:
    """List, show or change jobs, or run what is due."""
    parser = _parser()
    options = parser.parse_args(args)
    if (options.verb in _OF_ONE) is not bool(options.job):
        parser.error(
            f"{options.verb} takes {'a JOB' if options.verb in _OF_ONE else 'no JOB'}, got {options.job!r}"
        )
    try:
        settings = settings_of(options)
    except ValueError as wrong:
        parser.error(str(wrong))
    if options.verb == "install":
        return install(settings, is_sure=options.yes)
    if options.verb == "uninstall":
        return uninstall(settings, is_sure=options.yes)
    shelf = JobShelf(settings)
    if options.verb == "due":
        return asyncio.run(_due(settings, is_json=options.json)) if shelf.has_any else Exit.DONE
    try:
        return _of_one(shelf, options) if options.job else _list(shelf, is_json=options.json)
    finally:
        shelf.close()


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("jobs", json_too=True)
    parser.add_argument(
        "verb", nargs="?", choices=VERBS, default="list",
        help="list what is scheduled (the default); show one with its runs; cancel, pause or resume one; "
        "run it now; stop a run that goes on; "
        "due: run all that is due, and end; install: a timer of the system that does so every minute",
    )  # fmt: skip
    parser.add_argument("job", nargs="?", metavar="JOB", help="id, name, or words of it")
    parser.add_argument("-y", "--yes", action="store_true", help="install, uninstall: do not ask")
    common(parser)
    return parser


def _list(shelf: JobShelf, *, is_json: bool) -> int:
    infos = infos_of(shelf.store) if shelf.has_any else ()
    if is_json:
        print_json(msgspec.to_builtins(infos))
    else:
        write("".join(f"{on_one_line(info.line())}\n" for info in infos) or "nothing is scheduled\n")
        if shelf.has_any:
            _tell_news(shelf)
    return Exit.DONE


def _tell_news(shelf: JobShelf) -> None:
    """Tell what ended while nobody looked."""
    log = shelf.store.log
    latest = log.latest()
    for line in news_of(log.untold()):
        complain(line)
    if sys.stderr.isatty():
        log.told(latest)


def _of_one(shelf: JobShelf, options: argparse.Namespace) -> int:
    def no_line(line: str) -> Any:
        raise BadArgument(f"no job is made here, got {line!r}")

    server = Schedule(shelf.store, no_line, shelf.changed)
    job = server.find(options.job)[0]
    store = shelf.store
    match options.verb:
        case "cancel":
            store.cancel(job.id)
        case "pause":
            store.pause(job.id)
        case "resume":
            store.resume(job.id)
        case "run":
            store.make_due(job.id)
        case "stop":
            server.stop(job.id)
    if options.verb != "show":
        shelf.changed()
    _show(
        server.found(job.id),
        job,
        store.log.of(job.id) if options.verb == "show" else [],
        is_json=options.json,
    )
    if options.verb == "run":
        complain("it is due now: an open aosh runs it, or `aosh jobs due`")
    return Exit.DONE


def _show(info: JobInfo, job: Job, runs: Sequence[Run], *, is_json: bool) -> None:
    zone = ZoneInfo(job.zone)
    if is_json:
        print_json({"job": msgspec.to_builtins(info), "runs": msgspec.to_builtins(list(runs))})
        return
    lines = [info.line()]
    for run in runs:
        at = say_moment(dt.datetime.fromtimestamp(int(run.started), zone))
        missed = f", {run.missed} earlier missed" if run.missed else ""
        lines.append(f"  {at}: {run.end or 'running'}{missed}")
        lines += [f"    {line}" for line in run.output.splitlines()]
    write("".join(f"{on_one_line(line)}\n" for line in lines))


async def _due(settings: Settings, *, is_json: bool) -> int:
    """Run all that is due; what the runs did is told and kept."""
    from apps.shell.alive import own
    from apps.shell.bell import listening
    from apps.shell.boot import new_session_id
    from apps.shell.host import open_host
    from apps.shell.jobruns import keeper_of, settle
    from kernel.schedule.keeper import Around

    ends: list[dict[str, Any]] = []

    async def told(job: Job, run: Run, ended: Ended) -> None:
        ends.append({"job": job.id, "name": job.name, "due": run.due, "missed": run.missed} | vars(ended))
        if not is_json:
            done = msgspec.structs.replace(run, end=ended.end, output=ended.output)
            write("".join(f"{on_one_line(each)}\n" for each in told_of(job, done).splitlines()))
        host.jobs.changed()

    def settled() -> None:
        for job, run in settle(host):
            complain(told_of(job, run))

    async with open_host(settings) as host:
        owner = new_session_id()
        with own(host.folders, owner), ExitStack() as stack:
            keeper = keeper_of(host, settings, owner, Around(told, settled, complain))
            with suppress(OSError):  # what is asked to stop then ends by itself
                stack.enter_context(listening(settings.folders, keeper.changed))
            await keeper.run_due()
        if sys.stdout.isatty():
            host.jobs.store.log.told(host.jobs.store.log.latest())
    if is_json:
        print_json(ends)
    return Exit.DONE if all(each["end"] == "done" for each in ends) else Exit.FAILED
