"""What a mind is to the kernel: words in, proposed calls out.

A draft is untrusted text until the gate has decoded it.
"""

from collections.abc import Callable, Iterable
from operator import is_
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from syscalls.errors import MindFailed
from syscalls.table import AnyCall

DEEPEST = 64
"""Most levels of lists and objects in a draft's arguments; the deepest of our schemas has four."""


class From(msgspec.Struct, frozen=True):
    """An argument that is the reply of an earlier call of the same request, or of the session."""

    reply: int
    """Counts from 0 as `counts` says; -1 is the session's latest reply."""
    part: str = "text"
    """"text": the reply as plain lines; "paths": the files it speaks of; "path": the first of them;
    "beside:NAME": that name in the folder of the first; "memory": the one memory it speaks of;
    "stdin": no reply at all but what was piped in."""
    counts: Literal["draft", "request"] = "draft"
    """From where: the first call of the same draft, or the first of the whole request (as `Exchange.number`)."""


PIPED = From(-1, "stdin")
"""What was piped in, whole."""


class Drafted(msgspec.Struct, frozen=True):
    """One proposed call."""

    name: str
    arguments: dict[str, Any]
    """JSON values, or `From`."""
    confidence: float
    """Calibrated chance that name and arguments are what was meant, 0 to 1."""
    words: str = ""
    """The part of the request it comes from."""
    ungrounded: tuple[str, ...] = ()
    """Arguments that cannot be traced to the request, a reply or memory."""


class Draft(msgspec.Struct, frozen=True):
    """What a mind proposes for one turn."""

    calls: tuple[Drafted, ...] = ()
    text: str = ""
    """What it says instead, or besides."""
    is_done: bool = True
    """Whether it wants no further turn after these calls."""
    unread: tuple[str, ...] = ()
    """Parts of the request that no call covers."""
    nearest: tuple[str, ...] = ()
    """The closest things it could do, as example requests, when it proposes nothing."""
    seconds: float = 0.0
    """Time spent in the engine."""
    tokens: int = 0
    """Tokens the engine generated, tries that failed included."""
    prompt_tokens: int = 0
    """Tokens it was shown; 0 where it does not say."""
    cached_tokens: int = 0
    """Of these, found in its prefix cache."""
    mind: str = ""
    """Which mind drafted it, where several could have."""
    cites: tuple[int, ...] = ()
    """The replies of this request that `text` rests on, counted from 0; checked by the kernel."""
    is_tentative: bool = False
    """Whether its calls only look if something is known: where nothing is, they count as never made, and the mind
    is asked again."""


def sound(draft: Draft, name: str) -> Draft:
    """A draft that can be weighed, journalled and shown; a confidence that is no number from 0 to 1 becomes one.

    Raises:
        MindFailed: it is no data: half a character, a number beyond 64 bits, nested without end.
    """
    try:
        for drafted in draft.calls:
            _check_depth(drafted.arguments)
        msgspec.msgpack.encode(draft)
    except (UnicodeEncodeError, OverflowError, TypeError) as misfit:
        raise MindFailed(f"the mind {name!r} proposed what is no data: {misfit}") from None
    calls = tuple([_weighed(drafted) for drafted in draft.calls])
    return draft if all(map(is_, calls, draft.calls)) else msgspec.structs.replace(draft, calls=calls)


def _weighed(drafted: Drafted) -> Drafted:
    given = drafted.confidence
    if 0.0 <= given <= 1.0:
        return drafted
    return msgspec.structs.replace(drafted, confidence=1.0 if given > 1.0 else 0.0)


def _check_depth(arguments: dict[str, Any]) -> None:
    level: list[Any] = [arguments]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise TypeError(f"arguments nested more than {DEEPEST} levels deep")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


class Exchange(msgspec.Struct, frozen=True):
    """A call of this request and its reply, as a mind sees it."""

    name: str
    arguments: dict[str, Any]
    is_ok: bool
    text: str
    """The value as plain lines, or the error's line."""
    paths: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Where the text comes from, as its labels say, such as "file:/w/notes.txt"."""
    number: int = 0
    """Which reply of the request it is, counted from 0: what `From` and `Draft.cites` name."""


class Recalled(msgspec.Struct, frozen=True):
    """One memory that goes with a request."""

    id: int
    text: str
    kind: str = "fact"
    """"fact", "preference" or "episode"."""
    is_pinned: bool = False
    sources: tuple[str, ...] = ()
    """Untrusted places it comes from; empty of what the user said."""

    @property
    def is_own(self) -> bool:
        """Whether all of it is the user's."""
        return not self.sources


class Prompt(msgspec.Struct, frozen=True):
    """All a mind is told for one turn."""

    request: str
    menu: tuple[AnyCall, ...]
    """The calls visible to the process."""
    cwd: str
    stdin: str = ""
    """Untrusted data that came with the request."""
    exchanges: tuple[Exchange, ...] = ()
    """This request's calls so far."""
    names: tuple[tuple[str, bool], ...] = ()
    """Paths of the workspace (relative, with slashes) and whether each is a folder."""
    recent: tuple[str, ...] = ()
    """Files the session's latest reply spoke of: what "it" and "them" mean."""
    remark: str = ""
    """What the kernel says of the latest draft, such as that nothing new was in it; empty where there is nothing."""
    remembers: bool = False
    """Whether anything is remembered that may answer a question, and was not looked for yet."""
    has_documents: bool = False
    """Whether files here can be found by what they mean."""
    recalled: tuple[Recalled, ...] = ()
    """What is remembered and may matter: preferences, pins, and what was recalled by the request's words."""


Tell = Callable[[str, bool], None]
"""Takes some more of a mind's words, and whether those before it in this draft are dropped."""


@runtime_checkable
class Speaking(Protocol):
    """A mind whose words can be heard while it writes them."""

    def listen(self, tell: Tell) -> None:
        """From the next draft on, words that come without any call go there; they concatenate to the draft's text."""
        ...


@runtime_checkable
class Recollecting(Protocol):
    """A mind that is told what is remembered besides a request."""

    wants_memories: bool


@runtime_checkable
class Foresighted(Protocol):
    """A mind that can use the time until the workspace's names are known."""

    def prepare(self, request: str, menu: tuple[AnyCall, ...]) -> None:
        """Load what this request will need and start what takes long; a failure is left to `think` to tell."""
        ...


class Mind(Protocol):
    """Interprets requests."""

    name: str
    """As `aosh -m` takes it, such as "needle"."""
    wants_names: bool
    """Whether it grounds words in the workspace's names; the loop then looks them up for each request."""
    has_memory: bool
    """Whether anything of one request can reach the drafts of the next: then what the session has read so far
    may be behind every value."""

    async def think(self, prompt: Prompt) -> Draft:
        """A draft for the next turn.

        Raises:
            MindFailed: the engine could not be started or ended before it answered.
        """
        ...

    async def close(self) -> None:
        """Let go of what this object holds; a shared engine goes on."""
        ...
