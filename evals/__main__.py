"""`python -m evals NAME`: the measurements by name."""

import sys

from evals import bfcl, documents, everyday, fuzz, memory, times
from evals.security import report as security

SUITES = {
    "everyday": everyday.main,
    "bfcl": bfcl.main,
    "security": security.main,
    "fuzz": fuzz.main,
    "time": times.main,
    "memory": memory.main,
    "documents": documents.main,
}


def main(args: list[str]) -> int:
    """Run one suite; the exit code."""
    if not args or args[0] not in SUITES:
        print(f"usage: aosh eval {{{','.join(SUITES)}}} [options]", file=sys.stderr)
        return 2
    return SUITES[args[0]](args[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
