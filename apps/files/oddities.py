"""What is out of the ordinary in what a program left: things that run by themselves, or lead away."""

import os
import posixpath
import stat

from syscalls.undo import OWN_RULES

CACHES = frozenset(
    (
        "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".cache",
        ".gradle", ".parcel-cache", ".eslintcache", ".sass-cache", ".ipynb_checkpoints",
    )
)  # fmt: skip
"""Folders that a program fills for itself and could lose."""
RUN_BY_THEMSELVES = frozenset(
    (
        "makefile", "gnumakefile", "package.json", "conftest.py", "sitecustomize.py", "usercustomize.py",
        "setup.py", "noxfile.py", "tox.ini", "justfile", "rakefile", "build.rs", "cmakelists.txt", "dockerfile",
        "tasks.json", "launch.json", ".envrc", ".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv",
        ".npmrc", ".pre-commit-config.yaml", ".gitattributes", ".gitmodules",
    )
)  # fmt: skip
"""Files that shells and tools run, or read commands from, without being told to; by lower-case name."""
_SUFFIXES = (".pth", ".desktop", ".service")


def cache_of(parts: tuple[str, ...]) -> str | None:
    """The cache folder a path lies in; None for none."""
    return next((part for part in parts[:-1] if part in CACHES), None)


def oddities_of(
    root: str, parts: tuple[str, ...], new: os.stat_result, old: os.stat_result | None, target: str
) -> list[str]:
    """What a person should know before this lands; usually nothing.

    Args:
        root: the absolute path of the granted folder.
        parts: names below it.
        new: what the program left.
        old: what is there now.
        target: where a link points.
    """
    found = []
    mode, before = new.st_mode, old.st_mode if old is not None else 0
    if stat.S_ISLNK(mode):
        if leads_out(root, parts, target):
            found.append("link leading outside")
    elif stat.S_ISREG(mode):
        gained = mode & ~before if stat.S_ISREG(before) else mode
        if gained & (stat.S_ISUID | stat.S_ISGID):
            found.append("setuid or setgid")
        if gained & 0o111:
            found.append("new executable")
    if stat.S_ISDIR(mode) and old is not None:
        return found
    return found + of_name(parts)


def of_name(parts: tuple[str, ...]) -> list[str]:
    """What the name alone says."""
    if ".aosh" in parts:
        return [OWN_RULES]
    if ".git" in parts:
        return ["git hook" if "hooks" in parts else "inside .git"]
    name = parts[-1].lower()
    if name in RUN_BY_THEMSELVES or name.endswith(_SUFFIXES):
        return ["run by tools by itself"]
    if cache_of(parts) is None and parts[-1] not in CACHES and any(part.startswith(".") for part in parts):
        return ["hidden file"]
    return []


def leads_out(root: str, parts: tuple[str, ...], target: str) -> bool:
    """Whether a link points out of the granted folder, by what is written in it."""
    at = posixpath.normpath(posixpath.join(root, *parts[:-1], target))
    return at != root and not at.startswith(root.rstrip("/") + "/")


def summed(found: dict[str, list[str]], limit: int = 3) -> tuple[str, ...]:
    """One sentence for each kind of oddity: how many, and which.

    Args:
        found: kind -> paths as shown.
        limit: how many paths are named.
    """
    sentences = []
    for kind, paths in found.items():
        more = f" and {len(paths) - limit} more" if len(paths) > limit else ""
        sentences.append(f"{kind}: {', '.join(paths[:limit])}{more}")
    return tuple(sentences)
