"""Path, source and host patterns, and the two ways they are held against what a call names.

*Strictly*, for rules that ask or deny: a pattern is met when the call could reach what it speaks
of. *Narrowly*, for rules that allow: only when everything the call could reach lies within it.
"""

import posixpath
import re
from collections.abc import Iterator
from fnmatch import translate

ARGV, URL = "argv", "url"
"""The arguments that make a call a program's or a host's."""
_WILD = re.compile(r"[*?\[{]")
_ENDING = re.compile(r"\.[^./]+")
_PLAIN_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([A-Za-z0-9][A-Za-z0-9.-]*)(:[0-9]+)?(?=[/?#]|\Z)")
"""Anything before or within the host that could be read in two ways (`user@`, `\\`, blanks) does not fit."""


class Misfit(Exception):
    """What was given is no such condition; the text says what is accepted."""


class PathGlob:
    """An absolute path pattern: `*` and `?` within a name, `[...]`, and `**` for any number of folders."""

    def __init__(self, text: str) -> None:
        """Args: `text` is absolute and normalised."""
        self.text = text
        self.base = base_of(text)
        """The folder before the first wildcard, or the path itself."""
        self.is_literal = not _WILD.search(text)
        self.is_open = text in (f"{self.base}/**", "/**")
        """Whether it means everything beneath `base`."""
        self.narrow = _regex(text)
        self.strict = f"{self.narrow}(?:/.*)?" if self.is_literal else self.narrow
        """A pattern without wildcards also speaks of what lies beneath it."""
        self._is_met = re.compile(self.narrow, re.S).fullmatch
        self._is_near = re.compile(self.strict, re.S).fullmatch
        self._inside = "/" if self.base == "/" else f"{self.base}/"
        self._tail = "" if self.is_literal else re.split(r"[*?\[\]]", text)[-1]
        self.ending = self._tail if _ENDING.fullmatch(self._tail) else ""
        """The ending of every name it meets, from the last dot on; empty where it does not say."""
        self.above = frozenset(_above(self.base)) - ({self.base} if self.is_literal else set())

    def may_meet(self, path: str, *, reaches: bool) -> bool:
        """Whether a path may be one the pattern speaks of.

        Args:
            path: absolute; may hold wildcards itself.
            reaches: whether what lies beneath `path` is touched with it.
        """
        if _WILD.search(path):
            start = base_of(path)
            if _is_within(start, self.base) or _is_within(self.base, start):
                return True
            return self._is_near(path) is not None
        return self.meets(path) or (reaches and path in self.above)

    def meets(self, path: str) -> bool:
        """Whether a plain path is one the pattern speaks of, or the folder it begins in."""
        if not path.startswith(self._inside):
            return path == self.base
        return path.endswith(self._tail) and self._is_near(path) is not None

    def holds(self, path: str) -> bool:
        """Whether all that a path may stand for lies within the pattern."""
        if not path.startswith(self._inside) and path != self.base:
            return False
        if _WILD.search(path):
            return self.is_open and _is_within(base_of(path), self.base)
        return self._is_met(path) is not None


def absolute(pattern: str, base: str, home: str) -> str:
    """A pattern relative to `base` (or `~`) as an absolute one.

    Raises:
        Misfit: it holds a NUL byte, a brace or an unclosed bracket.
    """
    if "\0" in pattern or "{" in pattern or pattern.count("[") > pattern.count("]"):
        raise Misfit(f"expected a path with *, ?, [...] or ** such as src/**, got {pattern!r}")
    if pattern == "~" or pattern.startswith("~/"):
        pattern = home + pattern[1:]
    if not pattern.startswith("/"):
        pattern = posixpath.join(escaped(base), pattern)
    path = posixpath.normpath(pattern)
    return path[1:] if path.startswith("//") else path


def is_wild(path: str) -> bool:
    """Whether a path argument is a pattern itself."""
    return _WILD.search(path) is not None


def base_of(pattern: str) -> str:
    """The part of an absolute pattern before the first name with a wildcard."""
    found = _WILD.search(pattern)
    if found is None:
        return pattern
    return pattern[: pattern.rindex("/", 0, found.start())] or "/"


def name_regex(pattern: str) -> re.Pattern[str]:
    """A glob over a name without structure: `file.*`, `web:*.example.org`."""
    return re.compile(translate(pattern))


def escaped(folder: str) -> str:
    """A real folder's path as a pattern that means only it."""
    return "".join(f"[{letter}]" if letter in "*?[{" else letter for letter in folder)


def host_of(url: object) -> tuple[str, str, str] | None:
    """Scheme, host and `:port` of a URL; None where it is not plain to see which host is meant."""
    found = _PLAIN_URL.match(url) if isinstance(url, str) else None
    if found is None:
        return None
    scheme, host, port = found.groups("")
    return scheme.lower(), host.lower().rstrip("."), port


def _is_within(path: str, folder: str) -> bool:
    """As `is_beneath`, of paths that are normalised."""
    return path == folder or path.startswith("/" if folder == "/" else f"{folder}/")


def _above(path: str) -> Iterator[str]:
    """The path and every folder above it."""
    while path != "/":
        yield path
        path = path[: path.rindex("/")] or "/"
    yield "/"


def _regex(text: str) -> str:
    """The pattern as a regular expression over whole absolute paths."""
    made, at = "", 0
    while at < len(text):
        character = text[at]
        if text.startswith("/**/", at):
            made, at = f"{made}/(?:.*/)?", at + 4
        elif text.startswith("**", at):
            made, at = f"{made}.*", at + 2
        elif character == "[" and (end := text.find("]", at + 2)) > 0:
            inside = text[at + 1 : end].replace("\\", r"\\").replace("[", r"\[")
            inside = f"^/{inside[1:]}" if inside[0] in "!^" else inside
            made, at = f"{made}[{inside}]", end + 1
        else:
            made, at = made + {"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character)), at + 1
    return made
