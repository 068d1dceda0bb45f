"""How names look outside: bytes that are no UTF-8, paths against the home root, patterns, nearest names.

Inside the driver a name is what `os.fsdecode` gives (stray bytes as surrogates). Outside, such a
byte is shown as `\\xNN`, and a shown name is understood again.
"""

import fnmatch
import os
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

_STRAY = re.compile("[\udc80-\udcff]")
_LOOKALIKE = re.compile(r"\\(?=x[0-9a-fA-F]{2})")
_SHOWN = re.compile(r"\\x([89a-fA-F][0-9a-fA-F]|5c)")
_MAGIC = re.compile(r"[*?\[]|\{[^{}]*,[^{}]*\}")


def spoken(name: str) -> str:
    """The name with stray bytes as `\\xNN`; a backslash that looks like the start of one is `\\x5c`."""
    if "\\x" in name:
        name = _LOOKALIKE.sub(r"\\x5c", name)
    if name.isascii():
        return name
    return _STRAY.sub(lambda hit: f"\\x{ord(hit.group()) - 0xDC00:02x}", name)


def unspoken(name: str) -> str:
    """The inside form of what `spoken` gave."""
    if "\\x" not in name:
        return name
    raw = _SHOWN.sub(lambda hit: "\\" if hit.group(1) == "5c" else chr(0xDC00 + int(hit.group(1), 16)), name)
    return os.fsdecode(os.fsencode(raw))


def shown(path: str, home: str) -> str:
    """An absolute path as results show it: relative to `home` where it lies inside."""
    path = path.rstrip("/") or "/"
    if path == home:
        return "."
    inside = home.rstrip("/") + "/"
    return spoken(path[len(inside) :] if path.startswith(inside) else path)


def is_pattern(path: str) -> bool:
    """Whether the text could be a glob."""
    return _MAGIC.search(path) is not None


def matcher(glob: str | None) -> Callable[[str], bool]:
    """A test of the last part of a path against a glob, ignoring case; None matches all."""
    if glob is None:
        return lambda name: True
    fits = compiled(glob, re.IGNORECASE)
    return lambda name: fits.match(spoken(name)) is not None


def compiled(glob: str, flags: int = 0) -> re.Pattern[str]:
    """A glob as a regular expression; `{a,b}` stands for either, once in a pattern."""
    brace = re.search(r"\{([^{}]*,[^{}]*)\}", glob)
    variants = (
        [glob[: brace.start()] + each + glob[brace.end() :] for each in brace[1].split(",")]
        if brace
        else [glob]
    )
    return re.compile("|".join(fnmatch.translate(variant) for variant in variants), flags | re.DOTALL)


def by_name(path: str) -> bytes:
    """Sort key of a path: byte order, a folder directly before what it holds."""
    return os.fsencode(path).replace(b"/", b"\0")


def is_hidden(name: str) -> bool:
    """Whether the name begins with a dot."""
    return name.startswith(".")


def nearest(name: str, names: Iterable[str]) -> str:
    """ "; near: 'a', 'b'" for the names most like `name`, or nothing."""
    close = get_close_matches(spoken(name), [spoken(each) for each in names], n=3, cutoff=0.6)
    return f"; near: {', '.join(map(repr, close))}" if close else ""
