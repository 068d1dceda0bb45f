"""One request and out: `aosh -p`, pipes, scripts. stdout carries the answer or the events, nothing else."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from apps.shell import events
from apps.shell.answers import answer_of, cited_calls, shown_of, untrusted_of, words_of
from apps.shell.boot import Kernel, boot, new_session_id
from apps.shell.console.emitters import FinalObject, JsonLines, Silent
from apps.shell.events import Emitter, Stream, Subtype
from apps.shell.exits import Exit, exit_of, exit_of_result
from apps.shell.people import People, Talk
from apps.shell.piped import TooMuch, piped
from apps.shell.report import Reporter
from apps.shell.settings import Settings
from apps.shell.signals import released
from kernel.call import AlwaysYes, Approver, Err, NoApprover, Ok, Reply
from kernel.drivers.launch import Launched
from kernel.loop import Nobody, Result
from kernel.rules.source import BadRules
from kernel.version import VERSION
from syscalls.errors import DriverDied, SysError

if TYPE_CHECKING:
    from apps.shell.rehearsal import Rehearsal

TIDY_S = 5.0
"""Longest time a run that was stopped takes to roll back what it left open."""
_SUBTYPES: dict[int, Subtype] = {
    Exit.DONE: "success", Exit.DENIED: "denied", Exit.NOT_UNDERSTOOD: "not_understood", Exit.BUDGET: "budget",
    Exit.TURNS: "budget", Exit.LABELS: "labels", Exit.TIMEOUT: "timeout",
}  # fmt: skip


def run(options: argparse.Namespace, settings: Settings, prompt: str, early: Launched | None = None) -> int:
    """Carry out `prompt`; the exit code.

    Args:
        early: the file driver, where it was started ahead; the caller ends it.
    """
    file: Path | None = options.output_last_message
    if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
        complain(f"-o {str(file)!r}: expected a file in a folder that exists")
        return Exit.USAGE
    with asyncio.Runner() as runner:
        return runner.run(
            _main(
                Run(options, settings, Broadcast(emitter_of(options.output_format), settings), early), prompt
            )
        )


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


class Broadcast:
    """The events of a run, begun when `init` can tell the truth, and at the latest when the run ends."""

    def __init__(self, emitter: Emitter, settings: Settings) -> None:
        self.session_id = new_session_id()
        self._emitter = emitter
        self._settings = settings
        self._stream: Stream | None = None

    def __enter__(self) -> "Broadcast":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._begun().__exit__(kind, error, trace)

    def begin(self, kernel: Kernel) -> Stream:
        """Tell what runs."""
        is_read = not isinstance(self._emitter, Silent)  # the menu takes every call's schema
        return self._begin(
            kernel.mind.name, kernel.jail.tier, tuple(call.name for call in kernel.menu) if is_read else ()
        )

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
        return self._stream or self._begin(self._settings.mind, "", ())

    def _begin(self, mind: str, jail: str, names: tuple[str, ...]) -> Stream:
        init = events.Init(
            version=VERSION,
            cwd=str(self._settings.cwd),
            mind=mind,
            permission_mode=self._settings.mode.value,
            jail=jail,
            syscalls=names,
        )
        self._stream = Stream(self._emitter, self.session_id, time.time, init)
        return self._stream.__enter__()


@dataclass(frozen=True)
class Run:
    """What one run is told."""

    options: argparse.Namespace
    settings: Settings
    out: Broadcast
    early: Launched | None = None


async def _carry_out(run: Run, prompt: str) -> int:
    words = prompt.strip()
    is_waiting = words == "-" or words.endswith(" -")
    words = words.removesuffix("-").strip() if is_waiting else words
    stdin = await piped(
        is_waiting=is_waiting, remark=lambda line: None if run.options.quiet else complain(line)
    )
    if not words:
        return run.out.end(Exit.INPUT, 'nothing was asked; try: aosh -p "what is in this folder?"')
    rehearsal = rehearsal_of(run)
    approver: Approver = rehearsal or (AlwaysYes() if run.options.yes else NoApprover())
    trace: Callable[[str], None] = complain if run.options.verbose else lambda line: None
    reporter = Reporter(approver, trace, (lambda _: None) if run.options.quiet else complain)
    people = People(reporter, Nobody(), reporter, Talk(complain))
    async with boot(replace(run.settings, timeout_s=None), people, run.out.session_id, run.early) as kernel:
        reporter.begin(run.out.begin(kernel))
        tell_tidied(kernel.recovered)
        for remark in () if run.options.quiet else kernel.remarks:
            complain(remark)
        result, answer, code = await _ask(kernel, reporter, rehearsal, (words, stdin))
    if rehearsal is None:
        return _finish(run, result, answer, code)
    if run.options.yes and code == Exit.DENIED and rehearsal.steps and rehearsal.is_askable:
        code = Exit.DONE
    return _finish(run, result, answer, code, tuple(rehearsal.steps))


def rehearsal_of(run: Run) -> "Rehearsal | None":
    """With --dry-run, whoever is asked and notes the plans; else None, and nothing of it is loaded."""
    if not run.options.dry_run:
        return None
    from apps.shell.rehearsal import Rehearsal

    return Rehearsal()


async def _ask(
    kernel: Kernel, reporter: Reporter, rehearsal: "Rehearsal | None", asked: tuple[str, str]
) -> tuple[Result, str, int]:
    """The result, the answer as text, and the exit code. What was left open is rolled back."""
    words, stdin = asked
    try:
        result = await (
            kernel.typed(words, stdin) if words.startswith((":", "!")) else kernel.request(words, stdin)
        )
    except asyncio.CancelledError:
        async with asyncio.timeout(TIDY_S):
            tell_tidied(await kernel.tidy())
        raise
    if isinstance(result.error, DriverDied):
        tell_tidied(await kernel.tidy())
    if rehearsal is None:
        return result, answer_of(result), exit_of_result(result)
    got_far = rehearsal.review(kernel.gate, kernel.policy, kernel.process, result, reporter.drafted)
    answer = "".join(f"{line}\n" for line in rehearsal.lines())
    if not got_far:
        return result, answer, exit_of_result(result)
    code = Exit.DONE if rehearsal.is_allowed else Exit.DENIED
    return Result(result.end, (), answer), answer, code


def _finish(
    run: Run, result: Result, answer: str, code: int, preflight: tuple[events.PreflightStep, ...] = ()
) -> int:
    """Say it, write it down where asked, and close the events; the exit code."""
    options = run.options
    if options.output_format == "text":
        tell(result, answer, options, run.settings.search)
    elif result.error is not None:
        complain(f"{result.error.symbol}: {result.error}")
    if options.output_last_message is not None:
        try:
            options.output_last_message.write_text(answer, encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            return run.out.end(Exit.FAILED, f"-o {str(options.output_last_message)!r}: {error.strerror}")
    message = answer if result.error is None else f"{result.error.symbol}: {result.error}"
    run.out.close(events.Result(
        subtype=_SUBTYPES.get(code, "error"), is_error=code != 0, result=message, exit_code=int(code),
        cites=cited_calls(result), labels=untrusted_of(result), preflight=preflight,
    ))  # fmt: skip
    return int(code)


def tell(result: Result, answer: str, options: argparse.Namespace, search: Sequence[str]) -> None:
    """Write the answer to stdout, drawn on a terminal; what went wrong to stderr.

    Args:
        search: the folders of the person's programs.
    """
    is_terminal = sys.stdout.isatty()
    if is_terminal or options.color == "always":
        has_colour = options.color != "never" and (options.color == "always" or "NO_COLOR" not in os.environ)
        words = words_of(result)
        write(drawn(shown_of(result), has_colour=has_colour) + (f"{words}\n" if words else ""))
    else:
        write(answer)
    if result.error is not None:
        complain(f"{result.error.symbol}: {result.error}")
    if options.quiet:
        return
    if result.error is not None:
        from apps.shell.offers import hint_of

        if hint := hint_of(result, " ".join(options.prompt), search):
            complain(hint)
    if is_terminal and any(
        isinstance(each, Ok) and each.changes and each.changes.undo for each in result.replies
    ):
        complain("take it back with: aosh undo")


def tell_tidied(replies: Sequence[Reply]) -> None:
    """Say what was rolled back, and what could not be."""
    for reply in replies:
        if isinstance(reply, Err):
            complain(
                f"a change was left half-done and could not be rolled back: {reply.error}; see aosh history"
            )
        else:
            complain("a change was left half-done; it is rolled back")


def drawn(replies: Sequence[Reply], *, has_colour: bool) -> str:
    """Values as a terminal shows them."""
    import shutil

    from apps.shell.render.screen import render, to_ansi

    width = shutil.get_terminal_size().columns
    return "".join(
        to_ansi(render(reply.call.name, reply.value, width=width), width=width, has_colour=has_colour)
        for reply in replies
        if isinstance(reply, Ok)
    )


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
