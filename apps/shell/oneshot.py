"""One request and out: `aosh -p`, pipes, scripts. stdout carries the answer or the events, nothing else."""

import argparse
import asyncio
from dataclasses import dataclass, replace

from apps.shell.asking import Asking, Wish
from apps.shell.boot import Kernel, boot, new_session_id
from apps.shell.broadcast import (
    Begun,
    Broadcast,
    Finished,
    check_file,
    complain,
    emitter_of,
    finish,
    is_drawn,
    write,
)
from apps.shell.exits import Exit, exit_of
from apps.shell.piped import NOTHING_ASKED, TooMuch, piped, request_of
from apps.shell.settings import Settings
from apps.shell.signals import released
from kernel.drivers.launch import Launched
from kernel.rules.source import BadRules
from syscalls.errors import SysError

__all__ = ["begun", "complain", "run", "write"]


def run(options: argparse.Namespace, settings: Settings, prompt: str, early: Launched | None = None) -> int:
    """Carry out `prompt`; the exit code.

    Args:
        early: the file driver, where it was started ahead; the caller ends it.
    """
    if wrong := check_file(options):
        complain(wrong)
        return Exit.USAGE
    out = Broadcast(emitter_of(options.output_format), settings, new_session_id())
    with asyncio.Runner() as runner:
        return runner.run(_main(Run(options, settings, out, early), prompt))


async def _main(run: "Run", prompt: str) -> int:
    """Whatever happens, one `init` first and one `result` last."""
    out, settings = run.out, run.settings
    with released(lambda number: True) as stopped, out:
        try:
            async with asyncio.timeout(settings.timeout_s):
                return await _carry_out(run, prompt)
        except TimeoutError:
            message = f"stopped after {settings.timeout_s:g} s (--timeout)"
            return out.end(Exit.TIMEOUT, message)
        except asyncio.CancelledError:
            if not stopped:
                raise
            return out.end(128 + stopped[0], "interrupted", "interrupted")
        except TooMuch as error:
            return out.end(Exit.INPUT, str(error))
        except BadRules as error:
            return out.end(Exit.CONFIG, str(error))
        except SysError as error:
            return out.end(exit_of(error), f"{error.symbol}: {error}")


@dataclass(frozen=True)
class Run:
    """What one run is told."""

    options: argparse.Namespace
    settings: Settings
    out: Broadcast
    early: Launched | None = None


async def _carry_out(run: Run, prompt: str) -> int:
    options, settings = run.options, run.settings
    words, is_waiting = request_of(prompt)
    stdin = await piped(is_waiting=is_waiting, remark=lambda line: None if options.quiet else complain(line))
    if not words:
        return run.out.end(Exit.INPUT, NOTHING_ASKED)
    wish = Wish(
        prompt, words, stdin, settings.search, is_yes=options.yes, is_quiet=options.quiet,
        is_verbose=options.verbose, is_drawn=is_drawn(options), is_rehearsal=options.dry_run,
        has_samples=options.verbose and run.out.is_read,
    )  # fmt: skip
    asking = Asking(wish, complain)
    chosen = replace(settings, timeout_s=None)
    done: Finished
    async with boot(chosen, asking.people, run.out.session_id, run.early) as kernel:
        asking.reporter.begin(run.out.begin(begun(kernel, has_events=run.out.is_read)))
        done = await asking.carry_out(kernel)
    return finish(options, run.out, done)


def begun(kernel: Kernel, *, has_events: bool) -> Begun:
    """What runs; the names of the calls only where they are read, since the menu takes every call's schema."""
    names = tuple(call.name for call in kernel.menu) if has_events else ()
    return Begun(kernel.session.id, kernel.mind.name, kernel.jail.tier, names)
