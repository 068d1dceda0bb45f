"""One value of each kind, for the renderers to show."""

from collections.abc import Callable

from syscalls.declare import Document, Value
from syscalls.file_values import (
    Changed,
    Counts,
    Diff,
    Entry,
    FileCount,
    FileHash,
    FileHits,
    FolderUse,
    Hashes,
    Hit,
    Listing,
    Matches,
    Stat,
    Stats,
    TextOf,
    Usage,
)
from syscalls.sys import Disk, Process, Processes, Status
from syscalls.tool import ToolInfo, Tools
from syscalls.tool_net import Fetched
from syscalls.ui import Answer, Said
from syscalls.undo import Change

Check = Callable[[str, str], None]
"""Compares a text with the snapshot of a name."""
NOW = 1_790_000_000.0
ESCAPES = "a\x1b[31mred\x1b]0;title\x07\u202egpj.exe\u200b\n\udc80[bold]"


def samples(name: str = "notes.txt", text: str = "one\ntwo\n", number: int = 1_500_000) -> dict[str, Value]:
    """By call name; `name`, `text` and `number` go wherever the outside world can put them."""
    entries = (
        Entry("src", "folder", 4096, NOW - 5, "755", "me"),
        Entry(f"src/{name}", "file", number, NOW - 7_200, "644", name, depth=1),
        Entry(name, "link", 3, NOW - 90_000, "777", "me", target=name),
    )
    stat = Stat(
        name, "file", number, "644", name, "staff", NOW - 86_400 * 3, NOW, NOW, 1, 99, None, "text/plain"
    )
    changes = (
        Change("created", name, size_bytes=number),
        Change("modified", name, note=name),
        Change("removed", name),
        Change("moved", name, name),
        Change("copied", name, name),
        Change("mode", name, "755"),
        Change("same", name),
    )
    unified = f"--- {name}\n+++ b\n@@ -1 +1 @@\n-{text}\n+{text}"
    return {
        "file.read": TextOf(name, text, number),
        "file.tail": TextOf(name, text, number, 40, "the first 39 lines are not shown"),
        "file.list": Listing(name, entries, 4),
        "file.tree": Listing(name, entries, 3),
        "file.search": Matches(name, (Hit(name, 9, f"a {name} b"), Hit(name, 10, text + name, False)), (), 1),
        "file.search.counts": Matches(name, (), (FileHits(name, number),), number),
        "file.stat": Stats((stat, stat)),
        "file.count": Counts((FileCount(name, 1, 2, number, 3),) * 2, 2, 4, number, 6),
        "file.usage": Usage(
            (FolderUse(name, "folder", number, 8_192, 3, 1), FolderUse(name, "file", 9, 4096, 1, 0))
        ),
        "file.diff": Diff(name, "b", False, unified, 1, 1),
        "file.diff.same": Diff(name, "b", True, "", 0, 0),
        "file.hash": Hashes("sha256", (FileHash(name, "ab" * 32),)),
        "file.move": Changed(changes),
        "sys.status": Status(
            73.2, 2, (0.5, 1.25, 2.0), 8 * 10**9, 10**9, 2 * 10**9, 10**8,
            (Disk(name, 10**12, 10**11, 9 * 10**11),), number, 5, 80.0, True, {name: 1.5}, 93_784.0, (name,),
        ),
        "sys.processes": Processes((Process(1, name, name, 12.34, number, NOW - 300, text),), 7),
        "tool.list": Tools((ToolInfo("file.read", "The text of a file.", "read", "aosh"),
                            ToolInfo(name, text, name, name))),
        "tool.fetch": Fetched(name, 404, name, number, "ab" * 32, text, cut=name, location=text),
        "tool.fetch.binary": Fetched(name, 200, "image/png", number, "ab" * 32, is_text=False),
        "ui.say": Said(text),
        "ui.ask": Answer(text),
        "plugin.any": Document({
            name: text, "list": [name, 1], "flag": True, "none": None, "deep": {"k": [text]},
            "rows": [{"a": name, name: 1}, {"a": None}],
        }),
    }  # fmt: skip
