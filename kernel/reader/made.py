"""Which names a clause gives to new things: folders to make, files to write."""

import re

from kernel.reader.names import parts
from kernel.reader.phrases import (
    points_back,
)
from kernel.reader.places import paths
from kernel.reader.task import Task, content_words, join


def new_folder(task: Task) -> None:
    """The name of a folder to make; "X inside Y" is Y/X."""
    out, clause = task.out, task.clause
    says_folder = re.search(r"folder|director|mkdir|\bdirs?\b|carpeta|ordner|dossier|文件夹", task.lower())
    if not says_folder and any("." in span.text.rsplit("/", 1)[-1] for span in clause.of("path")):
        return
    several = re.search(
        r"\b(?:folders|directories|dirs|carpetas)\b\s*:?\s*(?:called\s+|named\s+)?(?P<n>[\w.\-/]+(?:\s*,\s*[\w.\-/]+)*(?:,?\s+and\s+[\w.\-/]+)?)\s*$",
        clause.text,
        re.IGNORECASE,
    )
    if several and re.search(r",|\band\b", several["n"]):
        names = [name for name in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", several["n"]) if name]
        out.take("paths", names, *[span for span in clause.spans if span.start >= several.start("n")])
        out.words.update(name.lower() for name in names)
        out.words.update(re.findall(r"\w+", several["n"].lower()))
        out.used += clause.of("number")
        return
    long_name = re.search(
        r"\b(?:called|named)\s+(?P<n>[^\W\d][^,.'\"/]*? [^,.'\"/]*?)(?:\s+(?:in|inside|under|within|into)\s+(?:the\s+)?(?P<w>[\w./-]+)(?:\s+folder)?)?[.!?]?$",
        clause.text,
        re.IGNORECASE,
    )
    if long_name and not re.search(r"\b(?:and|in|inside|under)\b", long_name["n"]):
        out.take("paths", [join(long_name["w"] or "", long_name["n"])], *clause.spans)
        out.words.update(re.findall(r"\w+", long_name[0].lower()))
        return
    found = [
        span
        for span in out.free(clause, "path", "quote")
        if not (span.name and span.text.lower() in ("empty", "new"))
    ]
    if not found:
        match = re.search(
            r"(?:名为|叫做|叫|called|named|llamada|namens|appelé)\s*['\"]?([^\s'\"]+)",
            clause.text,
            re.IGNORECASE,
        )
        found_names = [match[1]] if match else []
        if not found_names and re.search(
            r"\b(?:create|make|mkdir|new|add|need|set up|crea\w*|erstell\w*|crée\w*|neue\w*)\b|新建",
            task.lower(),
        ):
            found_names = content_words(task)[:1]
        if found_names:
            out.take("paths", found_names)
            out.words.update(word.lower() for word in found_names)
        return
    parent = next(
        (
            span
            for span in found
            if span.name
            and span.name.is_folder
            and len(found) > 1
            and clause.before(span, 3)[-1:]
            and any(
                word in ("in", "inside", "under", "within", "of", "into") for word in clause.before(span, 3)
            )
        ),
        None,
    )
    fresh = [span for span in found if span is not parent]
    values = [join(parent.text if parent else "", span.text.rstrip("/")) for span in fresh]
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
        match = re.search(
            r"\b(?:called|named|file|into|to|as)\s+(?!it\b|them\b|the\b|a\b|with\b)['\"]?([\w][\w.\-]*)['\"]?\s*$",
            clause.text,
        )
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
        value = join(folders[-1].text, files[-1].text)
        used.append(folders[-1])
    elif (
        task.scene.previous_target
        and "/" not in value
        and points_back(
            clause.text.lower(),
            (
                "in it",
                "inside it",
                "into it",
                "in there",
                "inside",
                "dentro",
                "there",
                "in that folder",
                "in the folder",
            ),
        )
    ):
        value = join(task.scene.previous_target, value)
        out.words.update(("in", "it", "inside", "into", "there", "dentro"))
    out.take("path", value, *used)
    _as_items(task, value)


def _as_items(task: Task, path: str) -> None:
    """ "add oranges and honey" to a list: two items, so two lines."""
    text = task.out.arguments.get("content")
    is_list = LISTS & set(parts(path.rsplit("/", 1)[-1]))
    if task.call.name == "file.append" and isinstance(text, str) and is_list and task.out.texts:
        items = re.split(r",\s*(?:and\s+)?|\s+and\s+", text)
        if 2 <= len(items) <= 12 and all(1 <= len(item.split()) <= 2 for item in items):
            task.out.arguments["content"] = "\n".join(items)


LISTS = frozenset("shopping list todo grocery groceries name item wish packing".split())
"""Stems in the names of files that hold one thing a line."""


def _list_spoken_of(task: Task) -> None:
    """ "add a todo: ..." and "put eggs on my shopping list": the file whose name answers the words outside the text."""
    text = task.clause.text
    for start, end in sorted(task.out.texts, reverse=True):
        text = text[:start] + text[end:]
    said = [
        word
        for word in re.findall(r"[^\W\d_]{3,}", text.lower())
        if task.scene.names.knows(word) and word not in ("add", "new", "text", "txt", "file")
    ]
    found = task.scene.names.like(said, want="file") if said else []
    if len(found) == 1:
        task.out.take("path", found[0].path)
        task.out.words.update(said)
        task.out.guessed.append("path")
