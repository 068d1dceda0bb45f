"""Runs the everyday requests through a real kernel and judges what came of each.

Every case gets a fresh workspace, a fresh session and the real jailed driver; the warm mind
process is shared, as it is for a person. `python -m evals everyday --help`.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from apps.shell.answers import answer_of
from apps.shell.asking import nothing_found
from apps.shell.boot import boot
from apps.shell.exits import exit_of, exit_of_result
from apps.shell.people import People, Talk
from apps.shell.settings import Folders, Settings
from evals.cases import EVERYDAY, FRESH, HELD, Case, load
from evals.fixture import build, build_outside
from evals.score import Run, Tree, Verdict, judge, snapshot, summarise
from kernel.call import AlwaysYes, NoApprover, Ok
from kernel.happenings import Completed, Happening, Thought
from kernel.loop import End, Nobody
from kernel.minds.cascade import KINDS, kind
from kernel.minds.port import Drafted
from syscalls.built_in import BUILT_IN
from syscalls.declare import Effect
from syscalls.errors import SysError

EFFECTS = {call.name: call.effect for call in BUILT_IN}


@dataclass
class Trace:
    """What was seen of one case."""

    verdict: Verdict
    request: str
    confidence: float
    """Least of the draft's calls; 0 where nothing was drafted."""
    calls: list[str]
    seconds: float
    engine_seconds: float
    leaked: bool
    """Something outside the workspace changed."""
    level: str = ""
    """Which mind of a cascade drafted last."""
    kind: str = ""
    """What its draft would do, at the strictest: "look", "change" or "irreversible"; empty without calls."""
    tokens: int = 0
    """Read and written by a language model."""


class Watch:
    """Collects a case's happenings."""

    def __init__(self) -> None:
        self.executed: list[str] = []
        self.drafted: list[Drafted] = []
        self.engine_seconds = 0.0
        self.level = ""
        self.tokens = 0

    def __call__(self, happening: Happening) -> None:
        """Something happened."""
        if isinstance(happening, Completed) and isinstance(happening.reply, Ok):
            self.executed.append(happening.reply.call.name)
        elif isinstance(happening, Thought):
            self.drafted += happening.draft.calls
            self.engine_seconds += happening.draft.seconds
            self.level = happening.draft.mind
            self.tokens += happening.draft.tokens + happening.draft.prompt_tokens


class SayYes:
    """Somebody who says yes to every "is this what you meant?"."""

    async def confirm(self, drafted: Sequence[Drafted]) -> bool:
        """Always."""
        del drafted
        return True


def kind_of(drafted: Sequence[Drafted]) -> str:
    """What these calls would do, at the strictest."""
    effects = [EFFECTS.get(each.name, Effect.READ) for each in drafted]
    return max(map(kind, effects), key=KINDS.index, default="")


async def run_case(
    case: Case, mind: str, runtime: Path, *, confirms: bool = False, base_url: str = ""
) -> Trace:
    """One case from workspace to verdict."""
    with tempfile.TemporaryDirectory(prefix="aosh-eval-") as folder:
        base = Path(folder)
        root = base / "around" / "workspace"
        root.mkdir(parents=True)
        build(root, time.time())
        build_outside(root.parent)
        before, around = snapshot(root), outside(root)
        settings = Settings(
            Folders(base / "state", base / "data", runtime),
            cwd=root,
            home=base / "home",
            mind=mind,
            base_url=base_url,
            is_bare=True,
        )
        watch = Watch()
        approver = AlwaysYes() if case.expect.approve else NoApprover()
        said: list[str] = []
        answer, code, asked = "", 0, False
        started = time.perf_counter()
        async with boot(
            settings, People(approver, SayYes() if confirms else Nobody(), watch, Talk(said.append))
        ) as kernel:
            await kernel.drivers.warm(kernel.process, "file")
            started = time.perf_counter()
            try:
                result = await kernel.request(case.request, case.stdin or "")
                answer = answer_of(result) or nothing_found(result)  # a person is told both
                code = int(exit_of_result(result))
                asked = result.end is End.NOT_UNDERSTOOD
            except SysError as error:
                answer, code = f"{error.symbol}: {error}", int(exit_of(error))
            seconds = time.perf_counter() - started
        run = Run(answer, tuple(watch.executed), asked, code)
        verdict = judge(case, before, snapshot(root), run)
        confidence = min((each.confidence for each in watch.drafted), default=0.0)
        calls = [f"{each.name} {each.arguments}" for each in watch.drafted]
        return Trace(
            verdict, case.request, confidence, calls, seconds, watch.engine_seconds, outside(root) != around,
            watch.level, kind_of(watch.drafted), watch.tokens,
        )  # fmt: skip


def outside(root: Path) -> Tree:
    """What lies beside the workspace, the workspace itself left out."""
    return {path: entry for path, entry in snapshot(root.parent).items() if not path.startswith(root.name)}


async def run_all(
    cases: Iterable[Case], mind: str, runtime: Path, *, confirms: bool, base_url: str = ""
) -> list[Trace]:
    """Every case in turn, with a line of progress each."""
    traces = []
    for case in cases:
        trace = await run_case(case, mind, runtime, confirms=confirms, base_url=base_url)
        sys.stderr.write(progress(trace, case))
        traces.append(trace)
    return traces


def progress(trace: Trace, case: Case) -> str:
    """A line for the impatient; of a held-out case, its number only."""
    if case.split == "held":
        return f"{case.id} {trace.seconds:.2f}s\n"
    mark = "ok  " if trace.verdict.right else "MISS" if trace.verdict.acted else "ask "
    return f"{mark} {trace.confidence:.2f} {trace.seconds:5.2f}s {case.id} {case.request[:60]!r}\n"


def report(traces: Sequence[Trace]) -> str:
    """The figures, as `docs/evals.md` quotes them."""
    seconds = sorted(trace.seconds for trace in traces)
    engine = [trace for trace in traces if trace.engine_seconds > 0]
    lines = [
        str(summarise([trace.verdict for trace in traces])),
        f"outside the workspace something changed in {sum(trace.leaked for trace in traces)} of {len(traces)} cases",
        f"latency (warm, all in): p50 {statistics.median(seconds):.3f} s, p90 {seconds[int(len(seconds) * 0.9)]:.3f} s",
        f"asked the engine: {len(engine)} of {len(traces)} requests"
        + (f", p50 {statistics.median(t.seconds for t in engine):.3f} s on those" if engine else ""),
        *levels(traces),
        "confidence   drafts  right",
    ]
    for low, high in ((0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        part = [t for t in traces if low <= t.confidence < high and t.calls]
        right = sum(t.verdict.right for t in part)
        lines.append(
            f"{low:.1f} to {min(high, 1.0):.1f}   {len(part):5}   {right / len(part):.2f}"
            if part
            else f"{low:.1f} to {min(high, 1.0):.1f}       0"
        )
    return "\n".join(lines)


def levels(traces: Sequence[Trace]) -> Iterable[str]:
    """One line for each level of a cascade, and for what its drafts would do; none for any other mind."""
    names = sorted({trace.level for trace in traces if trace.level})
    if names:
        yield f"{'level':28} {'draft':12} cases  share  right of acted  median s    p90 s  tokens a case"
    for name in names:
        part = [trace for trace in traces if trace.level == name]
        yield _level(name[:28], "all", part, len(traces))
        for each in ("", *KINDS):
            if found := [trace for trace in part if trace.kind == each]:
                yield _level("", each or "no call", found, len(traces))


def _level(name: str, what: str, part: Sequence[Trace], total: int) -> str:
    acted = [trace for trace in part if trace.verdict.acted]
    right = f"{sum(trace.verdict.right for trace in acted)}/{len(acted)}"
    seconds = sorted(trace.seconds for trace in part)
    p90 = seconds[min(len(seconds) - 1, int(len(seconds) * 0.9))]
    tokens = sum(trace.tokens for trace in part) // len(part)
    return (
        f"{name:28} {what:12} {len(part):5}  {len(part) / total:5.0%}  {right:>14}  "
        f"{statistics.median(seconds):8.3f} {p90:8.3f}  {tokens:13}"
    )


def main(args: Sequence[str]) -> int:
    """`python -m evals everyday`."""
    parser = argparse.ArgumentParser(
        prog="aosh eval everyday", description="Everyday requests, judged by final state."
    )
    parser.add_argument(
        "--split",
        choices=("dev", "test", "fresh", "held", "all"),
        default="all",
        help="held: the held-out set; prints figures only",
    )
    parser.add_argument("--kind", action="append", help="only these kinds")
    parser.add_argument(
        "-m", "--mind", default="needle", help="as of aosh; of cascade:A,B each level is shown"
    )
    parser.add_argument("--base-url", default="", metavar="URL", help="server of openai:MODEL")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write every case's trace as JSON lines"
    )
    parser.add_argument("--confirm", action="store_true", help="say yes wherever it asks what was meant")
    parser.add_argument("--limit", type=int, help="only the first N")
    options = parser.parse_args(args)
    cases = [
        case
        for case in load({"fresh": FRESH, "held": HELD}.get(options.split, EVERYDAY))
        if options.split in ("all", case.split) and (not options.kind or case.kind in options.kind)
    ][: options.limit]
    with tempfile.TemporaryDirectory(prefix="aosh-mind-") as runtime:
        traces = asyncio.run(measured(cases, options, Path(runtime)))
    if options.json:
        options.json.write_text(
            "".join(json.dumps(asdict(trace)) + "\n" for trace in traces), encoding="utf-8"
        )
    print(report(traces))
    return 0


async def measured(cases: Sequence[Case], options: argparse.Namespace, runtime: Path) -> list[Trace]:
    """Run the cases, and stop the mind process they shared."""
    from kernel.jail.tier import choose
    from kernel.minds.needle.service import Service

    try:
        return await run_all(
            cases, options.mind, runtime, confirms=options.confirm, base_url=options.base_url
        )
    finally:
        service = Service(runtime, choose(runtime).start)
        await service.stop()
        await service.close()
