"""What the driver holds open: the shelf, the model, the parser; and its work, in slices that others may stop."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from apps.documents import folders, reading
from apps.documents.link import Parser
from apps.files.beneath import Disk
from apps.files.places import Spot
from apps.files.walk import beneath, inside
from apps.sdk import Grants
from memory.documents import ignore
from memory.documents.shelf import Facts, Read, Shelf, facts_of
from memory.embedding import Embedder
from memory.minilm import MiniLM
from syscalls.errors import NotSupported, SysError

FILE = "passages.db"
NICE = 10
FILES = 32
"""Read between two looks at the clock and one transaction."""
PASSAGES = 4
"""Embedded at once: more take memory, and no less time each."""
_NEEDED = {
    "numpy": "numpy", "onnxruntime": "onnxruntime", "tokenizers": "tokenizers",
    "pypdf": "pypdf", "docx": "python-docx", "openpyxl": "openpyxl", "lxml": "lxml",
}  # fmt: skip


class Library:
    """All of one driver process."""

    def __init__(self, grants: Grants, embedder: Embedder) -> None:
        """Open the shelf of the granted store; vectors of other models than `embedder` are made again."""
        self.own = Path(grants.store or ".")
        self.disk = Disk(grants)
        self.shelf = Shelf(self.own / FILE)
        self.embedder = embedder
        self.shelf.only(self.embedder.name)
        self.parser = Parser(grants.beside.get("parser", -1))
        self.looked: dict[str, tuple[float, float]] = {}
        """Root -> when it was last walked (monotonic), and how long that took."""

    def close(self) -> None:
        """Let go of the shelf and the parser."""
        self.shelf.close()
        self.parser.close()

    def named(self) -> list[str]:
        """The folders a person named that this process may read, as they are on the disk."""
        found = []
        for each in folders.named(self.own):
            try:
                spot = self.disk.existing(each)
            except SysError:
                continue
            if spot.info is not None and stat.S_ISDIR(spot.info.st_mode) and not spot.place.is_store:
                found.append(spot.path)
        return found

    def roots(self, path: str) -> list[str]:
        """The parts of named folders at or below `path`: it itself where it lies in one.

        Raises:
            SysError: `path` is no folder that may be read.
        """
        top = self.disk.existing(path).path
        named = self.named()
        if any(top == each or top.startswith(f"{each.rstrip('/')}/") for each in named):
            return [top]
        below = sorted(each for each in named if each.startswith(f"{top.rstrip('/')}/"))
        return [each for each in below if not any(each.startswith(f"{other}/") for other in below)]

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else reads files while the block runs."""
        with open(self.own / "reading.lock", "wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def work(self, root: str, until: float, *, look: bool) -> None:
        """Look for changes and read, until all is done or the time (monotonic) has come.

        Raises:
            NoSpace: the disk is full; what was kept before is whole.
            SystemExit: the parser ended over a document, which is noted; this process ends with it.
        """
        if look:
            self._look(root)
        passed: set[int] = set()
        while time.monotonic() < until and self._read_some(root, until, passed):
            self._check_parser()
        self._check_parser()
        while time.monotonic() < until and self._embed_some(root):
            pass
        if time.monotonic() < until:
            self.shelf.tidy()

    def _look(self, root: str) -> None:
        started = time.monotonic()
        self.shelf.compare(root, dict(self._seen(root)))
        self.looked[root] = (time.monotonic(), time.monotonic() - started)

    def _seen(self, root: str) -> Iterator[tuple[str, tuple[Facts, str]]]:
        top = self.disk.existing(root)
        for found in beneath(self.disk, top, hidden=False, unread=[], enters=self._enters):
            if stat.S_ISREG(found.info.st_mode):
                path = found.spot.path
                yield path, (facts_of(found.info), ignore.refusal(path, found.info.st_size))

    def _enters(self, spot: Spot) -> bool:
        if ignore.is_passed_over(spot.name) or spot.path == str(self.own):
            return False
        try:
            return not any(each.name in ignore.MARKS for each in inside(self.disk, spot, hidden=False))
        except OSError:
            return True

    def _read_some(self, root: str, until: float, passed: set[int]) -> bool:
        """Read a few of the files that wait; whether there may be more."""
        some = self.shelf.waiting(root, FILES, passed)
        reads: list[Read] = []
        for waiting in some:
            came = reading.read(self.disk, self.shelf, self.parser, waiting)
            if isinstance(came, Read):
                reads.append(came)
            elif came is None:
                passed.add(waiting.id)
            else:
                self.shelf.refuse(waiting._replace(facts=came.facts), came.why)
            if time.monotonic() >= until or self.parser.is_lost:
                break
        if reads:
            self.shelf.add(reads)
        return bool(some)

    def _embed_some(self, root: str) -> bool:
        some = self.shelf.bare(root, PASSAGES)
        if some:
            vectors = self.embedder.embed([text for _, text in some])
            self.shelf.embed([identity for identity, _ in some], vectors, self.embedder.name)
        return bool(some)

    def _check_parser(self) -> None:
        if self.parser.is_lost:
            raise SystemExit("the process that reads documents ended over one; that one is noted")


def open_library(grants: Grants) -> Library:
    """The library of a driver process, which is a patient one from now on; its model is loaded at the first use.

    Raises:
        NotSupported: what it needs is not installed.
    """
    missing = [name for module, name in _NEEDED.items() if find_spec(module) is None]
    if missing:
        raise NotSupported(
            f"finding files by meaning needs {', '.join(missing)}: pip install 'aosh[documents]'"
        )
    os.setpriority(os.PRIO_PROCESS, 0, NICE)
    return Library(grants, MiniLM(threads=1))
