"""What the file calls answer: typed records that a front end renders and a pipe prints."""

from collections import Counter

import msgspec

from syscalls.declare import Value
from syscalls.kinds import FileKind
from syscalls.taste import PLAIN, Taste
from syscalls.undo import Change

MOST_SENTENCES = 200
"""Changes of one effect that are told one by one; of more only the first few are."""
SENTENCES_OF_MANY = 20


def counted(number: int, noun: str) -> str:
    """A number and its noun: "1 byte", "2 bytes"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class Entry(msgspec.Struct, frozen=True):
    """One file, folder or link as a listing shows it."""

    path: str
    """Relative to the workspace where it lies inside, else absolute. Bytes that are no UTF-8 show as `\\xNN`."""
    kind: FileKind
    size_bytes: int
    modified: float
    """Unix time in seconds."""
    mode: str = ""
    """Octal, such as "644"."""
    owner: str = ""
    target: str | None = None
    """Where a link points, as written."""
    depth: int = 0
    """Levels below the folder asked for; 0 for its direct content."""


class TextOf(Value, frozen=True):
    """Text of a file, or of a part of it."""

    path: str
    content: str
    """UTF-8; invalid bytes appear as U+FFFD."""
    size_bytes: int
    """Of the whole file."""
    first_line: int = 1
    """Number of the first line in `content`; 0 where it was not counted (the end of a very large file)."""
    cut: str = ""
    """Empty when complete, else what is missing, such as "cut at 65536 of 1048576 bytes"."""

    def when_empty(self) -> str:
        """The file has no content."""
        return f"{self.path} is empty"

    def text(self) -> str:
        """The content itself."""
        return self.content

    def paths(self) -> tuple[str, ...]:
        """The file."""
        return (self.path,)


class Listing(Value, frozen=True):
    """Content of a folder, a tree, or what a search by name found."""

    path: str
    entries: tuple[Entry, ...]
    total: int
    """How many there are; more than `entries` when cut."""
    cut: str = ""
    counted: str = ""
    """What was counted, such as "files", where only the number was asked for."""

    def when_empty(self) -> str:
        """Nothing there, or nothing found."""
        return f"nothing found in {self.path}: it is empty, or no name fits"

    def text(self) -> str:
        """One path a line; the number alone where that was asked for."""
        if self.counted:
            return f"{self.total} {self.counted if self.total != 1 else self.counted[:-1]}\n"
        return "".join(f"{entry.path}\n" for entry in self.entries)

    def paths(self) -> tuple[str, ...]:
        """What was listed."""
        return tuple(entry.path for entry in self.entries)


class Hit(msgspec.Struct, frozen=True):
    """One line that matched, or a context line near one."""

    path: str
    line: int
    text: str
    is_match: bool = True


class FileHits(msgspec.Struct, frozen=True):
    """How often one file matched."""

    path: str
    count: int


class Matches(Value, frozen=True):
    """Lines that contain a text."""

    pattern: str
    hits: tuple[Hit, ...]
    files: tuple[FileHits, ...]
    total: int
    """Matching lines in all."""
    cut: str = ""

    def when_empty(self) -> str:
        """No line matched."""
        return f"no line contains {self.pattern!r}"

    def text(self) -> str:
        """`path:line: text` lines; `path: count` lines where only counts were asked for."""
        if not self.hits:
            return "".join(f"{each.path}: {each.count}\n" for each in self.files)
        return "".join(f"{hit.path}:{hit.line}: {hit.text}\n" for hit in self.hits)

    def paths(self) -> tuple[str, ...]:
        """The files with at least one match."""
        return tuple(each.path for each in self.files)


class Stat(msgspec.Struct, frozen=True):
    """Everything the file system knows of one name."""

    path: str
    kind: FileKind
    size_bytes: int
    mode: str
    owner: str
    group: str
    modified: float
    accessed: float
    changed: float
    links: int
    inode: int
    target: str | None = None
    mime: str = ""
    """Guessed from name and first bytes."""


class Stats(Value, frozen=True):
    """`file.stat`'s answer."""

    items: tuple[Stat, ...]

    def text(self) -> str:
        """One block of `name: value` lines a file."""
        return self.as_wanted(PLAIN, 0.0)

    def as_wanted(self, taste: Taste, now: float) -> str:
        """Likewise, as it is wanted."""
        blocks = []
        for item in self.items:
            size = counted(item.size_bytes, "byte")
            size = f"{taste.size(item.size_bytes)} ({size})" if taste.sizes else size
            when = taste.when(item.modified, now)
            blocks.append(
                f"{item.path}\nkind: {item.kind}\nsize: {size}\nmode: {item.mode}\n"
                f"owner: {item.owner}:{item.group}\nmodified: {when}\n"
                + (f"target: {item.target}\n" if item.target else "")
            )
        return "\n".join(blocks)

    def paths(self) -> tuple[str, ...]:
        """Each item's."""
        return tuple(item.path for item in self.items)


class FileCount(msgspec.Struct, frozen=True):
    """Lines, words, bytes of one file."""

    path: str
    lines: int
    words: int
    size_bytes: int
    characters: int


class Counts(Value, frozen=True):
    """`file.count`'s answer."""

    items: tuple[FileCount, ...]
    lines: int
    """Sum over `items`; likewise below."""
    words: int
    size_bytes: int
    characters: int

    def text(self) -> str:
        """One line a file, and a total where there are several."""
        return self.as_wanted(PLAIN, 0.0)

    def as_wanted(self, taste: Taste, now: float) -> str:
        """Likewise, as it is wanted."""
        rows = [f"{item.path}: {_measured(item, taste)}\n" for item in self.items]
        if len(self.items) != 1:
            rows.append(f"total of {counted(len(self.items), 'file')}: {_measured(self, taste)}\n")
        return "".join(rows)

    def paths(self) -> tuple[str, ...]:
        """Each item's."""
        return tuple(item.path for item in self.items)


class FolderUse(msgspec.Struct, frozen=True):
    """Disk use of one folder or file."""

    path: str
    kind: FileKind
    size_bytes: int
    """Sum of apparent sizes beneath."""
    disk_bytes: int
    """Sum of allocated blocks."""
    files: int
    folders: int


class Usage(Value, frozen=True):
    """`file.usage`'s answer: what was asked for first, then its parts, largest first."""

    items: tuple[FolderUse, ...]
    cut: str = ""

    def text(self) -> str:
        """`bytes<TAB>path` lines."""
        return "".join(f"{item.size_bytes}\t{item.path}\n" for item in self.items)

    def as_wanted(self, taste: Taste, now: float) -> str:
        """The same, with sizes in the unit that is wanted."""
        if not taste.sizes:
            return self.text()
        return "".join(f"{taste.size(item.size_bytes)}\t{item.path}\n" for item in self.items)

    def paths(self) -> tuple[str, ...]:
        """Each item's."""
        return tuple(item.path for item in self.items)


class Diff(Value, frozen=True):
    """How two files differ."""

    left: str
    right: str
    is_same: bool
    unified: str
    """Unified diff; empty when same or binary."""
    added: int
    removed: int
    cut: str = ""

    def text(self) -> str:
        """The unified diff, or one sentence."""
        if self.is_same:
            return f"{self.left} and {self.right} are the same\n"
        return self.unified or f"{self.left} and {self.right} differ (binary)\n"


class FileHash(msgspec.Struct, frozen=True):
    """Digest of one file."""

    path: str
    digest: str


class Hashes(Value, frozen=True):
    """`file.hash`'s answer."""

    algorithm: str
    items: tuple[FileHash, ...]

    def text(self) -> str:
        """`digest  path` lines, as sha256sum prints them."""
        return "".join(f"{item.digest}  {item.path}\n" for item in self.items)

    def paths(self) -> tuple[str, ...]:
        """Each item's."""
        return tuple(item.path for item in self.items)


class Changed(Value, frozen=True):
    """What an effect did."""

    changes: tuple[Change, ...]

    def text(self) -> str:
        """One sentence a change; of very many, the first ones and how many more of each kind there are."""
        shown = self.changes if len(self.changes) <= MOST_SENTENCES else self.changes[:SENTENCES_OF_MANY]
        lines = [sentence(change) for change in shown]
        rest = Counter(change.what for change in self.changes[len(shown) :])
        lines += [f"... and {number} more {what}" for what, number in sorted(rest.items())]
        return "".join(f"{line}\n" for line in lines)

    def paths(self) -> tuple[str, ...]:
        """Where the changed things are now; removed ones are left out."""
        return tuple(
            change.to if change.what in ("moved", "copied") and change.to else change.path
            for change in self.changes
            if change.what != "removed"
        )


class Staged(Value, frozen=True):
    """A copy was made."""

    files: int
    size_bytes: int


def _measured(count: FileCount | Counts, taste: Taste) -> str:
    size = taste.size(count.size_bytes) if taste.sizes else counted(count.size_bytes, "byte")
    return f"{counted(count.lines, 'line')}, {counted(count.words, 'word')}, {size}"


def sentence(change: Change) -> str:
    """A change in words."""
    note = f" ({change.note})" if change.note else ""
    match change.what:
        case "moved" | "copied":
            return f"{change.what} {change.path} to {change.to}{note}"
        case "mode":
            return f"set mode of {change.path} to {change.to}{note}"
        case "same":
            return f"{change.path} is already so{note}"
        case "cached":
            return f"{change.note} in {change.path}"
        case "runs":
            return f"runs {change.path}{note}"
        case _:
            size = (
                f" ({counted(change.size_bytes, 'byte')})"
                if change.size_bytes is not None and not note
                else ""
            )
            return f"{change.what} {change.path}{size}{note}"
