"""`--dry-run`: what a request would do, decided and planned, with nothing changed.

Looks are made; the first effect is planned by its driver and then dropped. What would come after it
is decided too, as far as its arguments are known: its plan depends on what the effect leaves behind.
"""

import posixpath
import shlex
from collections.abc import Sequence
from typing import Literal

from apps.shell.events import PreflightStep
from apps.shell.wording import spoken
from kernel.call import Approval, Call, Choice, Err, Ok, Proposal
from kernel.gate import Gate
from kernel.loop import Result, plain
from kernel.minds.port import Drafted, From
from kernel.policy import VERDICT_NAMES, Decision, Mode, Policy, Verdict
from kernel.process import Process
from kernel.rules.patterns import ARGV, URL, base_of, escaped, host_of, is_wild
from syscalls.errors import Denied, SysError
from syscalls.file_values import sentence
from syscalls.labels import USER, Labels

_LOOKED = Decision(Verdict.ALLOW, "looking", "it changes nothing")
_WORDS = {"allow": "allowed", "ask": "needs a yes", "deny": "denied", "later": "decided when it is reached"}


class Rehearsal:
    """An approver that keeps every plan and says no to it; the kernel's policy must ask for every effect."""

    is_present = True

    def __init__(self) -> None:
        self.planned: list[Approval] = []
        self.steps: list[PreflightStep] = []

    async def approve(self, approval: Approval) -> Choice:
        """Never."""
        self.planned.append(approval)
        return Choice.NO

    @property
    def is_allowed(self) -> bool:
        """Whether all that is known of the request may happen unasked."""
        return all(step.decision in ("allow", "later") for step in self.steps)

    @property
    def is_askable(self) -> bool:
        """Whether a person's yes would be enough."""
        return all(step.decision != "deny" for step in self.steps)

    def review(
        self, gate: Gate, policy: Policy, process: Process, result: Result, drafted: Sequence[Drafted]
    ) -> bool:
        """Work out the steps; whether the rehearsal got as far as an effect, or a refusal by policy."""
        latest = result.replies[-1] if result.replies else None
        cwd = process.cwd
        self.steps = [
            _step("looked", reply.call, _LOOKED, cwd) for reply in result.replies if isinstance(reply, Ok)
        ]
        if self.planned:
            asked = self.planned[0]
            decision = _really(gate, policy, process, asked.call)
            changes = tuple(sentence(change) for change in asked.plan.changes) if asked.plan else ()
            self.steps.append(_step("would", asked.call, decision, cwd, changes))
            labels = asked.call.labels
        elif isinstance(latest, Err) and latest.call and latest.decision and isinstance(latest.error, Denied):
            self.steps.append(_step("would", latest.call, latest.decision, cwd))
            labels = latest.call.labels
        else:
            return False
        for each in drafted[len(result.replies) :]:
            self.steps.append(_later(gate, policy, process, each, labels))
        return True

    def lines(self) -> list[str]:
        """The rehearsal as text."""
        found = []
        for step in self.steps:
            found.append(f"{step.when:<7} {step.call}")
            if step.when == "looked":
                continue
            found += [f"          {change}" for change in step.changes]
            found.append(f"          {_WORDS[step.decision]}: {step.reason} (rule {step.rule})")
        missing = [option for step in self.steps for option in step.grants]
        if missing:
            found += [
                "to allow it beforehand, add:",
                *(f"          {each}" for each in dict.fromkeys(missing)),
            ]
        found.append("nothing was changed (--dry-run)")
        return found


def grants_for(call: Call, decision: Decision, cwd: str) -> tuple[str, ...]:
    """The options that would answer what a decision asks; none where only a person can, or nobody."""
    questions = set(decision.questions)
    if decision.verdict is Verdict.ALLOW or any(not _is_answerable(each) for each in questions):
        return ()
    found = []
    if "outside-workspace" in questions:
        folders = dict.fromkeys(posixpath.dirname(path) for _, path in decision.outside)
        found += [f"--add-dir {shlex.quote(folder)}" for folder in folders]
    if any(each.startswith("asks-") for each in questions):
        scope = _scope(call, cwd)
        found.append(f"--allow {shlex.quote(f'{call.name}({scope})' if scope else call.name)}")
    return tuple(found)


def _is_answerable(rule: str) -> bool:
    return rule == "outside-workspace" or rule.startswith("asks-")


def _really(gate: Gate, policy: Policy, process: Process, call: Call) -> Decision:
    # The rehearsed policy asks for everything; what it is made of says what would really be decided.
    entry = gate.table[call.name]
    decision = Policy.decide(
        policy, process, entry.call, call.arguments, list(call.needed), call.labels, origin=call.origin
    )
    never_asks = policy.mode is Mode.DENY_UNLISTED
    return gate.labelling.weigh(process, entry, call, decision, never_asks=never_asks)


def _later(gate: Gate, policy: Policy, process: Process, drafted: Drafted, labels: Labels) -> PreflightStep:
    line = spoken(drafted.name, plain(drafted.arguments))
    if any(isinstance(value, From) for value in drafted.arguments.values()):
        return PreflightStep(
            when="then", call=line, decision="later", rule="", reason="it takes what an earlier step leaves"
        )
    try:
        proposal = Proposal(drafted.name, drafted.arguments, USER.join(labels), origin="mind")
        _, call = gate.decode(process, proposal)
    except SysError as error:
        return PreflightStep(when="then", call=line, decision="deny", rule="decode", reason=str(error))
    return _step("then", call, _really(gate, policy, process, call), process.cwd)


def _step(
    when: Literal["looked", "would", "then"], call: Call, decision: Decision, cwd: str,
    changes: tuple[str, ...] = (),
) -> PreflightStep:  # fmt: skip
    return PreflightStep(
        when=when,
        call=spoken(call.name, call.arguments),
        decision=VERDICT_NAMES[decision.verdict],
        rule=decision.rule,
        reason=decision.reason,
        changes=changes,
        grants=grants_for(call, decision, cwd),
    )


def _scope(call: Call, cwd: str) -> str:
    """The scope of the narrowest `--allow` that covers the call."""
    argv = call.arguments.get(ARGV)
    if isinstance(argv, list):
        return shlex.join(argv)
    if place := host_of(call.arguments.get(URL)):
        return f"{place[1]}{place[2]}"
    paths = [path for _, path in call.needed]
    if not paths:
        return ""
    if len(set(paths)) == 1 and not is_wild(paths[0]):
        return _relative(paths[0], cwd)
    folder = posixpath.commonpath([posixpath.dirname(base_of(path)) for path in paths])
    return "**" if folder == cwd else f"{_relative(folder, cwd)}/**".replace("//", "/")


def _relative(path: str, cwd: str) -> str:
    return escaped(path.removeprefix(f"{cwd}/"))
