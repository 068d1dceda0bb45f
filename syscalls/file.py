"""Files and folders: what people do with ls, find, grep, wc, du, head, tail, sort, diff, stat, cp, mv, rm, chmod.

Paths are relative to the working directory or absolute. Reading never changes anything; every
change can be undone. Nothing follows a symbolic link out of the granted folders.
"""

from typing import Annotated, Literal

from msgspec import Meta

from syscalls import file_hints as hints
from syscalls.declare import Args, Effect, Undo
from syscalls.errors import FILE_ERRORS
from syscalls.file_kernel import file as file
from syscalls.file_kernel import land as land
from syscalls.file_kernel import revert as revert
from syscalls.file_kernel import stage as stage
from syscalls.file_values import (
    Changed,
    Counts,
    Diff,
    Hashes,
    Listing,
    Matches,
    Stats,
    TextOf,
    Usage,
)
from syscalls.kinds import (
    Age,
    Count,
    FileKind,
    Glob,
    Mode,
    Order,
    Owner,
    Pattern,
    ReadFolder,
    ReadPath,
    ReadPaths,
    Size,
    Text,
    WritePath,
    WritePaths,
)


class Read(Args):
    """Which file, and which part."""

    path: ReadPath
    first_line: Count = 1
    lines: Count | None = None
    """At most so many lines; all when absent."""
    limit_bytes: Annotated[int, Meta(ge=1, le=8_388_608)] = 65_536
    """Most bytes to return; what is longer is cut, with notice."""


@file.call(1, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.READ, label="file")
def read(a: Read) -> TextOf:
    """The text of a file, or of some of its lines."""


class End(Args):
    """Which file, and how many lines of it."""

    path: ReadPath
    lines: Count = 10


@file.call(2, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.HEAD, label="file")
def head(a: End) -> TextOf:
    """The first lines of a file."""


@file.call(3, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.TAIL, label="file")
def tail(a: End) -> TextOf:
    """The last lines of a file, however large it is."""


class Write(Args):
    """Where, and what."""

    path: WritePath
    content: Text = ""
    overwrite: bool = True
    """False: an existing file is EEXIST."""
    parents: bool = True
    """Make missing folders on the way."""


@file.call(4, effect=Effect.WRITE, undo=Undo.RESTORE, raises=FILE_ERRORS, hints=(*hints.WRITE, hints.EMPTY))
def write(a: Write) -> Changed:
    """Create a file, or replace the content of one; atomically, keeping its mode."""


class Append(Args):
    """Where, and what."""

    path: WritePath
    content: Text


@file.call(5, effect=Effect.WRITE, undo=Undo.RESTORE, raises=FILE_ERRORS, hints=hints.APPEND)
def append(a: Append) -> Changed:
    """Add text as new lines at the end of a file; the file is made when missing.

    A missing newline at the old end is added first, and one after the text.
    """


class Edit(Args):
    """Replace text exactly, in one file or several."""

    paths: WritePaths
    old: Pattern
    new: Text
    regex: bool = False
    """`old` is a Python regular expression and `new` may use `\\1`."""
    count: Count | None = None
    """At most so many replacements a file; all when absent."""


@file.call(6, effect=Effect.WRITE, undo=Undo.RESTORE, raises=FILE_ERRORS, hints=hints.EDIT)
def edit(a: Edit) -> Changed:
    """Replace a text by another. A text that occurs nowhere is EINVAL, and nothing is changed."""


class List(Args):
    """Which folder."""

    path: ReadFolder = "."
    name: Glob | None = None
    """Only names that match."""
    kind: FileKind | None = None
    hidden: bool = False
    """Also names that begin with a dot."""
    order: Order = "name"
    limit: Count = 1_000


@file.call(7, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.LIST, label="file")
def list_(a: List) -> Listing:
    """The content of one folder, not of those below."""


class Tree(Args):
    """Which folder, how deep."""

    path: ReadFolder = "."
    depth: Annotated[int, Meta(ge=1, le=64)] = 4
    hidden: bool = False
    limit: Count = 2_000


@file.call(8, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.TREE, label="file")
def tree(a: Tree) -> Listing:
    """A folder and everything below it, in tree order."""


class Find(Args):
    """What to look for. All conditions must hold."""

    path: ReadFolder = "."
    name: Glob | None = None
    """Case is ignored."""
    kind: FileKind | None = "file"
    larger: Size | None = None
    """More bytes than this."""
    smaller: Size | None = None
    newer: Age | None = None
    """Changed within the last so many seconds."""
    older: Age | None = None
    """Not changed for so many seconds."""
    owner: Owner | None = None
    mode: Mode | None = None
    """Octal: exactly so; symbolic such as `u+x` or `a+w`: at least those bits."""
    depth: Annotated[int, Meta(ge=1, le=64)] | None = None
    empty: bool = False
    """Only empty files, or folders without content."""
    hidden: bool = False
    """Also what begins with a dot, or lies below such a folder."""
    order: Order = "name"
    limit: Count = 1_000
    counts: bool = False
    """Only how many there are."""


@file.call(9, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.FIND, label="file")
def find(a: Find) -> Listing:
    """Files below a folder by name, kind, size, age, owner, mode; in any order."""


class Search(Args):
    """What text, where."""

    pattern: Pattern
    path: ReadPath = "."
    """A file, or a folder that is searched through."""
    name: Glob | None = None
    """Only files whose name matches."""
    regex: bool = False
    case: bool = False
    """Upper and lower case differ."""
    word: bool = False
    """Whole words only."""
    invert: bool = False
    """Lines that do not contain it."""
    context: Annotated[int, Meta(ge=0, le=100)] = 0
    """Lines shown before and after."""
    counts: bool = False
    """Only how many lines match in each file."""
    hidden: bool = False
    limit: Count = 1_000


@file.call(10, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.SEARCH, label="file")
def search(a: Search) -> Matches:
    """Lines that contain a text or match a regular expression. Binary files are passed over."""


class Paths(Args):
    """Which files or folders."""

    paths: ReadPaths


@file.call(11, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.STAT, label="file")
def stat(a: Paths) -> Stats:
    """Kind, size, mode, owner, times of a file or folder."""


class CountIn(Args):
    """Which files; a folder means the files below it."""

    paths: ReadPaths
    name: Glob | None = None
    """In folders, only files whose name matches."""


@file.call(12, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.COUNT, label="file")
def count(a: CountIn) -> Counts:
    """Lines, words, bytes and characters, of each file and in all."""


class UsageOf(Args):
    """Which folders, and how many of their parts."""

    paths: ReadPaths = (".",)
    limit: Count = 20
    """Largest parts shown."""


@file.call(13, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.USAGE, label="file")
def usage(a: UsageOf) -> Usage:
    """How much room a folder takes, and its direct parts, largest first."""


class Compare(Args):
    """Two files."""

    left: ReadPath
    right: ReadPath
    context: Annotated[int, Meta(ge=0, le=1_000)] = 3


@file.call(14, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.DIFF, label="file")
def diff(a: Compare) -> Diff:
    """How two files differ, line by line."""


class HashOf(Args):
    """Which files, which algorithm."""

    paths: ReadPaths
    algorithm: Literal["sha256", "sha1", "md5", "sha512", "blake2b"] = "sha256"


@file.call(15, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.HASH, label="file")
def hash_(a: HashOf) -> Hashes:
    """Checksums of files."""


class Sort(Args):
    """Which file, in which order."""

    path: ReadPath
    reverse: bool = False
    numeric: bool = False
    unique: bool = False
    """Equal lines only once."""


@file.call(16, effect=Effect.READ, raises=FILE_ERRORS, hints=hints.SORT, label="file")
def sort(a: Sort) -> TextOf:
    """The lines of a file in order. The file itself stays as it is."""


class MakeFolder(Args):
    """Which folders."""

    paths: WritePaths


@file.call(17, effect=Effect.WRITE, undo=Undo.RESTORE, raises=FILE_ERRORS, hints=hints.MKDIR)
def mkdir(a: MakeFolder) -> Changed:
    """Make folders, and those on the way to them."""


class Copy(Args):
    """What, and where to."""

    paths: ReadPaths
    to: WritePath
    """A folder that exists (or several sources, or a trailing slash): into it. Else the new name."""
    overwrite: bool = False


@file.call(18, effect=Effect.WRITE, undo=Undo.RESTORE, raises=FILE_ERRORS, hints=hints.COPY)
def copy(a: Copy) -> Changed:
    """Copy files or whole folders, with modes, times and links."""


class Move(Args):
    """What, and where to."""

    paths: WritePaths
    to: WritePath
    """As for `file.copy`."""
    overwrite: bool = False


@file.call(19, effect=Effect.WRITE, undo=Undo.MOVE_BACK, raises=FILE_ERRORS, hints=hints.MOVE)
def move(a: Move) -> Changed:
    """Move or rename files or folders."""


class Delete(Args):
    """What."""

    paths: WritePaths


@file.call(20, effect=Effect.DELETE, undo=Undo.TRASH, raises=FILE_ERRORS, hints=hints.DELETE)
def delete(a: Delete) -> Changed:
    """Put files or folders into the trash; `aosh undo` brings them back."""


class SetMode(Args):
    """What, and which permissions."""

    paths: WritePaths
    mode: Mode
    recursive: bool = False


@file.call(21, effect=Effect.WRITE, undo=Undo.RESTORE, raises=FILE_ERRORS, hints=hints.MODE)
def mode(a: SetMode) -> Changed:
    """Change permissions, as chmod does."""


CALLS = (
    read, head, tail, write, append, edit, list_, tree, find, search, stat, count, usage, diff,
    hash_, sort, mkdir, copy, move, delete, mode, revert, stage, land,
)  # fmt: skip
