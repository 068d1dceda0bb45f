"""How are the calls of one draft made? Effects one by one and in order, independent looks side by side.

A row of looks goes out together where none names a reply of the same row and policy asks nobody
about any; all else keeps its place. The first failure ends the draft. Several effects are made whole
or not at all.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence

from kernel.call import Err, Proposal, Reply
from kernel.context.recollection import shown_of
from kernel.gate import Gate
from kernel.happenings import Completed, Planned, Raised, Requested, Started, Watcher
from kernel.minds.port import Drafted, From
from kernel.policy import Verdict
from kernel.proposing import Proposer, Seen
from kernel.request import Request, Session, plain
from kernel.undoer import Undoer
from kernel.waiting import Pause, patiently
from kernel.whole import effects_among, is_asked_about, taken_back
from syscalls.declare import Effect
from syscalls.errors import SysError
from syscalls.labels import NONE
from syscalls.table import AnyCall

MOST_AT_ONCE = 16
"""Looks side by side."""


class Steps:
    """Passes the calls of drafts through the gate."""

    def __init__(
        self,
        gate: Gate,
        session: Session,
        watch: Watcher,
        undoer: Undoer | None,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """Args: `undoer` takes back what a draft did before it failed; `pause` sleeps before a second try."""
        self._gate = gate
        self._session = session
        self._watch = watch
        self._undoer = undoer
        self._pause = pause

    async def make(self, run: Request, calls: Sequence[Drafted]) -> Err | None:
        """Make a draft's calls; the first failure, which ends it."""
        base = len(run.replies)
        effects = effects_among(calls, run.menu)
        before = self._session.latest, self._session.recent
        if len(effects) > 1:
            self._watch(Planned(effects, is_asked_about(self._gate, run.process, effects)))
        proposer = self._proposer(run, base)
        done = 0
        while done < len(calls):
            proposals = self._together(run, proposer, calls[done:], done)
            replies = await self._passed(run, calls[done : done + len(proposals)], proposals)
            failed = next((index for index, (reply, _) in enumerate(replies) if isinstance(reply, Err)), None)
            if failed is not None and len(effects) > 1 and self._undoer is not None:
                reply, seconds = replies[failed]
                assert isinstance(reply, Err)
                made = await taken_back(self._undoer, run.process, run.replies[base:], reply)
                replies[failed] = made, seconds
                self._session.latest, self._session.recent = before
            if (stopped := self._kept(run, replies)) is not None:
                return stopped
            done += len(proposals)
        return None

    def _kept(self, run: Request, replies: Sequence[tuple[Reply, float]]) -> Err | None:
        """Tell and remember what came back; the first failure."""
        stopped: Err | None = None
        for reply, seconds in replies:
            self.tell_labels()
            self._watch(Completed(reply, seconds))
            run.keep(reply)
            if isinstance(reply, Err):
                stopped = stopped or reply
            elif stopped is None:
                self._session.remember(reply)
        return stopped

    def _together(
        self, run: Request, proposer: Proposer, calls: Sequence[Drafted], first: int
    ) -> list[Proposal | Err]:
        """The proposals that go out next, at least one: as many looks as need not wait for each other."""
        found = [proposer.proposal(calls[0])]
        if len(calls) == 1 or not self._may_go_beside(run, calls[0], found[0]):
            return found
        for drafted in calls[1:MOST_AT_ONCE]:
            if waits_for(drafted, first):
                break
            proposal = proposer.proposal(drafted)
            if not self._may_go_beside(run, drafted, proposal):
                break
            found.append(proposal)
        return found

    def _may_go_beside(self, run: Request, drafted: Drafted, proposal: Proposal | Err) -> bool:
        """Whether it looks only, and nobody would be asked about it."""
        call = run.menu.get(drafted.name)
        if call is None or call.effect is not Effect.READ or isinstance(proposal, Err) or run.has_refusals:
            return False
        try:
            entry, decoded = self._gate.decode(run.process, proposal)
        except SysError:
            return False
        return self._gate.authorise(run.process, entry, decoded).verdict is Verdict.ALLOW

    async def _passed(
        self, run: Request, calls: Sequence[Drafted], proposals: Sequence[Proposal | Err]
    ) -> list[tuple[Reply, float]]:
        """Each reply and how long it took in seconds, in the order of the calls."""
        for drafted, proposal in zip(calls, proposals, strict=True):
            labels = proposal.labels if isinstance(proposal, Proposal) else NONE
            self._watch(Requested(drafted.name, plain(drafted.arguments), drafted.confidence, labels))
        if len(proposals) == 1:
            return [await self._timed(run, proposals[0], 0)]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._timed(run, proposal, place))
                for place, proposal in enumerate(proposals)
            ]
        return [task.result() for task in tasks]

    async def _timed(self, run: Request, proposal: Proposal | Err, place: int) -> tuple[Reply, float]:
        started = time.perf_counter()
        reply = await self._reply(run, proposal, place)
        return reply, time.perf_counter() - started

    async def _reply(self, run: Request, proposal: Proposal | Err, place: int) -> Reply:
        """The gate's reply to a proposal that could be made; `place` is its own among those under way."""
        if isinstance(proposal, Err):
            return proposal
        has_begun = False

        def started() -> None:
            nonlocal has_begun
            if not has_begun:  # a second try is no second beginning
                self._watch(Started(proposal.name, place))
            has_begun = True

        try:
            if run.has_refusals:
                _, call = self._gate.decode(run.process, proposal)
                if (again := run.refused_before(call)) is not None:
                    return again
            if not is_look(run.menu, proposal.name):
                return await self._gate(run.process, proposal, started)
            return await patiently(lambda: self._gate(run.process, proposal, started), self._pause)
        except SysError as error:
            return Err(error, proposal.name)

    def _proposer(self, run: Request, base: int) -> Proposer:
        """Makes proposals of what the mind drafted having seen the replies so far."""
        seen = Seen(
            run.stdin, run.process.cwd, run.names or (), self._session.spoken_of, run.earlier,
            shown_of(run.recalled, run.recalled_labels),
        )  # fmt: skip

        def reply_of(reference: From) -> Reply | None:
            if reference.reply < 0:
                return self._session.latest
            return run.reply(reference.reply + (base if reference.counts == "draft" else 0))

        return Proposer(seen.view(run.request, run.replies), run.menu, reply_of)

    def tell_labels(self) -> None:
        """Tell whoever watches what the session was newly exposed to."""
        for label in self._gate.labelling.raised():
            self._watch(Raised(label))


def is_look(menu: Mapping[str, AnyCall], name: str) -> bool:
    """Whether a call of this name changes nothing."""
    call = menu.get(name)
    return call is not None and call.effect is Effect.READ


def waits_for(drafted: Drafted, first: int) -> bool:
    """Whether an argument is the reply of call `first` of its draft or a later one, or the session's latest."""
    return any(
        isinstance(value, From) and (value.reply < 0 or (value.counts == "draft" and value.reply >= first))
        for value in drafted.arguments.values()
    )
