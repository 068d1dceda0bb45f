"""One request and out: `aosh -p`, pipes, scripts. stdout carries the answer or the events and nothing else."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

from apps.shell import events
from apps.shell.boot import Kernel, People, Talk, boot
from apps.shell.console.emitters import FinalObject, JsonLines, Silent
from apps.shell.direct import parse
from apps.shell.events import Emitter, Stream
from apps.shell.exits import Exit, exit_of, exit_of_result
from apps.shell.report import Reporter
from apps.shell.settings import Settings
from kernel.call import AlwaysYes, Err, NoApprover, Ok, Proposal, Reply
from kernel.loop import End, Nobody, Result
from kernel.version import VERSION
from syscalls.errors import NotUnderstood, SysError
from syscalls.labels import STDIN, USER

MAX_STDIN_BYTES = 8 * 1024 * 1024


def run(options: argparse.Namespace, settings: Settings, prompt: str) -> int:
    """Carry out `prompt`; the exit code."""
    stdin = piped()
    if stdin is None:
        complain(f"standard input holds more than {MAX_STDIN_BYTES} bytes; pass a file instead")
        return Exit.INPUT
    if not prompt.strip():
        complain('nothing was asked; try: aosh -p "what is in this folder?"')
        return Exit.INPUT
    try:
        with asyncio.Runner() as runner:
            return runner.run(_guarded(options, settings, prompt, stdin))
    except KeyboardInterrupt:
        return Exit.SIGINT


async def _guarded(options: argparse.Namespace, settings: Settings, prompt: str, stdin: str) -> int:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    stopped: list[int] = []

    def stop() -> None:
        stopped.append(Exit.SIGTERM)
        task.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    try:
        async with asyncio.timeout(settings.timeout_s):
            return await _run(options, settings, prompt, stdin)
    except TimeoutError:
        complain(f"stopped after {settings.timeout_s:g} s (--timeout)")
        return Exit.TIMEOUT
    except asyncio.CancelledError:
        if stopped:
            return stopped[0]
        raise
    except SysError as error:
        complain(f"{error.symbol}: {error}")
        return exit_of(error)


async def _run(options: argparse.Namespace, settings: Settings, prompt: str, stdin: str) -> int:
    emitter = emitter_of(options.output_format)
    init = events.Init(
        version=VERSION, cwd=str(settings.cwd), mind=settings.mind, permission_mode=settings.mode.value, jail="L"
    )
    trace: Callable[[str], None] = complain if options.verbose else lambda line: None
    with Stream(emitter, f"{os.getpid():x}-{time.time_ns():x}", time.time, init) as stream:
        approver = AlwaysYes() if options.yes else NoApprover()
        people = People(approver, Nobody(), Reporter(stream, trace), Talk(complain))
        async with boot(settings, people) as kernel:
            result = await direct(kernel, prompt, stdin) if prompt.startswith(":") else await kernel.request(prompt, stdin)
        code = exit_of_result(result)
        answer = answer_of(result)
        if options.output_format == "text":
            tell(result, answer, is_quiet=options.quiet)
        stream.emit(final(result, answer, code))
    if options.output_last_message is not None:
        options.output_last_message.write_text(answer, encoding="utf-8", errors="surrogateescape")
    return code


async def direct(kernel: Kernel, line: str, stdin: str) -> Result:
    """Make one call typed by hand."""
    spoken = parse(kernel.table, line)
    labels = USER.join(STDIN) if stdin else USER
    reply = await kernel.gate(kernel.process, Proposal(spoken.name, spoken.arguments, labels))
    error = reply.error if isinstance(reply, Err) else None
    return Result(End.DONE if error is None else End.FAILED, (reply,), error=error)


def answer_of(result: Result) -> str:
    """What the run answers, as plain text: each value's lines, or the mind's words."""
    parts = [spoken(reply) for reply in result.replies if isinstance(reply, Ok)]
    if result.text:
        parts.append(f"{result.text}\n")
    return "".join(part if part.endswith("\n") or not part else f"{part}\n" for part in parts)


def spoken(reply: Ok) -> str:
    """A value's lines; a sentence where it has none and was asked for in words."""
    text = reply.value.text()
    return text if text or reply.call.origin == "user" else f"{reply.value.when_empty()}\n"


def tell(result: Result, answer: str, *, is_quiet: bool) -> None:
    """Write the answer to stdout, made visible on a terminal; what went wrong to stderr."""
    if sys.stdout.isatty():
        show(result.replies)
        if result.text:
            sys.stdout.write(f"{result.text}\n")
    else:
        write(answer)
    if result.error is not None:
        complain(f"{result.error.symbol}: {result.error}")
    if result.nearest and isinstance(result.error, NotUnderstood) and not is_quiet:
        complain("things I can do: " + "; ".join(repr(example) for example in result.nearest))


def show(replies: Sequence[Reply]) -> None:
    """Draw values on the terminal."""
    import shutil

    from apps.shell.render.screen import render, to_ansi

    width = shutil.get_terminal_size().columns
    has_colour = "NO_COLOR" not in os.environ
    for reply in replies:
        if isinstance(reply, Ok):
            sys.stdout.write(to_ansi(render(reply.call.name, reply.value, width=width), width=width, has_colour=has_colour))
    sys.stdout.flush()


def write(text: str) -> None:
    """Text to stdout, quiet when the reader has gone."""
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(line: str) -> None:
    """One line to stderr, made harmless for a terminal."""
    from apps.shell.render.escape import line as visible

    sys.stderr.write(f"aosh: {visible(line)}\n")


def final(result: Result, answer: str, code: int) -> events.Result:
    """The closing event."""
    subtypes = {Exit.DONE: "success", Exit.DENIED: "denied", Exit.NOT_UNDERSTOOD: "not_understood", Exit.BUDGET: "budget",
                Exit.TURNS: "budget", Exit.LABELS: "labels"}  # fmt: skip
    message = answer if result.error is None else f"{result.error.symbol}: {result.error}"
    return events.Result(
        subtype=subtypes.get(Exit(code), "error"), is_error=code != 0, result=message, exit_code=int(code)  # type: ignore[arg-type]
    )


def emitter_of(name: str) -> Emitter:
    """Where events go for an output format."""
    match name:
        case "stream-json":
            return JsonLines(sys.stdout.buffer)
        case "json":
            return FinalObject(sys.stdout.buffer)
        case _:
            return Silent()


def piped() -> str | None:
    """What was piped in, as text; empty when nothing was, None when too much."""
    import select
    import stat

    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    kind = os.fstat(sys.stdin.fileno()).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISREG(kind) or stat.S_ISSOCK(kind)):
        return ""
    if not stat.S_ISREG(kind) and not select.select([sys.stdin], [], [], 0.2)[0]:
        return ""
    data = sys.stdin.buffer.read(MAX_STDIN_BYTES + 1)
    return None if len(data) > MAX_STDIN_BYTES else data.decode("utf-8", "replace")
