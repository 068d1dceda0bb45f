"""Requests to remember, recall and forget, by form: "remember that ...", "what do you know about ...", "forget the ...".

What is to be remembered is taken letter by letter, all of it: nothing said after "remember that" is acted on.
"""

import re
from collections.abc import Mapping
from typing import Any

from kernel.minds.port import From
from kernel.reader.lazy import Lazy
from kernel.reader.prefers import is_preference, preferred, without_lead
from syscalls.table import AnyCall

STORE, RECALL, LIST, FORGET = "mem.store", "mem.recall", "mem.list", "mem.forget"
UPDATE, PIN = "mem.update", "mem.pin"
LONGEST_QUESTION = 200
"""Characters."""

_PLEASE = r"^\W*(?:(?:please|kindly|also|and|ok|okay|hey|now|just|can you|could you|would you|i want you to|i'd like you to),?\s+)*"
_OPENS = r"(?:\s+(?P<force>anyway|regardless|all the same))?"
_STORES = Lazy(
    _PLEASE + r"(?:"
    r"(?:remember|memori[sz]e|make a (?:mental )?note|take note|jot down|note(?: down)?|learn|store(?: in memory)?|save (?:to|in) memory|keep in mind|bear in mind|"
    r"(?:don'?t|do not|never) forget)" + _OPENS + r"(?:,?\s+that\b|\s*:)[\s,:]*"
    r"|for (?:future reference|the record)\s*[,:]\s*"
    r"|keep (?:this |that )?in mind\s*:\s*|remember (?:this|the following)\s*:\s*"
    r"|remember"
    + _OPENS.replace("force", "force2")
    + r",?\s+(?=(?:my|our|i|we|the|\w+'s)\b.*(?:\b(?:is|are|was|were|am|prefer|like|love|"
    r"hate|use|live|lives|work|works|has|have)\b|'s\b|=))"
    r"|merk(?:e)? dir,?\s*dass\s+|recuerda que\s+|(?:retiens|souviens-toi|rappelle-toi) (?:que\s+|qu')|(?:请)?记住[,，:：]?\s*"
    r"|remember\s+(?=to (?:always|never)\b)"
    r")(?P<text>\S.*?)\s*$",
    re.IGNORECASE | re.DOTALL,
)
_LISTS = Lazy(
    _PLEASE + r"(?:what (?:do|can) you (?:know|remember|tell me)(?: about (?:me|us))?"
    r"|(?:what are|(?:show|list)(?: me)?(?: all)?)(?: of)?(?: my| the)? (?P<kinds>preferences|facts|episodes)(?: (?:that )?you (?:know|remember))?"
    r"|what (?:preferences|facts) do you (?:know|remember|have)(?: of me| about me)?"
    r"|what have i (?:told you|asked you to remember|made you remember)(?: to remember)?"
    r"|what did i (?:tell|ask) you to remember"
    r"|(?:show|list|print)(?: me)?(?: all)?(?: of)?(?: (?:my|your|the))? (?:memories|(?:whole |entire )?memory)(?: of me)?"
    r"|(?:show|list|tell) (?:me )?(?:all |everything )?(?:that )?you (?:know|remember)(?: about me)?)\W*$",
    re.IGNORECASE,
)
_RECALLS = Lazy(
    _PLEASE + r"(?:what (?:do|can) you (?:know|remember|recall)(?: about| of)"
    r"|what did i (?:tell|say to) you about|do you remember|(?:recall|remind me) (?:what|where|when|who|which)"
    r"|recall(?: what you know about)?|what is remembered (?:about|of))\s+(?P<text>\S.*?)\W*$",
    re.IGNORECASE,
)
_THAT = r"(?:that|this|it|the (?:last|latest) (?:one|thing)|that one|the last memory|what i (?:just )?(?:said|told you)(?: just now)?)"
_NUMBER = r"(?:(?:the )?(?:memory|fact|preference)\s+(?:number\s+|no\.?\s*)?#?|#)(?P<id>\d{1,15})"
_FORGETS = Lazy(
    _PLEASE
    + r"(?:forget|delete from (?:your )?memory:?)\s+(?:"
    + _NUMBER
    + r"|(?P<that>that(?: (?:preference|fact|memory|one|again))?"
    r"|this(?: preference| fact| memory)|the (?:last|latest) (?:one|thing|memory)|what i (?:just )?(?:said|told you))"
    r"|(?P<all>everything|all(?: of it)?|all (?:my |the |your )?(?P<kinds>memories|preferences|facts|episodes)|(?:my|the) (?P<kinds2>preferences|episodes))"
    r"(?: (?:that )?(?:you (?:know|remember)|i (?:ever )?told you))?(?: about (?:me|us))?"
    r"|(?P<kind>(?:my|the) preference)(?: (?:about|for|on|of) (?P<of>\S.{0,80}?))?"
    r"|everything (?:(?:that )?you know |i (?:ever )?(?:said|told you) )?about (?P<every>\S[^.;:!?|&\n]{0,80}?)"
    r"|(?P<about>(?:(?:about|what (?:i (?:said|told you)|you know) about)\s+\S|(?:the|my|our|that|\w+'s)\s+\S)[^.;:!?|&\n]{0,80}?))"
    r"\s*[.!?]*$",
    re.IGNORECASE,
)
_ABOUT = Lazy(
    r"^(?:about|what (?:i (?:said|told you)|you know) about)\s+|^that\s+(?=\w+ .*\b(?:is|are|was|were)\b)",
    re.IGNORECASE,
)
_PINS = Lazy(
    _PLEASE
    + r"(?P<un>un-?)?pin\s+(?:"
    + _NUMBER
    + r"|(?P<that>"
    + _THAT
    + r"(?: (?:memory|fact|preference))?)"
    r"|(?:(?:the )?(?:memory|fact) (?:about|of|on|that) )?(?P<about>\S[^.;:!?|&\n]{0,120}?))(?: in (?:your )?memory)?\s*[.!?]*$",
    re.IGNORECASE,
)
_KEEPS = Lazy(
    _PLEASE
    + r"(?:always (?:remember|keep in mind)|never forget)(?:,?\s+that\b|\s*:)?[\s,:]+(?P<text>\S.*?)\s*$",
    re.IGNORECASE | re.DOTALL,
)
"""To be remembered and pinned."""
_SAYS = (
    r"(?P<text>(?:(?:the|my|our|your|his|her|their|that|this)\s+\S.*?|(?!(?:it|he|she|they|this|that|there)\b)\w+(?:'s\s+\S.*?)?|i|we)\s+"
    r"(?:is|are|was|were|am|has|have|lives?|works?|prefers?|likes?|uses?|runs?|moved|starts?|ends?|costs?)\b\s+\S.*?)"
)
_CORRECTS = Lazy(
    r"^\W*(?:(?:no|nope|wrong|correction|sorry|oh|hm+)\b[\s,:;.!-]*)*"
    r"(?:(?:no|nope|wrong|correction|actually|that(?:'s| is) (?:wrong|not (?:right|true|correct)|incorrect|outdated|old)(?: now)?)\b[\s,:;.!-]+)"
    r"(?:actually,?\s+|in fact,?\s+|it turns out(?: that)?\s+)?" + _SAYS + r"\s*$",
    re.IGNORECASE | re.DOTALL,
)
_CHANGES = Lazy(
    _PLEASE
    + r"(?:change|update|correct|edit|reword)\s+(?:"
    + _NUMBER
    + r"(?:\s+to(?:\s+say)?(?:\s+that)?\b|\s*:)"
    r"|(?P<that>that memory|what you (?:just )?remembered)(?:\s+to(?:\s+say)?(?:\s+that)?\b|\s*:)"
    r"|(?:what you (?:know|remember)|your (?:memory|notes?)|the memory)(?: (?:about|of) [^:]{1,80}?)?(?:\s*:|\s+to say(?: that)?\b|,?\s+(?=(?:the|my|our) )))"
    r"\s*(?P<text>\S.*?)\s*$",
    re.IGNORECASE | re.DOTALL,
)
_NOW = Lazy(r"\b(is|are|lives|works|uses|runs) now (?=\S)", re.IGNORECASE)
_IS_NOW = Lazy(
    _PLEASE
    + r"(?P<text>(?:the|my|our|\w+'s)\s+[^?|<>`\n]{1,120}? (?:is|are|lives|works|uses|runs) now [^?|<>`\n]+?)\s*[.!]*$",
    re.IGNORECASE,
)
_QUESTION = Lazy(
    r"^\W*(?:(?:so|and|please|hey|tell me|do you know)[,:]?\s+)*"
    r"(?:(?:what|where|when|who|which|whose|how)(?:'s|\b)|(?:was|wo|wann|wer|welche[rsn]?|quel(?:le)?s?|où|quand|qui|qué|dónde|cuándo|quién|cuál)\b)"
    r"(?=.*\w\s+\w)[^\n|<>`]*$",
    re.IGNORECASE,
)


_WHO = r"(?:we|i|you|you and i)"
_SPAN = (
    r"(?P<when>(?:earlier )?today|yesterday|the day before yesterday|last (?:night|week|month|year|\w+day)|this (?:morning|afternoon|evening|week|month)"
    r"|on (?:last )?\w+day|(?:a|one|two|three|\d+) (?:days?|weeks?|months?) ago|on \d{4}-\d\d-\d\d)"
)
_LAST = r"(?P<last>(?:in|during)? ?(?:(?:the|my|our) )?(?:last|previous|latest) (?:session|time)(?: (?:here|i was here|we (?:talked|spoke|met)))?|before|recently|lately)"
_PAST = Lazy(
    _PLEASE
    + rf"(?:(?:what|tell me what|remind me what|show me what|summari[sz]e what) (?:did {_WHO}(?: \w+ly)? (?:do|get done|get up to|accomplish)|have {_WHO} (?:done|been doing|been up to|got done|accomplished)"
    rf"|{_WHO} (?:did|have done|got done|were doing)|were {_WHO} doing|happened|was done)(?: together| here| in here)?"
    rf"|(?:summari[sz]e|recap|show|list|give me a (?:summary|recap) of)(?: me)?(?: (?=(?:the|my|our) (?:last|previous|latest) session))?)"
    rf"\s*(?:{_SPAN}|{_LAST})\W*$",
    re.IGNORECASE,
)
"""What was done, not which files were changed: "what did I change today?" looks at files."""
THAT = From(-1, "memory")
"""The memory that was spoken of last."""
_Meant = tuple[str, dict[str, Any]] | None


def memory_calls(text: str, calls: Mapping[str, AnyCall]) -> list[tuple[AnyCall, dict[str, Any]]]:
    """The call that a whole request about the memory means; none where it says anything else."""
    for reads in (
        _kept_in_front,
        _preferred,
        _stored,
        _listed,
        _past,
        _recalled,
        _corrected,
        _pinned,
        _forgotten,
    ):
        found = reads(text)
        if found is not None:
            return [(calls[found[0]], found[1])] if found[0] in calls else []
    return []


def is_question(text: str) -> bool:
    """Whether what is remembered may answer it: of the form "what is the ...", "where ...", "who ..."."""
    return len(text) <= LONGEST_QUESTION and _QUESTION.match(text) is not None


def _kept_in_front(text: str) -> _Meant:
    match = _KEEPS.match(text)
    return (STORE, _to_store(match["text"]) | {"pinned": True}) if match else None


def _preferred(text: str) -> _Meant:
    said = preferred(text)
    return (STORE, {"text": said, "kind": "preference"}) if said else None


def _stored(text: str) -> _Meant:
    match = _STORES.match(text)
    if match is None:
        return None
    forced = {"force": True} if match["force"] or match["force2"] else {}
    return STORE, _to_store(match["text"]) | forced


def _to_store(text: str) -> dict[str, Any]:
    said = text.strip()
    said = said.rstrip(".! ") or said
    return {"text": without_lead(said), "kind": "preference"} if is_preference(said) else {"text": said}


def _listed(text: str) -> _Meant:
    match = _LISTS.match(text)
    if match is None:
        return None
    return LIST, {"kind": match["kinds"].rstrip("s").lower()} if match["kinds"] else {}


def _past(text: str) -> _Meant:
    match = _PAST.match(text)
    if match is None:
        return None
    if match["when"]:
        return LIST, {"kind": "episode", "when": match["when"]}
    return LIST, {
        "kind": "episode",
        "limit": 1 if re.search(r"session|time", match["last"], re.IGNORECASE) else 5,
    }


def _recalled(text: str) -> _Meant:
    match = _RECALLS.match(text)
    return (RECALL, {"text": match["text"]}) if match else None


def _corrected(text: str) -> _Meant:
    if match := _CHANGES.match(text):
        said = match["text"].rstrip(".! ")
        if match["id"]:
            return UPDATE, {"id": int(match["id"]), "text": said}
        return UPDATE, {"text": said, **({"id": THAT} if match["that"] else {"about": said})}
    if match := _CORRECTS.match(text) or _IS_NOW.match(text):
        said = _NOW.sub(r"\1 ", match["text"].rstrip(".! "))
        return UPDATE, {"text": said, "about": said}
    return None


def _pinned(text: str) -> _Meant:
    match = _PINS.match(text)
    if match is None:
        return None
    which: dict[str, Any] = {"about": match["about"]}
    if match["id"]:
        which = {"id": int(match["id"])}
    elif match["that"]:
        which = {"id": THAT}
    return PIN, which | ({"pinned": False} if match["un"] else {})


def _forgotten(text: str) -> _Meant:
    match = _FORGETS.match(text)
    if match is None:
        return None
    if match["id"]:
        return FORGET, {"id": int(match["id"])}
    if match["that"]:
        return FORGET, {"id": THAT} | (
            {"kind": "preference"} if "preference" in match["that"].lower() else {}
        )
    if match["all"]:
        kinds = (match["kinds"] or match["kinds2"] or "").lower()
        kind = {"preferences": "preference", "facts": "fact", "episodes": "episode"}.get(kinds)
        return FORGET, {"every": True} | ({"kind": kind} if kind else {})
    if match["kind"]:
        return FORGET, {"kind": "preference"} | ({"about": match["of"]} if match["of"] else {})
    if match["every"]:
        return FORGET, {"every": True, "about": match["every"]}
    return FORGET, {"about": _ABOUT.sub("", match["about"])}
