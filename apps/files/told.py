"""What taking an effect back changed, in the few lines that matter."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from apps.files.oddities import cache_of
from syscalls.undo import Change

FOLDER = "folder"
"""The note of a folder that was made or removed."""


@dataclass
class _Cache:
    """What changed in all cache folders of one name."""

    at: int
    """How many lines are told before it."""
    files: int = 0
    whats: frozenset[str] = frozenset()

    def change(self, name: str) -> Change:
        verb = next(iter(self.whats)) if len(self.whats) == 1 else "restored"
        return Change("cached", name, note=f"{_files(self.files)} {verb}")


def told(changes: Sequence[Change]) -> list[Change]:
    """The changes with caches summed up, what lies in a folder that came or went told with it, and no modes of those.

    Args:
        changes: one for each step, paths as shown.
    """
    ends = {change.path for change in changes if change.what in ("created", "removed")}
    folders: set[tuple[str, str]] = {
        (change.what, change.path) for change in changes if change.note == FOLDER
    }
    caches: dict[str, _Cache] = {}
    within: Counter[tuple[str, str]] = Counter()
    kept: list[Change] = []
    for change in changes:
        if change.what == "mode" and change.path in ends:
            continue
        parts = tuple(change.path.split("/"))
        if cache := cache_of((*parts, "")):
            found = caches.setdefault(cache, _Cache(len(kept)))
            if change.note != FOLDER and change.what != "mode":
                found.files += 1
                found.whats |= {change.what}
            continue
        top = _top(change.what, parts, folders)
        if top is None:
            kept.append(change)
        else:
            within[change.what, top] += change.note != FOLDER
    told_ = [_with_count(change, within[change.what, change.path]) for change in kept]
    for name, cache_ in sorted(caches.items(), key=lambda item: -item[1].at):
        if cache_.files:
            told_.insert(cache_.at, cache_.change(name))
    return told_


def _top(what: str, parts: tuple[str, ...], folders: set[tuple[str, str]]) -> str | None:
    """The topmost folder above a path of which the same is told."""
    above = ("/".join(parts[:end]) for end in range(1, len(parts)))
    return next((path for path in above if (what, path) in folders), None)


def _with_count(change: Change, count: int) -> Change:
    if not count:
        return change
    return Change(change.what, change.path, change.to, change.size_bytes, f"{FOLDER} with {_files(count)}")


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"
