"""The built-in rules that keep what runs by itself from being changed unasked.

A write inside the workspace is allowed because it can be undone. That holds only where nothing acts on it
meanwhile: git runs its hooks, a shell its start-up file, aosh its rules. So these always ask.
aosh's own records are no place for any call.
"""

import re
from collections.abc import Sequence
from fnmatch import translate
from pathlib import Path

from kernel.rules.patterns import is_wild
from kernel.rules.rule import Layer, Origin, Rule
from kernel.verdicts import Verdict
from syscalls.declare import Effect

FOLDERS = frozenset((".git", ".husky", ".vscode", ".ssh", ".direnv"))
"""Folders whose content git, an editor, ssh or direnv runs or takes orders from, wherever they lie."""
HOME_FOLDERS = (".config", ".local/bin", ".local/lib", ".local/share", "bin", ".gnupg")
"""The same, of the home folder only."""
FILES = frozenset(
    (
        ".envrc", ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc",
        ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".kshrc", ".cshrc", ".tcshrc", ".login", ".inputrc", ".xinitrc",
        ".xprofile", ".xsession", ".xsessionrc", ".pam_environment", ".gitconfig", ".gitmodules", ".vimrc", ".exrc",
        ".nvimrc", ".emacs", ".tmux.conf", ".screenrc", ".gdbinit", ".lldbinit", ".npmrc", ".yarnrc", ".yarnrc.yml",
        ".irbrc", ".pryrc", ".Rprofile", ".pre-commit-config.yaml", "sitecustomize.py", "usercustomize.py",
    )
)  # fmt: skip
"""Files that a shell or a tool runs or takes orders from without being told to."""
SUFFIXES = (".pth", ".desktop", ".service", ".timer")

_WRITES = tuple(each for each in Effect if each.is_side_effect and each is not Effect.EXEC)
"""What a program changes is looked at before it lands: see `Gate._run_apart`."""


class Beneath:
    """Meets a folder and what lies beneath it; no letter of its path is a wildcard."""

    ending = ""

    def __init__(self, folder: Path) -> None:
        self.text = self.base = str(folder)
        self.above = frozenset(map(str, folder.parents))
        self._inside = f"{self.base}/"

    def may_meet(self, path: str, *, reaches: bool) -> bool:
        """As `PathGlob.may_meet`."""
        if is_wild(path):
            return _may_reach(path.split("/"), self.base.split("/"), reaches=reaches)
        return self.meets(path) or (reaches and path in self.above)

    def meets(self, path: str) -> bool:
        """Whether a canonical path is the folder, or beneath it."""
        return path.startswith(self._inside) or path == self.base

    def holds(self, path: str) -> bool:
        """As `meets`."""
        return self.meets(path)


class Names:
    """Meets every path that has one of these names in it; stands in for path patterns where there are many."""

    base = "/"
    ending = ""
    above: frozenset[str] = frozenset()

    def __init__(
        self, text: str, inside: frozenset[str] = frozenset(), last: frozenset[str] = frozenset()
    ) -> None:
        """Args: `inside` are names anywhere in a path, `last` are names at its end; `text` is shown."""
        self.text, self._inside, self._last = text, inside, last

    def may_meet(self, path: str, *, reaches: bool) -> bool:
        """As `PathGlob.may_meet`; what lies beneath a folder is not known by name."""
        del reaches
        return self.meets(path) or (is_wild(path) and self._may_be(path.rsplit("/", 1)[1]))

    def meets(self, path: str) -> bool:
        """Whether a path has one of the names."""
        parts = path.split("/")
        if not self._inside.isdisjoint(parts):
            return True
        return bool(self._last) and (parts[-1] in self._last or parts[-1].endswith(SUFFIXES))

    def holds(self, path: str) -> bool:
        """As `meets`."""
        return self.meets(path)

    def _may_be(self, pattern: str) -> bool:
        """Whether a pattern over hidden names may stand for one of them; others match no hidden name."""
        return pattern.startswith(".") and any(_fits(pattern, name) for name in self._last | self._inside)


def _may_reach(pattern: list[str], folder: list[str], *, reaches: bool) -> bool:
    """Whether a pattern may name a folder or what lies in it; or, where it `reaches`, what the folder lies in.

    A hidden name is matched only by a pattern that begins with a dot itself, as the file driver has it.
    """
    for at, (part, name) in enumerate(zip(pattern, folder, strict=False)):
        if part == "**":
            is_hidden = any(each.startswith(".") for each in folder[at:])
            return not is_hidden or any(each.startswith(".") for each in pattern[at:])
        if part != name and "{" not in part and not _fits(part, name):
            return False
    return reaches or len(pattern) >= len(folder)


def _fits(part: str, name: str) -> bool:
    return part.startswith(".") >= name.startswith(".") and re.match(translate(part), name) is not None


def guards(rules_at: Sequence[Path], own: Sequence[Path], workspace: Path, home: Path) -> list[Rule]:
    """The guards of a session.

    Args:
        rules_at: where aosh's own rules lie.
        own: where its journal and undo store lie.
    """
    # Who works inside such a folder has come to change it.
    homes = [home / name for name in HOME_FOLDERS if not workspace.is_relative_to(home / name)]
    of_rules = "it changes the rules that aosh itself goes by"
    records = "it changes the records by which aosh undoes and explains"
    folders = "git, ssh, editors and shells run what lies there, or take orders from it"
    files = "shells or tools run it, or take orders from it, without being told to"
    # A rule that touches nothing would speak of every path.
    kept = [_guard("guards-records", records, tuple(map(Beneath, own)), Verdict.DENY)] if own else []
    return [
        *kept,
        _guard("guards-policy", of_rules, tuple(map(Beneath, rules_at))),
        _guard(
            "guards-hooks",
            folders,
            (
                Names(", ".join(f"**/{each}/**" for each in sorted(FOLDERS)), inside=FOLDERS),
                *map(Beneath, homes),
            ),
        ),
        # The name that a copy leaves unsaid is its source's, so that all paths of a writing call count.
        _guard(
            "guards-startup",
            files,
            (
                Names(
                    ", ".join(f"**/{each}" for each in (*sorted(FILES), *(f"*{end}" for end in SUFFIXES))),
                    last=FILES,
                ),
            ),
            is_of_writes=False,
        ),
    ]


def _guard(
    name: str,
    reason: str,
    touches: tuple[Beneath | Names, ...],
    verdict: Verdict = Verdict.ASK,
    *,
    is_of_writes: bool = True,
) -> Rule:
    return Rule(
        name=name,
        verdict=verdict,
        reason=reason,
        origin=Origin(Layer.BUILT_IN),
        calls=("*",),
        # What was allowed once is taken back, and brought again, by the kernel alone; a start after a crash has nobody to ask.
        but=("file.revert",) if name != "guards-policy" else (),
        effects=_WRITES,
        is_of_writes=is_of_writes,
        touches=touches,
    )
