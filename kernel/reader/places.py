"""Which paths a clause means: what is looked at or changed, and where it shall go."""

import re

from kernel import words
from kernel.minds.port import From
from kernel.reader.phrases import (
    CALLED,
    FOLDER_POINTING,
    POINTING_MANY,
    POINTING_ONE,
    points_back,
)
from kernel.reader.spans import Clause, Span
from kernel.reader.task import Task, content_words, is_plural, join, leads


def paths(task: Task, slot: str, *, is_list: bool) -> None:
    """Path spans not yet used, a glob, a type, a reference, or a likeness of names."""
    out, clause = task.out, task.clause
    found = out.free(clause, "path", "glob")
    if not is_list:
        found = _single(task, slot, found)
    types = out.free(clause, "type") if is_list and "name" not in task.hint.slots else []
    if types:
        folder = found[0] if found and found[0].is_folder else None
        out.take(
            slot,
            [join(folder.text if folder else "", words.glob(types[0].text), deep=folder is None)],
            types[0],
        )
        out.used += [folder] if folder else []
        return
    if found:
        values = [span.text if not span.name else span.name.path for span in found]
        values = _beneath(task, found, values) if is_list else values
        if is_list and len(values) == 1 and found[0].is_folder and task.call.effect.is_side_effect:
            values = _contents(task, found[0], values)
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
            found = [
                span for span in found if not any(word in CALLED for word in task.clause.before(span, 2))
            ]
    return found[:1]


def _beneath(task: Task, found: list[Span], values: list[str]) -> list[str]:
    """`a.txt and b.txt from docs`: a folder after "from" or "in" is where the others lie."""
    if len(found) < 2 or not found[-1].is_folder:
        return values
    if task.clause.before(found[-1], 2)[-1:] not in (
        ["from"],
        ["in"],
        ["inside"],
        ["of"],
    ) and task.clause.before(found[-1], 2)[:1] not in (["from"], ["in"]):
        return values
    folder = found[-1].text.rstrip("/")
    if any(span.name and span.name.path.startswith(f"{folder}/") for span in found[:-1]):
        return values[:-1]
    return [join(folder, value) if "/" not in value else value for value in values[:-1]]


def _contents(task: Task, folder: Span, values: list[str]) -> list[str]:
    """ "everything in logs": what the folder holds, not the folder."""
    before = task.clause.text[: folder.start]
    match = re.search(
        r"\b(?:everything|all (?:the |of the )?(?:files|contents|stuff|things)|all|every file|(?:the )?(?:whole )?contents?)\s+(?:that is |that are )?"
        r"(?:in|inside|from|of|under|within)\s+(?:the |my |our )?(?:folder |directory )?['\"]?$",
        before,
        re.IGNORECASE,
    )
    if match is None:
        return values
    task.out.words.update(re.findall(r"\w+", match[0].lower()))
    return [f"{values[0].rstrip('/')}/*"]


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
    if task.call.effect.is_side_effect and not re.search(r"\bfolder|\bdirector|\bdirs?\b", task.lower()):
        want = "file"
    found = task.scene.names.like(rest, want=want) if rest else []
    if not found:
        return
    if len(found) > 1:
        files = [name for name in found if not name.is_folder]
        found = files if len(files) == 1 else found
    if len(found) == 1 or (is_list and is_plural(task)):
        values = [name.path for name in found]
        task.out.take(slot, values if is_list else values[0])
        task.out.words.update(rest)
        task.out.guessed.append(slot)
    elif is_plural(task) and len(found) <= 10:
        task.out.take(slot, found[0].path)
        task.out.more = [name.path for name in found[1:]]
        task.out.words.update(rest)
        task.out.guessed.append(slot)
    else:
        task.out.choices = [name.path for name in found[:8]]


def target(task: Task) -> None:
    """Where to: the path after "to", "into", "as", "called"; else the last of several."""
    out, clause = task.out, task.clause
    found = out.free(clause, "path")
    if task.hint.tool == "rename_file":
        _renamed(task, found)
        return
    pointed = re.search(
        r"\b(?:in|into|to|inside)\s+(?:it|there|that folder|this folder)\b|\bdentro\b|\bthere$|\binside$",
        task.lower(),
    )
    if (
        pointed
        and task.scene.previous_target
        and not any(span.start > clause.text.lower().find(pointed[0]) for span in found)
    ):
        out.take("to", task.scene.previous_target.rstrip("/") + "/")
        out.words.update(re.findall(r"\w+", pointed[0]))
        return
    chosen = _chosen_target(task, found)
    if chosen is None:
        _bare_target(task)
        return
    is_many = points_back(task.lower(), POINTING_MANY) and not clause.of("type", "glob")
    if is_many and not chosen.is_folder and "." in chosen.text.rsplit("/", 1)[-1]:
        return
    value = chosen.name.path if chosen.name and chosen.name.is_folder else chosen.text
    folder = _folder_behind(clause, found, chosen)
    if folder is not None:
        value, out.used = join(folder.text, value), [*out.used, folder]
    is_into = any(
        word in ("into", "to", "in", "inside", "under", "onto") for word in clause.before(chosen, 6)
    )
    if chosen.is_folder and not value.endswith("/"):
        value += "/"
    if chosen.name is None and not is_into:
        value = value.rstrip("/")
    out.take("to", value, chosen)


def _chosen_target(task: Task, found: list[Span]) -> Span | None:
    """The path that says where to."""
    clause = task.clause
    leading = next((span for span in reversed(found) if leads(clause, span)), None)
    if leading is not None or not found:
        return leading
    has_kind = bool(clause.of("type", "glob")) and not re.search(r"\bfrom\b", task.lower())
    if len(found) >= 2 or has_kind or points_back(task.lower(), POINTING_MANY + POINTING_ONE):
        return found[-1]
    return None


def _folder_behind(clause: Clause, found: list[Span], chosen: Span) -> Span | None:
    """The folder in "as b.txt in docs"."""
    for span in found:
        is_behind = span is not chosen and span.is_folder and span.start > chosen.end
        if is_behind and clause.before(span, 3)[-1:] in (["in"], ["inside"]):
            return span
    return None


def _renamed(task: Task, found: list[Span]) -> None:
    """The new name; a bare one stays in the folder of the old."""
    if task.clause.of("type", "glob"):
        return
    spans = [span for span in found if leads(task.clause, span)] or found[1:]
    if spans:
        task.out.take("to", spans[-1].text.rstrip("/"), spans[-1])
    else:
        _bare_target(task)
    old = next((span for span in found if span not in spans), None)
    new = task.out.arguments.get("to")
    scene = task.scene
    if (
        old is None
        and isinstance(new, str)
        and "/" not in new
        and (scene.previous is not None or scene.has_recent)
    ):
        index = -1 if scene.previous is None else scene.previous
        task.out.arguments["to"] = From(index, f"beside:{new}")
        return
    if isinstance(new, str) and "/" not in new.rstrip("/") and old is not None:
        path = old.name.path if old.name else old.text
        folder = path.rstrip("/").rpartition("/")[0]
        task.out.arguments["to"] = f"{folder}/{new.rstrip('/')}" if folder else new.rstrip("/")


def _bare_target(task: Task) -> None:
    """A new name without an ending: "rename a.txt to notes"."""
    match = re.search(
        r"\b(?:to|into|as|called|named|en|a|nach|zu)\s+(?:the\s+|a\s+|new\s+)*(?:folder\s+|directory\s+)?['\"]?([\w][\w.\-]*)['\"]?\s*(?:folder|directory)?[.!?]?$",
        task.clause.text,
        re.IGNORECASE,
    )
    if match and match[1].lower() not in ("it", "there", "this", "that", "place"):
        is_folder = bool(re.search(r"folder|directory", match[0].lower())) and task.hint.tool != "rename_file"
        task.out.take("to", match[1] + ("/" if is_folder else ""))
        task.out.words.update(re.findall(r"\w+", match[0].lower()))
        task.out.used += [
            span
            for span in task.clause.spans
            if span.start >= match.start(1) and span.kind not in ("path", "glob")
        ]


def two_files(task: Task) -> None:
    """Left and right of a comparison: the two paths in order, or two likenesses."""
    found = task.out.free(task.clause, "path")
    if len(found) >= 2:
        for slot, span in zip(("left", "right"), found, strict=False):
            task.out.take(slot, span.name.path if span.name else span.text, span)
        folder = found[2] if len(found) > 2 and found[2].is_folder else None
        if folder:
            task.out.used.append(folder)
            task.out.arguments |= {
                side: join(folder.text, task.out.arguments[side])
                for side in ("left", "right")
                if "/" not in task.out.arguments[side]
            }
