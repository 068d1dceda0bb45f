"""`aosh eval`: the measurements, in a process of their own; the shell never loads them."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from apps.shell.commands.output import parser_of
from kernel.jail.plan import package_root


def evaluate(args: Sequence[str]) -> int:
    """`aosh eval SUITE ...`: everything after the suite is the suite's own."""
    if not args or args[0] in ("-h", "--help"):
        parser = parser_of("eval")
        parser.add_argument(
            "suite",
            metavar="SUITE",
            help="everyday, bfcl, security, time, memory or documents; `aosh eval SUITE --help` says more",
        )
        parser.parse_args(args)
    path = os.pathsep.join(filter(None, (package_root(), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-P", "-m", "evals", *args]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            child.wait()
            return 128 + signal.SIGINT
