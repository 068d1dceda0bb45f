"""Requests to fetch a web address: "fetch https://example.org/a.txt", "download https://... to a.txt".

The address is taken letter by letter from the request; where anything stands beside it that is not
understood there is no reading.
"""

import re
from collections.abc import Mapping
from typing import Any

from kernel.minds.port import From
from kernel.reader.lazy import Lazy
from syscalls.table import AnyCall
from syscalls.tool_net import MOST_BYTES

FETCH, WRITE = "tool.fetch", "file.write"

_ASKS = Lazy(
    r"^(?:please |now |just |can you |could you |would you )*"
    r"(?:fetch|download|get|grab|retrieve|read|show|open|load|save|display|print)\b(?: me)?(?: for me)?"
    r"(?:\s+(?:the |this )?(?:contents?|text|page|web ?page|site|website|file|document|url|address|link|data)(?: (?:of|at|from|on|behind))?)?"
    r"(?:\s+(?:what is|what's) (?:at|on|behind))?"
    r"\s+(?P<mark>['\"`<]?)(?P<url>https?://[^\s'\"`<>]+)['\"`>]?"
    r"(?:\s+(?:to|as|into|in)\s+(?:the |a |my )?(?:file )?(?:called |named )?(?P<quote>['\"]?)(?P<path>[^\s'\"]+)(?P=quote))?"
    r"(?:\s+(?:please|for me|now))*\s*[.!?]*$",
    re.IGNORECASE,
)
_ENDS = ".,;:!?)"
"""What closes a sentence, not an address."""


def web_calls(text: str, calls: Mapping[str, AnyCall], index: int) -> list[tuple[AnyCall, dict[str, Any]]]:
    """The calls that a clause about a web address means; none where it says anything else.

    Args:
        index: place of the first of them among the calls of the request.
    """
    asked = _ASKS.match(text.strip()) if "://" in text else None
    if asked is None or FETCH not in calls:
        return []
    url = asked["url"] if asked["mark"] else asked["url"].rstrip(_ENDS)
    path = (asked["path"] or "").rstrip(".,;!?")
    if not path:
        is_saving = text.lower().lstrip().startswith(("save", "please save"))
        return [] if is_saving else [(calls[FETCH], {"url": url})]
    if WRITE not in calls or "://" in path:
        return []
    whole = {"url": url, "limit_bytes": MOST_BYTES}
    return [(calls[FETCH], whole), (calls[WRITE], {"path": path, "content": From(index, "text")})]
