"""From a mind's draft to proposals: references filled in, and every argument's origin found by code."""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from kernel.call import Err, Ok, Proposal, Reply
from kernel.grounding import Shown, View
from kernel.minds.port import PIPED, Drafted, From
from kernel.origins import SAID, How, Origin, united
from syscalls.errors import Denied, LabelStop, NotUnderstood, SysError
from syscalls.file_values import Changed
from syscalls.labels import NONE, STDIN, USER, Labels, labels_of
from syscalls.mem import memories_in
from syscalls.table import AnyCall

BESIDE, MEMORY = "beside:", "memory"
NAMES, EARLIER, STDIN_ID = "names", "session", "stdin"


class Seen:
    """What the mind was shown besides the request, in one turn."""

    def __init__(
        self,
        stdin: str,
        cwd: str,
        names: Iterable[tuple[str, bool]],
        recent: tuple[tuple[str, ...], Ok | None],
        earlier: Labels = NONE,
        recalled: Sequence[Shown] = (),
    ) -> None:
        """What was shown.

        Args:
            stdin: what was piped in.
            cwd: the working folder.
            names: the workspace's names, and whether each is a folder.
            recent: the files "it" and "them" mean, and the reply that spoke of them.
            earlier: of what the session had read before this request, where the mind may remember it.
            recalled: memories that were shown with the request.
        """
        self._earlier = earlier
        self._recalled = recalled
        self._stdin, self._cwd, self._names = stdin, cwd, names
        self._recent, self._latest = recent

    def view(self, request: str, replies: Sequence[Reply]) -> View:
        """All of it, with the replies so far."""
        return View(request, [*self._beside(), *shown_replies(replies)], self._cwd)

    def _beside(self) -> Iterator[Shown]:
        if not self._earlier.is_plain:
            yield Shown(EARLIER, self._earlier)
        yield from self._recalled
        if self._stdin:
            yield Shown(STDIN_ID, STDIN, self._stdin)
        if self._names:
            yield Shown(
                NAMES, _folder_labels(self._cwd), names=map(itemgetter(0), self._names), is_text=False
            )
        if self._recent and self._latest is not None:
            id_, labels, how = self._latest.call.id, self._latest.labels, named_by(self._latest)
            yield Shown(id_, labels, names=self._recent, is_text=False, named=how)


@lru_cache(maxsize=64)
def _folder_labels(folder: str) -> Labels:
    return labels_of([f"file:{folder}"], trusted=False)


def shown_replies(replies: Iterable[Reply]) -> Iterator[Shown]:
    """Replies as the mind sees them; a refusal by the kernel itself tells nothing of others."""
    for reply in replies:
        if isinstance(reply, Ok):
            value = reply.value
            yield Shown(
                reply.call.id, reply.labels, value.text(), value.paths(),
                is_text=not isinstance(value, Changed), named=named_by(reply),
            )  # fmt: skip
        elif reply.call is not None and not isinstance(reply.error, Denied | LabelStop):
            labels = reply.call.labels.join(labels_of([f"tool:{reply.name}"], trusted=False))
            yield Shown(reply.call.id, labels, str(reply.error))


def named_by(reply: Ok) -> How:
    """How a name that this reply speaks of was chosen: at least as its call was."""
    origins = reply.call.origins.values()
    return max((How.NAMED, *(each.how for each in origins if each.is_swayed)))


class Proposer:
    """Makes proposals of one draft's calls."""

    def __init__(
        self, view: View, menu: Mapping[str, AnyCall], reply_of: Callable[[From], Reply | None]
    ) -> None:
        """Args: `reply_of` gives the reply a `From` means, None where there is none."""
        self._view = view
        self._menu = menu
        self._reply_of = reply_of

    def proposal(self, drafted: Drafted) -> Proposal | Err:
        """The call with its arguments' values, and where each came from.

        `NotUnderstood` where it speaks of an earlier result there is none of.
        """
        call = self._menu.get(drafted.name)
        shapes: Mapping[str, Any] = call.schema.get("properties", {}) if call else {}
        arguments: dict[str, Any] = {}
        origins: dict[str, Origin] = {}
        for name, value in drafted.arguments.items():
            if isinstance(value, From):
                try:
                    arguments[name], origins[name] = self._resolve(value)
                except NotUnderstood as error:
                    return Err(error, drafted.name)
            else:
                arguments[name] = value
                origins[name] = self._view.origin(value, shapes.get(name, {}))
        labels = joined(USER, origins.values())
        return Proposal(drafted.name, arguments, labels, origin="mind", origins=origins)

    def _resolve(self, reference: From) -> tuple[Any, Origin]:
        if reference.part == PIPED.part:
            piped = self._view.shown(STDIN_ID)
            if piped is None:
                raise NotUnderstood("nothing was piped in; name the file or the text")
            return piped.text, Origin(How.TEXT, piped.labels, (piped.id,))
        reply = self._reply_of(reference)
        if reference.part == MEMORY:
            return _the_memory(reply)
        if not isinstance(reply, Ok):
            raise NotUnderstood("there is no earlier result to use; name the file or the text")
        of = (reply.call.id,)
        if reference.part == "text":
            try:
                taken = reply.value.taken()
            except SysError as error:
                raise NotUnderstood(str(error)) from None
            return taken, Origin(How.TEXT, reply.labels, of)
        paths = list(reply.value.paths())
        if not paths:
            raise NotUnderstood("the earlier result names no file; nothing was done")
        origin = Origin(named_by(reply), reply.labels, of)
        if reference.part.startswith(BESIDE):
            name = reference.part.removeprefix(BESIDE)
            beside = posixpath.join(posixpath.dirname(paths[0]), name)
            return beside, united((origin, self._view.leaf(name)))
        return (paths[0] if reference.part == "path" else paths), origin


def _the_memory(reply: Reply | None) -> tuple[int, Origin]:
    """The one memory that was spoken of; 0 where none was, so that whoever serves the call names what there is.

    Raises:
        NotUnderstood: several were; their numbers are named.
    """
    numbers = memories_in(reply.value) if isinstance(reply, Ok) else ()
    if len(numbers) > 1:
        several = ", ".join(map(str, numbers[:10]))
        raise NotUnderstood(f"several memories were spoken of ({several}); say which by its number")
    if not (numbers and isinstance(reply, Ok)):
        return 0, SAID
    return numbers[0], Origin(named_by(reply), reply.labels, (reply.call.id,))


def joined(first: Labels, origins: Iterable[Origin]) -> Labels:
    """The labels of a whole call."""
    return first.join(*(each.labels for each in origins if each.labels is not NONE))
