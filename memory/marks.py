"""What does the folder of an index say of itself? Of which model it is, how far it goes, and why it was begun anew."""

import os
import time
from pathlib import Path
from typing import TypeVar

import msgspec

FOLDER = "index"
"""Of the index, beside the memory's file."""
ASIDE = "index.broken"
"""Of the last one that could not be used."""
ABOUT, MARKS, TOLD, LOCK = "aosh.json", "marks.json", "told.json", "lock"
_SEPARATOR = "|"
T = TypeVar("T")


class About(msgspec.Struct, frozen=True):
    """Whose vectors are in it: those of another model are never mixed in."""

    model: str
    dimension: int = 0


class Told(msgspec.Struct, frozen=True):
    """Why the one before was set aside."""

    why: str
    when: float
    """Unix seconds."""


class Marks(msgspec.Struct):
    """How far it goes."""

    upto: dict[str, int] = {}
    """The highest id that is indexed of each group. Written after the batch: one indexed twice is there once."""
    stamp: int = 0
    """Number of the last change whose forgetting was followed."""


def key(space: str, kind: str) -> str:
    """The name of a group here."""
    return f"{kind}{_SEPARATOR}{space}"


def parts(name: str) -> tuple[str, str]:
    """(space, kind) of a name."""
    kind, _, space = name.partition(_SEPARATOR)
    return space, kind


def begin(folder: Path, about_it: About) -> None:
    """Make a folder that says of which model it is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / ABOUT, about_it)


def about(folder: Path) -> About | None:
    """Of which model it is; None where it does not say."""
    return _read(folder / ABOUT, About)


def read(folder: Path) -> Marks:
    """How far it goes; nowhere, where nothing is said."""
    return _read(folder / MARKS, Marks) or Marks()


def write(folder: Path, found: Marks) -> None:
    """Say how far it goes."""
    _write(folder / MARKS, found)


def tell(folder: Path, why: str) -> None:
    """Say why the one before was set aside."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / TOLD, Told(why, time.time()))


def told(folder: Path) -> Told | None:
    """Why the one before was set aside; None where none was."""
    return _read(folder / TOLD, Told)


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _write(path: Path, value: object) -> None:
    draft = path.with_suffix(".new")
    draft.write_bytes(msgspec.json.encode(value))
    os.replace(draft, path)
