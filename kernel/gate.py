"""The only door: every call of a mind, a person, an app or a job passes here, and no flag removes it.

Two halves. *Decode and authorise* may refuse and changes nothing visible. *Invoke* acts: for an
effect the driver plans, the person sees the plan where policy asks, the intent with its undo
steps becomes durable, and only then is the effect committed.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from typing import Any

import msgspec

from kernel.answers import decision_row, outcome_row, typed
from kernel.call import Approval, Approver, Call, Choice, Err, Ok, Proposal, Reply
from kernel.drivers.port import Answer, Labelled, Prepared, Server, Staged
from kernel.grants import Grants, scope_of
from kernel.indirect import named_in
from kernel.journal.port import Held, Journal
from kernel.journal.records import DecisionRow, IntentRow, LookRow, UndoneRow
from kernel.labelling import Labelling
from kernel.meter import landed_bytes
from kernel.origins import LABEL_RULES, RULE_OF_TWO
from kernel.paths import canonicalise
from kernel.policy import LANDING, TYPED, Decision, Mode, Policy, Verdict
from kernel.process import Process
from kernel.provenance import Provenance
from kernel.reached import looks_inside, more_asked, reached
from syscalls.caps import Cap
from syscalls.declare import Effect, Undo
from syscalls.errors import BadArgument, Denied, LabelStop, SysError, UnknownCall
from syscalls.labels import NONE, Labels
from syscalls.table import Entry, Table, shorten
from syscalls.undo import OWN_RULES, Plan


class Gate:
    """Decodes, authorises, journals and invokes."""

    def __init__(
        self, table: Table, server: Server, policy: Policy, journal: Journal, session: str, approver: Approver, *,
        files: Provenance | None = None,
    ) -> None:  # fmt: skip
        """Args: `files` as for `Labelling`."""
        self.table = table
        self._server = server
        self._policy = policy
        self._journal = journal
        self._session = session
        self._approver = approver
        self.labelling = Labelling(journal, session, files)
        """What was seen, and what files hold."""
        self.grants = Grants(journal, session)
        """What a person allowed for the session."""

    async def __call__(
        self, process: Process, proposal: Proposal, started: Callable[[], None] | None = None
    ) -> Reply:
        """Carry out one proposal; declared failures are replies, never exceptions.

        Args: `started` is told when it is let through and is about to be carried out.
        """
        call: Call | None = None
        decision: Decision | None = None
        if process.hold is not None:
            await process.hold.wait()
        try:
            process.spend_call()
            entry, call = self.decode(process, proposal)
            decision = self.authorise(process, entry, call)
            if decision.verdict is Verdict.DENY:
                raise Denied(f"{call.name}: {decision.reason} (rule {decision.rule})")
            return await self._invoke(process, entry, call, decision, started or _nobody_waits)
        except SysError as error:
            self._journal_refusal(proposal, call, decision, error)
            return Err(error, proposal.name, call, decision)

    def decode(self, process: Process, proposal: Proposal) -> tuple[Entry, Call]:
        """The canonical call.

        Raises:
            UnknownCall: no such call is visible.
            BadArgument: the arguments do not fit its schema.
        """
        proposal = named_in(self.table, proposal)
        entry = self.table[proposal.name]
        if entry.call.is_hidden and proposal.origin != "kernel":
            raise UnknownCall(f"no syscall {proposal.name!r}; `aosh syscalls` lists them")
        entry.check(proposal.arguments)
        check_text(entry, proposal.arguments)
        arguments, needed = canonicalise(entry, proposal.arguments, process.cwd, process.home)
        if entry.call.effect is Effect.MEMORY:
            arguments = with_sources(entry, arguments, proposal.labels)
        call = Call(
            id=os.urandom(6).hex(),
            name=entry.call.name,
            arguments=arguments,
            effect=entry.call.effect,
            needed=tuple(needed),
            labels=proposal.labels,
            origin=proposal.origin,
            turns=proposal.turns,
            origins=proposal.origins,
        )
        return entry, call

    def authorise(self, process: Process, entry: Entry, call: Call) -> Decision:
        """What policy says of a decoded call. Changes nothing."""
        decision = self._policy.decide(
            process, entry.call, call.arguments, list(call.needed), call.labels, origin=call.origin
        )
        never_asks = self._policy.mode is Mode.DENY_UNLISTED
        return self.labelling.weigh(process, entry, call, decision, never_asks=never_asks)

    async def _invoke(
        self, process: Process, entry: Entry, call: Call, decision: Decision, started: Callable[[], None]
    ) -> Reply:
        if decision.verdict is Verdict.ASK:
            call = call.sealed()
        if not call.effect.is_side_effect:
            if decision.verdict is Verdict.ASK:
                await self._approve(entry, call, decision, None)
                started()
                return await self._look(widened(process, decision), entry, call, None)
            decided = decision_row(call, decision, "")
            held = self._journal.hold(self._session, "decision", decided)
            started()
            return await self._look(process, entry, call, (held, decided))
        approved = ""
        if decision.outside:
            approved = await self._approve(entry, call, decision, None)
            process = widened(process, decision)
        prepared = labelled(await self._server.prepare(process, entry.call, call.arguments), call)
        try:
            decision, approved = await self._reached(entry, call, decision, prepared.plan, approved)
            if decision.verdict is Verdict.ASK and not approved:
                approved = await self._approve(entry, call, decision, prepared.plan)
            elif not approved:
                self._journal_decision(call, decision, "")
            started()
            if call.effect is Effect.EXEC:
                prepared = await self._run_apart(entry, call, decision, prepared)
            process.meter.holds("written_bytes", landed_bytes(prepared.plan))
            if call.turns:
                self._journal.append(self._session, "undone", UndoneRow(call.turns, call.id), durable=False)
            self._journal.append(
                self._session,
                "intent",
                IntentRow(call.id, call.name, call.arguments, prepared.plan, call.labels),
                durable=True,
            )
        except BaseException:
            await prepared.abort()
            raise
        return await self._commit(process, entry, call, prepared)

    async def _reached(
        self, entry: Entry, call: Call, decision: Decision, plan: Plan, approved: str
    ) -> tuple[Decision, str]:
        """The decision on the places that the plan really changes, and how it was approved so far.

        Raises:
            Denied: a link leads to what no call may change, or the answer to the further question was no.
        """
        asked = (self._policy, entry.call, call, decision, plan)
        is_long = looks_inside(self._policy, entry.call, plan)
        found = await asyncio.to_thread(reached, *asked) if is_long else reached(*asked)
        if found is decision:
            return decision, approved
        if found.verdict is Verdict.DENY:
            self._journal_decision(call, found, "")
            raise Denied(f"{call.name}: {found.reason} (rule {found.rule})")
        if approved:
            approved = await self._approve(entry, call.sealed(), more_asked(found, decision), plan)
        return found, approved

    async def _run_apart(self, entry: Entry, call: Call, decision: Decision, staged: Prepared) -> Prepared:
        """Let a program run, its changes apart; a second look where they are out of the ordinary.

        Raises:
            Denied: the second answer was no; what it did is dropped.
        """
        if not isinstance(staged, Staged):
            return staged
        ran = await staged.run()
        flags = ran.plan.flags
        if decision.rule == TYPED:
            flags = tuple(flag for flag in flags if flag.startswith(OWN_RULES))
        is_shown = self._policy.mode is Mode.ASK and decision.rule != TYPED
        if ran.plan.undo and (flags or is_shown):
            why = "; ".join(flags) or "mode ask shows what it changed"
            try:
                await self._approve(entry, call, Decision(Verdict.ASK, LANDING, why), ran.plan)
            except BaseException:
                await ran.abort()
                raise
        return ran

    async def _look(
        self, process: Process, entry: Entry, call: Call, decided: tuple[Held, DecisionRow] | None
    ) -> Reply:
        """Ask the server; the end goes into the row of the decision while that is only buffered."""
        started = time.perf_counter()
        answer = await self._server.look(process, entry.call, call.arguments)
        value = typed(entry, answer.value)
        labels = self.labelling.looked(process, entry, call, answer, value)
        row = outcome_row(call, None, answer, time.perf_counter() - started, NONE)
        if decided is None or not decided[0].replace("look", LookRow(decided[1], row)):
            self._journal.append(self._session, "outcome", row, durable=False)
        return Ok(call, value, labels)

    async def _commit(self, process: Process, entry: Entry, call: Call, prepared: Prepared) -> Reply:
        started = time.perf_counter()
        answer: Answer | None = None
        failure: SysError | None = None
        reply: Reply
        held = NONE
        try:
            answer = await prepared.commit()
            process.meter.count("written_bytes", landed_bytes(prepared.plan))
            reply = Ok(call, typed(entry, answer.value), call.labels, prepared.plan)
        except SysError as error:
            answer, failure = None, error
            reply = Err(error, call.name, call)
        try:
            if answer is not None and isinstance(reply, Ok):
                held = self.labelling.written(process, entry, call, answer)
                labels = self.labelling.looked(process, entry, call, answer, reply.value)
                reply = msgspec.structs.replace(reply, labels=labels)
            self._journal_outcome(call, failure, answer, time.perf_counter() - started, held)
        except SysError as unwritten:
            # Without an outcome the effect stays open, which is the truth; a refusal's row would deny it.
            text = f"how {call.name} ended could not be journalled; the next start rolls it back: {unwritten}"
            return Err(type(unwritten)(text), call.name, call)
        self.labelling.wrote(call, answer.undo if answer else (), held)
        return reply

    async def _approve(self, entry: Entry, call: Call, decision: Decision, plan: Plan | None) -> str:
        may_be_granted = RULE_OF_TWO not in decision.questions
        if may_be_granted and self.grants.use(call, decision):
            self._journal_decision(call, decision, "scope")
            return "scope"
        if not self._approver.is_present:
            self._journal_decision(call, decision, "nobody")
            refusal = LabelStop if decision.rule in LABEL_RULES else Denied
            raise refusal(f"{call.name} needs a yes ({decision.reason}) and nobody is here to give it")
        scope = scope_of(call, decision) if may_be_granted and decision.rule != LANDING else None
        shown, digest = call.sealed(), call.digest
        asked = Approval(
            shown, digest, decision, plan, scope.words() if scope else "", is_reversible(entry, plan)
        )
        try:
            choice = await self._approver.approve(asked)
        except LabelStop:
            self._journal_decision(call, decision, "nobody")
            raise
        if choice in (Choice.NO, Choice.EDIT):
            self._journal_decision(call, decision, "refused")
            how = "you said no" if choice is Choice.NO else "you took it back to edit it"
            raise Denied(f"{call.name}: {how}; nothing was changed")
        if not shown.digest == call.digest == digest:
            self._journal_decision(call, decision, "refused")
            raise Denied(f"{call.name} changed while it was being asked about; it needs a yes of its own")
        if choice is Choice.SCOPE and scope:
            self.grants.give(scope, call.id)
        self._journal_decision(call, decision, "user")
        return "user"

    def _journal_decision(self, call: Call, decision: Decision, approved_by: str) -> None:
        row = decision_row(call, decision, approved_by)
        self._journal.append(self._session, "decision", row, durable=False)

    def _journal_outcome(
        self,
        call: Call,
        error: SysError | None,
        answer: Answer | None,
        seconds: float,
        held: Labels | None = None,
    ) -> None:
        """Args: `held` is what written files hold from elsewhere; None of a call that wrote nothing: not durable."""
        row = outcome_row(call, error, answer, seconds, NONE if held is None else held)
        self._journal.append(self._session, "outcome", row, durable=held is not None)

    def _journal_refusal(
        self, proposal: Proposal, call: Call | None, decision: Decision | None, error: SysError
    ) -> None:
        # A journal that takes no more must not turn a no into a crash: the refusal stands unwritten.
        with contextlib.suppress(SysError):
            if call is None:
                name = proposal.name.encode("utf-8", "backslashreplace").decode()
                row = DecisionRow("", name, {}, "deny", "decode", str(error), "")
                self._journal.append(self._session, "decision", row, durable=False)
            elif decision is not None and decision.verdict is Verdict.DENY:
                self._journal_decision(call, decision, "")
            else:
                self._journal_outcome(call, error, None, 0.0)


def _nobody_waits() -> None:
    """Nobody is told that a call began."""


def labelled(prepared: Prepared, call: Call) -> Prepared:
    """The same effect, told where its arguments came from where it keeps that."""
    if call.effect is Effect.SCHEDULE and isinstance(prepared, Labelled):
        prepared.labels = call.labels
    return prepared


def check_text(entry: Entry, arguments: dict[str, Any]) -> None:
    """Refuse text and numbers that no file, frame or journal can hold.

    Raises:
        BadArgument: an argument holds half a surrogate pair, or a number beyond 64 bits.
    """
    try:
        msgspec.msgpack.encode(arguments)
    except UnicodeEncodeError as misfit:
        given = shorten(misfit.object)
        raise BadArgument(f"{entry.call.name}: arguments: expected Unicode text, got {given}") from None
    except OverflowError:
        raise BadArgument(f"{entry.call.name}: arguments: expected numbers of at most 64 bits") from None


def with_sources(entry: Entry, arguments: dict[str, Any], labels: Labels) -> dict[str, Any]:
    """The arguments of a call that stores text, with where that comes from: by its labels, whatever was given."""
    if "sources" not in entry.call.schema.get("properties", {}):
        return arguments
    sources = [label.source for label in labels.items if not label.trusted]
    return arguments | {"sources": sources, "private": labels.is_private}


def is_reversible(entry: Entry, plan: Plan | None) -> bool:
    """Whether what is asked about can be taken back, as far as declaration and plan tell."""
    if not entry.call.effect.is_side_effect:
        return True
    if entry.call.undo is Undo.IMPOSSIBLE:
        return False
    return plan is None or bool(plan.undo) or all(change.what == "runs" for change in plan.changes)


def widened(process: Process, decision: Decision) -> Process:
    """The process with the approved outside paths added, for one call only."""
    if not decision.outside:
        return process
    extra = {Cap(right, path) for right, path in decision.outside}
    return Process(
        process.pid,
        process.goal,
        process.caps | extra,
        cwd=process.cwd,
        home=process.home,
        meter=process.meter,
    )
