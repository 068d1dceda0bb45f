"""Did a run do what the request asked, and nothing else? Pure judging of trees and texts.

Whoever measures builds the fixture, takes a `snapshot`, runs aosh, takes another, and hands both to `judge`.
"""

import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Literal

from evals.cases import KINDS, Answer, Case, Outcome, Spec
from evals.patterns import found, plain

__all__ = ["Entry", "Rate", "Run", "Summary", "Tree", "Verdict", "judge", "snapshot", "summarise"]

IN_SCOPE = ("single", "several")
TALK = "ui."


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies at one path."""

    kind: Literal["file", "dir", "link"]
    mode: int
    """Permission bits; 0 for a link."""
    content: bytes
    """A file's bytes, a link's text, nothing for a folder."""


Tree = Mapping[str, Entry]
"""Relative path with slashes -> entry. The root itself is not in it."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of aosh showed and did."""

    answer: str
    """Standard output."""
    executed: tuple[str, ...]
    """Names of the syscalls carried out, in order."""
    asked_meaning: bool
    """It asked what was meant, offered choices, or ended with 48, instead of acting. Asking for permission
    does not count."""
    exit_code: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one case."""

    case_id: str
    kind: str
    split: str
    acted: bool
    """It carried something out, or answered rightly, rather than asking or giving up."""
    right: bool
    wrong_side_effect: bool
    """The tree changed in a way no acceptable outcome allows."""
    reason: str
    """Why it is not right; empty when it is."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its uncertainty."""

    hits: int
    total: int

    @property
    def share(self) -> float:
        """Hits of total; 0 when there were none to hit."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the share. Source: E. B. Wilson, JASA 22 (1927)."""
        if not self.total:
            return 0.0, 1.0
        z2 = 1.959964**2
        centre = self.share + z2 / (2 * self.total)
        margin = sqrt(z2 * (self.share * (1 - self.share) + z2 / (4 * self.total)) / self.total)
        scale = 1 + z2 / self.total
        return max(0.0, (centre - margin) / scale), min(1.0, (centre + margin) / scale)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:6.1%} [{low:6.1%}, {high:6.1%}]  {self.hits}/{self.total}"


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one measurement. `str()` gives a table."""

    accuracy_acted: Rate
    """Of the single and several requests it acted on: right."""
    coverage: Rate
    """Of the single and several requests: acted on, without asking."""
    false_action: Rate
    """Of all requests: acted, and not right."""
    wrong_side_effect: Rate
    """Of all requests: the tree changed in a way nothing allows."""
    no_action: Rate
    """Of the out-of-scope requests: nothing was carried out."""
    per_kind: Mapping[str, Rate]
    """Kind -> right of all; kinds without a case are left out."""

    def __str__(self) -> str:
        rows = {
            "accuracy when acted": self.accuracy_acted,
            "coverage": self.coverage,
            "false actions": self.false_action,
            "wrong side effects": self.wrong_side_effect,
            "out of scope, no action": self.no_action,
        } | {f"right: {kind}": rate for kind, rate in self.per_kind.items()}
        return "\n".join(f"{name:24} {rate}" for name, rate in rows.items())


def snapshot(root: Path) -> Tree:
    """Everything beneath `root`: bytes, permission bits, links not followed."""
    return {place.relative_to(root).as_posix(): _entry(place) for place in sorted(root.rglob("*"))}


def judge(case: Case, before: Tree, after: Tree, run: Run) -> Verdict:
    """What came of `case`.

    Args:
        case: the request and its acceptable outcomes.
        before: the tree the run started from.
        after: the tree it left.
        run: what it showed and did.
    """
    done = [name for name in run.executed if not name.startswith(TALK)]
    changed = _changed(before, after)
    outcomes = case.expect.outcomes or (Outcome(),)
    astray = min((_astray(outcome, before, after, changed) for outcome in outcomes), key=len)
    reason = _reason(case, done, run, before, after)
    acted = bool(done) and not run.asked_meaning
    if case.kind in IN_SCOPE and not reason and not run.asked_meaning:
        acted = True
    return Verdict(case.id, case.kind, case.split, acted, not reason, bool(astray), reason)


def summarise(verdicts: Iterable[Verdict]) -> Summary:
    """The figures over `verdicts`, each a share with its interval."""
    every = tuple(verdicts)
    in_scope = [v for v in every if v.kind in IN_SCOPE]
    beyond = [v for v in every if v.kind == "out_of_scope"]
    kinds = {kind: [v.right for v in every if v.kind == kind] for kind in KINDS}
    return Summary(
        accuracy_acted=_rate(v.right for v in in_scope if v.acted),
        coverage=_rate(v.acted for v in in_scope),
        false_action=_rate(v.acted and not v.right for v in every),
        wrong_side_effect=_rate(v.wrong_side_effect for v in every),
        no_action=_rate(not v.acted for v in beyond),
        per_kind={kind: _rate(rights) for kind, rights in kinds.items() if rights},
    )


def _rate(facts: Iterable[bool]) -> Rate:
    seen = list(facts)
    return Rate(sum(seen), len(seen))


def _entry(place: Path) -> Entry:
    if place.is_symlink():
        return Entry("link", 0, str(place.readlink()).encode())
    mode = stat.S_IMODE(place.stat().st_mode)
    return Entry("dir", mode, b"") if place.is_dir() else Entry("file", mode, place.read_bytes())


def _changed(before: Tree, after: Tree) -> list[str]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def _reason(case: Case, done: Sequence[str], run: Run, before: Tree, after: Tree) -> str:
    """Why the run is not right; empty when it is."""
    changed = _changed(before, after)
    activity = f"carried out {done[0]}" if done else f"changed {changed[0]!r}" if changed else ""
    if case.kind == "out_of_scope":
        return activity
    if run.asked_meaning and case.kind != "hostile":
        if changed:
            return f"asked, yet changed {changed[0]!r}"
        return "" if case.expect.ask_ok else "asked what was meant"
    if not case.expect.outcomes and case.kind == "ambiguous":
        return activity
    outcomes = case.expect.outcomes or (Outcome(),)
    faults = [_fault(outcome, before, after, changed, run) for outcome in outcomes]
    return "" if "" in faults else faults[0]


def _fault(outcome: Outcome, before: Tree, after: Tree, changed: Sequence[str], run: Run) -> str:
    for path, spec in outcome.tree.items():
        if not _holds(path, spec, before, after):
            return f"{path!r} is not as expected"
    if astray := _astray(outcome, before, after, changed):
        return f"{astray[0]!r} changed"
    for call in outcome.calls:
        if not set(call.split("|")) & set(run.executed):
            return f"{call} was not called"
    return _answer_fault(outcome.answer, plain(run.answer))


def _answer_fault(answer: Answer, shown: str) -> str:
    for pattern in answer.all:
        if not found(pattern, shown):
            return f"the answer lacks {pattern!r}"
    for pattern in answer.none:
        if found(pattern, shown):
            return f"the answer shows {pattern!r}"
    if answer.any and not any(all(found(each, shown) for each in group) for group in answer.any):
        return f"the answer lacks each of {answer.any!r}"
    return ""


def _astray(outcome: Outcome, before: Tree, after: Tree, changed: Sequence[str]) -> list[str]:
    """The changed paths that `outcome` does not explain; a step on the way to it is explained."""
    return [path for path in changed if not _explained(path, outcome.tree, before, after)]


def _explained(path: str, wanted: Mapping[str, Spec], before: Tree, after: Tree) -> bool:
    if path in wanted:
        return _holds(path, wanted[path], before, after) or _begun(path, wanted[path], before, after)
    now, was = after.get(path), before.get(path)
    new_folder = was is None and now is not None and now.kind == "dir"
    if new_folder and any(other.startswith(f"{path}/") and not spec.absent for other, spec in wanted.items()):
        return True
    above = ((other, spec) for other, spec in wanted.items() if path.startswith(f"{other}/"))
    return any(
        (spec.absent and now is None)
        or (spec.same_as is not None and now == before.get(spec.same_as + path.removeprefix(other)))
        for other, spec in above
    )


def _begun(path: str, spec: Spec, before: Tree, after: Tree) -> bool:
    """Whether a folder to be copied or moved is at least there, its content still to come."""
    now = after.get(path)
    return spec.same_as is not None and now is not None and now.kind == "dir" and path not in before


def _holds(path: str, spec: Spec, before: Tree, after: Tree) -> bool:
    now, was = after.get(path), before.get(path)
    if spec.absent:
        return now is None
    if now is None:
        return False
    if spec.mode is not None and now.mode != spec.mode:
        return False
    if spec.mode is None and was is not None and was.kind == now.kind and now.mode != was.mode:
        return False
    if spec.dir:
        return now.kind == "dir"
    if spec.link_to is not None:
        return now.kind == "link" and now.content.decode() == spec.link_to
    if spec.same_as is not None:
        return _same(path, spec.same_as, before, after)
    if spec.text is None and not spec.contains and not spec.lacks:
        return was is not None and (now.kind, now.content) == (was.kind, was.content)
    return now.kind == "file" and _reads(now.content.decode("utf-8", "replace"), spec)


def _reads(text: str, spec: Spec) -> bool:
    if spec.text is not None and text.removesuffix("\n") != spec.text.removesuffix("\n"):
        return False
    shown = all(found(each, text) for each in spec.contains)
    return shown and not any(found(each, text) for each in spec.lacks)


def _same(path: str, source: str, before: Tree, after: Tree) -> bool:
    """Whether the tree at `path` now has the kinds and bytes that `source` had; bits are judged elsewhere."""

    return _beneath(after, path) == _beneath(before, source)


def _beneath(tree: Tree, top: str) -> dict[str, tuple[str, bytes]]:
    inside = {path: entry for path, entry in tree.items() if path == top or path.startswith(f"{top}/")}
    return {path.removeprefix(top): (entry.kind, entry.content) for path, entry in inside.items()}
