"""The file calls that only the kernel makes: taking effects back, and programs' work on the workspace."""

from typing import Annotated

from msgspec import Meta

from syscalls.declare import Area, Args, Effect, Undo
from syscalls.errors import FILE_ERRORS
from syscalls.file_values import Changed, Staged
from syscalls.kinds import ReadPaths, WritePath, WritePaths
from syscalls.undo import Step

file = Area("file", "Files and folders")


class Revert(Args):
    """The undo steps of one effect, from the journal."""

    paths: Annotated[tuple[WritePath, ...], Meta(min_length=1)]
    """Every path the steps touch; the gate holds them against capabilities. As many as the effect made."""
    steps: tuple[Step, ...]
    force: bool = False
    """Go on where a file was changed since; the present state is kept for redo."""


@file.call(22, effect=Effect.WRITE, undo=Undo.RESTORE, raises=FILE_ERRORS, is_hidden=True)
def revert(a: Revert) -> Changed:
    """Take an effect back; itself undoable, which is redo. For the kernel only."""


RunId = Annotated[str, Meta(pattern="^[0-9a-z][0-9a-z-]{0,63}$")]
"""Names the folder of one program run in the store."""


class Stage(Args):
    """Which folders a program is to work on a copy of."""

    run: RunId
    roots: ReadPaths


@file.call(23, effect=Effect.READ, raises=FILE_ERRORS, is_hidden=True)
def stage(a: Stage) -> Staged:
    """Copy folders into the store, for a program to work on. For the kernel only.

    The copy of the n-th folder is `overlays/RUN/n/upper`.
    """


class Land(Args):
    """What a program left in the store, and where it belongs."""

    run: RunId
    roots: WritePaths
    """As they were numbered."""
    is_copy: bool = False
    """Whether the program worked on a copy, not on an overlay."""


@file.call(24, effect=Effect.WRITE, undo=Undo.RESTORE, raises=FILE_ERRORS, is_hidden=True)
def land(a: Land) -> Changed:
    """Bring what a program changed into the workspace. For the kernel only."""
