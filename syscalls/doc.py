"""Files found by what they mean: text, markdown, code, PDF and office files of folders that a person named for it.

What is kept of a file is a cache of passages and vectors in aosh's own folder; the file itself is never changed, and
what an answer says is compared with the file as it is then.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from syscalls import doc_hints as hints
from syscalls.declare import Area, Args, Effect, Undo, Value
from syscalls.errors import FILE_ERRORS, Busy, NotSupported, SysError
from syscalls.kinds import Glob, Pattern, ReadFolder

doc = Area("doc", "Files by meaning")

Seconds = Annotated[float, Meta(ge=0, le=50)]


class FindDocuments(Args):
    """What they speak of, and where to look."""

    text: Pattern
    """A question, or words."""
    path: ReadFolder = "."
    name: Glob | None = None
    """Only files whose name matches."""
    limit: Annotated[int, Meta(ge=1, le=50)] = 5
    seconds: Seconds = 2
    """So long is looked for what has changed since, before the answer; 0: not at all."""


class IndexFolder(Args):
    """Which folder."""

    path: ReadFolder = "."
    seconds: Seconds = 10
    """So long is read at once; the rest follows behind an open shell, or by `aosh index`."""


class Refresh(Args):
    """Which folders, and for how long."""

    path: ReadFolder = "."
    seconds: Seconds = 1
    look: bool = True
    """Whether to look for changes first; False goes on with what is known to be waiting."""


class Within(Args):
    """Below which folder."""

    path: ReadFolder = "."


class Passage(msgspec.Struct, frozen=True):
    """The part of a file that fits best."""

    path: str
    line: int
    """Where it begins, from 1; within the page where there are pages."""
    page: int
    """Page, slide or sheet, from 1; 0 where there are none."""
    said: str
    """The passage as it stands in the file."""
    why: str
    """Why it was found."""
    also: tuple[str, ...] = ()
    """Other files of the same content."""

    @property
    def place(self) -> str:
        """Such as `a.txt:12` or `a.pdf page 3`."""
        return f"{self.path} page {self.page}" if self.page else f"{self.path}:{self.line}"


class Documents(Value, frozen=True):
    """The files that speak of it, best first."""

    asked: str
    items: tuple[Passage, ...]
    behind: str = ""
    """What could not be looked at yet; empty for nothing."""

    def text(self) -> str:
        """A line each, `path:line: passage`; what is behind last."""
        rows = [f"{each.place}: {' '.join(each.said.split())}\n" for each in self.items]
        return "".join(rows) + (f"({self.behind})\n" if self.behind and rows else "")

    def when_empty(self) -> str:
        """An honest no."""
        return f"no file that was read speaks of {self.asked!r}" + (f"; {self.behind}" if self.behind else "")

    def paths(self) -> tuple[str, ...]:
        """The files."""
        return tuple(each.path for each in self.items)


class Folder(msgspec.Struct, frozen=True):
    """How far one folder is read."""

    path: str
    files: int
    """That are read, or wait for it."""
    waiting: int
    """Of them, still to be read."""
    passages: int
    bare: int
    """Of them, those that are found by words only until their vectors are made."""
    refused: int
    """Files that are not read."""
    trouble: tuple[str, ...] = ()
    """The first files of which nothing, or not all, can be found, and why."""

    @property
    def is_done(self) -> bool:
        """Whether nothing waits."""
        return not self.waiting and not self.bare

    @property
    def line(self) -> str:
        """One sentence."""
        rest = []
        if self.waiting:
            rest.append(f"{self.waiting:,} still to be read")
        if self.bare:
            rest.append(f"{self.bare:,} found by words only so far")
        more = f" ({'; '.join(rest)})" if rest else ""
        return f"{self.path}: {self.files:,} files, {self.passages:,} passages{more}"


class Folders(Value, frozen=True):
    """What can be found by meaning."""

    items: tuple[Folder, ...]
    is_busy: bool = False
    """Whether another process reads files just now."""
    remade: str = ""
    """Why all of it has to be read again; empty where it has not."""
    elsewhere: int = 0
    """Folders that lie outside of what the caller may read."""

    def text(self) -> str:
        """A line each."""
        rows = [f"{each.line}\n" for each in self.items]
        rows += [f"what was read is lost and is read again: {self.remade}\n"] if self.remade else []
        return "".join(rows)

    def when_empty(self) -> str:
        """Nothing, and how to change that."""
        outside = f" here; {self.elsewhere} elsewhere" if self.elsewhere else ""
        return f"no folder can be searched by meaning yet{outside}; `aosh index FOLDER` makes one so"

    @property
    def is_done(self) -> bool:
        """Whether nothing waits."""
        return all(each.is_done for each in self.items)

    def paths(self) -> tuple[str, ...]:
        """The folders."""
        return tuple(each.path for each in self.items)


_ERRORS: tuple[type[SysError], ...] = (*FILE_ERRORS, Busy, NotSupported)


@doc.call(1, effect=Effect.READ, raises=_ERRORS, hints=hints.FIND, label="file")
def find(a: FindDocuments) -> Documents:
    """Files that speak of something, by meaning and by words; each with its best passage.

    Only below folders that were named by `doc.index`. Empty where none speaks of it.
    """


@doc.call(2, effect=Effect.MEMORY, undo=Undo.ANOTHER, raises=_ERRORS, hints=hints.INDEX)
def index(a: IndexFolder) -> Folders:
    """Let the files of a folder be found by meaning from now on: they are read, and read again when they change.

    Passages of them are kept in aosh's own folder; secrets, binary files and what programs make are not read.
    `doc.forget` takes it back.
    """


@doc.call(3, effect=Effect.READ, raises=_ERRORS, is_hidden=True)
def refresh(a: Refresh) -> Folders:
    """Read what changed below a folder, for at most so long. A cache is kept: nothing of anybody's changes.

    No name of a file is in the answer.
    """


@doc.call(4, effect=Effect.READ, raises=_ERRORS, hints=hints.STATUS, label="file")
def status(a: Within) -> Folders:
    """Which folders can be searched by meaning, and how far they are read."""


@doc.call(5, effect=Effect.MEMORY, undo=Undo.ANOTHER, raises=_ERRORS, hints=hints.FORGET)
def forget(a: Within) -> Folders:
    """Search a folder by meaning no longer: what was kept of its files is removed, the files stay."""


CALLS = (find, index, refresh, status, forget)
