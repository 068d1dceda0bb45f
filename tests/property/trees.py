"""Small trees of all sorts of things, and everything that can be done to them: what undo must be able to take back."""

import os
import shutil
import stat
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.tiers import best

NAMES = (
    "a", "h", "d/h", "b", "c.txt", "d", "d/a", "d/e", "d/e/b", "d/e/f/g", "l", "d/l", "far", "empty", "new/x", "new",
    "..foo", "d/a..b", " two words ", "-rf", "new\nline", "d/\N{GRINNING FACE}", "*", "d/*", "gap*", "[ab]", "nowhere/at/all",
)  # fmt: skip
TEXTS = ("", "one\n", "one\ntwo\n", "no newline", "gr\u00fcn\r\nzwei\r\n", "one" * 100)
MODES = ("600", "644", "755", "400", "000", "u+x", "go-rwx", "a+r", "u-w", "2755")
Op = tuple[str, dict[str, Any]]
Tree = tuple[tuple[str, str, int, int], ...]
"""(path, kind, mode, time) of everything in it."""

name = st.sampled_from(NAMES)
some = st.lists(name, min_size=1, max_size=3)
text = st.sampled_from(TEXTS)
flag = st.booleans()


def op(verb: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Op]:
    """Calls of one verb."""
    return st.tuples(st.just(f"file.{verb}"), st.fixed_dictionaries(fields))


OPS: st.SearchStrategy[Op] = st.one_of(
    op("write", path=name, content=text, overwrite=flag, parents=flag),
    op("append", path=name, content=text),
    op("edit", paths=some, old=st.sampled_from(["one", "o", "zwei"]), new=text),
    op("mkdir", paths=some),
    op("copy", paths=some, to=name, overwrite=flag),
    op("copy", paths=st.lists(name, min_size=1, max_size=1), to=name, overwrite=flag),
    op("move", paths=some, to=name, overwrite=flag),
    op("move", paths=st.lists(name, min_size=1, max_size=1), to=name, overwrite=flag),
    op("delete", paths=some),
    op("mode", paths=some, mode=st.sampled_from(MODES), recursive=flag),
)
SEQUENCES = st.lists(OPS, min_size=1, max_size=8)
PLACES = (
    ("a", "file"), ("b", "binary"), ("c.txt", "file"), ("d", "folder"), ("d/a", "file"), ("d/e", "folder"),
    ("d/e/b", "latin"), ("d/e/f", "folder"), ("d/e/f/g", "file"), ("l", "link:a"), ("d/l", "link:nowhere"),
    ("h", "name:a"), ("d/h", "name:c.txt"), ("far", "link:d/e"), ("empty", "folder"), ("..foo", "file"), ("d/a..b", "file"),
    (" two words ", "folder"), ("-rf", "file"), ("new\nline", "file"), ("d/\N{GRINNING FACE}", "file"),
)  # fmt: skip


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A part of the places, each with its own bits and times."""
    left_out = draw(st.sets(st.sampled_from([path for path, _ in PLACES]), max_size=6))
    rows = []
    for path, kind in PLACES:
        if not any(path == out or path.startswith(f"{out}/") for out in left_out):
            bits = draw(st.sampled_from([0o644, 0o600, 0o755, 0o700, 0o2750, 0o444]))
            rows.append((path, kind, bits, draw(st.integers(1, 2 * 10**18))))
    return tuple(rows)


CONTENT = {"file": b"one\ntwo\none\n", "binary": b"\x00\x01bin\xff", "latin": b"gr\xfcn one\n"}


def plant(top: Path, tree: Tree) -> None:
    """Make the tree in a folder, in place of all that is there."""
    clear(top)
    for path, kind, _, _ in tree:
        make(top, path, kind)
    for path, kind, bits, when in reversed(tree):
        at = top / path
        if kind.startswith("link"):
            continue
        at.chmod(bits | 0o700 if at.is_dir() else bits)
        if when % 3 == 0:
            os.setxattr(at, "user.colour", f"blue {when}".encode())
        os.utime(at, ns=(when, when))
    for path, kind, _, when in tree:
        if kind.startswith("link"):
            os.utime(top / path, ns=(when, when), follow_symlinks=False)
    os.utime(top, ns=(10**18, 10**18))


def make(top: Path, path: str, kind: str) -> None:
    """One thing; another name of what is not there is a file of its own."""
    at = top / path
    what, _, to = kind.partition(":")
    if what == "folder":
        at.mkdir()
    elif what == "link":
        at.symlink_to(to)
    elif what == "name" and (top / to).exists():
        at.hardlink_to(top / to)
    else:
        at.write_bytes(CONTENT.get(kind, CONTENT["file"]))


def clear(top: Path) -> None:
    """Take away all that is in a folder, whatever its bits."""
    for each in top.iterdir():
        if each.is_symlink() or not each.is_dir():
            each.unlink()
        else:
            shutil.rmtree(each)


class State(NamedTuple):
    """One thing on disk, as far as it must come back."""

    mode: int
    mtime_ns: int
    content: bytes | str | None
    """Bytes of a file, text of a link, None for a folder."""
    xattrs: dict[str, bytes]


def state_of(top: Path) -> dict[str, State]:
    """Everything in a folder and the folder itself.

    The time of a link is left out in tier L: inside that jail nothing can set it, so a link that was replaced comes
    back younger.
    """
    found = {}
    for path in [top, *sorted(top.rglob("*"))]:
        info = path.lstat()
        content: bytes | str | None = None
        xattrs, mtime_ns = {}, info.st_mtime_ns
        if stat.S_ISLNK(info.st_mode):
            content, mtime_ns = os.readlink(path), mtime_ns if best() == "F" else 0
        else:
            xattrs = {key: os.getxattr(path, key) for key in os.listxattr(path)}
            content = path.read_bytes() if stat.S_ISREG(info.st_mode) else None
        found[str(path.relative_to(top))] = State(info.st_mode, mtime_ns, content, xattrs)
    return found


def differences(before: dict[str, State], after: dict[str, State]) -> list[str]:
    """What is not the same, in words for a failed test."""
    found = [f"gone: {path!r}" for path in before if path not in after]
    found += [f"new: {path!r}" for path in after if path not in before]
    for path in before.keys() & after.keys():
        for field, old, new in zip(State._fields, before[path], after[path], strict=True):
            if old != new:
                found.append(f"{path!r} {field}: {old!r:.60} -> {new!r:.60}")
    return sorted(found)
