"""An interactive session that is alone: who sits at it, with which console."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from apps.shell.boot import Kernel, boot
from apps.shell.broadcast import complain, has_colour
from apps.shell.commands.names import COMMANDS
from apps.shell.commands.slash import Memo
from apps.shell.console.console import Console, Setup
from apps.shell.console.keys import EXIT_INTERRUPTED
from apps.shell.console.person import Person
from apps.shell.console.terminal import console_of
from apps.shell.exits import Exit, exit_of
from apps.shell.interactive import Shell
from apps.shell.people import People
from apps.shell.settings import Settings
from apps.shell.signals import released
from apps.shell.wording import short
from kernel.policy import Mode
from kernel.rules.source import BadRules
from syscalls.errors import SysError
from syscalls.sys import human

REMEMBERING_S = 30.0
"""Longest time a session takes at its end to remember what was done."""
Make = Callable[[Kernel, Setup], Console]


def run(options: argparse.Namespace, settings: Settings, prompt: str, unsent: str = "") -> int:
    """Sit at the terminal, alone, until the person leaves; the exit code."""
    with asyncio.Runner() as runner:
        try:
            return runner.run(session(options, settings, prompt, at_terminal, unsent))
        except KeyboardInterrupt:
            return EXIT_INTERRUPTED


def at_terminal(kernel: Kernel, setup: Setup) -> Console:
    """The console of this terminal."""
    return console_of(kernel.table, setup)


async def session(
    options: argparse.Namespace, settings: Settings, prompt: str, make: Make, unsent: str = ""
) -> int:
    """One interactive session, alone.

    Args:
        options: of the command line.
        settings: of the session.
        prompt: the first request.
        make: builds its console.
        unsent: what stands on the first line already.
    """
    shell = Shell(is_quiet=options.quiet, is_verbose=options.verbose, timeout_s=settings.timeout_s)
    person = Person()
    person.on_edit = shell.edit
    with released(shell.on_signal) as stopped:
        try:
            async with boot(
                replace(settings, timeout_s=None), People(person, person, shell, person)
            ) as kernel:
                console = make(kernel, setup_of(kernel, shell.memo, has_colour=has_colour(options)))
                person.sit(console)
                code = await shell.run(kernel, console, prompt, unsent)
                await remember(kernel)
                return code
        except asyncio.CancelledError:
            if stopped:
                return 128 + stopped[0]
            raise
        except BadRules as error:
            complain(str(error))
            return Exit.CONFIG
        except SysError as error:
            sys.stderr.write(f"aosh: {error.symbol}: {error}\n")
            return exit_of(error)


async def remember(kernel: Kernel) -> None:
    """Remember what was done in a session that ends; what cannot be is caught up with by the next."""
    with suppress(SysError, TimeoutError):
        async with asyncio.timeout(REMEMBERING_S):
            await kernel.episodes.end()


def setup_of(kernel: Kernel, memo: Memo, *, has_colour: bool) -> Setup:
    """What the console is told of the session."""
    settings = kernel.settings
    return Setup(
        workspace=settings.cwd,
        cwd=settings.cwd,
        commands=COMMANDS,
        history=None if settings.is_ephemeral else settings.folders.history,
        toolbar=lambda: toolbar(kernel, memo),
        cycle_mode=lambda: cycle(kernel),
        has_colour=has_colour,
    )


def toolbar(kernel: Kernel, memo: Memo) -> str:
    """The line at the bottom."""
    parts = [kernel.policy.mode.value, kernel.mind.name, short(kernel.settings.cwd, kernel.settings.home)]
    if running := kernel.host.agents.running:
        parts.append(f"{running} agent{'s' if running > 1 else ''} running")
    if programs := sum(1 for _ in kernel.host.runs):
        parts.append(f"{programs} program{'s' if programs > 1 else ''}")
    if held := kernel.host.steward.held_count:
        parts.append(f"{held} paused for want of memory")
    if free := kernel.host.steward.free_bytes:
        parts.append(f"{human(free)} free")
    if memo.hint:
        parts.append(f"/undo: {memo.hint}")
    return " · ".join(parts)


def cycle(kernel: Kernel) -> None:
    """The next permission mode."""
    modes = list(Mode)
    kernel.policy.mode = modes[(modes.index(kernel.policy.mode) + 1) % len(modes)]
