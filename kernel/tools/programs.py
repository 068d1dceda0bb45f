"""Which file is meant by a program's name, and which folders does it need to run?"""

import os
import re
import stat
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from syscalls.caps import is_beneath
from syscalls.errors import AccessDenied, NotFound, NotPermitted

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32")
"""Readable in every jail."""
OWN_BINS = (".venv/bin", "venv/bin", "node_modules/.bin")
"""Folders of a workspace that are searched before the person's own."""
_BINS = ("bin", "sbin", "libexec", "condabin")
_MOST_HOPS = 4


class Found(NamedTuple):
    """A program."""

    path: str
    """Absolute, as it is run: a program may look at the name it is run by."""
    needs: tuple[str, ...]
    """Folders and files besides the system's that it must be able to read and run."""


class Finder:
    """Finds programs for one person."""

    def __init__(self, search: Iterable[str], home: str, hidden: Sequence[str] = ()) -> None:
        """A search.

        Args:
            search: the folders of the person's PATH.
            home: the person's home folder, which is never granted as a whole.
            hidden: other folders that no grant may hold, such as aosh's own.
        """
        self.search = tuple(
            dict.fromkeys(path for path in search if os.path.isabs(path) and os.path.isdir(path))
        )
        self._private = (home, *hidden)

    def find(self, name: str, cwd: str, roots: Sequence[str]) -> Found:
        """The file that `name` means in the folder `cwd`.

        Raises:
            NotFound: there is none; the text names the nearest.
            AccessDenied: it may not be run.
            NotPermitted: it lies neither in the workspace nor where programs are.
        """
        path = (
            self._by_path(name, cwd, roots) if "/" in name else self._by_name(name, self.folders(cwd, roots))
        )
        return Found(path, tuple(dict.fromkeys(self._needs(path, self.folders(cwd, roots)))))

    def folders(self, cwd: str, roots: Sequence[str]) -> list[str]:
        """Where names are looked for, in that order."""
        own = [os.path.join(base, part) for base in dict.fromkeys((cwd, *roots)) for part in OWN_BINS]
        return [*(path for path in own if os.path.isdir(path)), *self.search]

    def _by_path(self, name: str, cwd: str, roots: Sequence[str]) -> str:
        path = os.path.normpath(os.path.join(cwd, name))
        places = (*roots, *SYSTEM, "/opt", *self.search)
        if not any(is_beneath(path, place) for place in places):
            raise NotPermitted(f"program {name!r} lies neither in the workspace nor where programs are")
        if not os.path.isfile(path):
            raise NotFound(f"no program {name!r} here")
        if not os.access(path, os.X_OK):
            raise AccessDenied(
                f"{name!r} is no program: it has no permission to be run (file.mode u+x, or name the program that reads it)"
            )
        return path

    def _by_name(self, name: str, folders: Sequence[str]) -> str:
        for folder in folders:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
        known = {entry for folder in folders for entry in _names(folder)}
        near = get_close_matches(name, sorted(known), n=3, cutoff=0.75)
        raise NotFound(
            f"no program {name!r} on this machine" + (f"; near: {', '.join(map(repr, near))}" if near else "")
        )

    def _needs(self, path: str, folders: Sequence[str]) -> list[str]:
        found: list[str] = []
        todo = [path]
        for _ in range(_MOST_HOPS):
            if not todo:
                break
            at = todo.pop(0)
            real = os.path.realpath(at)
            for each in dict.fromkeys((at, real)):
                base = self._base(each)
                found += base
                todo += [home for prefix in base for home in _base_python(prefix)]
            todo += _interpreter(real, folders)
        return found

    def _base(self, path: str) -> list[str]:
        """The folder that a program and its parts are installed in; the file alone where that holds private things.

        A script or a link of the workspace may name any file: only what is plainly an installed program counts.
        """
        if any(is_beneath(path, system) for system in SYSTEM):
            return []
        folder = os.path.dirname(path)
        is_known = folder in self.search or is_beneath(path, "/opt")
        if not os.path.isfile(path) or not os.access(path, os.X_OK):
            return []
        base = os.path.dirname(folder)
        if os.path.basename(folder) in _BINS and not self._is_wide(base) and (is_known or _is_python(base)):
            return [base]
        return [path] if is_known else []

    def _is_wide(self, base: str) -> bool:
        return (
            base.count("/") < 2
            or base.endswith("/.local")
            or any(is_beneath(private, base) for private in self._private)
        )


def _is_python(base: str) -> bool:
    """Whether a Python, or an environment of one, is installed in a folder."""
    return any(
        name.startswith("python3") and os.path.isdir(os.path.join(base, "lib", name))
        for name in _names(os.path.join(base, "lib"))
    )


def _base_python(prefix: str) -> list[str]:
    """The interpreter that a virtual environment is made from."""
    try:
        with open(os.path.join(prefix, "pyvenv.cfg"), encoding="utf-8") as lines:
            home = next((line.partition("=")[2].strip() for line in lines if line.startswith("home")), "")
    except (OSError, UnicodeDecodeError):
        return []
    return [os.path.join(home, "python3")] if os.path.isabs(home) else []


def _interpreter(path: str, folders: Sequence[str]) -> list[str]:
    """The program that a script names in its first line."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return []
        with open(path, "rb") as stream:
            first = stream.readline(256)
    except OSError:
        return []
    words = re.findall(r"\S+", first[2:].decode("utf-8", "replace")) if first.startswith(b"#!") else []
    if not words:
        return []
    if os.path.basename(words[0]) == "env":
        names = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
        return [
            at for at in (os.path.join(folder, names[0]) for folder in folders if names) if os.path.isfile(at)
        ][:1]
    return [words[0]]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
