"""Function calls by the embedded engine, directly and through our adapter. `python -m evals bfcl --help`.

The cases are the single-turn files of the Berkeley Function Calling Leaderboard, found by `AOSH_DATA` or in
`../shared/data`. Direct is the engine with the case's own functions, its calls as given, a withheld call
being none. The engine runs where it always does, in the jailed mind process; its answers are
deterministic, so the same question is asked once and serves both.
"""

import argparse
import asyncio
import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.ast_match import Call, matches
from evals.score import Rate
from kernel.jail.tier import choose
from kernel.minds.needle import functions
from kernel.minds.needle.service import Service

FILES = ("simple_python", "multiple", "parallel", "irrelevance")
MENUS_A_PROCESS = 40
"""The mind process is renewed after so many menus: what it bound once stays in its memory."""
LEVELS = (0.3, 0.5, 0.7)


@dataclass(frozen=True)
class Case:
    """A request with its functions and what is accepted; nothing is where no call is right."""

    id: str
    text: str
    functions: list[dict[str, Any]]
    expected: list[dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """One way's answer to one case."""

    calls: list[Call]
    confidence: float
    right: bool
    seconds: float
    """The engine's own, over all its turns."""
    bound_seconds: float
    """With the binding of menus."""


@dataclass(frozen=True)
class Trace:
    """Both ways' answers to one case."""

    id: str
    text: str
    direct: Outcome
    adapter: Outcome


def folder() -> Path | None:
    """Where the files lie; None when they are not here."""
    given = os.environ.get("AOSH_DATA")
    base = Path(given) if given else Path(__file__).parents[2] / "shared" / "data"
    return base / "bfcl" if (base / "bfcl").is_dir() else None


def load(base: Path, name: str, split: str = "all", limit: int | None = None) -> list[Case]:
    """A file's cases, in order: those with an even or odd number, or all; the first `limit` of them."""
    answers: dict[str, list[dict[str, Any]]] = {}
    if (path := base / f"{name}_answers.jsonl").exists():
        answers = {
            row["id"]: row["ground_truth"]
            for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        }
    cases = []
    for row in map(json.loads, (base / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()):
        is_even = int(row["id"].rsplit("_", 1)[1].split("-")[0]) % 2 == 0
        if split == "all" or is_even == (split == "even"):
            cases.append(
                Case(
                    row["id"], row["question"][0][-1]["content"], row["function"], answers.get(row["id"], [])
                )
            )
    return cases[:limit]


class Engine:
    """Asks the jailed mind process; remembers its answers, in a file too when given one."""

    def __init__(self, runtime: Path, record: Path | None) -> None:
        self._runtime = runtime
        self._record = record
        self._service: Service | None = None
        self._menus: set[str] = set()
        self._known: dict[str, dict[str, Any]] = {}
        if record is not None and record.exists():
            self._known = dict(map(json.loads, record.read_text(encoding="utf-8").splitlines()))

    async def ask(self, menu: str, text: str) -> dict[str, Any]:
        """The envelope, with "wall": the seconds it took including binding."""
        key = key_of(menu, text)
        if key not in self._known:
            if len(self._menus) >= MENUS_A_PROCESS:
                await self.close()
            self._service = self._service or Service(self._runtime, choose(self._runtime).start)
            self._menus.add(menu)
            started = time.perf_counter()
            envelope = await self._service.complete(menu, text)
            self._known[key] = envelope | {"wall": time.perf_counter() - started}
            if self._record is not None:
                with self._record.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([key, self._known[key]]) + "\n")
        return self._known[key]

    async def close(self) -> None:
        """End the mind process, and wait until it has."""
        if self._service is not None:
            await self._service.stop()
            await self._service.close()
            await asyncio.to_thread(
                wait_until, lambda: not Service(self._runtime, choose(self._runtime).start).is_running()
            )
        self._service = None
        self._menus.clear()


def key_of(menu: str, text: str) -> str:
    """What an answer is recorded under."""
    return hashlib.sha1(f"{menu}\0{text}".encode()).hexdigest()


def wait_until(is_so: Callable[[], bool], deadline_s: float = 10.0) -> None:
    """Look ten times a second until something is so; give up in silence after the deadline."""
    end = time.monotonic() + deadline_s
    while not is_so() and time.monotonic() < end:
        time.sleep(0.1)


def plain_menu(case: Case) -> str:
    """The case's functions with their types in JSON Schema's words, and nothing else changed."""
    kinds = {"dict": "object", "float": "number", "tuple": "array", "any": "string"}

    def plain(schema: Any) -> Any:
        if isinstance(schema, list):
            return [plain(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        return {
            key: kinds.get(each, each) if key == "type" and isinstance(each, str) else plain(each)
            for key, each in schema.items()
        }

    return json.dumps(
        [
            {"name": f["name"], "description": f["description"], "parameters": plain(f["parameters"])}
            for f in case.functions
        ]
    )


async def directly(engine: Engine, case: Case) -> Outcome:
    """The engine's own calls."""
    envelope = await engine.ask(plain_menu(case), case.text)
    calls: list[Call] = [
        (each["name"], each.get("arguments") or {}) for each in envelope.get("function_calls") or []
    ]
    confidence = float(envelope.get("confidence") or 0.0)
    return Outcome(
        calls,
        confidence,
        matches(calls, case.expected, case.functions),
        envelope["seconds"],
        envelope["wall"],
    )


async def adapted(engine: Engine, case: Case) -> Outcome:
    """The adapter's calls."""
    envelopes: list[dict[str, Any]] = []

    async def ask(menu: str, text: str) -> dict[str, Any]:
        envelopes.append(await engine.ask(menu, text))
        return envelopes[-1]

    started = time.perf_counter()
    found = await functions.understand(ask, case.functions, case.text)
    calls: list[Call] = [(each.name, each.arguments) for each in found.calls]
    own = sum(each["seconds"] for each in envelopes)
    wall = max(time.perf_counter() - started, sum(each["wall"] for each in envelopes))
    return Outcome(calls, found.confidence, matches(calls, case.expected, case.functions), own, wall)


async def measured(cases: Sequence[Case], record: Path | None) -> list[Trace]:
    """Every case both ways, with a line of progress each."""
    traces = []
    with tempfile.TemporaryDirectory(prefix="aosh-mind-") as runtime:
        engine = Engine(Path(runtime), record)
        try:
            for case in cases:
                trace = Trace(case.id, case.text, await directly(engine, case), await adapted(engine, case))
                marks = " ".join("ok  " if each.right else "MISS" for each in (trace.direct, trace.adapter))
                print(f"{marks} {trace.adapter.confidence:.2f} {case.id} {case.text[:60]!r}", file=sys.stderr)
                traces.append(trace)
        finally:
            await engine.close()
    return traces


def rate(facts: Sequence[bool]) -> Rate:
    """The share of what holds."""
    return Rate(sum(facts), len(facts))


def report(name: str, traces: Sequence[Trace]) -> str:
    """A file's figures."""
    lines = [f"{name}: {len(traces)} cases"]
    ways: dict[str, Callable[[Trace], Outcome]] = {
        "direct": lambda each: each.direct,
        "adapter": lambda each: each.adapter,
    }
    for way, of in ways.items():
        outcomes = [of(each) for each in traces]
        turn = statistics.median(each.seconds for each in outcomes)
        bound = statistics.median(each.bound_seconds for each in outcomes)
        right = rate([each.right for each in outcomes])
        lines.append(f"  {way:8} right {right}   p50 {turn:.2f} s, with binding {bound:.2f} s")
        if name == "irrelevance":
            lines.append(f"  {way:8} false actions {rate([bool(each.calls) for each in outcomes])}")
        for level in LEVELS:
            sure = [each for each in outcomes if each.calls and each.confidence >= level]
            coverage, right = len(sure) / len(outcomes), rate([each.right for each in sure])
            lines.append(f"  {way:8} calls at confidence >= {level}: {coverage:4.0%} of cases, right {right}")
    return "\n".join(lines)


def main(args: Sequence[str]) -> int:
    """`python -m evals bfcl`."""
    parser = argparse.ArgumentParser(
        prog="aosh eval bfcl", description="Function calls: the engine, and our adapter over it."
    )
    parser.add_argument("--files", default=",".join(FILES), help="comma-separated (default: %(default)s)")
    parser.add_argument("--limit", type=int, help="only the first N of each file's split")
    parser.add_argument(
        "--split", choices=("even", "odd", "all"), default="all", help="even cases were tuned on"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write every case's trace as JSON lines"
    )
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="keep the engine's answers here, and reuse those there"
    )
    options = parser.parse_args(args)
    base = folder()
    if base is None:
        print("skipped: no bfcl folder under AOSH_DATA or ../shared/data", file=sys.stderr)
        return 0
    files = {name: load(base, name, options.split, options.limit) for name in options.files.split(",")}
    traces = asyncio.run(measured([case for cases in files.values() for case in cases], options.record))
    if options.json:
        options.json.write_text("".join(json.dumps(asdict(each)) + "\n" for each in traces), encoding="utf-8")
    for name, cases in files.items():
        own = {case.id for case in cases}
        print(report(name, [each for each in traces if each.id in own]))
    return 0
