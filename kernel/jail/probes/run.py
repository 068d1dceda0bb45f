"""Makes the attempts in a jail of a tier, and says what it held. Takes some two seconds."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from kernel.jail.plan import package_root
from kernel.jail.probes.catalogue import CHORES, PROBES
from kernel.jail.probes.surroundings import (
    FILE_BYTES,
    MEMORY_BYTES,
    PROCESSES,
    Surroundings,
    surroundings,
)
from kernel.jail.spawn import spawn
from kernel.jail.spec import JailError, JailSpec, Tier

_PATIENCE_S = 60
_BY_RUN = ("survive",)
"""Attempts that need a life of their own."""
_LAST = ("signal",)
"""It may end the process that others are made against."""
_STARTER = """
import sys
sys.path.append({root!r})
from kernel.jail.probes.run import start_stayer
start_stayer({tier!r}, {uid!r}, {voice!r})
"""

Outcome = Literal["held", "succeeded", "not applicable"]


class Finding(msgspec.Struct, frozen=True):
    """What came of one attempt."""

    id: str
    outcome: Outcome
    detail: str
    """How it was refused, what it did, or what the machine lacks."""


class Tour(msgspec.Struct, frozen=True):
    """What came of all of them."""

    tier: str
    is_root: bool
    findings: tuple[Finding, ...]
    chores: tuple[Finding, ...]
    """What must still work: here "succeeded" is as it should be."""

    @property
    def held_count(self) -> int:
        """Attempts that did not succeed."""
        return sum(each.outcome != "succeeded" for each in self.findings)

    @property
    def unexpected(self) -> list[Finding]:
        """Attempts that succeeded against expectation, and chores that failed."""
        through = [each for each in self.findings if each.outcome == "succeeded"]
        known = {each.id: each.expected(self.tier, is_root=self.is_root) for each in PROBES}
        return [each for each in through if not known[each.id]] + [
            each for each in self.chores if each.outcome == "held"
        ]

    def words(self) -> str:
        """Such as "43/43 held"."""
        return f"{self.held_count}/{len(self.findings)} held"


def tour(tier: Tier, uid: int | None = None) -> Tour:
    """Attempt everything.

    Args:
        uid: the user the jail runs as, which only root can choose; None: the caller's.

    Raises:
        JailError: no jail of this tier could be had.
    """
    names = [each.id for each in PROBES if each.id not in (*_BY_RUN, *_LAST)]
    names += [*_LAST, *(function for function, _ in CHORES)]
    with surroundings(uid) as around:
        told = _attempt(around, tier, uid, names)
        if told["signal"][0] == "did" and not around.has_victim_ended():
            told["signal"] = ("refused", "whom it met was not the process outside")
    told["survive"] = _survive(tier, uid)
    findings = tuple(_finding(each.id, *told[each.id]) for each in PROBES)
    chores = tuple(_finding(text, *told[function]) for function, text in CHORES)
    return Tour(tier, (os.geteuid() if uid is None else uid) == 0, findings, chores)


def spec_of(around: Surroundings, uid: int | None) -> JailSpec:
    """The grants of a program that works in a folder, with limits it can meet."""
    return JailSpec(
        write=(around.world["inside"], around.world["tmp"]), execute=True, processes=True, metadata=True, uid=uid,
        memory_bytes=MEMORY_BYTES, file_bytes=FILE_BYTES, process_count=PROCESSES,
    )  # fmt: skip


def _attempt(
    around: Surroundings, tier: Tier, uid: int | None, names: list[str]
) -> dict[str, tuple[str, str]]:
    temporary = "/tmp" if tier == "F" else around.world["tmp"]
    with _pipe() as (heard, voice):
        child = spawn(
            spec_of(around, uid), "kernel.jail.probes.inside",
            [str(voice), json.dumps(around.world), json.dumps(names)], name="aosh-probes",
            pass_fds=(voice, around.world["terminal"]), env={"TMPDIR": temporary}, tier=tier,
        )  # fmt: skip
        os.close(voice)
        try:
            with open(heard, encoding="utf-8", closefd=False) as lines:
                told = {name: (outcome, text) for name, outcome, text in map(json.loads, lines)}
        finally:
            child.kill_tree()
            child.wait()
    for name in names:
        told.setdefault(name, ("refused", "the jail ended before"))
    if all(text == "the jail ended before" for _, text in told.values()):
        raise JailError(f"a jail of tier {tier} could not be had: {child.stderr_tail().strip()}")
    return told


def _survive(tier: Tier, uid: int | None) -> tuple[str, str]:
    with _pipe() as (heard, voice):
        code = _STARTER.format(root=package_root(), tier=tier, uid=uid, voice=voice)
        starter = subprocess.Popen([sys.executable, "-c", code], pass_fds=(voice,))
        os.close(voice)
        try:
            if not _is_heard(heard) or os.read(heard, 2) != b"up":
                return "refused", "it could not even start"
        finally:
            starter.kill()
            starter.wait()
        is_over = _is_heard(heard, 2) and os.read(heard, 1) == b""
        return ("refused", "ended with it") if is_over else ("did", "went on")


def start_stayer(tier: Tier, uid: int | None, voice: int) -> None:
    """For `_STARTER`: start what tries to outlive the calling process, and wait to be killed."""
    child = spawn(
        JailSpec(processes=True, uid=uid), "kernel.jail.probes.stay", [str(voice)], name="aosh-stay",
        pass_fds=(voice,), tier=tier,
    )  # fmt: skip
    os.close(voice)
    child.wait()


def _finding(id_: str, outcome: str, text: str) -> Finding:
    outcomes: dict[str, Outcome] = {"did": "succeeded", "refused": "held", "missing": "not applicable"}
    return Finding(id_, outcomes[outcome], text)


def _is_heard(descriptor: int, seconds: float = _PATIENCE_S) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """Its two ends; whoever uses it closes the second."""
    heard, voice = os.pipe()
    try:
        yield heard, voice
    finally:
        os.close(heard)
