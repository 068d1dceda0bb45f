"""Requests about agents: "stop agent 3", "pause the indexer agent", "give the indexer half the machine"."""

import re
from collections.abc import Mapping
from typing import Any

from kernel.reader.lazy import Lazy
from syscalls.table import AnyCall

_PLEASE = r"^\s*(?:(?:please|can you|could you|would you|kindly)\s+)*"
_WHOM = r"(?:(?:the|my)\s+)?(?:(?P<agent>[\w .-]*?\w)\s+agent|agent\s+(?:number\s+)?#?(?P<pid>\d{1,9}))"
_ANY = r"(?:(?:the|my)\s+)?(?:agent\s+(?:number\s+)?#?(?P<pid>\d{1,9})|(?P<agent>\w[\w .-]*?)(?:\s+(?:agent|job|task))?)"
_OF = r"\s+(?:of\s+)?(?:(?:the|this|my)\s+)?(?:whole\s+)?(?:machine|computer|cpu|cpus|processors?|cores|engine|model)"
_PART = r"(?:(?:a|one)\s+)?(?P<part>half|third|quarter|tenth|two thirds|three quarters|most)|(?P<percent>\d{1,2})\s?(?:%|percent)"
_VERB = Lazy(
    rf"{_PLEASE}(?P<verb>stop|kill|end|cancel|pause|suspend|hold|resume|continue|unpause)\s+{_WHOM}\W*$",
    re.IGNORECASE,
)
_SHARE = Lazy(
    rf"{_PLEASE}(?:give|let|grant|allow)\s+{_ANY}\s+(?:have\s+|use\s+|take\s+|get\s+)?(?:{_PART}){_OF}\W*$",
    re.IGNORECASE,
)
_RANK = Lazy(
    rf"{_PLEASE}(?:(?P<change>lower|raise|reduce|increase)\s+the\s+priority\s+of|(?P<slow>slow down)|(?P<fast>speed up|hurry up|prioriti[sz]e))"
    rf"\s+{_ANY}\W*$",
    re.IGNORECASE,
)
_PARTS = {
    "half": 50, "third": 33, "quarter": 25, "tenth": 10, "two thirds": 67, "three quarters": 75, "most": 80,
}  # fmt: skip
_VERBS = {
    "stop": "kill", "kill": "kill", "end": "kill", "cancel": "kill", "pause": "suspend", "suspend": "suspend",
    "hold": "suspend", "resume": "resume", "continue": "resume", "unpause": "resume",
}  # fmt: skip
LESS, MORE = 10, -5
"""The niceness of what is to give way, and of what is to go first."""


def agent_calls(request: str, calls: Mapping[str, AnyCall]) -> list[tuple[AnyCall, dict[str, Any]]]:
    """The one call about an agent that a clause asks for; none of any other clause."""
    if "proc.nice" not in calls:
        return []
    if found := _VERB.match(request):
        return [(calls[f"proc.{_VERBS[found['verb'].lower()]}"], _whom(found))]
    if found := _SHARE.match(request):
        percent = int(found["percent"]) if found["percent"] else _PARTS[found["part"].lower()]
        return [(calls["proc.nice"], _whom(found) | {"share": percent})] if percent else []
    found = _RANK.match(request)
    if found is None or not (
        found["pid"] or request.rstrip(" .!?").lower().endswith(("agent", "job", "task"))
    ):
        return []
    is_less = bool(found["slow"]) or (found["change"] or "").lower() in ("lower", "reduce")
    return [(calls["proc.nice"], _whom(found) | {"nice": LESS if is_less else MORE})]


def _whom(found: re.Match[str]) -> dict[str, Any]:
    return {"pid": int(found["pid"])} if found["pid"] else {"agent": found["agent"]}
