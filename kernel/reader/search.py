"""What a clause wants found inside files."""

import re

from kernel import words
from kernel.reader.lazy import Lazy
from kernel.reader.names import stem
from kernel.reader.task import Task, content_words


def search_text(task: Task) -> None:
    """The text to look for: quoted, after "for", "containing", "mention"; an identifier."""
    out, clause = task.out, task.clause
    quotes = out.free(clause, "quote")
    if quotes:
        out.take("pattern", quotes[0].text, quotes[0])
        return
    text = _CONTEXT.sub(lambda found: " " * len(found[0]), clause.text)
    for number, pattern in enumerate(_SEARCHES):
        match = pattern.search(text)
        if match:
            value = _trim_search(match["p"])
            value = stem(value) if number == _COUNTED and value.islower() and value.isalpha() else value
            inside = [span for span in clause.of("ident") if match.start("p") <= span.start < match.end("p")]
            value = inside[0].text if inside and " " in value else value
            if (
                value
                and not _NO_PATTERN.search(value)
                and not (number >= _SURE_SEARCHES and _is_name(task, value))
            ):
                start = match.start("p") + match["p"].find(value)
                out.take("pattern", re.sub(r"^([A-Z]{3,})s$", r"\1", value))
                if number >= _SURE_SEARCHES and (
                    re.fullmatch(r"[a-z ]+", value) or task.scene.names.like([value])
                ):
                    out.guessed.append("pattern")
                out.used += [span for span in clause.spans if start <= span.start < start + len(value)]
                out.words.update(re.findall(r"[^\W_]+", value.lower()))
                out.words.update(re.findall(r"-\w+", match[0].lower()))
                out.texts.append((start, start + len(value)))
                break
    else:
        idents = out.free(clause, "ident")
        if idents:
            out.take("pattern", idents[0].text, idents[0])
    if str(out.arguments.get("pattern", "")).startswith("^") or re.search(
        r"\bregex|regular expression|matching\b", task.lower()
    ):
        out.arguments["regex"] = True


_CONTEXT = Lazy(r"\bwith\s+\w+ lines? (?:of context|before and after|around|above and below)", re.IGNORECASE)
_NO_PATTERN = Lazy(
    r"^(?:it|them|that|this|text|the|a|any|all|lines?|(?:line )?numbers|anything|something)$|^(?:all |the |any |every )?\w*\s?(?:files?|folders?|director\w+)\b|\b(?:files|folders)$",
    re.IGNORECASE,
)
"""What people look for by name or kind, not by content."""
_COUNTED = 6
"""The pattern of "how many errors are there": one error counts."""
_SURE_SEARCHES = 9
"""Patterns from here on match what may as well be a name: a guess, unless it is no plain word."""
_NOUN = r"(?:(?:the|a|an|all|any|every|each)\s+)?(?:(?:word|words|text|string|phrase|term|function|class|method|variable|keyword|name|lines?|mentions?|occurrences?|uses?)\s+(?:of\s+|with\s+|containing\s+|called\s+|named\s+)?)?"
_STOP = r"(?=\s+(?:anywhere|somewhere|in|inside|within|under|from|across|through|throughout|on|with|appears?|occurs?|is|are|was|used|defined|mentioned|there|below|among|and|at|ignoring)\b|\s*[?.!,](?:\s|$)|\s*$)"
_SEARCHES = tuple(
    Lazy(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:grep|rg)\s+(?:-\w+\s+)*(?:for\s+)?(?P<p>\S+)",
        rf"\b(?:search|look|looking|grep|scan|check|hunt)\b[^,]*?\bfor\s+{_NOUN}(?P<p>.+?){_STOP}",
        rf"\b(?:contain(?:s|ing)?|mention(?:s|ing|ed)?|includ(?:e|es|ing)|matching|match(?:es)?|say(?:s|ing)?|refer(?:s|ring)? to|talks? about|import(?:s|ing)?|has|have|having|uses?|using|calls?|with)\s+{_NOUN}(?P<p>.+?){_STOP}",
        rf"\bwhere\s+(?:is|are|do\s+(?:we|i)\s+(?:use|define|call|set|mention)|does)\s+{_NOUN}(?P<p>.+?)(?=\s+(?:defined|used|called|set|declared|mentioned|appear|occur|come|implemented|in)\b|\s*[?]|\s*$)",
        rf"\bhow (?:many times|often)\s+(?:does|do|is|are|did)\s+{_NOUN}(?P<p>.+?)(?=\s+(?:appear|occur|come|show|used|mentioned|in|written|exist)\b|\s*[?])",
        rf"\b(?:occurrences?|mentions?|instances?|count|number|lines?|times)\s+(?:of|with)\s+{_NOUN}(?P<p>.+?){_STOP}",
        r"\bhow many\s+(?P<p>[A-Z]{3,}|\w+?)s?\s+(?:are|is|do|does|can|were)\b",
        rf"\b(?:is|are)\s+(?:the\s+|there\s+)(?:word|text|phrase|string|name)\s+(?P<p>.+?){_STOP}",
        r"\bversion of\s+(?P<p>[\w.-]+)",
        rf"\bfind\s+(?:me\s+)?{_NOUN}(?P<p>.+?){_STOP}",
        r"\b(?:class|function|method|variable|def)\s+(?P<p>\w+)",
        rf"\bfor\s+{_NOUN}(?P<p>.+?){_STOP}",
    )
)  # fmt: skip


def _is_name(task: Task, value: str) -> bool:
    """ "my cover letter", "big pdfs": a file there is, or a kind of file, not a text in one."""
    if _is_kind(value):
        return True
    owned = re.match(r"(?:my|our|the)\s+(?P<rest>.+)", value, re.IGNORECASE)
    return owned is not None and bool(task.scene.names.like(owned["rest"].split()))


def _is_kind(value: str) -> bool:
    """ "big pdfs": a kind of file, not a text in one."""
    last = value.lower().split()[-1]
    return " " in value and (last in words.TYPES or last.rstrip("s") in words.TYPES)


def _trim_search(text: str) -> str:
    text = text.strip().strip("'\"`.,;:?!()")
    return re.sub(
        r"^(?:the|a|an|any|all)\s+(?:word|text|string|phrase|function|class)\s+",
        "",
        text,
        flags=re.IGNORECASE,
    )


def free_text(task: Task, slot: str) -> None:
    """A plugin's or a name's text: quoted, an identifier, or the words nothing explains."""
    out = task.out
    spans = out.free(task.clause, "quote", "ident")
    if spans:
        out.take(slot, spans[0].text, spans[0])
        return
    rest = content_words(task)
    if rest and len(rest) <= 3:
        out.take(slot, " ".join(rest))
        out.words.update(word.lower() for word in rest)
