"""How long until the prompt is back? Whole commands in processes of their own."""

import compileall

from benchmarks.minds import HARD
from benchmarks.report import Figure, Row, of_rounds
from benchmarks.world import ROOT, Effort, World, run_once, stop_mind

AOSH = ["-m", "apps.shell.main"]
SURE = "list the files here"
NOT_UNDERSTOOD = 48
"""Exit status where even the engine left doubts: as slow an answer as any other."""


def starts(made: World, effort: Effort) -> list[Row]:
    """The commands a person waits for."""
    bare = _figure(made, effort, ["-c", "pass"])
    lazy = _figure(made, effort, ["-c", "import asyncio, argparse, msgspec, sqlite3, subprocess"])
    python, imports = "python -c pass", "python: import asyncio, argparse, msgspec, sqlite3, subprocess"
    rows = [
        Row("aosh --version", _figure(made, effort, [*AOSH, "--version"]), "<= 150 ms", python, bare),
        Row(
            'aosh -p ":file.list"',
            _figure(made, effort, [*AOSH, "-p", ":file.list"]),
            "<= 250 ms",
            imports,
            lazy,
        ),
        Row(
            'aosh -p "words", reader sure',
            _figure(made, effort, [*AOSH, "-p", SURE]),
            "<= 350 ms",
            imports,
            lazy,
        ),
    ]
    rows.append(_served(made, effort, bare))
    words = _unsure(made)
    if not words:
        return [
            *rows,
            Row('aosh -p "words", engine asked', None, note="the reader was sure of every request"),
        ]
    warm = _engine(made, effort, words, is_warm=True)
    cold = _engine(made, Effort(starts=max(3, effort.starts // 3)), words, is_warm=False)
    return [
        *rows,
        Row('aosh -p "words", engine asked, mind warm', warm, "p50 <= 400 ms", imports, lazy),
        Row('aosh -p "words", engine asked, mind stopped', cold, "<= 1,500 ms", imports, lazy),
    ]


def _served(made: World, effort: Effort, bare: Figure) -> Row:
    """The same sure request, asked of a service that runs."""
    run_once(made, [*AOSH, "serve", "--detach"])
    try:
        through = _figure(made, effort, [*AOSH, "-p", SURE])
    finally:
        run_once(made, [*AOSH, "serve", "stop"])
    return Row(
        'aosh -p "words", reader sure, through aosh serve',
        through,
        "below starting alone",
        "python -c pass",
        bare,
    )


def _figure(made: World, effort: Effort, arguments: list[str]) -> Figure:
    run_once(made, arguments)
    return of_rounds("ms", [[run_once(made, arguments) for _ in range(effort.starts)]])


def _engine(made: World, effort: Effort, words: str, *, is_warm: bool) -> Figure:
    values = []
    for _ in range(effort.starts):
        if not is_warm:
            stop_mind(made)
        values.append(run_once(made, [*AOSH, "-p", words], good=(0, NOT_UNDERSTOOD)))
    return of_rounds("ms", [values])


def _unsure(made: World) -> str:
    """A request that wakes the mind process, which then runs; empty where the reader needs no help."""
    for words in HARD:
        run_once(made, [*AOSH, "-p", words], good=(0, 1, NOT_UNDERSTOOD))
        if made.service().is_running():
            return words
    return ""


def compile_packages() -> None:
    """Byte code for all that a jailed process imports, as an installation has it: a jail cannot write it."""
    for package in ("syscalls", "kernel", "memory", "apps"):
        compileall.compile_dir(ROOT / package, quiet=1)
