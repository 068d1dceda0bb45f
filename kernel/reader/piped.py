"""Requests about what was piped in: "save the input to a.txt", "append what I piped in to the file log".

Where anything stands beside it that is not understood there is no reading.
"""

import re
from collections.abc import Mapping
from typing import Any

from kernel.minds.port import PIPED
from kernel.reader.lazy import Lazy
from syscalls.table import AnyCall

WRITE, APPEND = "file.write", "file.append"

_ASKS = Lazy(
    r"^(?:please |now |just |can you |could you |would you )*"
    r"(?P<verb>save|write|put|store|dump|append|add)\s+"
    r"(?:(?:all (?:of )?)?(?:the |my |this )?(?:std ?in|standard input|piped(?: in)? (?:text|data|input)|input)"
    r"|(?:what|whatever|everything|all)(?: that)? (?:i(?: have|'ve)?|was|is|got)(?: just)? piped?d?)(?: in)?\s*"
    r"\b(?:(?P<end>(?:to|at|onto) the end of)|to|as|into|in|onto)\s+(?:the |a |my )?(?:new )?"
    r"(?:(?:file |called |named )+(?P<mark>['\"]?)(?P<name>[^\s'\"]+)(?P=mark)"
    r"|(?P<quote>['\"]?)(?P<path>[^\s'\"]*[./][^\s'\"]*)(?P=quote))"
    r"(?:\s+(?:please|for me|now))*\s*[.!?]*$",
    re.IGNORECASE,
)


def piped_calls(text: str, calls: Mapping[str, AnyCall]) -> list[tuple[AnyCall, dict[str, Any]]]:
    """The call that a clause about what was piped in means; none where it says anything else."""
    asked = _ASKS.match(text.strip())
    if asked is None:
        return []
    adds = asked["verb"].lower() in ("append", "add") or asked["end"] is not None
    call = calls.get(APPEND if adds else WRITE)
    path = (asked["name"] or asked["path"]).rstrip(",;!?").removesuffix(".")
    if call is None or not path or path.endswith("/"):
        return []
    return [(call, {"path": path, "content": PIPED})]
