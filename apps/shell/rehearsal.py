"""`--dry-run`: what a request would do, decided and planned, with nothing changed.

Looks are made; the first effect is planned by its driver and then dropped; what would come after
it is only named, since it depends on what the effect leaves behind.
"""

from apps.shell.wording import spoken
from kernel.call import Approval, Choice, Ok
from kernel.gate import Gate
from kernel.loop import Result, plain
from kernel.minds.port import Drafted
from kernel.policy import Decision, Mode, Policy, Verdict
from kernel.process import Process
from syscalls.file_values import sentence


class Rehearsal:
    """An approver that keeps every plan and says no to it; the policy it serves must ask for everything."""

    is_present = True

    def __init__(self, mode: Mode) -> None:
        """Args: `mode` is the one the request would really run in."""
        self._mode = mode
        self.planned: list[Approval] = []

    async def approve(self, approval: Approval) -> Choice:
        """Never."""
        self.planned.append(approval)
        return Choice.NO

    def decision(self, gate: Gate, process: Process) -> Decision | None:
        """What the real mode says of the effect that was planned; None when none was."""
        if not self.planned:
            return None
        call = self.planned[0].call
        declared = gate.table[call.name].call
        return Policy(self._mode).decide(process, declared, call.arguments, list(call.needed), call.labels)

    def lines(self, result: Result, drafted: tuple[Drafted, ...], decision: Decision | None) -> list[str]:
        """The rehearsal as text."""
        found = [
            f"looked  {spoken(r.call.name, r.call.arguments)}" for r in result.replies if isinstance(r, Ok)
        ]
        if self.planned and decision is not None:
            approval = self.planned[0]
            found.append(f"would   {spoken(approval.call.name, approval.call.arguments)}")
            if approval.plan is not None:
                found += [f"          {sentence(change)}" for change in approval.plan.changes]
            verdict = {Verdict.ALLOW: "allowed", Verdict.ASK: "needs a yes", Verdict.DENY: "denied"}
            found.append(f"          {verdict[decision.verdict]}: {decision.reason} (rule {decision.rule})")
            found += [f"then    {spoken(d.name, plain(d.arguments))}" for d in drafted[len(result.replies) :]]
        found.append("nothing was changed (--dry-run)")
        return found
