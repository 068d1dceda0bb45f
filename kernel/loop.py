"""The turn loop of one agent: ask the mind, pass its calls through the gate, feed the replies back.

Ends when the mind is done, proposes nothing new, or a budget is spent. All calls of a draft are
weighed before the first is made: where one is unclear, none is made.
"""

import time
from collections.abc import Sequence
from enum import Enum
from typing import Any, Protocol

import msgspec

from kernel.call import Err, Ok, Proposal, Reply
from kernel.confidence import floors
from kernel.gate import Gate
from kernel.happenings import Completed, Planned, Raised, Requested, Thought, TurnStarted, Watcher
from kernel.journal.port import Journal
from kernel.journal.records import DraftRow, RequestRow
from kernel.minds.port import Draft, Drafted, Exchange, From, Mind, Prompt, sound
from kernel.process import Process
from kernel.proposing import Proposer, Seen
from kernel.undoer import Undoer
from kernel.whole import effects_among, is_asked_about, taken_back
from syscalls.declare import Effect
from syscalls.errors import Act, BudgetSpent, NotUnderstood, SysError
from syscalls.file_values import Listing
from syscalls.labels import NONE, STDIN
from syscalls.table import AnyCall

SURVEY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("file.find", {"kind": None, "depth": 12, "limit": 20_000}),
    ("file.list", {"hidden": True, "limit": 2_000}),
)
"""Looks that tell which names the workspace has."""


class End(Enum):
    """Why a request is over."""

    DONE = "done"
    FAILED = "failed"
    NOT_UNDERSTOOD = "not-understood"
    BUDGET = "budget"


class Result(msgspec.Struct, frozen=True):
    """What came of one request."""

    end: End
    replies: tuple[Reply, ...]
    text: str = ""
    """What the mind said."""
    error: SysError | None = None
    nearest: tuple[str, ...] = ()
    """Example requests to offer when nothing was understood."""


class Clarifier(Protocol):
    """Whoever can be asked what was meant (not whether it is allowed)."""

    async def confirm(self, drafted: Sequence[Drafted]) -> bool:
        """Whether these calls are what was meant; False where nobody answers."""
        ...


class Nobody:
    """Headless: unclear stays undone."""

    async def confirm(self, drafted: Sequence[Drafted]) -> bool:
        """Never."""
        del drafted
        return False


class Session:
    """What lasts from one request of a shell to the next: the latest reply's files and text."""

    def __init__(self, id_: str) -> None:
        self.id = id_
        self.turn = 0
        self.recent: tuple[str, ...] = ()
        self.latest: Ok | None = None
        self.named_by: Ok | None = None

    def remember(self, reply: Ok) -> None:
        """Keep what "it" and "them" will mean."""
        self.latest = reply
        paths = reply.value.paths()
        if paths:
            self.recent, self.named_by = paths, reply

    @property
    def spoken_of(self) -> tuple[tuple[str, ...], Ok | None]:
        """The files that were spoken of last, and the reply that did."""
        return self.recent, self.named_by


class Loop:
    """Runs requests for one process."""

    def __init__(
        self,
        gate: Gate,
        mind: Mind,
        journal: Journal,
        session: Session,
        clarifier: Clarifier,
        watch: Watcher,
        *,
        undoer: Undoer | None = None,
    ) -> None:
        """Args: `undoer` takes back what a draft did before it failed; without one it stays."""
        self._gate = gate
        self._mind = mind
        self._journal = journal
        self._session = session
        self._clarifier = clarifier
        self._watch = watch
        self._undoer = undoer

    async def run(self, process: Process, request: str, menu: Sequence[AnyCall], stdin: str = "") -> Result:
        """Carry out a request in words.

        Raises:
            MindFailed: there is no draft to go on with.
        """
        run = _Run(process, request, stdin, {call.name: call for call in menu})
        self._session.turn += 1
        self._journal.append(
            self._session.id, "request", RequestRow(self._session.turn, request, "words"), durable=False
        )
        if self._mind.has_memory:
            run.earlier = self._gate.labelling.exposure.labels
        self._gate.labelling.begin(STDIN if stdin else NONE)
        try:
            while True:
                process.spend_turn()
                self._watch(TurnStarted(self._session.turn, request))
                draft = await self._think(run, menu)
                ended = await self._act(run, draft)
                if ended is not None:
                    return ended
        except BudgetSpent as spent:
            return Result(End.BUDGET, tuple(run.replies), error=spent)

    async def _think(self, run: "_Run", menu: Sequence[AnyCall]) -> Draft:
        if run.names is None:
            run.names = await self._survey(run.process) if self._mind.wants_names else ()
        self._tell_labels()
        prompt = Prompt(
            run.request,
            tuple(menu),
            run.process.cwd,
            run.stdin,
            tuple(run.exchanges()),
            run.names,
            self._session.recent,
        )
        draft = sound(await self._mind.think(prompt), self._mind.name)
        self._journal.append(
            self._session.id, "draft", DraftRow(self._session.turn, self._mind.name, draft), durable=False
        )
        self._watch(Thought(self._session.turn, draft))
        return draft

    async def _survey(self, process: Process) -> tuple[tuple[str, bool], ...]:
        """The workspace's names, through the gate: what a request's words can be grounded in."""
        found: dict[str, bool] = {}
        for name, arguments in SURVEY:
            reply = await self._gate(process, Proposal(name, arguments, origin="kernel"))
            if isinstance(reply, Err):
                raise reply.error
            if isinstance(reply.value, Listing):
                found |= {entry.path: entry.kind == "folder" for entry in reply.value.entries}
        return tuple(found.items())

    async def _act(self, run: "_Run", draft: Draft) -> Result | None:
        """Make the draft's calls; a Result when the request is over."""
        if not draft.calls:
            return self._nothing_proposed(run, draft)
        if run.has_seen(draft):
            return run.over(draft)
        unclear = self.unclear(run, draft)
        if unclear and not await self._clarifier.confirm(unclear):
            return Result(
                End.NOT_UNDERSTOOD,
                tuple(run.replies),
                error=NotUnderstood(_unsure(unclear, draft)),
                nearest=draft.nearest,
            )
        failed = await self._make(run, draft.calls)
        if draft.is_done or (failed is not None and failed.error.act is not Act.FIX):
            return run.over(draft)
        return None

    def _nothing_proposed(self, run: "_Run", draft: Draft) -> Result:
        if run.replies or draft.text:
            return run.over(draft)
        error = NotUnderstood("that is not something I can do here")
        return Result(End.NOT_UNDERSTOOD, (), error=error, nearest=draft.nearest)

    def unclear(self, run: "_Run", draft: Draft) -> list[Drafted]:
        """The calls that are below their class's floor, ungrounded, or leave words unread."""
        found = []
        for drafted in draft.calls:
            call = run.menu.get(drafted.name)
            effect = call.effect if call else Effect.READ
            loose = bool(drafted.ungrounded) and effect.is_side_effect
            if drafted.confidence < floors(effect).act or loose or draft.unread:
                found.append(drafted)
        return found

    async def _make(self, run: "_Run", calls: Sequence[Drafted]) -> Err | None:
        """Pass calls through the gate in order; the first failure ends the row.

        Several effects are made whole or not at all.
        """
        base = len(run.replies)
        effects = effects_among(calls, run.menu)
        before = self._session.latest, self._session.recent
        if len(effects) > 1:
            self._watch(Planned(effects, is_asked_about(self._gate, run.process, effects)))
        proposer = self._proposer(run)
        for drafted in calls:
            proposal = proposer.proposal(drafted)
            labels = proposal.labels if isinstance(proposal, Proposal) else NONE
            self._watch(Requested(drafted.name, plain(drafted.arguments), drafted.confidence, labels))
            started = time.perf_counter()
            reply = await self._passed(run, proposal)
            if isinstance(reply, Err) and len(effects) > 1 and self._undoer is not None:
                reply = await taken_back(self._undoer, run.process, run.replies[base:], reply)
                self._session.latest, self._session.recent = before
            self._tell_labels()
            self._watch(Completed(reply, time.perf_counter() - started))
            run.replies.append(reply)
            if isinstance(reply, Err):
                return reply
            self._session.remember(reply)
        return None

    async def _passed(self, run: "_Run", proposal: Proposal | Err) -> Reply:
        """The gate's reply to a proposal that could be made."""
        if isinstance(proposal, Err):
            return proposal
        try:
            return await self._gate(run.process, proposal)
        except SysError as error:
            return Err(error, proposal.name)

    def _proposer(self, run: "_Run") -> Proposer:
        """Makes proposals of what the mind drafted having seen the replies so far."""
        base = len(run.replies)
        seen = Seen(run.stdin, run.process.cwd, run.names or (), self._session.spoken_of, run.earlier)
        return Proposer(
            seen.view(run.request, run.replies),
            run.menu,
            lambda number: self._session.latest if number < 0 else run.reply(base + number),
        )

    def _tell_labels(self) -> None:
        for label in self._gate.labelling.raised():
            self._watch(Raised(label))


class _Run:
    """One request under way."""

    def __init__(self, process: Process, request: str, stdin: str, menu: dict[str, AnyCall]) -> None:
        self.process = process
        self.request = request
        self.stdin = stdin
        self.menu = menu
        self.replies: list[Reply] = []
        self.names: tuple[tuple[str, bool], ...] | None = None
        self.earlier = NONE
        """What the session had read before, where the mind may remember it."""
        self._seen: set[bytes] = set()

    def reply(self, index: int) -> Reply | None:
        return self.replies[index] if 0 <= index < len(self.replies) else None

    def over(self, draft: Draft) -> Result:
        """The end of the request: failed where its latest call failed and nothing made up for it."""
        replies = tuple(self.replies)
        latest = replies[-1] if replies else None
        if not isinstance(latest, Err):
            return Result(End.DONE, replies, draft.text)
        end = End.BUDGET if isinstance(latest.error, BudgetSpent) else End.FAILED
        return Result(end, replies, draft.text, latest.error)

    def has_seen(self, draft: Draft) -> bool:
        """Loop guard: the same calls again, after the same number of replies or more."""
        key = msgspec.json.encode([[c.name, plain(c.arguments)] for c in draft.calls], order="sorted")
        seen = key in self._seen
        self._seen.add(key)
        return seen

    def exchanges(self) -> list[Exchange]:
        """The calls so far, as the mind sees them."""
        found = []
        for reply in self.replies:
            if isinstance(reply, Ok):
                value = reply.value
                found.append(
                    Exchange(reply.call.name, reply.call.arguments, True, value.text(), value.paths())
                )
            else:
                arguments = reply.call.arguments if reply.call else {}
                found.append(Exchange(reply.name, arguments, False, str(reply.error)))
        return found


def plain(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments with references written out, for people and for the journal."""
    return {
        name: {"$reply": value.reply, "part": value.part} if isinstance(value, From) else value
        for name, value in arguments.items()
    }


def _unsure(unclear: Sequence[Drafted], draft: Draft) -> str:
    if draft.unread:
        return f"I did not understand {' and '.join(map(repr, draft.unread))}; nothing was done"
    first = unclear[0]
    if first.ungrounded:
        return f"I am not sure what {', '.join(first.ungrounded)} should be in {first.words or first.name!r}; nothing was done"
    return f"I am not sure I understood {first.words or 'that'!r}; nothing was done"
