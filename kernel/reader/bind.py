"""Which value of a clause fills which argument of a wording. By rule, from the user's own words only.

A binder never invents: what it returns was written in the request, is a name the workspace has,
or is an earlier reply the request points at ("it", "the list").
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel import words
from kernel.minds.port import From
from kernel.reader.lazy import Lazy
from kernel.reader.names import Name, Names
from kernel.reader.phrases import (
    AFTER_TO,
    CALLED,
    FOLDER_POINTING,
    POINTING_MANY,
    POINTING_ONE,
    TEXT_MARKS,
    content_after,
    points_back,
)
from kernel.reader.spans import Clause, Span
from syscalls.declare import Hint
from syscalls.errors import BadArgument
from syscalls.table import AnyCall, Field, argument_fields


@dataclass
class Scene:
    """What a clause may point at besides its own words."""

    names: Names
    previous: int | None = None
    """Index of the request's call just before, None for the first clause."""
    previous_target: str | None = None
    """Folder or file the call before has made or moved to, where that is known in advance."""
    has_recent: bool = False
    """Whether the session has an earlier reply."""
    content_verbs: frozenset[str] = frozenset()


@dataclass
class Binding:
    """Arguments found, and what was used for them."""

    arguments: dict[str, Any] = field(default_factory=dict)
    used: list[Span] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    """Lower-case words taken as values or as marks of values."""
    guessed: list[str] = field(default_factory=list)
    """Arguments that rest on a likeness of names, not on a name written out."""
    choices: list[str] = field(default_factory=list)
    """Names that fit equally well where one was needed."""
    texts: list[tuple[int, int]] = field(default_factory=list)
    """Places of unquoted text values: they count as quotes when wordings are compared."""
    more: list[str] = field(default_factory=list)
    """Further names for a one-file slot where several were meant ("both")."""
    refers: bool = False
    """A reply said before fills a slot."""

    def take(self, slot: str, value: Any, *spans: Span) -> None:
        """Fill a slot."""
        self.arguments[slot] = value
        self.used += spans

    def free(self, clause: Clause, *kinds: str) -> list[Span]:
        """Spans of these kinds that fill nothing yet."""
        return [span for span in clause.of(*kinds) if span not in self.used]


Binder = Callable[["Task"], None]


@dataclass
class Task:
    """One binding under way."""

    clause: Clause
    call: AnyCall
    hint: Hint
    scene: Scene
    out: Binding
    is_explained: Callable[[str], bool]

    def lower(self) -> str:
        """The clause's text in lower case."""
        return self.clause.text.lower()


def bind(clause: Clause, call: AnyCall, hint: Hint, scene: Scene, is_explained: Callable[[str], bool]) -> Binding:
    """Fill a wording's slots from a clause.

    Args:
        is_explained: whether a word speaks of the call and is no value.
    """
    out = Binding(arguments=dict(hint.fixed))
    task = Task(clause, call, hint, scene, out, is_explained)
    fields = {each.name: each for each in argument_fields(call.schema)}
    modify(task)
    for slot in sorted(hint.slots, key=lambda name: _ORDER.get(name, 50)):
        _fill(task, fields[slot])
    return out


_ORDER = {"content": 1, "old": 2, "new": 3, "pattern": 4, "larger": 5, "smaller": 5, "newer": 5, "older": 5, "mode": 6,
          "limit": 7, "lines": 7, "depth": 7, "to": 8, "left": 9, "right": 10, "paths": 11, "path": 12, "name": 13}  # fmt: skip


def _fill(task: Task, slot: Field) -> None:
    special = _SLOTS.get((task.call.name, slot.name)) or _SLOTS.get(("", slot.name))
    if special is not None:
        special(task)
    elif slot.is_path:
        paths(task, slot.name, is_list=slot.is_list)
    elif slot.kind in ("text", "name", "string"):
        free_text(task, slot.name)
    elif slot.kind == "choice":
        choice(task, slot.name)
    else:
        typed(task, slot)


# -- paths ---------------------------------------------------------------------------------------


def paths(task: Task, slot: str, *, is_list: bool) -> None:
    """Path spans not yet used, a glob, a type, a reference, or a likeness of names."""
    out, clause = task.out, task.clause
    found = out.free(clause, "path", "glob")
    if not is_list:
        found = _single(task, slot, found)
    types = out.free(clause, "type") if is_list and "name" not in task.hint.slots else []
    if types:
        folder = found[0] if found and found[0].is_folder else None
        out.take(slot, [_join(folder.text if folder else "", words.glob(types[0].text), deep=folder is None)], types[0])
        out.used += [folder] if folder else []
        return
    if found:
        values = [span.text if not span.name else span.name.path for span in found]
        values = _beneath(task, found, values) if is_list else values
        out.take(slot, values if is_list else values[0], *found)
        return
    here = out.free(clause, "here")
    if here:
        if slot in task.hint.needs or is_list:
            out.take(slot, ["."] if is_list else ".", *here)
        else:
            out.used += here
        return
    if _reference(task, slot, is_list=is_list):
        return
    if slot in task.hint.needs or _speaks_of_name(task):
        _like(task, slot, is_list=is_list)


def _single(task: Task, slot: str, found: list[Span]) -> list[Span]:
    """The span for a one-path slot; a folder goes before the file in "notes.txt in docs" only for folder slots."""
    globs = [span for span in found if span.kind == "glob"]
    if slot == "path" and "name" in task.hint.slots and globs:
        found = [span for span in found if span not in globs]
    if "name" in task.hint.slots and task.call.name == "file.find":
        found = [span for span in found if span.is_folder]
        if task.hint.tool == "find_folders":
            found = [span for span in found if not any(word in CALLED for word in task.clause.before(span, 2))]
    return found[:1]


def _beneath(task: Task, found: list[Span], values: list[str]) -> list[str]:
    """`a.txt and b.txt from docs`: a folder after "from" or "in" is where the others lie."""
    if len(found) < 2 or not found[-1].is_folder:
        return values
    if task.clause.before(found[-1], 2)[-1:] not in (["from"], ["in"], ["inside"], ["of"]) and task.clause.before(found[-1], 2)[:1] not in (["from"], ["in"]):
        return values
    folder = found[-1].text.rstrip("/")
    if any(span.name and span.name.path.startswith(f"{folder}/") for span in found[:-1]):
        return values[:-1]
    return [_join(folder, value) if "/" not in value else value for value in values[:-1]]


def _join(folder: str, name: str, *, deep: bool = False) -> str:
    if folder in ("", "."):
        return f"**/{name}" if deep else name
    return f"{folder.rstrip('/')}/{name}"


def _reference(task: Task, slot: str, *, is_list: bool) -> bool:
    """ "it", "them", "the file": the reply before, of this request or of the session."""
    marks = POINTING_MANY + POINTING_ONE if slot in task.hint.needs else FOLDER_POINTING
    word = points_back(task.lower(), marks)
    scene = task.scene
    if not word or (scene.previous is None and not scene.has_recent):
        return False
    index = -1 if scene.previous is None else scene.previous
    task.out.take(slot, From(index, "paths" if is_list else "path"))
    task.out.words.update(word.split())
    task.out.refers = True
    return True


def _speaks_of_name(task: Task) -> bool:
    """Whether a folder slot that may stay empty is spoken of in words that name one."""
    return bool(re.search(r"\b(?:in|from|of|inside|under|through)\s+(?:the|my|our)\s+\w+", task.lower()))


def _like(task: Task, slot: str, *, is_list: bool) -> None:
    """A name the workspace has that answers the clause's content words."""
    rest = content_words(task)
    want = "folder" if task.call.name in ("file.list", "file.tree", "file.usage") else "any"
    found = task.scene.names.like(rest, want=want) if rest else []
    if not found:
        return
    if len(found) > 1:
        files = [name for name in found if not name.is_folder]
        found = files if len(files) == 1 else found
    if len(found) == 1 or (is_list and _is_plural(task)):
        values = [name.path for name in found]
        task.out.take(slot, values if is_list else values[0])
        task.out.words.update(rest)
        task.out.guessed.append(slot)
    elif _is_plural(task) and len(found) <= 10:
        task.out.take(slot, found[0].path)
        task.out.more = [name.path for name in found[1:]]
        task.out.words.update(rest)
        task.out.guessed.append(slot)
    else:
        task.out.choices = [name.path for name in found[:8]]


def _is_plural(task: Task) -> bool:
    return bool(re.search(r"\b(?:both|all|every|these|those)\b", task.lower()))


def content_words(task: Task) -> list[str]:
    """Words of the clause that neither the wording nor politeness explains, outside spans already used."""
    text = task.clause.text
    for span in sorted(task.out.used, key=lambda span: -span.start):
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    found = re.findall(r"[^\W_]+(?:[-.'’][^\W_]+)*", text)
    return [word for word in found if not task.is_explained(word.lower()) and word.lower() not in task.out.words]


# -- targets -------------------------------------------------------------------------------------


def target(task: Task) -> None:
    """Where to: the path after "to", "into", "as", "called"; else the last of several."""
    out, clause = task.out, task.clause
    found = out.free(clause, "path")
    if task.hint.tool == "rename_file":
        _renamed(task, found)
        return
    pointed = re.search(r"\b(?:in|into|to|inside)\s+(?:it|there|that folder|this folder)\b|\bdentro\b|\bthere$|\binside$", task.lower())
    if pointed and task.scene.previous_target and not any(span.start > clause.text.lower().find(pointed[0]) for span in found):
        out.take("to", task.scene.previous_target.rstrip("/") + "/")
        out.words.update(re.findall(r"\w+", pointed[0]))
        return
    chosen = next((span for span in reversed(found) if _leads(clause, span)), None)
    if chosen is None and len(found) >= 2:
        chosen = found[-1]
    if chosen is None and len(found) == 1 and clause.of("type", "glob") and not re.search(r"\bfrom\b", task.lower()):
        chosen = found[0]
    if chosen is None and found and points_back(task.lower(), POINTING_MANY + POINTING_ONE):
        chosen = found[-1]
    if chosen is None:
        _bare_target(task)
        return
    is_many = points_back(task.lower(), POINTING_MANY) and not clause.of("type", "glob")
    if is_many and not chosen.is_folder and "." in chosen.text.rsplit("/", 1)[-1] and task.call.effect.is_side_effect:
        return
    value = chosen.name.path if chosen.name and chosen.name.is_folder else chosen.text
    folder = next((span for span in found if span is not chosen and span.is_folder and span.start > chosen.end and clause.before(span, 3)[-1:] in (["in"], ["inside"])), None)
    if folder is not None:
        value, out.used = _join(folder.text, value), [*out.used, folder]
    is_into = any(word in ("into", "to", "in", "inside", "under", "onto") for word in clause.before(chosen, 6))
    if chosen.is_folder and not value.endswith("/"):
        value += "/"
    if chosen.name is None and not is_into:
        value = value.rstrip("/")
    out.take("to", value, chosen)


def _renamed(task: Task, found: list[Span]) -> None:
    """The new name; a bare one stays in the folder of the old."""
    spans = [span for span in found if _leads(task.clause, span)] or found[1:]
    if spans:
        task.out.take("to", spans[-1].text.rstrip("/"), spans[-1])
    else:
        _bare_target(task)
    old = next((span for span in found if span not in spans), None)
    new = task.out.arguments.get("to")
    if isinstance(new, str) and "/" not in new.rstrip("/") and old is not None:
        path = old.name.path if old.name else old.text
        folder = path.rstrip("/").rpartition("/")[0]
        task.out.arguments["to"] = f"{folder}/{new.rstrip('/')}" if folder else new.rstrip("/")


def _leads(clause: Clause, span: Span) -> bool:
    before = [word for word in clause.before(span, 4) if word not in ("the", "a", "an", "my", "new", "folder", "directory", "file", "called", "named", "it")]
    marks = clause.before(span, 2)
    return bool(before and before[-1] in AFTER_TO) or any(word in CALLED for word in marks)


def _bare_target(task: Task) -> None:
    """A new name without an ending: "rename a.txt to notes"."""
    match = re.search(r"\b(?:to|into|as|called|named|en|a|nach|zu)\s+(?:the\s+|a\s+|new\s+)*(?:folder\s+|directory\s+)?['\"]?([\w][\w.\-]*)['\"]?\s*(?:folder|directory)?[.!?]?$", task.clause.text, re.IGNORECASE)
    if match and match[1].lower() not in ("it", "there", "this", "that", "place"):
        is_folder = bool(re.search(r"folder|directory", match[0].lower())) and task.hint.tool != "rename_file"
        task.out.take("to", match[1] + ("/" if is_folder else ""))
        task.out.words.update(re.findall(r"\w+", match[0].lower()))
        task.out.used += [span for span in task.clause.spans if span.start >= match.start(1) and span.kind not in ("path", "glob")]


# -- texts ---------------------------------------------------------------------------------------


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
            if task.scene.previous is not None and _is_reference_text(text):
                out.take("content", From(task.scene.previous, "text"))
                out.refers = True
            else:
                out.take("content", text)
            out.words.update(re.findall(r"[^\W_]+", clause.text[start:end].lower()))
            out.used += [span for span in clause.spans if start <= span.start < end]
            at = clause.text.find(text, start)
            out.texts.append((at, at + len(text)) if at >= 0 else (start, end))
            return
    if task.scene.previous is not None and points_back(clause.text.lower(), TEXT_MARKS):
        out.take("content", From(task.scene.previous, "text"))
        out.words.update(" ".join(TEXT_MARKS).split())
        out.refers = True


def _is_reference_text(text: str) -> bool:
    if re.fullmatch(r"(?:the|this|that|its|their|your) (?:listing|list|diff|output|result|results|tree|names|lines|matches|table|numbers?|count|counts|sizes?|paths|differences?|checksums?|answer|findings)", text.strip().lower()):
        return True
    return bool(re.fullmatch(r"(?:them|it|that|this|these|those|all of (?:them|it)|(?:the|their|its|this|that) (?:\w+ )?(?:list|names?|results?|output|lines?|matches|contents?|files?))(?: in| to)?", text.strip().lower()))


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
    task.out.arguments |= {"old": rf"(?i)(\b{key}\b\s*[=:]?\s*[\"']?){old}(?!\w)", "new": "\\g<1>" + new.replace("\\", "\\\\"), "regex": True}
    for group in ("key", "old", "new"):
        start, end = match.span(group)
        task.out.used += [span for span in task.clause.spans if start <= span.start < end and span.kind != "path"]
        task.out.words.update(re.findall(r"[^\W_]+", match[group].lower()))
        task.out.texts.append((start, end))
    return True


def _line_to_remove(task: Task) -> None:
    """The whole lines that are, or contain, the quoted or named text."""
    match = re.search(r"\blines?\s+(?:that\s+)?(?P<has>with|containing|contains?|mentioning|saying|says|which has|has|starting with)?\s*(?P<v>'[^']*'|\"[^\"]*\"|.+?)\s+(?:from|in|out of)\s+\S+$", task.clause.text, re.IGNORECASE)
    if match is None:
        return
    value = _unquote(match["v"])
    core = f".*{re.escape(value)}.*" if (match["has"] or "") not in ("", "saying", "says") else re.escape(value)
    task.out.arguments["old"] = rf"(?m)^{core}(?:\n|$)"
    start, end = match.span("v")
    task.out.used += [span for span in task.clause.spans if start <= span.start < end]
    task.out.words.update(re.findall(r"[^\W_]+", value.lower()))
    task.out.texts.append((start, end))


def _unquote(text: str) -> str:
    text = text.strip()
    text = re.sub(r"^(?:the |all |every |each )?(?:word|words|text|string|phrase|function|variable|class|name|value|line|occurrences? of|instances? of|port)s?\s+(?:of\s+)?", "", text, count=1, flags=re.IGNORECASE) if not text.startswith(("'", '"', "`")) else text
    text = re.sub(r"^(?:all|every|each|any|the word|the)\s+(?=['\"`])", "", text)
    if len(text) >= 2 and text[0] in "'\"`“‘" and text[-1] in "'\"`”’":
        return text[1:-1]
    return text


_PLACE = r"(?=\s+(?:in(?:side)?|from|of|within|throughout|across|on)\s+\S+\s*(?:and\s+\S+|file|folder)?\s*[.!?]?$|\s*[.!?]?$)"
_REPLACEMENTS = tuple(
    Lazy(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:replace|substitute|swap)\s+(?:all\s+|every\s+|the\s+)?(?P<old>'[^']*'|\"[^\"]*\"|.+?)\s+(?:with|by|for|against|through|to)\s+(?P<new>'[^']*'|\"[^\"]*\"|.+?){_PLACE}",
        rf"\b(?:change|rename|turn|switch|correct|edit|set|update|fix)\s+(?!the (?:name|permissions?|mode)\b)(?P<old>'[^']*'|\"[^\"]*\"|.+?)\s+(?:to|into)\s+(?P<new>'[^']*'|\"[^\"]*\"|.+?){_PLACE}",
        r"(?P<old>\S+)\s*(?:->|=>|→)\s*(?P<new>\S+)",
    )
)


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
            inside = [span for span in clause.of("ident") if match.start("p") <= span.start < match.end("p")]
            value = inside[0].text if inside and " " in value else value
            if value and not _NO_PATTERN.search(value):
                start = match.start("p") + match["p"].find(value)
                out.take("pattern", re.sub(r"^([A-Z]{3,})s$", r"\1", value))
                if number >= _SURE_SEARCHES and (re.fullmatch(r"[a-z ]+", value) or task.scene.names.like([value])):
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
    if str(out.arguments.get("pattern", "")).startswith("^") or re.search(r"\bregex|regular expression|matching\b", task.lower()):
        out.arguments["regex"] = True


_CONTEXT = Lazy(r"\bwith\s+\w+ lines? (?:of context|before and after|around|above and below)", re.IGNORECASE)
_NO_PATTERN = Lazy(r"^(?:it|them|that|this|text|the|a|any|all|lines?|anything|something)$|^(?:all |the |any |every )?\w*\s?(?:files?|folders?|director\w+)\b|\b(?:files|folders)$", re.IGNORECASE)
"""What people look for by name or kind, not by content."""
_SURE_SEARCHES = 9
"""Patterns from here on match what may as well be a name: a guess, unless it is no plain word."""
_NOUN = r"(?:(?:the|a|an|all|any|every|each)\s+)?(?:(?:word|words|text|string|phrase|term|function|class|method|variable|keyword|name|lines?|mentions?|occurrences?|uses?)\s+(?:of\s+|with\s+|containing\s+|called\s+|named\s+)?)?"
_STOP = r"(?=\s+(?:anywhere|somewhere|in|inside|within|under|from|across|through|throughout|on|with|appears?|occurs?|is|are|was|used|defined|mentioned|there|below|among|and|at|ignoring)\b|\s*[?.!,](?:\s|$)|\s*$)"
_SEARCHES = tuple(
    Lazy(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:grep|rg)\s+(?:-\w+\s+)*(?:for\s+)?(?P<p>\S+)",
        rf"\b(?:search|look|looking|grep|scan|check|hunt)\b[^,]*?\bfor\s+{_NOUN}(?P<p>.+?){_STOP}",
        rf"\b(?:contain(?:s|ing)?|mention(?:s|ing|ed)?|includ(?:e|es|ing)|matching|match(?:es)?|say(?:s|ing)?|refer(?:s|ring)? to|talks? about|import(?:s|ing)?|has|have|having|uses?|using|calls?|with)\s+{_NOUN}(?P<p>.+?){_STOP}",
        rf"\bwhere\s+(?:is|are|do\s+(?:we|i)\s+(?:use|define|call|set|mention)|does)\s+{_NOUN}(?P<p>.+?)(?=\s+(?:defined|used|called|set|declared|mentioned|appear|occur|come|implemented|in)\b|\s*[?]|\s*$)",
        rf"\bhow (?:many times|often)\s+(?:does|do|is|are|did)\s+{_NOUN}(?P<p>.+?)(?=\s+(?:appear|occur|come|show|used|mentioned|in|written|exist)\b|\s*[?])",
        rf"\b(?:occurrences?|mentions?|instances?|count|number|lines?|times)\s+(?:of|with)\s+{_NOUN}(?P<p>.+?){_STOP}",
        rf"\bhow many\s+(?P<p>[A-Z]{{3,}}|\w+?)s?\s+(?:are|is|do|does|can|were)\b",
        rf"\b(?:is|are)\s+(?:the\s+|there\s+)(?:word|text|phrase|string|name)\s+(?P<p>.+?){_STOP}",
        rf"\bversion of\s+(?P<p>[\w.-]+)",
        rf"\bfind\s+(?:me\s+)?{_NOUN}(?P<p>.+?){_STOP}",
        rf"\b(?:class|function|method|variable|def)\s+(?P<p>\w+)",
        rf"\bfor\s+{_NOUN}(?P<p>.+?){_STOP}",
    )
)  # fmt: skip


def _trim_search(text: str) -> str:
    text = text.strip().strip("'\"`.,;:?!()")
    return re.sub(r"^(?:the|a|an|any|all)\s+(?:word|text|string|phrase|function|class)\s+", "", text, flags=re.IGNORECASE)


def free_text(task: Task, slot: str) -> None:
    """A plugin's or a name's text: quoted, an identifier, or the words nothing explains."""
    out = task.out
    spans = out.free(task.clause, "quote", "ident")
    if spans:
        out.take(slot, spans[0].text, spans[0])
        return
    rest = content_words(task)
    if rest:
        out.take(slot, " ".join(rest))
        out.words.update(word.lower() for word in rest)


# -- numbers, types, choices ---------------------------------------------------------------------


def typed(task: Task, slot: Field) -> None:
    """A count, size or age from a span; a mode or other kind from the whole wording."""
    out, clause = task.out, task.clause
    kinds = {"size": (slot.name,), "age": (slot.name,), "count": ("number",), "integer": ("number",), "number": ("number",)}
    for span in out.free(clause, *kinds.get(slot.kind, ())):
        try:
            out.take(slot.name, words.parse(slot.kind, span.text), span)
        except BadArgument:
            continue
        return
    if slot.kind == "count" and re.search(r"\b(?:first|last|biggest|largest|newest|latest|oldest|smallest)\s+(?:one\b|line\b|file\b|photo\b|log\b|entry\b)", task.lower()):
        out.arguments[slot.name] = 1


def age_range(task: Task) -> None:
    """ "yesterday" is a range, not a point: from its midnight to today's."""
    typed(task, Field("newer", "age", "", False, False))
    if "yesterday" in task.lower() and "newer" in task.out.arguments and "since" not in task.lower():
        task.out.arguments["older"] = max(words.age("today") - 1, 0)


def permission(task: Task) -> None:
    """Octal or symbolic, else the words for it."""
    said = task.clause.text
    for span in task.clause.of("path", "glob"):
        said = said[: span.start] + " " * (span.end - span.start) + said[span.end :]
    match = re.search(r"(?<![\w/.])([0-7]{3,4}|[ugoa]*[+=-][rwxX]+(?:,[ugoa]*[+=-][rwxX]+)*)(?![\w/.])", said)
    try:
        task.out.arguments["mode"] = words.mode(match[1] if match else said)
    except BadArgument:
        return
    task.out.words.update("take away remove drop not non no longer un be executable execute runnable run read only private writable write protect editable readable permission permissions anyone everyone only can me owner able nobody should change so".split())
    task.out.used += [span for span in task.clause.of("number") if match and span.text == match[1]]
    task.out.used += [span for span in task.clause.of("ident") if span.text.lower() in ("read-only", "write-only")]


def file_name(task: Task) -> None:
    """A name pattern for finding: a type, a glob, a quoted or written name, "with X in the name"."""
    out, clause = task.out, task.clause
    for span in out.free(clause, "type", "glob"):
        out.take("name", words.glob(span.text.rsplit("/", 1)[-1]), span)
        return
    says_name = re.search(r"\b(?:name|names|named|called|file|files|where)\b", task.lower())
    quotes = ("quote",) if says_name and not re.search(r"\b(?:word|text|phrase|contain\w*|lines?|mention\w*)\b", task.lower()) else ()
    found = [span for span in out.free(clause, "path", "ident", *quotes) if not span.is_folder and not _leads(clause, span)]
    if task.call.name == "file.find" and task.hint.tool == "find_folders":
        found = out.free(clause, "path", "quote", "ident")
    if task.call.name == "file.search":
        found = []
    if found:
        text = found[0].text.rstrip("/")
        out.take("name", text.rsplit("/", 1)[-1] if found[0].kind == "path" else words.glob(text), found[0])
        return
    match = re.search(r"\b(?:called|named|name (?:contains|has|includes|starts with|begins with)|with|containing)\s+['\"]?([\w.\-]+)['\"]?(?:\s+in (?:the|its|their) names?)?", task.lower())
    if match and (match[1] not in ("the", "a", "it", "in")) and task.call.name != "file.search":
        out.take("name", words.glob(match[1]))
        out.words.update(re.findall(r"\w+", match[0]))
        return
    if task.call.name == "file.find" and _type_word(task):
        return
    if task.call.name == "file.find" and task.hint.tool == "find_files" and not out.arguments.keys() & {"kind", "mode"}:
        _find_by_words(task)


def _type_word(task: Task) -> bool:
    """A kind of file named by one word: "the biggest log", "any yaml"."""
    for word in content_words(task):
        pattern = words.TYPES.get(word.lower(), words.TYPES.get(word.lower().rstrip("s")))
        if pattern and len(word) > 1:
            task.out.take("name", pattern)
            task.out.words.add(word.lower())
            return True
    return False


def _find_by_words(task: Task) -> None:
    rest = [word for word in content_words(task) if len(word) > 2]
    found = task.scene.names.like(rest) if rest else []
    if found:
        bases = {name.base for name in found}
        task.out.take("name", bases.pop() if len(bases) == 1 else words.glob(rest[-1]))
        task.out.words.update(word.lower() for word in rest)
        task.out.guessed.append("name")


MODIFIERS: dict[str, tuple[tuple[str, str, Any, str], ...]] = {
    "file.find": (
        (r"\b(?:sym(?:bolic )?links?|links)\b", "kind", "link", "symlinks symlink symbolic links link"),
        (r"\bexecutables?\b|\bcan be (?:run|executed)\b", "mode", "u+x", "executable executables run executed can be"),
        (r"\b(?:not|without|excluding|except)\b[^,]*\b(?:sub ?folders?|sub ?director\w+)|\btop[- ]level\b|\bdirectly in\b", "depth", 1,
         "not but without excluding except in the sub subfolder subfolders subdirectories top level directly"),
        (r"\bhidden\b|\bdot ?files\b", "hidden", True, "hidden dotfiles dot including even"),
    ),
    "file.list": ((r"\bhidden\b|\bdot ?files\b", "hidden", True, "hidden dotfiles dot including even"),),
    "file.sort": (
        (r"\breverse\w*|\bdescending\b|\bbackwards?\b|\bz\s*(?:to|-)\s*a\b", "reverse", True, "reverse reversed order descending backwards z a"),
        (r"\bnumeric\w*|\bby number\b|\bnumbers\b", "numeric", True, "numeric numerically number numbers"),
        (r"\bunique\b|\bduplicates?\b|\bonly once\b|\bdistinct\b", "unique", True, "unique without duplicates duplicate removed once distinct"),
    ),
    "file.search": (
        (r"\bignor\w+ case\b|\bcase[- ]insensitive\w*", "case", False, "ignoring ignore case insensitive"),
        (r"\bwhole words?\b", "word", True, "whole word words"),
        (r"\bcase[- ]sensitive\w*", "case", True, "case sensitive sensitively"),
        (r"\b(?:not|n't) (?:contain|mention|have|include)|\bwithout the\b", "invert", True, "not do does don't doesn't without"),
    ),
}  # fmt: skip
"""Words that set an argument by being said: (pattern, argument, value, words they explain)."""


def modify(task: Task) -> None:
    """Set what modifier words say, and the context of a search."""
    for pattern, slot, value, explains in MODIFIERS.get(task.call.name, ()):
        if re.search(pattern, task.lower()):
            task.out.arguments[slot] = value
            task.out.words.update(explains.split())
    context = re.search(r"\b(\d+|one|two|three|five) lines? (?:of context|before and after|around|above and below)", task.lower())
    if task.call.name == "file.search" and context:
        task.out.arguments["context"] = words.count(context[1])
        task.out.words.update(re.findall(r"\w+", context[0]))
        task.out.used += [span for span in task.clause.of("number") if context.start() <= span.start < context.end()]


def choice(task: Task, slot: str) -> None:
    """One of a closed set, when a word of the clause is one of them."""
    shape = task.call.schema["properties"][slot]
    options = shape.get("enum") or next((part["enum"] for part in shape.get("anyOf", ()) if "enum" in part), ())
    said = re.findall(r"\w+", task.lower())
    for option in options:
        if str(option).lower() in said:
            task.out.take(slot, option)
            task.out.words.add(str(option).lower())
            return


def two_files(task: Task) -> None:
    """Left and right of a comparison: the two paths in order, or two likenesses."""
    found = task.out.free(task.clause, "path")
    if len(found) >= 2:
        for slot, span in zip(("left", "right"), found, strict=False):
            task.out.take(slot, span.name.path if span.name else span.text, span)
        folder = found[2] if len(found) > 2 and found[2].is_folder else None
        if folder:
            task.out.used.append(folder)
            task.out.arguments |= {side: _join(folder.text, task.out.arguments[side]) for side in ("left", "right") if "/" not in task.out.arguments[side]}


def new_folder(task: Task) -> None:
    """The name of a folder to make; "X inside Y" is Y/X."""
    out, clause = task.out, task.clause
    several = re.search(r"\b(?:folders|directories|dirs|carpetas)\b\s*:?\s*(?:called\s+|named\s+)?(?P<n>[\w.\-/]+(?:\s*,\s*[\w.\-/]+)*(?:,?\s+and\s+[\w.\-/]+)?)\s*$", clause.text, re.IGNORECASE)
    if several and re.search(r",|\band\b", several["n"]):
        names = [name for name in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", several["n"]) if name]
        out.take("paths", names, *[span for span in clause.spans if span.start >= several.start("n")])
        out.words.update(name.lower() for name in names)
        out.words.update(re.findall(r"\w+", several["n"].lower()))
        out.used += clause.of("number")
        return
    found = [span for span in out.free(clause, "path", "quote") if not (span.name and span.text.lower() in ("empty", "new"))]
    if not found:
        match = re.search(r"(?:名为|叫做|叫|called|named|llamada|namens|appelé)\s*['\"]?([^\s'\"]+)", clause.text, re.IGNORECASE)
        found_names = [match[1]] if match else []
        if not found_names and re.search(r"\b(?:create|make|mkdir|new|add|need|set up|crea\w*|erstell\w*|crée\w*|neue\w*)\b|新建", task.lower()):
            found_names = content_words(task)[:1]
        if found_names:
            out.take("paths", found_names)
            out.words.update(word.lower() for word in found_names)
        return
    parent = next((span for span in found if span.name and span.name.is_folder and len(found) > 1 and clause.before(span, 3)[-1:] and any(word in ("in", "inside", "under", "within", "of", "into") for word in clause.before(span, 3))), None)
    fresh = [span for span in found if span is not parent]
    values = [_join(parent.text if parent else "", span.text.rstrip("/")) for span in fresh]
    out.take("paths", values, *found)
    out.used += [span for span in clause.of("path") if span.text.lower() == "empty"]
    if len(fresh) > 1 and any(span.text.rstrip("/") == "folder" for span in fresh):
        out.arguments["paths"] = [value for value in values if value != "folder"]


def write_path(task: Task) -> None:
    """The file to write; beneath the folder just made for "in it"; beneath a folder named besides."""
    out, clause = task.out, task.clause
    found = out.free(clause, "path")
    files = [span for span in found if not span.is_folder]
    if not files:
        match = re.search(r"\b(?:called|named|file|into|to|as)\s+(?!it\b|them\b|the\b|a\b|with\b)['\"]?([\w][\w.\-]*)['\"]?\s*$", clause.text)
        if match and found == [] and match[1].lower() not in ("list", "file", "text", "end"):
            out.take("path", match[1])
            out.words.add(match[1].lower())
            return
        target_file = task.scene.previous_target
        if not found and target_file and "." in target_file.rsplit("/", 1)[-1] and not out.refers:
            out.take("path", target_file)
            return
        paths(task, "path", is_list=False)
        if "path" not in out.arguments and task.call.name == "file.append":
            _list_spoken_of(task)
        return
    value = files[-1].name.path if files[-1].name and "/" not in files[-1].text else files[-1].text
    used = [files[-1]]
    folders = [span for span in found if span.is_folder]
    if folders and "/" not in files[-1].text:
        value = _join(folders[-1].text, files[-1].text)
        used.append(folders[-1])
    elif task.scene.previous_target and "/" not in value and points_back(clause.text.lower(), ("in it", "inside it", "into it", "in there", "inside", "dentro", "there", "in that folder", "in the folder")):
        value = _join(task.scene.previous_target, value)
        out.words.update(("in", "it", "inside", "into", "there", "dentro"))
    out.take("path", value, *used)


def _list_spoken_of(task: Task) -> None:
    """ "add a todo: ..." and "put eggs on my shopping list": the file whose name answers the words outside the text."""
    text = task.clause.text
    for start, end in sorted(task.out.texts, reverse=True):
        text = text[:start] + text[end:]
    said = [word for word in re.findall(r"[^\W\d_]{3,}", text.lower()) if task.scene.names.knows(word) and word not in ("add", "new", "text", "txt", "file")]
    found = task.scene.names.like(said, want="file") if said else []
    if len(found) == 1:
        task.out.take("path", found[0].path)
        task.out.words.update(said)
        task.out.guessed.append("path")


def line_numbers(task: Task) -> None:
    """ "lines 10 to 20": from the first, so many."""
    match = re.search(r"\blines?\s+(?:number\s+)?(\d+)(?:\s*(?:to|-|–|through|until|and)\s*(\d+))?", task.lower())
    if match is None or int(match[1]) < 1:
        return
    first, last = int(match[1]), int(match[2] or match[1])
    if last >= first:
        task.out.arguments |= {"first_line": first, "lines": last - first + 1}
        task.out.words.update(re.findall(r"\w+", match[0]))
        task.out.used += [span for span in task.clause.of("number") if match.start() <= span.start < match.end()]


_SLOTS: dict[tuple[str, str], Binder] = {
    ("", "to"): target,
    ("file.read", "first_line"): line_numbers,
    ("file.read", "lines"): lambda task: None,
    ("", "content"): content,
    ("", "mode"): permission,
    ("", "newer"): age_range,
    ("file.edit", "old"): replacement,
    ("file.edit", "new"): lambda task: None,
    ("", "pattern"): search_text,
    ("file.find", "name"): file_name,
    ("file.count", "name"): file_name,
    ("file.search", "name"): file_name,
    ("file.diff", "left"): two_files,
    ("file.diff", "right"): lambda task: None,
    ("file.mkdir", "paths"): new_folder,
    ("file.write", "path"): write_path,
    ("file.append", "path"): write_path,
}


