"""Which sizes, ages, counts, kinds, permissions and switches a clause gives."""

import re
from typing import Any

from kernel import words
from kernel.reader.task import Task, content_words, leads
from syscalls.errors import BadArgument
from syscalls.table import Field


def typed(task: Task, slot: Field) -> None:
    """A count, size or age from a span; a mode or other kind from the whole wording."""
    out, clause = task.out, task.clause
    kinds = {
        "size": (slot.name,),
        "age": (slot.name,),
        "count": ("number",),
        "integer": ("number",),
        "number": ("number",),
    }
    for span in out.free(clause, *kinds.get(slot.kind, ())):
        try:
            out.take(slot.name, words.parse(slot.kind, span.text), span)
        except BadArgument:
            continue
        return
    if slot.kind == "count" and re.search(
        r"\b(?:first|last|biggest|largest|newest|latest|most recent|oldest|smallest)\s+(?:\w+\s+)?(?:one|line|file|photo|picture|image|video|pdf|document|script|folder|spreadsheet|log|entry)\b",
        task.lower(),
    ):
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
    task.out.words.update(
        "take away remove drop not non no longer un be executable execute runnable run read only private writable write protect editable readable permission permissions anyone everyone only can me owner able nobody should change so".split()
    )
    task.out.used += [span for span in task.clause.of("number") if match and span.text == match[1]]
    task.out.used += [
        span for span in task.clause.of("ident") if span.text.lower() in ("read-only", "write-only")
    ]


def file_name(task: Task) -> None:
    """A name pattern for finding: a type, a glob, a quoted or written name, "with X in the name"."""
    out, clause = task.out, task.clause
    for span in out.free(clause, "type", "glob"):
        out.take("name", words.glob(span.text.rsplit("/", 1)[-1]), span)
        return
    says_name = re.search(r"\b(?:name|names|named|called|file|files|where)\b", task.lower())
    quotes = (
        ("quote",)
        if says_name and not re.search(r"\b(?:word|text|phrase|contain\w*|lines?|mention\w*)\b", task.lower())
        else ()
    )
    found = [
        span
        for span in out.free(clause, "path", "ident", *quotes)
        if not span.is_folder and not leads(clause, span)
    ]
    if task.call.name == "file.find" and task.hint.tool == "find_folders":
        found = out.free(clause, "path", "quote", "ident")
    if task.call.name == "file.search":
        found = []
    if found:
        text = found[0].text.rstrip("/")
        out.take("name", text.rsplit("/", 1)[-1] if found[0].kind == "path" else words.glob(text), found[0])
        return
    match = re.search(
        r"\b(?:called|named|name (?:contains|has|includes|starts with|begins with)|with|containing)\s+['\"]?([\w.\-]+)['\"]?(?:\s+in (?:the|its|their) names?)?",
        task.lower(),
    )
    if match and (match[1] not in ("the", "a", "it", "in")) and task.call.name != "file.search":
        out.take("name", words.glob(match[1]))
        out.words.update(re.findall(r"\w+", match[0]))
        return
    if task.call.name == "file.find" and _type_word(task):
        return
    if (
        task.call.name == "file.find"
        and task.hint.tool in ("find_files", "count_files")
        and not out.arguments.keys() & {"kind", "mode"}
    ):
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
        (r"\bempty\b", "empty", True, "empty"),
    ),
    "file.list": (
        (
            r"^(?!.*\b(?:includ\w*|with|also|even|all|too|everything|plus)\b).*\bhidden (?:files?|ones|things)",
            "name",
            ".*",
            "hidden which only",
        ),(r"\bhidden\b|\bdot ?files\b", "hidden", True, "hidden dotfiles dot including even"),),
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
    context = re.search(
        r"\b(\d+|one|two|three|five) lines? (?:of context|before and after|around|above and below)",
        task.lower(),
    )
    if task.call.name == "file.search" and context:
        task.out.arguments["context"] = words.count(context[1])
        task.out.words.update(re.findall(r"\w+", context[0]))
        task.out.used += [
            span for span in task.clause.of("number") if context.start() <= span.start < context.end()
        ]


def choice(task: Task, slot: str) -> None:
    """One of a closed set, when a word of the clause is one of them."""
    shape = task.call.schema["properties"][slot]
    options = shape.get("enum") or next(
        (part["enum"] for part in shape.get("anyOf", ()) if "enum" in part), ()
    )
    said = re.findall(r"\w+", task.lower())
    for option in options:
        if str(option).lower() in said:
            task.out.take(slot, option)
            task.out.words.add(str(option).lower())
            return


def line_numbers(task: Task) -> None:
    """ "lines 10 to 20": from the first, so many."""
    match = re.search(
        r"\blines?\s+(?:number\s+)?(\d+)(?:\s*(?:to|-|–|through|until|and)\s*(\d+))?", task.lower()
    )
    if match is None or int(match[1]) < 1:
        return
    first, last = int(match[1]), int(match[2] or match[1])
    if last >= first:
        task.out.arguments |= {"first_line": first, "lines": last - first + 1}
        task.out.words.update(re.findall(r"\w+", match[0]))
        task.out.used += [
            span for span in task.clause.of("number") if match.start() <= span.start < match.end()
        ]
