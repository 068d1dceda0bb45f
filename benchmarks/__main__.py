"""`python -m benchmarks [NAME ...] [--json FILE] [--quick]`: measure, and print a table."""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec

from benchmarks import (
    added,
    agents,
    calls,
    containment,
    documents,
    engines,
    grammar,
    memory,
    minds,
    oneshots,
    policy,
    programs,
    recall,
    resources,
    schedule,
    soak,
    starts,
)
from benchmarks.report import Report, Row, facts, machine, table
from benchmarks.world import QUICK, Effort, World, world

Benchmark = Callable[[World, Effort], list[Row]]
BENCHMARKS: dict[str, Benchmark] = {
    "overhead": calls.overhead,
    "sustained": calls.sustained,
    "effects": calls.effects,
    "turns": calls.turns,
    "programs": programs.programs,
    "reader": minds.reader,
    "warm": minds.warm,
    "starts": starts.starts,
    "oneshots": oneshots.oneshots,
    "memory": memory.memory,
    "policy": policy.policy,
    "grammar": grammar.grammar,
    "added": added.added,
    "engines": engines.engines,
    "resources": resources.resources,
    "containment": containment.containment,
    "schedule": schedule.schedule,
    "recall": recall.recall,
    "agents": agents.agents,
    "soak": soak.soak,
    "documents": documents.documents,
}
ON_DEMAND = ("soak",)
"""Run only where they are named."""


def main() -> int:
    """Run the named benchmarks, or all of them; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)}; all by default"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a first look")
    parser.add_argument(
        "--model", metavar="PATH", help=f"of `engines`, `added` and `grammar`; else ${grammar.MODEL}"
    )
    parser.add_argument("--minutes", type=float, default=1.0, metavar="N", help="of `soak`; 60 for a release")
    options = parser.parse_args()
    if options.model is not None:
        os.environ[grammar.MODEL] = options.model
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    effort = replace(QUICK if options.quick else Effort(), minutes=options.minutes)
    starts.compile_packages()
    where, rows = machine(), []
    print(facts(where), flush=True)
    for name in options.names or [name for name in BENCHMARKS if name not in ON_DEMAND]:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        with world() as made:
            rows += BENCHMARKS[name](made, effort)
    print(table(rows))
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(Report(where, tuple(rows)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
