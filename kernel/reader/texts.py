"""Which text a clause gives: content to write, what to replace by what."""

import re

from kernel.minds.port import From
from kernel.reader.lazy import Lazy
from kernel.reader.phrases import (
    TEXT_MARKS,
    content_after,
    points_back,
)
from kernel.reader.task import Task


def content(task: Task) -> None:
    """The text to write: quoted, or after "saying", "with the text", a colon; or an earlier reply."""
    out, clause = task.out, task.clause
    quotes = out.free(clause, "quote")
    if quotes:
        out.take("content", "\n".join(span.text for span in quotes), *quotes)
        return
    found = content_after(clause, adding=task.call.name == "file.append")
    if found is not None:
        text, start, end = found
        if text:
            if not _is_reference_text(text):
                out.take("content", text)
            elif task.scene.previous is not None or task.scene.has_recent:
                out.take("content", From(-1 if task.scene.previous is None else task.scene.previous, "text"))
                out.refers = True
            out.words.update(re.findall(r"[^\W_]+", clause.text[start:end].lower()))
            out.used += [span for span in clause.spans if start <= span.start < end]
            at = clause.text.find(text, start)
            out.texts.append((at, at + len(text)) if at >= 0 else (start, end))
            return
    if (
        "content" not in out.arguments
        and task.scene.previous is not None
        and points_back(clause.text.lower(), TEXT_MARKS)
    ):
        out.take("content", From(task.scene.previous, "text"))
        out.words.update(" ".join(TEXT_MARKS).split())
        out.refers = True


def _is_reference_text(text: str) -> bool:
    if re.fullmatch(
        r"(?:the|this|that|its|their|your) (?:listing|list|diff|output|result|results|tree|names|lines|matches|table|numbers?|count|counts|sizes?|paths|differences?|checksums?|answer|findings)",
        text.strip().lower(),
    ):
        return True
    return bool(
        re.fullmatch(
            r"(?:them|it|that|this|these|those|all of (?:them|it)|(?:the|their|its|this|that) (?:\w+ )?(?:list|names?|results?|output|lines?|matches|contents?|files?))(?: in| to)?",
            text.strip().lower(),
        )
    )


def replacement(task: Task) -> None:
    """Old and new text: "replace A with B", "change A to B", "A -> B", two quotes in that order."""
    out, clause = task.out, task.clause
    text = clause.text
    if _keyed_replacement(task):
        return
    if task.hint.tool == "remove_line":
        _line_to_remove(task)
        return
    for pattern in _REPLACEMENTS:
        match = pattern.search(text)
        if match:
            old, new = _unquote(match["old"]), _unquote(match["new"])
            if not old:
                continue
            out.arguments |= {"old": old, "new": new}
            for group in ("old", "new"):
                start, end = match.span(group)
                out.used += [span for span in clause.spans if start <= span.start < end]
                out.words.update(re.findall(r"[^\W_]+", text[start:end].lower()))
                at = text.find(old if group == "old" else new, start)
                out.texts.append((at, at + len(old if group == "old" else new)))
            return
    quotes = out.free(clause, "quote")
    if len(quotes) >= 2:
        out.take("old", quotes[0].text, quotes[0])
        out.take("new", quotes[1].text, quotes[1])


_KEYED = Lazy(
    r"\b(?:change|set|update|move|raise|lower|increase|decrease)\s+(?:the\s+|my\s+)?(?:value of\s+)?(?P<key>[\w.\-]+)\s+(?:value\s+)?(?:in\s+.+?\s+)?from\s+(?P<old>\S+)\s+to\s+(?P<new>[^\s,]+)",
    re.IGNORECASE,
)


def _keyed_replacement(task: Task) -> bool:
    """ "change the timeout from 30 to 60": the value behind that key only, so that another 30 stays."""
    match = _KEYED.search(task.clause.text)
    if match is None or task.hint.tool == "remove_line":
        return False
    key, old, new = re.escape(match["key"]), re.escape(match["old"]), match["new"].rstrip(".!?")
    task.out.arguments |= {
        "old": rf"(?i)(\b{key}\b\s*[=:]?\s*[\"']?){old}(?!\w)",
        "new": "\\g<1>" + new.replace("\\", "\\\\"),
        "regex": True,
    }
    for group in ("key", "old", "new"):
        start, end = match.span(group)
        task.out.used += [
            span for span in task.clause.spans if start <= span.start < end and span.kind != "path"
        ]
        task.out.words.update(re.findall(r"[^\W_]+", match[group].lower()))
        task.out.texts.append((start, end))
    return True


_LINE_NUMBERED = Lazy(
    r"\b(?:(?P<which>first|last|second|third)\s+line|lines?\s+(?:number\s+)?(?P<number>\d+)(?:st|nd|rd|th)?(?!\s*(?:to|-|–|through|and|,)\s*\d)|(?P<nth>\d+)(?:st|nd|rd|th)\s+line)\b",
    re.IGNORECASE,
)
_LINE_RANGE = Lazy(r"\blines?\s+(?P<a>\d+)\s*(?:to|-|–|through|until)\s*(?P<b>\d+)\b", re.IGNORECASE)


def _numbered_lines(task: Task) -> bool:
    """ "the first line", "line 3", "lines 2 to 4": by place, never the lines that say so."""
    text = task.clause.text
    span = _LINE_RANGE.search(text)
    match = span or _LINE_NUMBERED.search(text)
    if match is None:
        return False
    if span:
        first, last = int(span["a"]), int(span["b"])
    elif (match["which"] or "").lower() == "last":
        first = last = 0
    else:
        named = {"first": 1, "second": 2, "third": 3}.get((match["which"] or "").lower())
        first = last = named or int(match["number"] or match["nth"])
    if last < first or (first < 1 and span):
        return True
    task.out.arguments |= (
        {"old": r"[^\n]+\n?\Z", "new": ""}
        if last == 0
        else {
            "old": rf"\A((?:[^\n]*\n){{{first - 1}}})(?:[^\n]*(?:\n|\Z)){{{last - first + 1}}}",
            "new": r"\g<1>",
        }
    )
    start, end = match.span()
    task.out.used += [each for each in task.clause.spans if start <= each.start < end]
    task.out.words.update(re.findall(r"[^\W_]+", match[0].lower()))
    return True


def _line_to_remove(task: Task) -> None:
    """The whole lines that are, or contain, the quoted or named text; or those of a number."""
    if not task.clause.of("quote") and _numbered_lines(task):
        return
    match = re.search(
        r"\blines?\s+(?:that\s+)?(?P<has>with|containing|contains?|mentioning|saying|says|which has|has|starting with)?\s*(?P<v>'[^']*'|\"[^\"]*\"|.+?)\s+(?:from|in|out of)\s+\S+$",
        task.clause.text,
        re.IGNORECASE,
    )
    if match is None:
        return
    value = _unquote(match["v"])
    core = (
        f".*{re.escape(value)}.*" if (match["has"] or "") not in ("", "saying", "says") else re.escape(value)
    )
    task.out.arguments["old"] = rf"(?m)^{core}(?:\n|$)"
    start, end = match.span("v")
    task.out.used += [span for span in task.clause.spans if start <= span.start < end]
    task.out.words.update(re.findall(r"[^\W_]+", value.lower()))
    task.out.texts.append((start, end))


def _unquote(text: str) -> str:
    text = text.strip()
    text = (
        re.sub(
            r"^(?:the |all |every |each )?(?:word|words|text|string|phrase|function|variable|class|name|value|line|occurrences? of|instances? of|port)s?\s+(?:of\s+)?",
            "",
            text,
            count=1,
            flags=re.IGNORECASE,
        )
        if not text.startswith(("'", '"', "`"))
        else text
    )
    text = re.sub(r"^(?:all|every|each|any|the word|the)\s+(?=['\"`])", "", text)
    if len(text) >= 2 and text[0] in "'\"`“‘" and text[-1] in "'\"`”’":
        return text[1:-1]
    return text


_PLACE = r"(?=\s+(?:in(?:side)?|from|of|within|throughout|across|on)\s+(?:(?:all|every|each|any|the|my|both)\s+)*\S+\s*(?:and\s+\S+|files?|folder|documents?)?\s*[.!?]?$|\s*[.!?]?$)"
_REPLACEMENTS = tuple(
    Lazy(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:replace|substitute|swap)\s+(?:all\s+|every\s+|the\s+)?(?P<old>'[^']*'|\"[^\"]*\"|.+?)\s+(?:with|by|for|against|through|to)\s+(?P<new>'[^']*'|\"[^\"]*\"|.+?){_PLACE}",
        rf"\b(?:change|rename|turn|switch|correct|edit|set|update|fix)\s+(?!(?:the |my )?(?:name|permissions?|mode|rights)\b)(?!.*\b(?:to|into)\s+(?:mode\s+)?[0-7]{3}\b)(?P<old>'[^']*'|\"[^\"]*\"|.+?)\s+(?:to|into)\s+(?P<new>'[^']*'|\"[^\"]*\"|.+?){_PLACE}",
        r"(?P<old>\S+)\s*(?:->|=>|→)\s*(?P<new>\S+)",
    )
)
