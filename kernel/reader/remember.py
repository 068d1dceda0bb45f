"""Requests to remember, recall and forget, by form: "remember that ...", "what do you know about ...", "forget the ...".

What is to be remembered is taken letter by letter, all of it: nothing said after "remember that" is acted on.
"""

import re
from collections.abc import Mapping
from typing import Any

from kernel.reader.lazy import Lazy
from syscalls.table import AnyCall

STORE, RECALL, LIST, FORGET = "mem.store", "mem.recall", "mem.list", "mem.forget"
LONGEST_QUESTION = 200
"""Characters."""

_PLEASE = r"^\W*(?:(?:please|kindly|also|and|ok|okay|hey|now|just|can you|could you|would you|i want you to|i'd like you to),?\s+)*"
_OPENS = r"(?:\s+(?P<force>anyway|regardless|all the same))?"
_STORES = Lazy(
    _PLEASE + r"(?:"
    r"(?:remember|memori[sz]e|make a (?:mental )?note|take note|note(?: down)?|keep in mind|bear in mind|"
    r"(?:don'?t|do not|never) forget)" + _OPENS + r"(?:,?\s+that\b|\s*:)[\s,:]*"
    r"|for (?:future reference|the record)\s*[,:]\s*"
    r"|keep (?:this |that )?in mind\s*:\s*|remember (?:this|the following)\s*:\s*"
    r"|remember"
    + _OPENS.replace("force", "force2")
    + r",?\s+(?=(?:my|our|i|we|the|\w+'s)\b.*(?:\b(?:is|are|was|were|am|prefer|like|love|"
    r"hate|use|live|lives|work|works|has|have)\b|'s\b|=))"
    r"|merk(?:e)? dir,?\s*dass\s+|recuerda que\s+|(?:retiens|souviens-toi|rappelle-toi) (?:que\s+|qu')|(?:请)?记住[,，:：]?\s*"
    r")(?P<text>\S.*?)\s*$",
    re.IGNORECASE | re.DOTALL,
)
_LISTS = Lazy(
    _PLEASE + r"(?:what (?:do|can) you (?:know|remember|tell me)(?: about (?:me|us))?"
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
_FORGETS = Lazy(
    _PLEASE + r"forget\s+(?:(?:the )?memory\s+(?:number\s+)?#?(?P<id>\d{1,15})|#(?P<id2>\d{1,15})"
    r"|(?P<about>(?:(?:about|everything about|what (?:i (?:said|told you)|you know) about)\s+\S|(?:the|my|our|that|\w+'s)\s+\S)[^.;:!?|&\n]{0,80}?))"
    r"\s*[.!?]*$",
    re.IGNORECASE,
)
_ABOUT = Lazy(
    r"^(?:about|everything about|what (?:i (?:said|told you)|you know) about)\s+|^that\s+(?=\w+ .*\b(?:is|are|was|were)\b)",
    re.IGNORECASE,
)
_QUESTION = Lazy(
    r"^\W*(?:(?:so|and|please|hey|tell me|do you know)[,:]?\s+)*"
    r"(?:(?:what|where|when|who|which|whose|how)(?:'s|\b)|(?:was|wo|wann|wer|welche[rsn]?|quel(?:le)?s?|où|quand|qui|qué|dónde|cuándo|quién|cuál)\b)"
    r"(?=.*\w\s+\w)[^\n|<>`]*$",
    re.IGNORECASE,
)


def memory_calls(text: str, calls: Mapping[str, AnyCall]) -> list[tuple[AnyCall, dict[str, Any]]]:
    """The call that a whole request about the memory means; none where it says anything else."""
    found = _stored(text) or _listed(text) or _recalled(text) or _forgotten(text)
    return [(calls[found[0]], found[1])] if found and found[0] in calls else []


def is_question(text: str) -> bool:
    """Whether what is remembered may answer it: of the form "what is the ...", "where ...", "who ..."."""
    return len(text) <= LONGEST_QUESTION and _QUESTION.match(text) is not None


_Meant = tuple[str, dict[str, Any]] | None


def _stored(text: str) -> _Meant:
    match = _STORES.match(text)
    if match is None:
        return None
    forced = {"force": True} if match["force"] or match["force2"] else {}
    said = match["text"].strip()
    return STORE, {"text": said.rstrip(".! ") or said, **forced}


def _listed(text: str) -> _Meant:
    return (LIST, {}) if _LISTS.match(text) else None


def _recalled(text: str) -> _Meant:
    match = _RECALLS.match(text)
    return (RECALL, {"text": match["text"]}) if match else None


def _forgotten(text: str) -> _Meant:
    match = _FORGETS.match(text)
    if match is None:
        return None
    if identity := match["id"] or match["id2"]:
        return FORGET, {"id": int(identity)}
    return FORGET, {"about": _ABOUT.sub("", match["about"])}
