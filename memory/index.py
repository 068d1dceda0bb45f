"""The index of large spaces: chromadb's embedded store, a collection a space, made from the truth and never trusted.

It proposes ids; what is remembered under them is read from `memory.store`, so that nothing forgotten comes
back through it, and nothing is lost with it. chromadb can crash the process that opens a folder in which it was
killed (see docs/decisions/0028): the folder is tried in a child first, and made anew where that child does not
answer well.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from memory.store import Store
from syscalls.errors import NotSupported

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

BATCH = 2_000
"""Records handed to chromadb at once; adding holds the interpreter, 5 ms a hundred."""
TRIAL_S = 60.0
"""How long a child may take to open and ask the folder."""
_TRIAL = "import sys; sys.path.append(sys.argv[2]); from memory.index import trial; trial(sys.argv[1])"
_ABOUT, _CLEAN = "aosh.json", "clean"

Progress = Callable[[int, int], None]
"""Told how many records of how many are indexed."""


class _About(msgspec.Struct):
    """What the folder was made from: another model's vectors are never mixed in."""

    model: str


class Index:
    """One folder of chromadb beside a store. Belongs to one thread."""

    def __init__(self, folder: Path, store: Store) -> None:
        """Open it, or make it anew where it is of another model or a child could not use it.

        Raises:
            NotSupported: chromadb is not installed.
        """
        self.folder = folder
        self.remade = ""
        """Why the folder was made anew; empty where it was not."""
        self._store = store
        if folder.exists() and (fault := self._fault()):
            self.remade = fault
            shutil.rmtree(folder)
        self._client = client_of(folder)
        (folder / _CLEAN).unlink(missing_ok=True)
        (folder / _ABOUT).write_bytes(msgspec.json.encode(_About(store.embedder.name)))

    def _fault(self) -> str:
        try:
            about = msgspec.json.decode((self.folder / _ABOUT).read_bytes(), type=_About)
        except (OSError, msgspec.DecodeError):
            return "it does not say of which model it is"
        if about.model != self._store.embedder.name:
            return f"it is of the model {about.model!r}"
        return "" if (self.folder / _CLEAN).exists() else refusal_of(self.folder)

    def close(self) -> None:
        """Let go of the folder, which needs no trial then when it is opened next."""
        self._client.close()
        (self.folder / _CLEAN).touch()

    def nearest(self, space: str, vector: "NDArray[numpy.float32]", count: int) -> list[int]:
        """Ids of about the nearest records of a space, best first, forgotten ones perhaps among them."""
        collection = self._collection(space)
        known = collection.count()
        if not known:
            return []
        found = collection.query(query_embeddings=[vector], n_results=min(count, known), include=[])
        return [int(each) for each in found["ids"][0]]

    def upto(self, space: str) -> int:
        """The highest id that was indexed; 0 for none. Ids only grow, so what is above is all that is missing."""
        return int(self._marks().get(space, 0))

    def forget(self, space: str, identity: int) -> None:
        """Let an id go."""
        self._collection(space).delete(ids=[str(identity)])

    def catch_up(self, progress: Progress = lambda done, of: None) -> int:
        """Index what was stored since; how many that was. It may be stopped anywhere and goes on from there."""
        total = 0
        for space in self._spaces():
            missing = self._store.base.execute(
                "select count(*) from records where space = ? and id > ?", (space, self.upto(space))
            ).fetchone()[0]
            done = 0
            for ids, vectors in self._batches(space):
                self._collection(space).upsert(ids=[str(each) for each in ids], embeddings=vectors)
                self._mark(space, ids[-1])
                done += len(ids)
                progress(total + done, total + missing)
            total += done
        return total

    def _spaces(self) -> list[str]:
        rows = self._store.base.execute("select distinct space from records order by space").fetchall()
        return [row[0] for row in rows]

    def _batches(self, space: str) -> "Iterator[tuple[list[int], NDArray[numpy.float32]]]":
        import numpy

        while True:
            rows = self._store.base.execute(
                "select id, vector from records where space = ? and id > ? order by id limit ?",
                (space, self.upto(space), BATCH),
            ).fetchall()
            if not rows:
                return
            raw = numpy.frombuffer(b"".join(row[1] for row in rows), dtype=numpy.float32)
            yield [row[0] for row in rows], raw.reshape(len(rows), -1)

    def _collection(self, space: str) -> Any:
        name = f"space-{hashlib.sha256(space.encode()).hexdigest()[:32]}"
        return self._client.get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": {"space": "cosine", "ef_search": 256}}
        )

    def _marks(self) -> dict[str, int]:
        """How far each space is indexed. Written after the batch: one that was indexed twice is there once."""
        try:
            return msgspec.json.decode((self.folder / "marks.json").read_bytes(), type=dict[str, int])
        except (OSError, msgspec.DecodeError):
            return {}

    def _mark(self, space: str, upto: int) -> None:
        draft = self.folder / "marks.new"
        draft.write_bytes(msgspec.json.encode(self._marks() | {space: upto}))
        os.replace(draft, self.folder / "marks.json")


def reindex(folder: Path, store: Store, progress: Progress = lambda done, of: None) -> Index:
    """The index, made anew from the truth. No other may be open on the folder in this process."""
    if folder.exists():
        shutil.rmtree(folder)
    index = Index(folder, store)
    index.catch_up(progress)
    return index


def refusal_of(folder: Path) -> str:
    """Why the folder cannot be used, found out in a child that may crash instead of this process; empty where it can."""
    root = str(Path(__file__).parent.parent)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _TRIAL, str(folder), root],
            capture_output=True, text=True, timeout=TRIAL_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"a trial did not end within {TRIAL_S:.0f} s"
    if done.returncode == 0:
        return ""
    said = done.stderr.strip().splitlines()
    return f"a trial ended with {done.returncode}" + (f": {said[-1][:200]}" if said else "")


def trial(folder: str) -> None:
    """Open the folder and ask each of its collections for something; what fails ends the process."""
    for collection in client_of(Path(folder)).list_collections():
        found = collection.get(limit=1, include=["embeddings"])
        vectors = found["embeddings"]
        if vectors is not None and len(vectors):
            collection.query(query_embeddings=[vectors[0]], n_results=1, include=[])


def client_of(folder: Path) -> Any:
    """chromadb on a folder, silent to the outside.

    Raises:
        NotSupported: it is not installed.
    """
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import chromadb
        from chromadb.config import Settings
    except ImportError:
        raise NotSupported(
            "large memories need chromadb: pip install 'aosh[memory]'; small ones are searched without"
        ) from None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
