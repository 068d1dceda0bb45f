"""The folder of one program run in the store: made before it, gone after it, swept when a session crashed."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress

OVERLAYS = "overlays"


def new_run(store: str, session: str, count: int, *, is_overlay: bool) -> str:
    """Make the folder of a run with a part for each of `count` roots; its name.

    `N/began` tells by its time when the run began; `N/upper` and `N/work` are an overlay's, `tmp` is the program's.

    Raises:
        OSError: no room.
    """
    run = f"{session}-{os.urandom(4).hex()}"
    base = path_of(store, run)
    os.makedirs(os.path.join(store, OVERLAYS), mode=0o700, exist_ok=True)
    os.mkdir(base, 0o700)
    os.mkdir(f"{base}/tmp", 0o700)
    for number in range(count):
        os.mkdir(f"{base}/{number}", 0o700)
        os.close(
            os.open(f"{base}/{number}/began", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        )
        if is_overlay:
            os.mkdir(f"{base}/{number}/upper", 0o755)
            os.mkdir(f"{base}/{number}/work", 0o700)
    return run


def path_of(store: str, run: str) -> str:
    """Where a run's folder is."""
    return os.path.join(store, OVERLAYS, run)


def discard(base: str) -> None:
    """Remove a run's folder, whatever a program made of it: however deep, with whatever modes.

    Folders are moved up to the top before they are emptied, so no path grows long.
    """
    todo = [base]
    while todo:
        folder = todo.pop()
        with suppress(OSError):
            os.chmod(folder, 0o700)
            with os.scandir(folder) as entries:
                found = list(entries)
            for entry in found:
                todo += _taken_out(base, entry)
            if folder != base:
                os.rmdir(folder)
    with suppress(OSError):
        os.rmdir(base)


def _taken_out(base: str, entry: "os.DirEntry[str]") -> list[str]:
    """Unlink what is no folder; a folder becomes one directly in `base`."""
    with suppress(OSError):
        if not stat.S_ISDIR(entry.stat(follow_symlinks=False).st_mode):
            os.unlink(entry.path)
            return []
        if os.path.dirname(entry.path) == base:
            return [entry.path]
        os.chmod(entry.path, 0o700)
        place = f"{base}/{os.urandom(8).hex()}"
        os.rename(entry.path, place)
        return [place]
    return []


def sweep(store: str, is_alive: Callable[[str], bool]) -> int:
    """Remove what crashed sessions left; how many folders that were."""
    removed = 0
    with suppress(FileNotFoundError), os.scandir(os.path.join(store, OVERLAYS)) as entries:
        for entry in list(entries):
            if not is_alive(entry.name.rpartition("-")[0]):
                discard(entry.path)
                removed += 1
    return removed
