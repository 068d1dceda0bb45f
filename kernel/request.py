"""One request under way: the replies so far, what was refused for good, and how it ends."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import msgspec

from kernel.call import Call, Err, Ok, Reply
from kernel.minds.port import Draft, Exchange, From
from kernel.process import Process
from syscalls.declare import Effect
from syscalls.errors import Act, BudgetSpent, Denied, LabelStop, NotPermitted, SysError
from syscalls.labels import NONE
from syscalls.table import AnyCall

REFUSALS_A_REQUEST = 3
"""After this many refusals a request is over: a mind may go another way, not try every door."""
_REFUSALS: tuple[type[SysError], ...] = (Denied, LabelStop, NotPermitted)


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


class Request:
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
        self._refused: dict[bytes, Err] = {}
        """Each refused call and its refusal."""
        self._is_stuck = False
        """Whether a refused call was proposed again."""

    def reply(self, index: int) -> Reply | None:
        """The reply of that number; None where there is none."""
        return self.replies[index] if 0 <= index < len(self.replies) else None

    def over(self, draft: Draft) -> Result:
        """The end of the request: failed where its latest call failed, or nothing made up for a refusal."""
        replies = tuple(self.replies)
        failed = standing(replies)
        if replies and isinstance(replies[-1], Err):
            failed = replies[-1]
        if failed is None:
            return Result(End.DONE, replies, draft.text)
        end = End.BUDGET if isinstance(failed.error, BudgetSpent) else End.FAILED
        return Result(end, replies, draft.text, failed.error)

    def keep(self, reply: Reply) -> None:
        """One more reply."""
        self.replies.append(reply)
        if isinstance(reply, Err) and reply.call is not None and is_refusal(reply):
            self._refused[_key(reply.call)] = reply

    def refused_before(self, call: Call) -> Err | None:
        """The refusal of this very call, however its draft wrote it; nobody is asked twice in one request."""
        found = self._refused.get(_key(call))
        self._is_stuck = self._is_stuck or found is not None
        return found

    @property
    def has_refusals(self) -> bool:
        """Whether any call was refused so far."""
        return bool(self._refused)

    def goes_on_after(self, failed: Err) -> bool:
        """Whether the mind may propose something else: correct the call or, a few times, take another way."""
        if is_refusal(failed):
            count = sum(is_refusal(reply) for reply in self.replies)
            return not self._is_stuck and count < REFUSALS_A_REQUEST
        return failed.error.act in (Act.FIX, Act.ADAPT)

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
                sources = tuple(label.source for label in reply.labels.items)
                found.append(
                    Exchange(
                        reply.call.name, reply.call.arguments, True, value.text(), value.paths(), sources
                    )
                )
            else:
                arguments = reply.call.arguments if reply.call else {}
                found.append(Exchange(reply.name, arguments, False, str(reply.error)))
        return found


def is_refusal(reply: Reply) -> bool:
    """Whether policy, a person or a capability said no."""
    return isinstance(reply, Err) and isinstance(reply.error, _REFUSALS)


def standing(replies: Sequence[Reply]) -> Err | None:
    """The first refusal that nothing made up for: no call of the same effect class was carried out since."""
    made: set[Effect] = set()
    found = None
    for reply in reversed(replies):
        if isinstance(reply, Ok):
            made.add(reply.call.effect)
        elif is_refusal(reply) and (reply.call is None or reply.call.effect not in made):
            found = reply
    return found


def _key(call: Call) -> bytes:
    return msgspec.json.encode([call.name, call.arguments], order="sorted")


def plain(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments with references written out, for people and for the journal."""
    return {
        name: {"$reply": value.reply, "part": value.part} if isinstance(value, From) else value
        for name, value in arguments.items()
    }
