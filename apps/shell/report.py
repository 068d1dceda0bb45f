"""Turns what the kernel tells into events, and tells who was asked for approval."""

from collections import deque
from collections.abc import Callable

import msgspec

from apps.shell import events
from apps.shell.answers import Words, words_of
from apps.shell.events import Event, Tells
from apps.shell.spent import of_resources, thought
from kernel.call import Approval, Approver, Choice, Err, Ok
from kernel.happenings import (
    Completed,
    Eased,
    Happening,
    Held,
    Near,
    Output,
    Planned,
    Raised,
    Requested,
    Said,
    Sampled,
    Started,
    Thought,
    TurnStarted,
)
from kernel.loop import Result, plain
from kernel.meter import Standing
from kernel.minds.port import Draft, Drafted
from kernel.policy import VERDICT_NAMES, Decision, Verdict
from kernel.resources.sampler import Sample
from syscalls.errors import Denied, LabelStop
from syscalls.file_values import sentence


class Reporter:
    """A watcher that emits events, and an approver that tells of the one it passes questions on to.

    Silent until `begin`: while the kernel starts there is nothing true to say yet.
    """

    def __init__(
        self, approver: Approver, trace: Callable[[str], None], note: Callable[[str], None] = lambda _: None
    ) -> None:
        """Args: `trace` gets a line a call, for `-v`; `note` what a person who waits is to know."""
        self.is_present = approver.is_present
        self.drafted: tuple[Drafted, ...] = ()
        """The calls of the latest draft."""
        self._approver = approver
        self._trace = trace
        self._note = note
        self.prompt_tokens = self.cached_tokens = 0
        """What the mind read for all drafts so far."""
        self._stream: Tells | None = None
        self._words: Words | None = None
        """What the mind is saying."""
        self._aside = ""
        """What it said beside the latest calls."""
        self._calls = 0
        self._open: deque[int] = deque()
        """The numbers of the calls under way; replies come in the order of their calls."""
        self._asked: set[int] = set()

    def begin(self, stream: Tells) -> None:
        """Events go there from now on."""
        self._stream = stream

    def __call__(self, happening: Happening) -> None:
        """Something happened."""
        match happening:
            case TurnStarted(turn, request):
                self._begun(str(turn), request)
            case Said(_, words, is_anew, results):
                self._said(words, results, is_anew=is_anew)
            case Thought(_, draft):
                self._thought(draft)
            case Requested(name, arguments, confidence, labels):
                self._calls += 1
                self._open.append(self._calls)
                self._trace(
                    f"{name} {msgspec.json.encode(arguments).decode()}  (confidence {confidence:.2f})"
                )
                untrusted = tuple(label.source for label in labels.items if not label.trusted)
                self._emit(
                    events.SyscallRequested(
                        id=str(self._calls),
                        name=name,
                        args=arguments,
                        confidence=confidence,
                        labels=untrusted,
                    )
                )
            case Raised(label):
                self._emit(events.LabelRaised(source=label.source, private=label.private))
            case Started() | Output():
                self._under_way(happening)
            case Planned(calls, is_asked):
                from apps.shell.wording import spoken  # with it comes the grammar of typed calls

                lines = tuple(spoken(call.name, plain(call.arguments)) for call in calls)
                self._emit(events.PlanUpdated(calls=lines, is_asked=is_asked))
            case Completed(reply, seconds):
                self._completed(reply, seconds)
            case _:
                self._resources(happening)

    def _resources(self, happening: Happening) -> None:
        """Something of what the machine has, or of what may be used."""
        match happening:
            case Held(name, reason):
                self._emit(events.ResourceWaiting(id=self._id, name=name, reason=reason))
            case Eased(name):
                self._emit(events.ResourceResumed(name=name))
            case Near(standing):
                self._emit(near_event(standing))
            case Sampled(sample):
                self._emit(sample_event(sample))
        if isinstance(happening, Held | Eased | Near):
            self._note(of_resources(happening))

    def ended(self, result: Result) -> None:
        """The request is over: what is left to be said of the mind's words, footnotes included."""
        self._aside = ""
        whole, words = words_of(result), self._words or Words(())
        rest = words.rest(whole)
        if rest is None and whole:
            self._emit(events.Message(delta=whole, is_anew=True))
        elif rest:
            self._emit(events.Message(delta=rest))

    def _said(self, words: str, results: tuple[int, ...], *, is_anew: bool) -> None:
        if is_anew or self._words is None:
            self._words = Words(results)
        delta = self._words.more(words)
        if delta or is_anew:
            self._emit(events.Message(delta=delta, is_anew=is_anew))

    def _thought(self, draft: Draft) -> None:
        self.drafted = draft.calls
        self.prompt_tokens += draft.prompt_tokens
        self.cached_tokens += draft.cached_tokens
        if line := thought(draft, "the mind"):
            self._trace(line)
        self._aside = draft.text if draft.calls else ""

    def _under_way(self, happening: Started | Output) -> None:
        match happening:
            case Started(name, place):
                self._emit(events.SyscallStarted(id=str(self._at(place)), name=name))
            case Output(name, stream, text):
                self._emit(events.SyscallOutput(id=self._id, name=name, stream=stream, text=text))

    def _begun(self, turn: str, request: str) -> None:
        if self._aside:  # beside calls that did not end the request
            self._emit(events.Message(delta=self._aside, is_aside=True))
        self._aside, self._words = "", None
        if self._stream is not None:
            self._stream.turn(turn)
        self._emit(events.TurnStarted(request=request))

    async def approve(self, approval: Approval) -> Choice:
        """Ask the one behind, and tell both sides of it."""
        self._asked.add(self._now)
        self._decided(approval.decision)
        self._emit(
            events.ApprovalRequested(
                id=self._id,
                call=approval.call.line(),
                digest=approval.digest,
                reason=approval.decision.reason,
                reversible=approval.is_reversible,
            )
        )
        choice = await self._approver.approve(approval)
        self._emit(events.ApprovalResolved(id=self._id, choice=choice.value))
        return choice

    @property
    def _now(self) -> int:
        """The call that is spoken of: the first one under way."""
        return self._at(0)

    def _at(self, place: int) -> int:
        return self._open[place] if place < len(self._open) else self._calls

    @property
    def _id(self) -> str:
        return str(self._now)

    def _emit(self, event: Event) -> None:
        if self._stream is not None:
            self._stream.emit(event)

    def _decided(self, decision: Decision) -> None:
        self._emit(
            events.PolicyDecision(
                id=self._id,
                decision=VERDICT_NAMES[decision.verdict],
                rule=decision.rule,
                reason=decision.reason,
            )
        )

    def _completed(self, reply: Ok | Err, seconds: float) -> None:
        if isinstance(reply, Err):
            self._refused(reply, seconds)
        else:
            self._made(reply, seconds)
        if self._open:
            self._open.popleft()

    def _made(self, reply: Ok, seconds: float) -> None:
        effects = tuple(sentence(change) for change in reply.changes.changes) if reply.changes else ()
        token = reply.call.id if reply.changes and reply.changes.undo else ""
        self._emit(
            events.SyscallCompleted(
                id=self._id,
                name=reply.call.name,
                status="ok",
                seconds=seconds,
                value=msgspec.to_builtins(reply.value),
                effects=effects,
                undo_token=token,
            )
        )

    def _refused(self, reply: Err, seconds: float) -> None:
        if reply.decision is not None and self._now not in self._asked:
            self._decided(reply.decision)
            if reply.decision.verdict is Verdict.ASK and reply.call is not None and not self.is_present:
                self._nobody(reply.call.line(), reply.call.digest, reply.decision.reason)
        self._emit(
            events.SyscallCompleted(
                id=self._id,
                name=reply.name,
                status="denied" if isinstance(reply.error, Denied | LabelStop) else "error",
                seconds=seconds,
                error=f"{reply.error.symbol}: {reply.error}",
                code=reply.error.code,
            )
        )

    def _nobody(self, call: str, digest: str, reason: str) -> None:
        self._emit(events.ApprovalRequested(id=self._id, call=call, digest=digest, reason=reason))
        self._emit(events.ApprovalResolved(id=self._id, choice="nobody"))


def near_event(standing: Standing) -> Event:
    """What tells how a budget stands."""
    kind = events.BudgetExceeded if standing.is_over else events.BudgetWarning
    return kind(whose=standing.whose, budget=standing.key, used=round(standing.used, 3), limit=standing.limit)


def sample_event(sample: Sample) -> Event:
    """What tells of a look at the machine and the session's trees."""
    machine, trees = sample.machine, sample.trees
    return events.ResourceSample(
        cpu_percent=machine.cpu_percent,
        memory_available_bytes=machine.memory_available_bytes,
        memory_total_bytes=machine.memory_total_bytes,
        pressure=machine.pressure,
        rss_bytes=sum(tree.rss_bytes for tree in trees),
        tree_cpu_percent=round(sum(tree.cpu_percent for tree in trees), 1),
        processes=sum(tree.process_count for tree in trees),
    )
