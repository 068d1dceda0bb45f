"""Which value of a clause fills which argument of a wording. By rule, from the user's own words only.

A binder never invents: what it returns was written in the request, is a name the workspace has,
or is an earlier reply the request points at ("it", "the list").
"""

from collections.abc import Callable

from kernel.reader.made import new_folder, write_path
from kernel.reader.places import paths, target, two_files
from kernel.reader.search import free_text, search_text
from kernel.reader.spans import Clause
from kernel.reader.task import Binding, Scene, Task
from kernel.reader.texts import content, replacement
from kernel.reader.values import age_range, choice, file_name, line_numbers, modify, permission, typed
from syscalls.declare import Hint
from syscalls.table import AnyCall, Field, argument_fields

Binder = Callable[[Task], None]


def bind(
    clause: Clause, call: AnyCall, hint: Hint, scene: Scene, is_explained: Callable[[str], bool]
) -> Binding:
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
