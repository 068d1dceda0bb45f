"""The turn loop of one agent: ask the mind, pass its calls through the gate, feed the replies back.

Ends when the mind is done, proposes nothing new, was refused three times, failed five times in a row, or a budget is
spent. All calls of a draft are weighed before the first is made: where one is unclear, none is made.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from msgspec.structs import replace

from kernel.call import Err, Ok, Proposal
from kernel.confidence import floors
from kernel.context.recollection import recollected
from kernel.gate import Gate
from kernel.happenings import Said, Thought, TurnStarted, Watcher
from kernel.journal.port import Journal
from kernel.journal.records import DraftRow, RequestRow
from kernel.minds.port import Draft, Drafted, Foresighted, Mind, Prompt, Recollecting, Speaking, sound
from kernel.process import Process
from kernel.request import End, Request, Result, Session, plain
from kernel.steps import Steps
from kernel.undoer import Undoer
from kernel.waiting import Pause
from syscalls.declare import Effect
from syscalls.errors import BudgetSpent, NotUnderstood
from syscalls.file_values import Listing
from syscalls.labels import NONE, STDIN
from syscalls.table import AnyCall
from syscalls.taste import Taste, defaults_of, is_left_open

__all__ = ["SURVEY", "Clarifier", "End", "Loop", "Nobody", "Result", "Session", "plain"]

RECALL = "mem.recall"
MOST_ASKED = 4_000
"""Characters of a request by which memories are looked for."""
SURVEY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("file.find", {"kind": None, "depth": 12, "limit": 20_000}),
    ("file.list", {"hidden": True, "limit": 2_000}),
)
"""Looks that tell which names the workspace has."""


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
        pause: Pause = asyncio.sleep,
        remembers: Callable[[], bool] = bool,
        taste: Callable[[], Taste] = Taste,
        has_documents: Callable[[], bool] = bool,
    ) -> None:
        """Runs requests of one session.

        Args:
            gate: the door.
            mind: who drafts.
            journal: where requests and drafts are kept.
            session: what lasts between requests.
            clarifier: who is asked what was meant.
            watch: who is told of every step.
            undoer: takes back what a draft did before it failed; without one it stays.
            pause: sleeps before a call is tried again.
            remembers: whether there is a memory to look into.
            taste: how the person wants things; what a request leaves open follows it.
            has_documents: whether files here can be found by what they mean.
        """
        self._gate = gate
        self.mind = mind
        """Who drafts; another one from the next turn on where it is set."""
        self._journal = journal
        self._session = session
        self._clarifier = clarifier
        self._watch = watch
        self._remembers = remembers
        self._taste = taste
        self._has_documents = has_documents
        self._steps = Steps(gate, session, watch, undoer, pause)

    async def run(self, process: Process, request: str, menu: Sequence[AnyCall], stdin: str = "") -> Result:
        """Carry out a request in words.

        Raises:
            MindFailed: there is no draft to go on with.
        """
        run = Request(process, request, stdin, {call.name: call for call in menu})
        self._session.turn += 1
        self._journal.append(
            self._session.id, "request", RequestRow(self._session.turn, request, "words"), durable=False
        )
        if self.mind.has_memory:
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

    async def _think(self, run: Request, menu: Sequence[AnyCall]) -> Draft:
        if run.names is None:
            if isinstance(self.mind, Foresighted):
                self.mind.prepare(run.request, tuple(menu))
            run.names = await self._survey(run.process) if self.mind.wants_names else ()
            await self._recollect(run)
        self._steps.tell_labels()
        prompt = Prompt(
            run.request,
            tuple(menu),
            run.process.cwd,
            run.stdin,
            tuple(run.exchanges()),
            run.names,
            self._session.recent,
            run.remark,
            self._remembers() and not run.has_recalled,
            self._has_documents(),
            run.recalled,
        )
        self._listen(run)
        draft = preferred(sound(await self.mind.think(prompt), self.mind.name), self._taste())
        run.process.count_tokens(draft.prompt_tokens + draft.tokens)
        self._journal.append(
            self._session.id,
            "draft",
            DraftRow(self._session.turn, draft.mind or self.mind.name, draft),
            durable=False,
        )
        self._watch(Thought(self._session.turn, draft))
        return draft

    def _listen(self, run: Request) -> None:
        """Pass the mind's words on while it writes them."""
        if not isinstance(self.mind, Speaking):
            return
        turn, watch = self._session.turn, self._watch
        results = tuple(number for number, reply in enumerate(run.replies) if isinstance(reply, Ok))
        self.mind.listen(lambda words, is_anew: watch(Said(turn, words, is_anew, results)))

    async def _recollect(self, run: Request) -> None:
        """What is remembered and may matter, for a mind that is told of it; a memory that does not answer has nothing."""
        wants = isinstance(self.mind, Recollecting) and self.mind.wants_memories
        if not wants or RECALL not in run.menu or not self._remembers():
            return
        arguments = {"text": run.request[:MOST_ASKED], "pinned": True}
        reply = await self._gate(run.process, Proposal(RECALL, arguments, origin="kernel"))
        if isinstance(reply, Ok):
            run.recalled, run.recalled_labels = recollected(reply), reply.labels

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

    async def _act(self, run: Request, draft: Draft) -> Result | None:
        """Make the draft's calls; a Result when the request is over."""
        if not draft.calls:
            return self._nothing_proposed(run, draft)
        if run.has_seen(draft):
            return None if run.is_told_once() else run.over(draft)
        unclear = self.unclear(run, draft)
        if unclear and not await self._clarifier.confirm(unclear):
            return Result(
                End.NOT_UNDERSTOOD,
                tuple(run.replies),
                error=NotUnderstood(_unsure(unclear, draft)),
                nearest=draft.nearest,
            )
        failed = await self._steps.make(run, draft.calls)
        run.drafted(failed)
        if draft.is_tentative and run.knows_nothing():
            return None
        if draft.is_done or (failed is not None and not run.goes_on_after(failed)):
            return run.over(draft)
        return None

    def _nothing_proposed(self, run: Request, draft: Draft) -> Result:
        if run.replies or draft.text:
            return run.over(draft)
        error = NotUnderstood("that is not something I can do here")
        return Result(End.NOT_UNDERSTOOD, (), error=error, nearest=draft.nearest)

    def unclear(self, run: Request, draft: Draft) -> list[Drafted]:
        """The calls that are below their class's floor, ungrounded, or leave words unread."""
        found = []
        for drafted in draft.calls:
            call = run.menu.get(drafted.name)
            effect = call.effect if call else Effect.READ
            loose = bool(drafted.ungrounded) and effect.is_side_effect
            if drafted.confidence < floors(effect).act or loose or draft.unread:
                found.append(drafted)
        return found


def preferred(draft: Draft, taste: Taste) -> Draft:
    """A draft with what it leaves open as the person prefers it."""
    if (wanted := defaults_of(taste)) == {}:
        return draft
    calls = tuple(
        replace(each, arguments=more | each.arguments)
        if (more := {
            name: value
            for name, value in wanted.get(each.name, {}).items()
            if name not in each.arguments and is_left_open(name, each.words)
        })
        else each
        for each in draft.calls
    )  # fmt: skip
    return replace(draft, calls=calls)


def _unsure(unclear: Sequence[Drafted], draft: Draft) -> str:
    if draft.unread:
        return f"I did not understand {' and '.join(map(repr, draft.unread))}; nothing was done"
    first = unclear[0]
    if first.ungrounded:
        return f"I am not sure what {', '.join(first.ungrounded)} should be in {first.words or first.name!r}; nothing was done"
    return f"I am not sure I understood {first.words or 'that'!r}; nothing was done"
