"""What does a measurement look like, in memory, in JSON and on the screen?"""

import os
import platform
import sys
from collections.abc import Sequence
from statistics import median

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """Repeated measurements of one thing, in `unit`."""

    unit: str
    """"ms", "us", "/s" or "MB"."""
    best: float
    p50: float
    """The median over the rounds of each round's median."""
    p99: float | None
    """The median over the rounds of each round's 99th percentile; None where a round is one measurement."""
    count: int
    """Measurements in all."""


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    name: str
    figure: Figure | None
    """None where it could not be measured; `note` says why."""
    target: str = ""
    yardstick: str = ""
    """What `beside` measures."""
    beside: Figure | None = None
    note: str = ""


class Machine(msgspec.Struct, frozen=True):
    """Where it ran."""

    cores: int
    processor: str
    python: str
    kernel: str
    load: tuple[float, float, float]
    """Mean number of runnable processes over 1, 5 and 15 minutes, before the first measurement."""
    niceness: int


class Report(msgspec.Struct, frozen=True):
    """One run."""

    machine: Machine
    rows: tuple[Row, ...]


def of_rounds(unit: str, rounds: Sequence[Sequence[float]], *, most_is_best: bool = False) -> Figure:
    """The figure of several rounds of measurements."""
    every = [value for values in rounds for value in values]
    tails = [percentile(values, 0.99) for values in rounds if len(values) >= 100]
    return Figure(
        unit, max(every) if most_is_best else min(every), median(median(values) for values in rounds),
        median(tails) if tails else None, len(every),
    )  # fmt: skip


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all lie at or below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> Machine:
    """This machine, now."""
    return Machine(
        os.cpu_count() or 1,
        _processor(),
        platform.python_version(),
        platform.release(),
        os.getloadavg(),
        os.nice(0),
    )


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| what | best | p50 | p99 | target | yardstick | best | p50 | p99 |",
        "| --- | --: | --: | --: | --- | --- | --: | --: | --: |",
    ]
    for row in rows:
        cells = [row.name, *_cells(row.figure), row.target, row.yardstick, *_cells(row.beside)]
        lines.append(f"| {' | '.join(cells)} |" + (f" {row.note}" if row.note else ""))
    return "\n".join(lines)


def facts(where: Machine) -> str:
    """The machine on one line."""
    load = " ".join(f"{value:.2f}" for value in where.load)
    return (
        f"{where.cores} cores ({where.processor}), Python {where.python}, Linux {where.kernel}, "
        f"load {load} before, niceness {where.niceness}"
    )


def _cells(figure: Figure | None) -> list[str]:
    if figure is None:
        return ["", "", ""]
    tail = "" if figure.p99 is None else _shown(figure.p99, figure.unit)
    return [_shown(figure.best, figure.unit), _shown(figure.p50, figure.unit), tail]


def _shown(value: float, unit: str) -> str:
    digits = 0 if value >= 1000 else 1 if value >= 10 else 3 if value < 1 else 2
    return f"{value:,.{digits}f} {unit}"


def _processor() -> str:
    if sys.platform == "linux":
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
