"""One request carried out on a kernel, to what its front end is told of it: the same here and in the service."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from apps.shell.answers import answer_of, cited_calls, shown_of, untrusted_of, words_of
from apps.shell.boot import Kernel
from apps.shell.broadcast import Finished, Shown
from apps.shell.events import Spent
from apps.shell.exit_codes import Exit
from apps.shell.exits import exit_of_result
from apps.shell.jobkeeping import waiting
from apps.shell.people import People, Talk
from apps.shell.report import Reporter
from apps.shell.sampling import sampled
from kernel.call import AlwaysYes, Approver, Err, NoApprover, Ok, Reply
from kernel.loop import Nobody, Result
from syscalls.declare import Effect
from syscalls.errors import DriverDied

if TYPE_CHECKING:
    from apps.shell.rehearsal import Rehearsal

TIDY_S = 5.0
"""Longest time a run that was stopped takes to roll back what it left open."""
Remark = Callable[[str], None]


@dataclass(frozen=True)
class Wish:
    """What is asked, and how it is to be answered."""

    prompt: str
    """As typed."""
    words: str
    stdin: str
    search: Sequence[str]
    """The folders of the person's programs."""
    is_yes: bool = False
    is_quiet: bool = False
    is_verbose: bool = False
    is_drawn: bool = False
    """Whether values are to be drawn."""
    is_rehearsal: bool = False
    has_samples: bool = False
    """Whether `resource.sample` events are wanted."""


class Asking:
    """Who watches and answers while one request is carried out with nobody at a console."""

    def __init__(self, wish: Wish, remark: Remark) -> None:
        """Args: `remark` gets the lines for stderr."""
        self._wish = wish
        self.remark = remark
        self.rehearsal = rehearsal_of(is_asked=wish.is_rehearsal)
        approver: Approver = self.rehearsal or (AlwaysYes() if wish.is_yes else NoApprover())
        self.reporter = Reporter(
            approver,
            remark if wish.is_verbose else lambda line: None,
            remark if not wish.is_quiet else lambda line: None,
        )
        self.people = People(self.reporter, Nobody(), self.reporter, Talk(remark))

    async def carry_out(self, kernel: Kernel) -> Finished:
        """What came of it. Once the reporter has begun."""
        self._tell_tidied(kernel.recovered)
        for line in () if self._wish.is_quiet else (*kernel.remarks, *_of_jobs(kernel)):
            self.remark(line)
        words, stdin = self._wish.words, self._wish.stdin
        try:
            with sampled(self.reporter, is_asked=self._wish.has_samples):
                result = await (
                    kernel.typed(words, stdin)
                    if words.startswith((":", "!"))
                    else kernel.request(words, stdin)
                )
        except asyncio.CancelledError:
            async with asyncio.timeout(TIDY_S):
                self._tell_tidied(await kernel.tidy())
            raise
        if isinstance(result.error, DriverDied):
            self._tell_tidied(await kernel.tidy())
        self.reporter.ended(result)
        if self.rehearsal is None:
            taste = kernel.tastes.now()
            done = self._finished(kernel, result, answer_of(result, taste), exit_of_result(result))
            return msgspec.structs.replace(done, taste=taste)
        return self._rehearsed(kernel, self.rehearsal, result)

    def _rehearsed(self, kernel: Kernel, rehearsal: "Rehearsal", result: Result) -> Finished:
        got_far = rehearsal.review(kernel.gate, kernel.policy, kernel.process, result, self.reporter.drafted)
        answer = "".join(f"{line}\n" for line in rehearsal.lines())
        code = exit_of_result(result)
        if got_far:
            code = Exit.DONE if rehearsal.is_allowed else Exit.DENIED
            result = Result(result.end, (), answer)
        if self._wish.is_yes and code == Exit.DENIED and rehearsal.steps and rehearsal.is_askable:
            code = Exit.DONE
        found = self._finished(kernel, result, answer, code)
        return msgspec.structs.replace(found, preflight=tuple(rehearsal.steps))

    def _finished(self, kernel: Kernel, result: Result, answer: str, code: int) -> Finished:
        error = "" if result.error is None else f"{result.error.symbol}: {result.error}"
        hint = ""
        if result.error is not None and not self._wish.is_quiet:
            from apps.shell.offers import hint_of

            hint = hint_of(result, self._wish.prompt, self._wish.search)
        elif not answer and not self._wish.is_quiet:
            hint = nothing_found(result)
        return Finished(
            code=int(code),
            answer=answer,
            message=error or answer,
            error=error,
            words=words_of(result),
            shown=shown(result) if self._wish.is_drawn else (),
            hint=hint,
            is_undoable=any(
                isinstance(each, Ok) and bool(each.changes and each.changes.undo) for each in result.replies
            ),
            cites=cited_calls(result),
            labels=untrusted_of(result),
            usage=Spent(
                tokens=kernel.process.tokens,
                prompt_tokens=self.reporter.prompt_tokens,
                cached_tokens=self.reporter.cached_tokens,
            ),
        )

    def _tell_tidied(self, replies: Sequence[Reply]) -> None:
        """Say what was rolled back, and what could not be."""
        for reply in replies:
            if isinstance(reply, Err):
                self.remark(
                    f"a change was left half-done and could not be rolled back: {reply.error}; see aosh history"
                )
            else:
                self.remark("a change was left half-done; it is rolled back")


def shown(result: Result) -> tuple[Shown, ...]:
    """The values to be drawn."""
    return tuple(
        Shown(reply.call.name, msgspec.Raw(msgspec.msgpack.encode(reply.value)))
        for reply in shown_of(result)
        if isinstance(reply, Ok)
    )


def _of_jobs(kernel: Kernel) -> list[str]:
    """What waits of the jobs; none of their code is loaded for it."""
    if (
        not kernel.host.jobs.has_any or kernel.host.jobs.listeners
    ):  # whoever keeps them here runs what is late
        return []
    return waiting(kernel.host.folders.jobs)


def nothing_found(result: Result) -> str:
    """What to say where a look found nothing: a person who asks is not met with silence. A program's is its own."""
    replies = [reply for reply in result.replies if isinstance(reply, Ok)]
    return replies[-1].value.when_empty() if replies and replies[-1].call.effect is Effect.READ else ""


def rehearsal_of(*, is_asked: bool) -> "Rehearsal | None":
    """With --dry-run, whoever is asked and notes the plans; else None, and nothing of it is loaded."""
    if not is_asked:
        return None
    from apps.shell.rehearsal import Rehearsal

    return Rehearsal()
