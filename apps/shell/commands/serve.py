"""`aosh serve`: one host that several shells share; and its state, its end, its unit."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from apps.shell.cli import config_at
from apps.shell.commands.output import complain, parser_of, print_json, show
from apps.shell.exits import Exit
from apps.shell.oneshot import write
from apps.shell.render.view import facts, name
from apps.shell.service import messages, run
from apps.shell.service.metrics import Endpoint, endpoint_of
from apps.shell.service.place import Unsafe
from apps.shell.settings import Folders, Settings, folders

UNIT = """[Unit]
Description=aosh: one kernel for several shells

[Service]
ExecStart={command} serve
Restart=on-failure

[Install]
WantedBy=default.target
"""


def serve(args: Sequence[str]) -> int:
    """`aosh serve [run|status|stop|unit] [--detach] [--json] [-m MIND] [--metrics WHERE]`."""
    parser = parser_of("serve", json_too=True)
    parser.add_argument("act", nargs="?", default="run", choices=("run", "status", "stop", "unit"))
    parser.add_argument("-m", "--mind", default=None, metavar="NAME", help="as of aosh")
    parser.add_argument("--detach", action="store_true", help="go on without this terminal; prints the pid")
    parser.add_argument(
        "--metrics", type=_endpoint, metavar="WHERE",
        help="serve figures for Prometheus at unix:PATH or 127.0.0.1:PORT (GET /metrics); off by default",
    )  # fmt: skip
    options = parser.parse_args(args)
    places = folders(os.environ, Path.home())
    try:
        match options.act:
            case "status":
                return _tell(run.ask(places, messages.State()), is_json=options.json)
            case "stop":
                return _stop(places, is_json=options.json)
            case "unit":
                write(UNIT.format(command=f"{sys.executable} -m apps.shell.main"))
                return Exit.DONE
        if options.detach:
            passed = [word for word in args if word != "--detach"]
            return _started(run.detach(places, passed), is_json=options.json)
        return run.serve(_settings(places, options.mind), options.metrics)
    except (Unsafe, run.Runs) as error:
        complain(str(error))
        return Exit.FAILED


def _settings(places: Folders, mind: str | None) -> Settings:
    """What the host is started with; each session brings its own besides.

    Raises:
        BadConfig: config.toml holds a mistake.
    """
    config, _ = config_at(places)
    places.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Settings(
        places,
        cwd=places.state,
        home=Path.home(),
        mind=mind or os.environ.get("AOSH_MIND") or config.session.mind or "auto",
        config=config,
    )


def _endpoint(text: str) -> Endpoint:
    import argparse

    try:
        return endpoint_of(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None


def _stop(places: Folders, *, is_json: bool) -> int:
    found = run.stop(places)
    if is_json:
        print_json({"stopped": found is not None, "pid": found.pid if found else None})
    else:
        complain(f"the service is stopped (pid {found.pid})" if found else "no service runs")
    return Exit.DONE if found else Exit.FAILED


def _started(pid: int, *, is_json: bool) -> int:
    if is_json:
        print_json({"pid": pid})
    else:
        write(f"{pid}\n")
    return Exit.DONE


def _tell(found: messages.Condition | None, *, is_json: bool) -> int:
    if is_json:
        print_json({"running": found is not None} | (msgspec.to_builtins(found) if found else {}))
    elif found is None:
        complain("no service runs; `aosh serve` starts one")
    else:
        rows = facts()
        for key, value in msgspec.to_builtins(found).items():
            if key not in ("sessions", "kept", "seats", "type"):
                rows.add_row(name(key.replace("_", " ")), name(str(value)))
        for each in found.sessions:
            rows.add_row(name("session"), name(f"{each.session_id} of process {each.pid} in {each.cwd}"))
        for seat in found.seats:
            who = f"process {seat.pid} sits there" if seat.pid else "nobody sits there: `aosh attach` does"
            doing = f"; {seat.doing}" if seat.doing else ""
            rows.add_row(name("interactive"), name(f"{seat.session_id} in {seat.cwd}; {who}{doing}"))
        if found.kept:
            rows.add_row(name("kept sessions"), name(" ".join(found.kept)))
        show(rows)
    return Exit.DONE if found else Exit.FAILED
