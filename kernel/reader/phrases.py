"""The small words that tell which value is which: "to", "called", "it", "saying"."""

import re

from kernel.reader.lazy import Lazy
from kernel.reader.spans import Clause

AFTER_TO = frozenset("to into in as inside onto under within nach in zu en a à dans hacia 到".split())
CALLED = frozenset("called named as namens llamada llamado nommé".split())
POINTING_ONE = (
    "it", "that file", "this file", "the file", "that one", "this one", "the original", "the copy", "the folder", "that folder",
    "that", "its",
)  # fmt: skip
POINTING_MANY = (
    "them",
    "their",
    "those",
    "these",
    "all of them",
    "those files",
    "these files",
    "both",
    "the whole list",
)
FOLDER_POINTING = (
    "in it",
    "inside it",
    "in there",
    "that folder",
    "the folder",
    "this folder",
    "there",
    "its content",
    "its contents",
)
TEXT_MARKS = (
    "the listing", "the diff", "the differences", "the tree", "the count", "the sizes", "the answer", "the findings", "the table", "them all",
    "the list", "this list", "that list", "the results", "the result", "the output", "their names", "the names", "the lines", "the matches",
    "them", "it", "that", "this", "those", "the contents", "the content", "the file names", "the paths", "names",
)  # fmt: skip


def points_back(text: str, marks: "tuple[str, ...]") -> str:
    """The mark in `text` that stands for something said before, longest first; empty when none."""
    text = re.sub(r"\b(?:are|is|were|was) there\b", "are", text)
    for mark in sorted(marks, key=len, reverse=True):
        if re.search(rf"(?<![\w'-]){re.escape(mark)}(?![\w'-])", text):
            return mark
    return ""


_TO_FILE = r"(?:to|into|in|onto|at the end of|to the end of|at the bottom of|as a new line in|as a line in)"
_SAYING = Lazy(
    r"(?:\b(?:with|containing|saying|that says|which says|that contains|reading)\s+(?:(?:just|only)\s+)?(?:the\s+)?(?:(?:text|content|contents|words?|line|message|sentence|string)\b)?\s*:?\s*"
    r"|\b(?:text|content|line)\s*:?\s+(?=[\"']))(?P<c>.+?)$",
    re.IGNORECASE | re.DOTALL,
)
_COLON = Lazy(r":\s+(?P<c>\S.*)$|:\s*\n(?P<d>.+)$", re.DOTALL)
_ADD = Lazy(
    rf"^(?:\W*(?:please|kindly|now|can you|could you|would you|i want you to)\s+)*\b(?:add|append|put|insert|write|save|store|note|agrega|añade|ajoute|füge)\s+"
    rf"(?:(?:a|another|the|one|this)\s+(?:new\s+)?(?:line|item|entry|text|word|words|todo|sentence|note)s?\s*(?:saying|that says|with|containing|reading|:)?\s*)?(?P<c>.+?)\s+{_TO_FILE}\s+(?:the\s+|my\s+)?(?:file\s+|end of\s+)?(?=\S+\s*(?:file|list)?\s*[.!]?$)",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip


_ADD_ALONE = Lazy(r"^(?:append|add|write)\s+(?P<c>[^\s'\"]+)$", re.IGNORECASE)


_TAIL = Lazy(
    r"\s+(?:in|inside|into) (?:it|there)$|,?\s+(?:on|onto|to) (?:my|the|our) [\w ]*list\b.*$",
    re.IGNORECASE | re.DOTALL,
)
"""Where the text goes, said behind it."""


def content_after(clause: Clause, *, adding: bool) -> "tuple[str, int, int] | None":
    """The unquoted text a clause gives, with its place; None when it gives none.

    "create a.txt with the text hello" -> hello; "add eggs to list.txt" -> eggs; "save to a.txt: hi" -> hi.
    """
    del adding
    text = clause.text
    for match in (_SAYING.search(text), _COLON.search(text)):
        if match is None:
            continue
        group = "c" if match["c"] is not None else "d"
        value = match[group].strip()
        place = re.search(rf"^(?P<v>.+?)\s+{_TO_FILE}\s+\S+[.!]?$", value)
        trailing = [span for span in clause.of("path") if span.start >= match.start(group)]
        if place and trailing and trailing[-1].end >= len(text.rstrip(" .!")):
            value = place["v"].strip()
        if not value or any(
            span.start == match.start(group) and span.text == value for span in clause.of("path")
        ):
            continue
        return _TAIL.sub("", value).strip("'\""), match.start(), match.start(group) + len(value)
    match = _ADD.search(text) or _ADD_ALONE.search(text)
    if match:
        value = match["c"].strip().strip("'\"")
        if value and not re.fullmatch(
            r"(?:a |an |the )?(?:new |empty )*(?:file|text file)?", value, re.IGNORECASE
        ):
            return _TAIL.sub("", value).strip("'\""), match.start("c"), match.end("c")
    return None
