"""The command line: what may be given, and what it means."""

import argparse
import os
from pathlib import Path

from apps.shell.config import Config, load_config, with_limits
from apps.shell.settings import Folders, Settings, folders, working_folder
from kernel.verdicts import Mode
from syscalls.hosts import is_scope

COMMANDS = {
    "undo": "take back the last effect, the last N, or one by id",
    "redo": "bring back what was undone",
    "history": "list effects, newest last, with their ids",
    "why": "which rule decided a call, and where each argument came from",
    "doctor": "check mind, jail, versions, journal",
    "syscalls": "list the calls, or show one in full",
    "policy": "the rules: show, check, explain, trust",
    "config": "the settings of config.toml: show, check, path",
    "sessions": "list sessions in the journal",
    "ps": "agents in the background: which run, how the others ended",
    "top": "what sessions, drivers, programs and the mind use of the machine, live",
    "serve": "keep one kernel for several shells; its status, its end, its systemd unit",
    "attach": "come back to an interactive session that goes on in the service",
    "memory": "what is remembered: list, show, search, forget, pin, export, import, stats, check, reindex, repair",
    "index": "folders that are searched by meaning: add, status, search, forget",
    "minds": "which minds this machine can run, why not, and which one auto picks",
    "mind": "state of the warm mind process; start or stop it",
    "jobs": "what is scheduled: list, show, cancel, pause, resume, run, stop, due, install",
    "metrics": "figures of the running service, as Prometheus reads them",
    "eval": "measure the interpreter: everyday, bfcl, security, time, memory, documents",
}
_EXAMPLES = """examples:
  aosh                                        an interactive shell in this folder
  aosh -p "what is the biggest file here?"    one request and out
  aosh -p ":file.read README.md"              one syscall by hand, no mind
  aosh undo                                   take back the last change
commands:
"""


def parser() -> argparse.ArgumentParser:
    """The parser of a request; subcommands are looked for before it."""
    rows = "".join(f"  {name:<10} {about}\n" for name, about in COMMANDS.items())
    found = argparse.ArgumentParser(
        prog="aosh",
        description="An agent operating shell: words become typed, checked, jailed and undoable syscalls.",
        epilog=_EXAMPLES + rows + "`aosh COMMAND --help` says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("prompt", nargs="*", metavar="PROMPT", help="a request to begin with")
    found.add_argument(
        "-p", "--print", action="store_true", help="one request and out; automatic without a terminal"
    )
    found.add_argument(
        "--output-format",
        choices=("text", "json", "stream-json"),
        default="text",
        help="what stdout carries (default: text)",
    )
    found.add_argument(
        "-y", "--yes", action="store_true", help="say yes to every permission question of this run"
    )
    found.add_argument(
        "-c", "--continue", dest="go_on", action="store_true",
        help="with -p and `aosh serve`: go on with the latest session of this folder",
    )  # fmt: skip
    found.add_argument(
        "-r", "--resume", metavar="ID", help="likewise with the session of that id (see aosh serve status)"
    )
    found.add_argument(
        "--dry-run", action="store_true", help="decide and plan, change nothing; shows what would be done"
    )
    found.add_argument(
        "-o", "--output-last-message", type=Path, metavar="FILE", help="also write the answer to FILE"
    )
    common(found)
    return found


def common(found: argparse.ArgumentParser) -> None:
    """Options of every command that starts a kernel."""
    found.add_argument(
        "-m", "--mind", default=None, metavar="NAME", help="auto, needle, openai:MODEL, ... (see aosh minds)"
    )
    found.add_argument(
        "--base-url", metavar="URL", help="server of -m openai:MODEL, such as http://127.0.0.1:8000/v1"
    )
    found.add_argument(
        "-C", "--directory", type=Path, metavar="DIR", help="work in DIR instead of the current folder"
    )
    found.add_argument(
        "--add-dir", type=Path, action="append", default=[], metavar="DIR", help="grant DIR too"
    )
    found.add_argument(
        "--permission-mode",
        choices=[mode.value for mode in Mode],
        default=None,
        help="how much may be done without asking",
    )
    found.add_argument(
        "--allow", action="append", default=[], metavar="RULE",
        help="what need not ask, such as 'file.delete(build/**)' or 'tool.exec(git status)'; repeatable",
    )  # fmt: skip
    found.add_argument(
        "--deny", action="append", default=[], metavar="RULE", help="what must not happen; likewise"
    )
    found.add_argument(
        "--allow-host", type=_host, action="append", default=[], metavar="HOST",
        help="may be fetched from: example.org, '*.example.org', with :PORT where it is not 80 or 443; repeatable",
    )  # fmt: skip
    found.add_argument("--ephemeral", action="store_true", help="keep no journal on disk")
    found.add_argument(
        "--no-service",
        action="store_true",
        help="start alone even where `aosh serve` runs (AOSH_NO_SERVICE=1)",
    )
    found.add_argument("--bare", action="store_true", help="load no plugins and no project rules")
    found.add_argument(
        "--require-jail", choices=("F", "L"), help="end with 44 unless this tier or a stronger one holds"
    )
    found.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings from FILE instead of config.toml (see aosh config)",
    )
    found.add_argument("--max-turns", type=_positive, metavar="N", help="ask the mind at most N times (20)")
    found.add_argument(
        "--max-tokens",
        type=_positive,
        metavar="N",
        help="let models read and write at most N tokens a request",
    )
    found.add_argument(
        "--limit", action="append", default=[], metavar="KEY=N",
        help="the most a request may use, such as cpu_s=60, memory_mb=512, written_mb=100, network_mb=10, processes=20;"
        " session.KEY=N for the whole session; repeatable",
    )  # fmt: skip
    found.add_argument("--timeout", type=_seconds, metavar="S", help="end after S seconds (124)")
    found.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    found.add_argument("-v", "--verbose", action="store_true", help="also show the calls made, on stderr")
    found.add_argument("-q", "--quiet", action="store_true", help="only the answer, no remarks")


def settings_of(options: argparse.Namespace) -> Settings:
    """The session's settings.

    Raises:
        ValueError: a folder cannot be worked in; says which and why.
        BadConfig: config.toml holds a mistake.
    """
    cwd = working_folder(options.directory, os.environ)
    extra = tuple(working_folder(folder, os.environ) for folder in options.add_dir)
    places = folders(os.environ, Path.home())
    config, remarks = config_at(places, options.config)
    own = config.session
    mode = (
        options.permission_mode
        or os.environ.get("AOSH_PERMISSION_MODE")
        or own.permission_mode
        or Mode.ACCEPT_EDITS
    )
    try:
        permission = Mode(mode)
    except ValueError:
        known = ", ".join(each.value for each in Mode)
        raise ValueError(f"AOSH_PERMISSION_MODE={mode!r}: expected one of {known}") from None
    return Settings(
        folders=places,
        cwd=cwd,
        home=Path.home(),
        extra=extra,
        mind=options.mind or os.environ.get("AOSH_MIND") or own.mind or "auto",
        base_url=options.base_url or os.environ.get("AOSH_BASE_URL") or "",
        mode=permission,
        allow=tuple(options.allow),
        deny=tuple(options.deny),
        hosts=tuple(options.allow_host),
        is_rehearsal=getattr(options, "dry_run", False),
        is_ephemeral=options.ephemeral,
        is_bare=options.bare,
        max_turns=options.max_turns or own.max_turns or 20,
        max_tokens=options.max_tokens or own.max_tokens,
        timeout_s=options.timeout or own.timeout_s,
        limits=tuple(options.limit),
        config=with_limits(config, options.limit),
        remarks=tuple(remarks),
    )


def config_at(places: Folders, given: Path | None = None) -> tuple[Config, list[str]]:
    """The configuration of this user, or of the file given. Raises as `load_config` does."""
    if given is None and (named := os.environ.get("AOSH_CONFIG")):
        given = Path(named)
    return load_config(places.system, places.config, given)


def _host(text: str) -> str:
    host = text.lower()
    if not is_scope(host):
        raise argparse.ArgumentTypeError(
            f"expected a host's name such as example.org or '*.example.org', no IP address, got {text!r}"
        )
    return host


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a number of at least 1, got {text!r}")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 10**7:
        raise argparse.ArgumentTypeError(f"expected seconds above 0, got {text!r}")
    return value
