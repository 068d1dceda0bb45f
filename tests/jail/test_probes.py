"""Forty-three attempts to get out: what each tier holds here, and that without a jail they would work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.shell import security
from kernel.jail.plan import package_root
from kernel.jail.probes.catalogue import CHORES, PROBES
from kernel.jail.probes.inside import attempt_of
from kernel.jail.probes.kept import kept_tour
from kernel.jail.probes.run import Finding, Tour, tour
from kernel.jail.probes.surroundings import surroundings
from kernel.jail.spec import Tier

pytestmark = pytest.mark.usefixtures("jail")
MOST_IN = {"F": 1, "L": 3}
PATIENCE_S = 60
HARMFUL = {"fork-bomb", "memory-bomb", "clock", "survive", "signal", "type"}
"""Not to be made without a jail."""


def test_there_are_forty_three_and_each_can_be_made() -> None:
    assert len({probe.id for probe in PROBES}) == len(PROBES) == 43
    assert len(CHORES) == 6
    for name in (*(probe.id for probe in PROBES if probe.id != "survive"), *(name for name, _ in CHORES)):
        assert callable(attempt_of(name))


def test_a_tier_holds_all_but_what_it_is_known_not_to(tier: Tier, uid: int | None) -> None:
    made = tour(tier, uid)
    through = [each for each in made.findings if each.outcome == "succeeded"]
    assert made.unexpected == []
    assert len(through) <= MOST_IN[tier], through
    assert {each.outcome for each in made.chores} <= {"succeeded", "not applicable"}
    known = {probe.id for probe in PROBES if probe.expected(tier, is_root=made.is_root)}
    assert {each.id for each in through} == known, "what is said to succeed does"


def test_without_a_jail_most_attempts_work() -> None:
    """Else a probe that can do nothing would pass for a wall."""
    names = [probe.id for probe in PROBES if probe.id not in HARMFUL]
    with surroundings(None) as around:
        heard, voice = os.pipe()
        code = (
            f"import sys; sys.path.append({package_root()!r})\n"
            "from kernel.jail.probes.inside import main\nmain(sys.argv[1:])"
        )
        fds = (voice, around.left_open, around.world["terminal"])
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(voice), json.dumps(around.world), json.dumps(names)],
            pass_fds=fds,
        )
        os.close(voice)
        with open(heard, encoding="utf-8") as lines:
            told = {name: outcome for name, outcome, _ in map(json.loads, lines)}
        child.wait(PATIENCE_S)
    worked = {name for name, outcome in told.items() if outcome == "did"}
    sure = {probe.id for probe in PROBES[:27]} - HARMFUL - {"ipv6", "race", "xattr"}
    assert sure - worked <= {"trace", "memory", "descriptors"}, "an ordinary user may be kept from these"
    assert len(worked) >= 25


def test_what_was_found_is_kept_until_something_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Tour("L", False, (Finding("tcp", "held", "EPERM"),), ())
    monkeypatch.setattr("kernel.jail.probes.kept.tour", lambda tier: made)
    assert kept_tour(tmp_path, "L") == made
    monkeypatch.setattr("kernel.jail.probes.kept.tour", lambda tier: pytest.fail("made again"))
    assert kept_tour(tmp_path, "L") == made
    monkeypatch.setattr("kernel.jail.probes.kept.circumstances", lambda: ["another kernel"])
    with pytest.raises(pytest.fail.Exception, match="made again"):
        kept_tour(tmp_path, "L")


@pytest.mark.parametrize(
    ("id_", "tier", "is_root", "is_told"),
    [("new-hook", "F", False, False), ("tcp", "F", False, True), ("fork-bomb", "L", True, False), ("fork-bomb", "L", False, True)],
)  # fmt: skip
def test_only_what_was_not_foreseen_is_told(id_: str, tier: str, is_root: bool, is_told: bool) -> None:
    finding = Finding(id_, "succeeded", "did it")
    assert (Tour(tier, is_root, (finding,), ()).unexpected == [finding]) == is_told


def test_the_page_is_made_from_the_probes_and_keeps_what_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "security.md"
    assert security.main(["--check"], path) == 1
    assert security.main([], path) == 0
    text = path.read_text("utf-8").replace("Not measured yet.", "| F | root | 42/43 |")
    path.write_text(text, encoding="utf-8")
    assert security.main(["--check"], path) == 0
    security.main([], path)
    assert "| F | root | 42/43 |" in path.read_text("utf-8")
    path.write_text(text.replace("| tcp |", "| udp |"), encoding="utf-8")
    assert security.main(["--check"], path) == 1
