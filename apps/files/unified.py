"""Unified diffs of two texts, bounded in size and in the time they take."""

import difflib
from collections.abc import Iterable
from typing import NamedTuple

_MOST_CHARACTERS = 64 * 1024
_MOST_LINES = 20_000
"""Lines between the first and the last difference; beyond, all between is shown as one change."""


class Compared(NamedTuple):
    """A diff and its size."""

    text: str
    added: int
    removed: int
    is_cut: bool


def unified(left: str, right: str, old: str | None, new: str | None, context: int = 3) -> str:
    """A diff for a plan; empty where a side is no text, cut at 64 KiB with a notice."""
    if old is None or new is None:
        return ""
    found = compare(left, right, old, new, context)
    return found.text + ("... (cut)\n" if found.is_cut else "")


def compare(left: str, right: str, old: str, new: str, context: int = 3) -> Compared:
    """The unified diff of two texts, cut at 64 KiB; the counts are of the whole."""
    a, b = _lines(old), _lines(new)
    parts: list[str] = []
    size = added = removed = 0
    for group in _groups(a, b, context):
        if not parts:
            parts += [f"--- {left}\n", f"+++ {right}\n"]
        lines = [_head(group)]
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [_shown(" ", line) for line in a[i1:i2]]
                continue
            lines += [_shown("-", line) for line in a[i1:i2]] + [_shown("+", line) for line in b[j1:j2]]
            removed += i2 - i1
            added += j2 - j1
        for line in lines:
            size += len(line)
            if size <= _MOST_CHARACTERS:
                parts.append(line)
    return Compared("".join(parts), added, removed, size > _MOST_CHARACTERS)


_Change = tuple[str, int, int, int, int]


def _groups(a: list[str], b: list[str], context: int) -> list[list[_Change]]:
    """Changes with their context, as difflib gives them; equal ends are set aside first."""
    start = _same(zip(a, b, strict=False))
    rest = min(len(a), len(b)) - start
    end = min(rest, _same(zip(reversed(a), reversed(b), strict=False)))
    middle_a, middle_b = a[start : len(a) - end], b[start : len(b) - end]
    if max(len(middle_a), len(middle_b)) > _MOST_LINES:
        codes: list[_Change] = [("replace", 0, len(middle_a), 0, len(middle_b))]
    else:
        codes = list(difflib.SequenceMatcher(None, middle_a, middle_b).get_opcodes())
    changes = [
        (tag, i1 + start, i2 + start, j1 + start, j2 + start)
        for tag, i1, i2, j1, j2 in codes
        if tag != "equal"
    ]
    groups: list[list[_Change]] = []
    for change in changes:
        if groups and change[1] - groups[-1][-1][2] <= 2 * context:
            groups[-1] += [("equal", groups[-1][-1][2], change[1], groups[-1][-1][4], change[3]), change]
        else:
            groups.append([change])
    return [_with_context(group, context, len(a), len(b)) for group in groups]


def _with_context(group: list[_Change], context: int, a_size: int, b_size: int) -> list[_Change]:
    first, last = group[0], group[-1]
    before = min(context, first[1], first[3])
    after = min(context, a_size - last[2], b_size - last[4])
    return [
        ("equal", first[1] - before, first[1], first[3] - before, first[3]),
        *group,
        ("equal", last[2], last[2] + after, last[4], last[4] + after),
    ]


def _same(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _head(group: list[_Change]) -> str:
    first, last = group[0], group[-1]
    return f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"


def _range(start: int, stop: int) -> str:
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + bool(length)},{length}"


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a newline ends one."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _shown(sign: str, line: str) -> str:
    clean = line.encode("utf-8", "replace").decode()
    return f"{sign}{clean}" if line.endswith("\n") else f"{sign}{clean}\n\\ No newline at end of file\n"
