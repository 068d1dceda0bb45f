"""What the doctor says of the jail: its tier, its layers, and what came of attempts to get out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
from rich.table import Table as Grid
from rich.text import Text

from apps.shell.render.view import name
from kernel.jail.plan import package_root
from kernel.jail.probe import JailReport, probe
from kernel.jail.probes.catalogue import PROBES
from kernel.jail.probes.kept import kept_tour
from kernel.jail.probes.run import Tour
from kernel.jail.spec import JailError
from kernel.jail.tier import Choice, choose

_STYLES = {"held": "green", "succeeded": "bold red", "not applicable": "dim"}


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    part: str
    """"aosh", "jail", "mind", "journal", "plugins", "terminal"."""
    status: Literal["ok", "warn", "bad"]
    text: str


class Walls(msgspec.Struct, frozen=True):
    """The jail as found."""

    choice: Choice
    report: JailReport
    tour: Tour | None
    """None where there is no jail to try."""
    failure: str = ""
    """Why it could not be tried."""

    @property
    def holds(self) -> bool:
        """Whether there is a jail and nothing gets out of it that should not."""
        return self.tour is not None and not any(
            each.outcome == "succeeded" for each in self.tour.unexpected if each in self.tour.findings
        )


def walls(state: Path, *, is_fresh: bool) -> Walls:
    """Look at the jail.

    Args:
        state: where answers are kept.
        is_fresh: try everything again whatever is kept.
    """
    choice = choose(state, is_fresh=is_fresh)
    report = probe()
    if choice.tier == "none":
        return Walls(choice, report, None, choice.reason)
    try:
        return Walls(choice, report, kept_tour(state, choice.start, is_fresh=is_fresh))
    except (JailError, OSError) as error:
        return Walls(choice, report, None, str(error))


def checks(found: Walls, cwd: Path) -> Iterator[Check]:
    """One line for each thing worth saying."""
    if found.tour is None:
        yield Check("jail", "bad", f"no jail holds here: nothing that needs one will run ({found.failure})")
    else:
        landlock = f"Landlock ABI {found.report.landlock_abi}"
        status: Literal["ok", "bad"] = "ok" if found.holds else "bad"
        yield Check("jail", status, f"{found.choice.tier} ({found.tour.words()}), {landlock}")
        if found.choice.reason:
            yield Check("jail", "warn", f"not tier F: {found.choice.reason}")
        if found.choice.without_overlays:
            why = f"no overlays ({found.choice.without_overlays}); programs work on a private copy instead"
            yield Check("jail", "warn", why)
        yield from _attempts(found.tour)
    if found.choice.tier == "F":
        yield Check("jail", "ok", "namespaces: holds")
    for layer in found.report.layers:
        yield Check("jail", "bad" if layer.reason else "ok", f"{layer.name}: {layer.reason or 'holds'}")
    for weakness in found.report.weaknesses if found.choice.tier == "L" else ():
        yield Check("jail", "warn", weakness)
    root, here = Path(package_root()).resolve(), cwd.resolve()
    if root == here or here in root.parents:
        text = f"aosh itself lies in {str(root)!r}, inside the folder {str(here)!r} that drivers may write to"
        yield Check("jail", "warn", text)


def _attempts(tour: Tour) -> Iterator[Check]:
    unexpected = tour.unexpected
    for probed, finding in zip(PROBES, tour.findings, strict=True):
        if finding in unexpected:
            yield Check("jail", "bad", f"{finding.id} SUCCEEDED: {probed.attempt} ({finding.detail})")
        elif finding.outcome == "succeeded":
            why = probed.expected(tour.tier, is_root=tour.is_root)
            yield Check("jail", "warn", f"{finding.id} succeeded: {probed.attempt}; {why}")
    for chore in tour.chores:
        if chore in unexpected:
            yield Check("jail", "bad", f"{chore.id} does not work in it: {chore.detail}")


def table(tour: Tour) -> Grid:
    """Every attempt and what came of it; then what must still work."""
    grid = Grid("probe", "attempt", "outcome", "how", box=None, pad_edge=False, header_style="bold")
    for probed, finding in zip(PROBES, tour.findings, strict=True):
        outcome = "SUCCEEDED" if finding.outcome == "succeeded" else finding.outcome
        grid.add_row(
            finding.id, probed.attempt, Text(outcome, _STYLES[finding.outcome]), name(finding.detail)
        )
    works = {
        "succeeded": ("works", "green"),
        "held": ("FAILED", "bold red"),
        "not applicable": ("none", "dim"),
    }
    for chore in tour.chores:
        grid.add_row("", f"must work: {chore.id}", Text(*works[chore.outcome]), name(chore.detail))
    return grid
