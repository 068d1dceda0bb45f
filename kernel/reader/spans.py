"""The parts of a clause that carry values: paths, globs, quotes, sizes, ages, counts, kinds of file.

A clause becomes words and spans; spans are taken out before the wording is compared with what
people say for each call, so that "first 5 lines of app.log" and "first 20 lines of x.txt" are the
same wording.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from kernel import words
from kernel.reader.clauses import quoted_spans
from kernel.reader.lazy import Lazy
from kernel.reader.names import Name, Names


class Span(msgspec.Struct, frozen=True):
    """A value in the text."""

    kind: str
    """path, glob, type, quote, ident (a word no dictionary has), larger, smaller, newer, older, number, here."""
    start: int
    end: int
    text: str
    """As written, quotes and comparing words left off."""
    name: Name | None = None
    """For a path: what the workspace has under that name."""

    @property
    def is_folder(self) -> bool:
        """Whether it names a folder that exists, or is written with a trailing slash."""
        return (self.name is not None and self.name.is_folder) or self.text.endswith("/")


@dataclass(frozen=True)
class Clause:
    """A clause with its spans found."""

    text: str
    spans: tuple[Span, ...]
    words: tuple[str, ...] = field(default=())
    """Lower-case words outside spans, with `<kind>` where a span stood."""

    def of(self, *kinds: str) -> list[Span]:
        """The spans of these kinds, in order."""
        return [span for span in self.spans if span.kind in kinds]

    def first(self, *kinds: str) -> Span | None:
        """The first span of these kinds."""
        return next(iter(self.of(*kinds)), None)

    def before(self, span: Span, count: int = 3) -> list[str]:
        """The last few words in front of a span, lower case."""
        return re.findall(r"[^\W_]+|[:=]", self.text[: span.start].lower())[-count:]

    def after(self, span: Span, count: int = 3) -> list[str]:
        """The first few words behind a span, lower case."""
        return re.findall(r"[^\W_]+", self.text[span.end :].lower())[:count]


_MORE = r"(?:larger|bigger|greater|heavier|more|over|above|exceed(?:ing|s)?|at least|minimum(?: of)?|größer als|mayores de|plus de|大于)"
_LESS = r"(?:smaller|less|under|below|fewer|at most|maximum(?: of)?|kleiner als|menores de|moins de|小于)"
_SIZE = rf"({words.NUMBER})\s*({words.SIZE_UNIT})\b"
_PATTERNS: tuple[tuple[str, Lazy], ...] = tuple(
    (kind, Lazy(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("larger", rf"\b{_MORE}\s+(?:than\s+|in size than\s+)?(?P<v>{_SIZE})"),
        ("smaller", rf"\b{_LESS}\s+(?:than\s+)?(?P<v>{_SIZE})"),
        ("larger", rf"\b(?P<v>{_SIZE})\s+(?:or (?:more|larger|bigger)|and (?:up|above))"),
        ("older", rf"\b(?:older|more|not (?:changed|modified|touched)|untouched|unchanged|over)\s+(?:than\s+|for\s+|in\s+|since\s+)?(?:the\s+last\s+)?(?P<v>(?:{words.NUMBER}|last)\s+{words.TIME_UNIT})(?:\s+(?:ago|old))?\b"),
        ("older", rf"\b(?:last\s+)?(?:changed|modified|edited)\s+(?:more than|over)\s+(?P<v>{words.NUMBER}\s+{words.TIME_UNIT})\s+ago"),
        ("newer", rf"\b(?:newer|younger|less)\s+than\s+(?P<v>{words.NUMBER}\s+{words.TIME_UNIT})(?:\s+(?:ago|old))?"),
        ("newer", rf"\b(?:in|within|during|over|from|for)?\s*(?:the\s+)?(?P<v>(?:last|past)\s+(?:{words.NUMBER}\s+)?{words.TIME_UNIT})\b"),
        ("newer", r"\b(?:since\s+)?(?P<v>today|yesterday|this\s+(?:week|month|year|morning))\b"),
        ("newer", rf"\b(?P<v>{words.NUMBER}\s+{words.TIME_UNIT})\s+ago\b"),
    )
)  # fmt: skip
_BETWEEN = Lazy(rf"\bbetween\s+(?P<low>{_SIZE})\s+(?:and|to)\s+(?P<high>{_SIZE})", re.IGNORECASE)
_TYPE_WORDS = "|".join(
    sorted(
        (re.escape(word) for word in words.TYPES if len(word) > 1 and word != "word"), key=len, reverse=True
    )
)
_TYPE = Lazy(
    rf"(?P<v>(?:\*?\.)[a-z0-9]{{1,5}}\s+(?:files?|ones?)|\b(?:{_TYPE_WORDS})\s+(?:files?|documents?|sources?|scripts?|modules?|pictures?|images?|tables?|photos?)\b"
    r"|\b(?:archivos|fichiers|dateien|ficheros)\s+(?P<x>[a-z]{2,5})\b|\b(?P<y>python|csv|json|txt|pdf|png)\s*(?:文件|dateien)"
    r"|\b(?:pics|photographs|images|photos|pictures|videos|spreadsheets|scripts|logs|csvs|pdfs|pngs|jpgs|jpegs|gifs|jsons|txts|zips|tmps|mp3s)\b"
    r"|\b(?:ending|that end|which end|with (?:the )?(?:extension|ending|suffix))(?:\s+(?:in|on|with))?\s+(?P<w>\.?[a-z0-9]{1,5})\b)",
    re.IGNORECASE,
)  # fmt: skip
_PATHLIKE = Lazy(
    r"(?<![\w/.])(?P<p>~?(?:\.{0,2}/)?(?:[\w.\-+@~#%]+/)+[\w.\-+@*?\[\]{}]*|/[\w.\-+@]*|\.{1,2}/|~|[\w\-+@]+(?:\.[\w\-+@]+)*\.[A-Za-z][A-Za-z0-9]{0,11}|\.[A-Za-z_][\w.\-]*|[\w.\-]*(?:\*|\?(?=[\w.*]))[\w.*?\-\[\]{}]*)"
)
_NOT_PATHS = Lazy(
    r"^(?:e\.g|i\.e|etc|vs|a\.m|p\.m|and/or|either/or|yes/no|https?:.*|\w+://.*|\d+/\d+)\.?$", re.IGNORECASE
)
_NUMBER = Lazy(
    rf"\b(?P<v>\d[\d,]*|{'|'.join(w for w in words.NUMBERS if w not in ('a', 'an', 'half', 'couple', 'few', 'one'))})\b",
    re.IGNORECASE,
)
_HERE = Lazy(
    r"\b(?:in\s+|of\s+|under\s+)?(?:here|everywhere|(?:this|the|my)\s+(?:(?:current|whole|entire|working|top)\s+)*(?:project|workspace|repo(?:sitory)?|working dir(?:ectory)?|(?<=current )(?:folder|directory))|(?:whole|entire)\s+(?:project|workspace|repo)|(?:the\s+)?current\s+(?:folder|directory)|this\s+(?:folder|directory|place|dir))\b",
    re.IGNORECASE,
)
_NEW_FOLDER = Lazy(
    r"\b(?:folder|folders|directory|dir|subfolder|carpeta|ordner|dossier)\s+(?:(?:called|named|llamada|llamado|namens|nommé|appelé)\s+)?(?P<n>[\w][\w.\-]*)(?![\w/])",
    re.IGNORECASE,
)
_NO_NAME = frozenset(
    "should with must can could where in on of at to for and or with but by is are was has have use used uses take takes structure tree layout hierarchy sizes size "
    "only please that which from into under below inside called named here there de en y im und mit et dans do does i so now then as "
    "the a an it this be contain contains content contents like looks look up down".split()
)
_IDENTIFIER = Lazy(
    r"(?<![\w./\-])(?:[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|_+[A-Za-z]\w*|[a-z]+(?:[A-Z][a-z0-9]*)+|[A-Za-z]+(?:-[A-Za-z]+)+|(?!I\b)[A-Z][A-Z0-9_]{2,}|\^[\w ]+?(?=\s+in\b|$)|\d{4}-\d{2}(?:-\d{2})?)(?![\w/])"
)
_BARE = Lazy(r"(?<![\w./-])[\w][\w.\-]*(?![\w/])")


Add = Callable[..., None]
"""Adds a span: kind, start, end, value, and the name behind a path."""


class _Found:
    """Spans found so far; a later one never overlaps an earlier one."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def add(self, kind: str, start: int, end: int, value: str, name: Name | None = None) -> None:
        if end > start and all(end <= span.start or start >= span.end for span in self.spans):
            self.spans.append(Span(kind, start, end, value, name))

    def add_all(self, kind: str, pattern: Lazy, text: str) -> None:
        """Every match; the value is its group `v`, or the whole."""
        for match in pattern.finditer(text):
            groups = match.groupdict()
            self.add(kind, *match.span(), groups.get("v") or match[0])


def scan(text: str, names: Names) -> Clause:
    """The clause with every span found; earlier kinds win where two overlap."""
    found = _Found()
    _add_quotes(text, names, found.add)
    for start, end, name in names.with_spaces(text):
        found.add("path", start, end, text[start:end], name)
    _add_written_names(text, names, found.add)
    _add_paths(text, names, found.add)
    for match in _BETWEEN.finditer(text):
        found.add("larger", match.start(), match.end("low"), match["low"])
        found.add("smaller", match.end("low"), match.end(), match["high"])
    for kind, pattern in _PATTERNS:
        found.add_all(kind, pattern, text)
    for match in _HERE.finditer(text):
        if not any(name.is_folder for word in match[0].split() for name in names.exact(word)):
            found.add("here", *match.span(), match[0])
    _add_named_folders(text, names, found.add)
    _add_bare_names(text, names, found.add, only_clear=True)
    for match in _TYPE.finditer(text):
        found.add("type", *match.span(), match["w"] or match["x"] or match["y"] or match["v"])
    _add_bare_names(text, names, found.add)
    found.add_all("ident", _IDENTIFIER, text)
    found.add_all("number", _NUMBER, text)
    spans = tuple(sorted(found.spans, key=lambda span: span.start))
    return Clause(text, spans, tuple(mask(text, spans)))


def _add_quotes(text: str, names: Names, add: Add) -> None:
    for start, end in quoted_spans(text):
        inner = text[start + 1 : end - 1]
        known = names.exact(inner)
        is_path = bool(known) or _PATHLIKE.fullmatch(inner) is not None
        add("path" if is_path else "quote", start, end, inner, known[0] if known else None)


def _add_written_names(text: str, names: Names, add: Add) -> None:
    """Names with a dot or slash as they stand between spaces: `access.log.1` is not `access.log`."""
    for match in re.finditer(r"\S+", text):
        word = match[0].rstrip(",;:!?)").rstrip(".")
        known = names.exact(word) if "." in word.strip("./") or "/" in word else []
        if known:
            add("path", match.start(), match.start() + len(word), word, known[0])


def _add_named_folders(text: str, names: Names, add: Add) -> None:
    """A folder that is called something, also where there is none of that name yet."""
    for match in _NEW_FOLDER.finditer(text):
        if match["n"].lower() not in _NO_NAME:
            known = names.exact(match["n"])
            add("path", *match.span("n"), match["n"] + ("" if known else "/"), known[0] if known else None)


def _add_paths(text: str, names: Names, add: Add) -> None:
    for match in _PATHLIKE.finditer(text):
        value = match["p"]
        end = match.end()
        while value and value[-1] in ".,;:!?" and value not in (".", "..", "?"):
            value, end = value[:-1], end - 1
        if not value or value in ("?", "*.") or _NOT_PATHS.match(value) or re.fullmatch(r"[\d.]+", value):
            continue
        if value.endswith("?") and "*" not in value:
            continue
        if (
            value.startswith(".")
            and "/" not in value
            and re.match(r"\s*(?:files?|ones)\b", text[end:])
            and not names.exact(value)
        ):
            continue
        known = names.exact(value)
        kind = "glob" if any(mark in value for mark in "*[") and not known else "path"
        add(kind, match.start(), end, value, known[0] if known else None)


def _add_bare_names(text: str, names: Names, add: Add, *, only_clear: bool = False) -> None:
    """Words that are names of the workspace though they look like words: docs, LICENSE, photos.

    Args:
        only_clear: only those that stand where a folder's name stands.
    """
    for match in _BARE.finditer(text):
        word = match[0].rstrip(".")
        known = names.exact(word)
        doubtful = only_clear or word.lower() in _TOO_COMMON
        if not known or (doubtful and not (known[0].is_folder and _is_called_folder(text, match))):
            continue
        if not known[0].is_folder and "." not in known[0].base and word != known[0].base:
            continue
        add("path", match.start(), match.start() + len(word), word, known[0])


_TOO_COMMON = frozenset(
    "the a an in of on to and or for with all any new old main big small first last final important file files folder empty test tests data logs text list run set show size images photos notes".split()
)
"""Words that are taken for a folder's name only where they stand like one."""


def _is_called_folder(text: str, match: "re.Match[str]") -> bool:
    before = re.findall(r"[a-z]+", text[: match.start()].lower())[-2:]
    after = re.findall(r"[a-z]+", text[match.end() :].lower())[:1]
    last = before[-1] if before else ""
    if after and after[0] in ("folder", "directory", "dir", "subfolder"):
        return True
    if last in (
        "folder",
        "directory",
        "dir",
        "called",
        "named",
        "ls",
        "tree",
        "cd",
        "du",
        "dir",
        "carpeta",
        "ordner",
        "dossier",
    ):
        return True
    if match[0].lower() in (
        "new",
        "old",
        "all",
        "any",
        "the",
        "a",
        "an",
        "list",
        "file",
        "files",
        "text",
        "size",
    ):
        return False
    return last in (
        "rename",
        "move",
        "copy",
        "delete",
        "remove",
        "in",
        "from",
        "into",
        "of",
        "to",
        "inside",
        "under",
        "within",
        "below",
        "at",
        "my",
        "the",
        "search",
        "through",
        "me",
        "list",
        "show",
        "open",
    ) and not (
        after and after[0] in ("file", "files", "folders", "lines", "line", "space", "usage", "was", "is")
    )


_WORD = Lazy(r"<[a-z]+>|[^\W_]+(?:'[a-z]+)?|-{1,2}[a-z]+", re.UNICODE)


def mask(text: str, spans: tuple[Span, ...]) -> list[str]:
    """The lower-case words of a text, each span shown as its kind."""
    masked = []
    at = 0
    for span in spans:
        masked.append(text[at : span.start])
        masked.append(f" <{'folder' if span.kind == 'path' and span.is_folder else span.kind}> ")
        at = span.end
    masked.append(text[at:])
    return [word.lower() for word in _WORD.findall("".join(masked).replace("’", "'"))]
