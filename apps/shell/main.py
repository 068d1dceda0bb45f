"""The command `aosh`. Imports as little as the request needs: `--version` must not wait for a kernel."""

import sys

TYPE_CHECKING = False  # as of `typing`, which takes longer to import than all else here
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from apps.shell.settings import Settings


def main(argv: "Sequence[str] | None" = None) -> int:
    """Run; the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except Exception:
        import logging  # with it come a dozen modules

        logging.getLogger("aosh").exception("aosh: a bug in aosh; please report what follows")
        return 1


def _dispatch(args: list[str]) -> int:
    if args[:1] in (["--version"], ["-V"]):
        from kernel.version import VERSION

        sys.stdout.write(f"aosh {VERSION}\n")
        return 0
    from apps.shell.held import hold, let_go

    hold()
    from apps.shell.cli import COMMANDS

    if args and args[0] in COMMANDS:
        from apps.shell.commands.run import run_command

        let_go()
        return run_command(args[0], args[1:])
    return _request(args)


def _request(args: list[str]) -> int:
    from apps.shell.cli import parser, settings_of
    from apps.shell.config import BadConfig

    options = parser().parse_args(args)
    prompt = " ".join(options.prompt)
    try:
        settings = settings_of(options)
    except (BadConfig, ValueError) as wrong:
        from apps.shell.exits import Exit

        sys.stderr.write(f"aosh: {wrong}\n")
        return Exit.CONFIG if isinstance(wrong, BadConfig) else Exit.USAGE
    if options.require_jail and not _is_jailed(options.require_jail, settings.folders.state):
        from apps.shell.exits import Exit  # with it comes the kernel; the driver is to start before that

        return Exit.JAIL
    is_resumed = options.go_on or options.resume
    if not options.print and not is_resumed and sys.stdin.isatty() and sys.stdout.isatty():
        return _sit(options, settings, prompt)
    from apps.shell.settings import socket_of

    if socket_of(settings.folders).exists():
        from apps.shell.service import client

        if (code := client.run(options, settings, prompt)) is not None:
            return code
    if is_resumed:
        from apps.shell.exits import Exit

        sys.stderr.write("aosh: no service keeps sessions here; expected `aosh serve` to run for -c and -r\n")
        return Exit.INPUT
    from apps.shell.early import start_files

    early = start_files(settings)
    try:
        from apps.shell import oneshot

        return oneshot.run(options, settings, prompt, early)
    finally:
        if early is not None:
            early.kill()


def _sit(options: "argparse.Namespace", settings: "Settings", prompt: str) -> int:
    """At the terminal: by the service where it is the one, which needs no kernel here; else alone."""
    from apps.shell.settings import socket_of

    unsent = ""
    if socket_of(settings.folders).exists():
        from apps.shell.service import visiting

        came = visiting.run(options, settings, prompt)
        if isinstance(came, int):
            return came
        if came is not None:
            prompt, unsent = "", came.unsent
    from apps.shell import seating

    return seating.run(options, settings, prompt, unsent)


def _is_jailed(required: str, state: "Path") -> bool:
    """Whether the session's jail will be of the tier required, or stronger; says so when not."""
    from kernel.jail.tier import choose

    jail = choose(state)
    if not jail.meets(required):
        sys.stderr.write(
            f"aosh: jail tier {required} is required, and here it is {jail.tier}: {jail.reason}\n"
        )
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
