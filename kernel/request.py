"""One request under way: the replies so far, what was refused for good, and how it ends."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import msgspec

from kernel.call import Call, Err, Ok, Reply
from kernel.minds.port import Draft, Exchange, From, Recalled
from kernel.process import Process
from syscalls.declare import Effect
from syscalls.errors import Act, BudgetSpent, Denied, LabelStop, NotPermitted, SysError
from syscalls.labels import NONE, STDIN, USER, Labels
from syscalls.table import AnyCall

REFUSALS_A_REQUEST = 3
"""After this many refusals a request is over: a mind may go another way, not try every door."""
REPLANS = 5
"""After this many failed drafts in a row a request is over, whatever each of them says could be mended."""
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
    cites: tuple[int, ...] = ()
    """Which of `replies` the text rests on, as the mind says; each one is there and was carried out."""
    labels: Labels = NONE
    """The sources of all that the mind had seen when it said `text`."""


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
        self.recalled: tuple[Recalled, ...] = ()
        """What the mind is told of the memory."""
        self.recalled_labels = NONE
        self.failed: Err | None = None
        """What ended the latest draft."""
        self.remark = ""
        """What the mind is told on its next turn."""
        self.has_recalled = False
        """Whether it was looked for among what is remembered, and not found."""
        self._seen: set[bytes] = set()
        self._was_told = False
        self._failures = 0
        """Drafts that failed since one went through."""
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
        failed = self.failed or standing(replies)
        end, error = End.DONE, None
        if failed is not None:
            end = End.BUDGET if isinstance(failed.error, BudgetSpent) else End.FAILED
            error = failed.error
        return Result(end, replies, draft.text, error, (), self._cited(draft), self._labels_of(draft))

    def _cited(self, draft: Draft) -> tuple[int, ...]:
        """The replies a text rests on, without doubles, those left out that do not exist or are no results."""
        if not draft.text:
            return ()
        return tuple(number for number in dict.fromkeys(draft.cites) if isinstance(self.reply(number), Ok))

    def _labels_of(self, draft: Draft) -> Labels:
        """Where the words of a mind can come from: everything it saw."""
        if not draft.text:
            return NONE
        shown = [reply.labels for reply in self.replies if isinstance(reply, Ok)]
        return USER.join(self.earlier, self.recalled_labels, STDIN if self.stdin else NONE, *shown)

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

    def drafted(self, failed: Err | None) -> None:
        """A draft's calls were made, or one of them failed."""
        self.failed = failed
        self._failures = 0 if failed is None else self._failures + 1

    def goes_on_after(self, failed: Err) -> bool:
        """Whether the mind may propose something else: correct the call or, a few times, take another way."""
        if self._failures >= REPLANS:
            return False
        if is_refusal(failed):
            count = sum(is_refusal(reply) for reply in self.replies)
            return not self._is_stuck and count < REFUSALS_A_REQUEST
        return failed.error.act in (Act.FIX, Act.ADAPT, Act.WAIT)

    def has_seen(self, draft: Draft) -> bool:
        """Loop guard: the same calls again, and where they only look, nothing was changed since the first time."""
        self.remark = ""
        calls = [[each.name, plain(each.arguments)] for each in draft.calls]
        is_effect = any(not self._is_look(each.name) for each in draft.calls)
        made = sum(isinstance(each, Ok) and each.call.effect.is_side_effect for each in self.replies)
        key = msgspec.json.encode([calls, 0 if is_effect else made], order="sorted")
        seen = key in self._seen
        self._seen.add(key)
        return seen

    def knows_nothing(self) -> bool:
        """Whether the latest reply holds nothing; then it counts as never made, a failure included."""
        latest = self.replies[-1] if self.replies else None
        if latest is None or (isinstance(latest, Ok) and latest.value.text()):
            return False
        self.replies.pop()
        self.failed = None
        self.has_recalled = True
        return True

    def _is_look(self, name: str) -> bool:
        return name in self.menu and not self.menu[name].effect.is_side_effect

    def is_told_once(self) -> bool:
        """Tell the mind that its draft has nothing new; False where it was told before."""
        if self._was_told:
            return False
        self._was_told = True
        self.remark = (
            "These calls were made before and their replies stand above; nothing was made again. "
            "Propose something else, or answer with what is known."
        )
        return True

    def exchanges(self) -> list[Exchange]:
        """The calls so far, as the mind sees them."""
        return [exchange_of(reply, number) for number, reply in enumerate(self.replies)]


def exchange_of(reply: Reply, number: int) -> Exchange:
    """A reply as a mind sees it."""
    if isinstance(reply, Ok):
        value, call = reply.value, reply.call
        sources = tuple(label.source for label in reply.labels.items)
        return Exchange(call.name, call.arguments, True, value.text(), value.paths(), sources, number)
    arguments = reply.call.arguments if reply.call else {}
    return Exchange(reply.name, arguments, False, str(reply.error), number=number)


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
        name: written_out(value) if isinstance(value, From) else value for name, value in arguments.items()
    }


def written_out(reference: From) -> dict[str, Any]:
    """A reference as scripts, people and the journal's readers see it."""
    found: dict[str, Any] = {"$reply": reference.reply, "part": reference.part}
    return found if reference.counts == "draft" else found | {"counts": reference.counts}
