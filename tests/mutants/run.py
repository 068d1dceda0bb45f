"""Runs small test files against a copy of the code, once as it is and once with each mutation.

    python -m tests.mutants.run FOLDER < mutants.json

Mutants come as JSON `[[name, file, pattern, replacement, [test, ...]], ...]`; answers go out as
`{name: exit status of pytest}`. The copy is made in FOLDER; every run is a fork of one process that
has the heavy libraries loaded and nothing of ours.
"""

import importlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

HEAVY = ("pytest", "pytest_asyncio.plugin", "hypothesis", "jsonschema", "msgspec", "psutil")
ROOT = Path(__file__).parents[2]
PARTS = ("syscalls", "kernel", "tests/kernel", "tests/syscalls", "tests/property")
OPTIONS = ("-x", "-q", "--tb=no", "--assert=plain", "-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin")
NOT_RUN = 98
"""Answer for tests that could not be run at all."""
NOT_FOUND = 99
"""Answer for a mutation that found nothing to change."""


def copy(folder: Path) -> None:
    """The code and the tests that run against it."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "tests/conftest.py", "tests/tiers.py"):
        shutil.copy(ROOT / file, folder / file)


def verdict(folder: Path, tests: list[str]) -> int:
    """Exit status of pytest over the tests, in a fork."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.chdir(folder)
    sys.path[:] = [str(folder), *(path for path in sys.path if Path(path or ".").resolve() != ROOT)]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("tests", "kernel", "syscalls")]:
        del sys.modules[name]
    status = NOT_RUN
    try:
        status = int(importlib.import_module("pytest").main([*OPTIONS, *tests]))
    finally:
        os._exit(status)


def tried(folder: Path, mutant: tuple[str, str, str, str, list[str]]) -> int:
    """Exit status of the tests with one mutation in place."""
    _, file, pattern, replacement, tests = mutant
    path = folder / file
    original = path.read_text("utf-8")
    mutated, count = re.subn(pattern, replacement, original, flags=re.S)
    if count != 1 and file:
        return NOT_FOUND
    path.write_text(mutated, "utf-8")
    try:
        return verdict(folder, tests)
    finally:
        path.write_text(original, "utf-8")


def main(args: list[str]) -> None:
    """Read mutants, answer how each fared."""
    mutants = json.load(sys.stdin)
    sys.dont_write_bytecode = True
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in HEAVY:
        importlib.import_module(name)
    folder = Path(args[0])
    copy(folder)
    every = sorted({test for mutant in mutants for test in mutant[4]})
    answers = {"unchanged": verdict(folder, every)}
    answers |= {mutant[0]: tried(folder, mutant) for mutant in mutants}
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
