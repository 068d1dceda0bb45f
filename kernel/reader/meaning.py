"""Requests for files by what they mean: "find the note about the dentist", "which document talks about the rent?".

Those that say so ("... by meaning") always mean `doc.find`. The others mean it where files here were indexed; elsewhere
they are read as any request for a name or a word.
"""

import re
from collections.abc import Mapping
from typing import Any

from kernel.reader.lazy import Lazy
from kernel.reader.remember import memory_calls
from syscalls.table import AnyCall

FIND, INDEX, STATUS = "doc.find", "doc.index", "doc.status"
LONGEST = 300
"""Characters of a request that is read so."""

_PLEASE = r"^\W*(?:(?:please|kindly|hey|ok|okay|now|can you|could you|would you|help me|i want to|i need to|i'd like to),?\s+)*"
_THING = (
    r"(?:notes?|documents?|docs?|files?|texts?|papers?|pages?|pdfs?|letters?|mails?|e-?mails?|contracts?|reports?|recipes?|"
    r"slides?|presentations?|spreadsheets?|sheets?|scripts?|articles?|minutes|memos?|invoices?|essays?|drafts?)"
)
_OWN = r"(?:(?:the|a|an|any|all|some|my|our|that|those|one of my|all my|of my|of the)\s+)*"
_SPEAK = (
    r"(?:(?:that|which)\s+)?(?:(?:is|are|was|were)\s+(?:all\s+)?about|about|on the (?:subject|topic) of|regarding|concerning"
    r"|dealing with|deals? with|(?:talks?|talking|speaks?|speaking|tells?|telling|says? (?:something|anything)|writes?|wrote) (?:about|of)"
    r"|(?:where|in which) (?:i|we) (?:wrote|write|talk|talked|noted) (?:down )?(?:about|of)?)"
)
_ON = r"|(?:note|report|article|paper|memo|essay)s? on"
_WHERE = r"(?:\s+(?:in|under|inside|within)\s+(?:the (?:folder|directory)\s+|my\s+|the\s+)?(?P<path>[\w./~-]+/|(?<=folder )[\w./-]+|(?<=directory )[\w./-]+))?"
_ARTICLE = Lazy(r"^(?:the|a|an|my|our|some|any)\s+", re.IGNORECASE)
_SAID_SO = Lazy(
    r"\s*,?\s*\b(?:by (?:its |their )?meaning|semantically|by what (?:it|they) means?)\b\s*,?\s*",
    re.IGNORECASE,
)
_EXPLICIT = Lazy(
    _PLEASE
    + rf"(?:search|look|find|go)\s+(?:me\s+)?(?:(?:through|in|into|for|up)\s+)?(?:{_OWN}{_THING}\s*)?(?:(?:through|in|into)\s+{_OWN}{_THING}\s*)?"
    rf"(?:for\s+|{_SPEAK}\s+)?(?P<text>\S.*?)\s*[?.!]*$",
    re.IGNORECASE,
)
_IMPLICIT = tuple(
    Lazy(_PLEASE + form + _WHERE + r"\s*[?.!]*$", re.IGNORECASE)
    for form in (
        rf"(?:find|search for|look for|get|show|open|give)\s+(?:me\s+)?{_OWN}(?:{_THING}\s+{_SPEAK}{_ON})\s+(?P<text>\S.*?)",
        rf"(?:which|what)\s+(?:{_OWN})?(?:{_THING}|one)\s+{_SPEAK}\s+(?P<text>\S.*?)",
        rf"(?:which|what)\s+{_THING}\s+(?:do|does|did)\s+(?:i|we)\s+have\s+{_SPEAK}\s+(?P<text>\S.*?)",
        rf"in (?:which|what)\s+(?:of my\s+)?{_THING}\s+(?:do|did|does|is|are|was|have)\s+(?:i|we|it|there)?\s*(?:write|written|talk|note|say|said)?\s*(?:down\s+)?(?:about|of|on)\s+(?P<text>\S.*?)",
        r"where (?:did|have) (?:i|we) (?:write|wrote|written|note|noted|put)(?: down)? (?:something |anything )?(?:about|on|of)\s+(?P<text>\S.*?)",
        rf"(?:do|did) (?:i|we) (?:have|write|keep|note)(?: down)? {_OWN}(?:(?:{_THING}|anything|something)\s+{_SPEAK}{_ON})\s+(?P<text>\S.*?)",
        rf"(?:is|are) there {_OWN}(?:{_THING}|anything|something)(?: here)?\s+{_SPEAK}\s+(?P<text>\S.*?)",
    )
)
_INDEXES = Lazy(
    _PLEASE
    + r"(?:index\s+(?!of\b)(?:(?:the |my |this )?(?:folder|directory)\s*)?(?P<path>[\w./~-]+)?(?:\s+(?:folder|directory))?"
    r"|make\s+(?:(?:the |my |this )?(?:folder|directory|files in)\s*)?(?P<path2>[\w./~-]+)?\s*(?:folder )?(?:searchable|findable) by meaning)"
    r"(?:\s+by meaning)?\W*$",
    re.IGNORECASE,
)
_STATES = Lazy(
    _PLEASE
    + r"(?:(?:which|what) (?:folders|files) (?:are|have you) (?:indexed|searchable by meaning)|(?:show|what is) (?:me )?the (?:state|status) of the index"
    r"|how far is the index(?:ing)?)\W*$",
    re.IGNORECASE,
)
_HERE = ("this", "it", "here", "all", "everything")
_NO_SUBJECT = Lazy(r"^(?:\d|it\b|them\b|that\b|this\b|how (?:big|large|old)\b)", re.IGNORECASE)
"""What is said of sizes and of what was found before."""


def asks_by_meaning(text: str) -> dict[str, Any] | None:
    """The arguments of `doc.find` where a request speaks of files by their subject; None of any other."""
    if len(text) > LONGEST or "\n" in text:
        return None
    for form in _IMPLICIT:
        found = form.match(text)
        if found and not _NO_SUBJECT.match(found["text"]):
            path = {"path": found["path"].rstrip("/") or "/"} if found["path"] else {}
            return {"text": found["text"].strip(" '\"\u201c\u201d"), **path}
    return None


def word_of(asked: Mapping[str, Any]) -> str:
    """What a search by words looks for, where no folder is indexed: the thing that is asked about, without its article."""
    text = str(asked["text"])
    article = _ARTICLE.match(text)
    return text[article.end() :] if article else text


def whole_calls(text: str, calls: Mapping[str, AnyCall]) -> list[tuple[AnyCall, dict[str, Any]]]:
    """The call that a whole request means, of the memory or of files by meaning; none where it says anything else."""
    return memory_calls(text, calls) or document_calls(text, calls)


def document_calls(text: str, calls: Mapping[str, AnyCall]) -> list[tuple[AnyCall, dict[str, Any]]]:
    """The call of `doc` that a whole request names by itself; none where it says anything else."""
    found = _said(text) if len(text) <= LONGEST and "\n" not in text else None
    return [(calls[found[0]], found[1])] if found and found[0] in calls else []


def _said(text: str) -> tuple[str, dict[str, Any]] | None:
    if _STATES.match(text):
        return STATUS, {}
    if made := _INDEXES.match(text):
        path = made["path"] or made["path2"] or "."
        return INDEX, {} if path.lower() in (*_HERE, ".") else {"path": path}
    if not _SAID_SO.search(text):
        return None
    plain = _SAID_SO.sub(" ", text).strip()
    if arguments := asks_by_meaning(plain):
        return FIND, arguments
    asked = _EXPLICIT.match(plain)
    return (FIND, {"text": asked["text"]}) if asked else None
