"""Requests for a text about a file: "summarise README.md in three lines", "translate notes.txt into German".

The file is read, and the request goes to the language model as it was said; a place to save the text to is
taken off it. Where anything is unclear there is no reading.
"""

import re
from collections.abc import Mapping
from typing import Any

from kernel.minds.port import From
from kernel.reader.lazy import Lazy
from kernel.reader.spans import Clause
from syscalls.table import AnyCall

READ, GENERATE, WRITE = "file.read", "model.generate", "file.write"
INPUT_BYTES = 1_048_576
"""Most of a file that is read for a model; whether it fits is the model's to say."""

_POLITE = r"(?:please |now |just |can you |could you |would you |will you |i want you to |i need you to )*"
_ASKS = Lazy(
    rf"^{_POLITE}(?:(?:quickly |briefly )?(?:summari[sz]e|sum up|paraphrase|proofread)\b"
    r"|(?:give|write|make|show)(?: me)? an? (?:\S+ ){0,3}?(?:summary|translation|abstract) of\b"
    r"|translate\b(?=.*\b(?:to|into|in)\s+[A-Z]?[a-z]+)"
    r"|(?:what|whatever) does (?P<said>.+?) (?:say|tell(?: us| me)?) about\b)",
    re.IGNORECASE | re.DOTALL,
)
_IT = Lazy(
    rf"^{_POLITE}(?:summari[sz]e|sum up|paraphrase|proofread|translate) (?:it|this|that)\b", re.IGNORECASE
)
_SAVED = Lazy(
    r"\s*,?\s*(?:\band )?(?:(?:save|write|put|store) (?:it|that|the \w+) )?\b(?:in|into|to|as)\s+(?:the |a |my )?(?:new )?(?:file )?(?:called |named )?['\"]?$",
    re.IGNORECASE,
)
_QUOTE = Lazy(r"^[^'\"“]*['\"“][^'\"“”]+['\"”][^'\"]*$", re.DOTALL)


def writing_calls(
    clause: Clause, calls: Mapping[str, AnyCall], index: int, *, has_recent: bool
) -> list[tuple[AnyCall, dict[str, Any]]]:
    """The calls that a clause about a text means; none where it says anything else.

    Args:
        index: place of the first of them among the calls of the request.
        has_recent: whether "it" is a file that was spoken of.
    """
    text = clause.text.strip().rstrip(".?! ")
    if GENERATE not in calls or READ not in calls or not _ASKS.match(text):
        return []
    places = [span for span in clause.of("path") if not span.is_folder]
    if not places:
        return _placeless(text, calls, index, has_recent=has_recent)
    source, *rest = places
    if source.name is not None and source.name.is_folder:
        return []
    prompt, made = text, []
    if rest:
        before = _SAVED.search(clause.text[: rest[0].start])
        if len(rest) > 1 or before is None or before.start() < source.end or WRITE not in calls:
            return []
        prompt = clause.text[: before.start()].strip()
        target = rest[0].name.path if rest[0].name else rest[0].text
        made = [(calls[WRITE], {"path": target, "content": From(index + 1, "text")})]
    path = source.name.path if source.name else source.text
    return [*_about(path, prompt, calls, index), *made]


def _about(
    path: str | From, prompt: str, calls: Mapping[str, AnyCall], index: int
) -> list[tuple[AnyCall, dict[str, Any]]]:
    read = {"path": path, "limit_bytes": INPUT_BYTES}
    return [(calls[READ], read), (calls[GENERATE], {"prompt": prompt, "input": From(index, "text")})]


def _placeless(
    text: str, calls: Mapping[str, AnyCall], index: int, *, has_recent: bool
) -> list[tuple[AnyCall, dict[str, Any]]]:
    """A text about what is quoted in the request, or about the file that was spoken of last."""
    if _IT.match(text) and index == 0:
        return _about(From(-1, "path"), text, calls, index) if has_recent else []
    return [(calls[GENERATE], {"prompt": text})] if _QUOTE.match(text) else []
