"""Calls held against rules without being made: examples, explanations, and a rule in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from apps.shell.boot import names_of
from apps.shell.direct import parse, unparse
from apps.shell.early import user_process
from apps.shell.render.escape import line as on_one_line
from apps.shell.settings import Settings
from kernel.call import NoApprover, Proposal
from kernel.drivers.route import Route
from kernel.gate import Gate
from kernel.journal.ram import RamJournal
from kernel.plugins import Plugin
from kernel.policy import VERDICT_NAMES, Decision, Policy, Spoken
from kernel.rules.rule import Example, Rule
from kernel.rules.source import BadRules
from syscalls.errors import SysError
from syscalls.labels import USER, Labels, labels_of
from syscalls.table import Table

BUILT_IN_WORDS = (
    "beneath these, always: what no capability covers asks or is denied; effects are allowed, asked about or "
    "denied by the mode; what an untrusted value chooses asks"
)


@dataclass(frozen=True)
class Explained:
    """Why one call is decided as it is."""

    call: str
    """Canonical."""
    decision: Decision
    words: Sequence[Spoken]
    """Everything that any rule has to say of it."""

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "call": self.call,
            "decision": VERDICT_NAMES[self.decision.verdict],
            "rule": self.decision.rule,
            "reason": self.decision.reason,
            "rules": [{**word._asdict(), "verdict": VERDICT_NAMES[word.verdict]} for word in self.words],
        }


@dataclass(frozen=True)
class Trial:
    """An example and what became of it."""

    rule: Rule
    example: Example
    decision: Decision

    @property
    def is_right(self) -> bool:
        """Whether it came out as written."""
        wanted, rule = self.example, self.decision.rule
        return self.decision.verdict is wanted.verdict and (
            not wanted.rule or wanted.rule in (rule, rule.partition(":")[2])
        )

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "is_right": self.is_right,
            "file": self.rule.origin.file,
            "line": self.example.line,
            "call": self.example.call,
            "expected": VERDICT_NAMES[self.example.verdict],
            "decision": VERDICT_NAMES[self.decision.verdict],
            "rule": self.decision.rule,
            "reason": self.decision.reason,
        }

    def line(self) -> str:
        """For people."""
        verdict = VERDICT_NAMES[self.decision.verdict]
        by = f"{verdict} by {self.decision.rule}: {self.decision.reason}"
        named = f" by {self.example.rule}" if self.example.rule else ""
        wanted = f"{VERDICT_NAMES[self.example.verdict]}{named}"
        head = "ok   " if self.is_right else "WRONG"
        tail = "" if self.is_right else f"; expected {wanted}"
        where = f"{self.rule.origin.file}:{self.example.line}"
        return on_one_line(f"{head} {where}  {self.example.call}  -> {by}{tail}")


@dataclass(frozen=True)
class Desk:
    """A place to hold calls against rules: a workspace, the calls there are, and who asks."""

    settings: Settings
    table: Table
    plugins: list[Plugin]

    def at(self, folder: Path) -> "Desk":
        """The same with another workspace."""
        return replace(self, settings=replace(self.settings, cwd=folder))

    def tried(self, rules: Sequence[Rule]) -> list[Trial]:
        """Every example of some rules, decided by all of them.

        Raises:
            BadRules: an example is no call; says where it stands.
        """
        found = []
        for rule in rules:
            for example in rule.examples:
                try:
                    explained = self.explained(Policy(example.mode, rules), example.call, example.labels)
                except SysError as error:
                    raise BadRules(
                        rule.origin.file, example.line, f"this example is no call: {error}"
                    ) from None
                found.append(Trial(rule, example, explained.decision))
        return found

    def explained(self, policy: Policy, line: str, sources: Sequence[str] = ()) -> Explained:
        """What a policy says of a call that a mind proposes. Nothing is made, nothing is journalled.

        Args:
            policy: decides.
            line: the call, written as by hand, with or without the colon.
            sources: untrusted sources of its arguments, besides the person.

        Raises:
            UnknownCall, BadArgument: it is no call.
        """
        gate = nowhere(self.table, policy)
        process = user_process(self.settings, names_of(self.plugins))
        spoken = parse(self.table, line)
        proposal = Proposal(spoken.name, spoken.arguments, _labels(sources), origin="mind")
        entry, call = gate.decode(process, proposal)
        decision = gate.authorise(process, entry, call)
        words = policy.spoken(process, entry.call, call.arguments, list(call.needed), call.labels)
        if decision.rule not in [word.rule for word in words]:
            words.append(Spoken(decision.verdict, decision.rule, decision.reason, "built-in"))
        return Explained(unparse(call.name, call.arguments), decision, words)


def nowhere(table: Table, policy: Policy) -> Gate:
    """A gate that decides and has nobody to send a call to."""
    return Gate(table, Route({}), policy, RamJournal(), "", NoApprover())


def says(rule: Rule) -> str:
    """A rule's conditions in one line."""
    parts = [", ".join(rule.calls)]
    if rule.touches:
        parts.append(f"touching {', '.join(glob.text for glob in rule.touches)}")
    parts += [f"where {condition.words()}" for condition in rule.where]
    if rule.effects:
        parts.append(f"with effect {', '.join(effect.value for effect in rule.effects)}")
    if rule.labels:
        parts.append(f"from {', '.join(rule.labels)}")
    if rule.modes:
        parts.append(f"in mode {', '.join(mode.value for mode in rule.modes)}")
    return on_one_line(" ".join(parts))


def _labels(sources: Sequence[str]) -> Labels:
    named = ["stdin" if source == "untrusted" else source for source in sources if source != "user"]
    return USER.join(labels_of(named, trusted=False))
