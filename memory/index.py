"""The index of large groups: chromadb's embedded store, a collection a space and kind, made from the truth, never trusted.

It proposes ids; what is remembered under them is read from `memory.store`, so that nothing forgotten comes
back through it, and nothing is lost with it. chromadb can crash the process that opens a folder in which it was
killed (see docs/decisions/0028): `memory.indexer` opens it in a process that may crash.
"""

import hashlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from memory import marks
from memory.group import mixed
from memory.marks import About
from memory.view import Proposed
from syscalls.errors import DeviceFailed, NotSupported

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vector = NDArray[numpy.float32]

BATCH = 250
"""Records handed to chromadb at once; a question waits no longer than one of these takes."""
_HNSW = {"space": "cosine", "ef_search": 256, "batch_size": 1_000, "sync_threshold": 5_000}


class Faulty(Exception):
    """The folder cannot be used, and why. It is to be set aside."""


class Progress(NamedTuple):
    """How far it is."""

    done: int
    """Records that are indexed."""
    of: int
    """Records of the groups that are large enough to be, and those that were forgotten and are in it still."""


class Index:
    """One folder of chromadb beside a truth, which it only reads. Belongs to one thread of one process."""

    def __init__(self, folder: Path, base: sqlite3.Connection, model: str, least: int) -> None:
        """Open it and try each collection.

        Args:
            folder: its own, made when missing.
            base: the truth.
            model: whose vectors are compared.
            least: groups with fewer records are left out.

        Raises:
            Faulty: it is of another model, or cannot be used. chromadb may crash instead.
            NotSupported: chromadb is not installed.
        """
        self.folder = folder
        self._base, self._model, self._least = base, model, least
        is_new = not (folder / marks.ABOUT).exists()
        if is_new:
            marks.begin(folder, About(model, _dimension(base)))
        elif (about := marks.about(folder)) is None or about.model != model:
            raise Faulty(
                f"it is of the model {about.model!r}" if about else "it does not say of which model it is"
            )
        self._marks = marks.read(folder)
        self._client = client_of(folder)
        self._try()

    def close(self) -> None:
        """Let go of the folder."""
        self._client.close()

    def nearest(self, space: str, kind: str, vector: "Vector", count: int) -> Proposed | None:
        """About the nearest records of a group; None where it is not indexed."""
        upto = self._marks.upto.get(marks.key(space, kind), 0)
        if not upto:
            return None
        collection = self._collection(space, kind)
        known = collection.count()
        if not known:
            return Proposed([], upto)
        found = collection.query(query_embeddings=[vector], n_results=min(count, known), include=[])
        return Proposed([int(each) for each in found["ids"][0]], upto)

    def step(self) -> bool:
        """Index one batch of what was stored since, and let go of what was forgotten; whether there may be more.

        It may be stopped anywhere and goes on from there.

        Raises:
            DeviceFailed: the truth has vectors of another model.
        """
        self._let_go()
        for space, kind in self._large():
            ids, vectors = self._batch(space, kind)
            if ids:
                self._collection(space, kind).upsert(ids=[str(each) for each in ids], embeddings=vectors)
                self._marks.upto[marks.key(space, kind)] = ids[-1]
                marks.write(self.folder, self._marks)
                return True
        return False

    def progress(self) -> Progress:
        """How far it is."""
        done = 0
        (of,) = self._base.execute(
            "select count(*) from gone where changed > ?", (self._marks.stamp,)
        ).fetchone()
        for space, kind in self._large():
            upto = self._marks.upto.get(marks.key(space, kind), 0)
            of += self._count(space, kind, 2**62)
            done += self._count(space, kind, upto)
        return Progress(done, of)

    def _large(self) -> list[tuple[str, str]]:
        rows = self._base.execute(
            "select space, kind from records group by space, kind having count(*) >= ? order by space, kind",
            (self._least,),
        ).fetchall()
        return [(row[0], row[1]) for row in rows]

    def _count(self, space: str, kind: str, upto: int) -> int:
        (count,) = self._base.execute(
            "select count(*) from records where space = ? and kind = ? and id <= ?", (space, kind, upto)
        ).fetchone()
        return int(count)

    def _batch(self, space: str, kind: str) -> "tuple[list[int], Vector]":
        import numpy

        rows = self._base.execute(
            "select id, vector, model from records where space = ? and kind = ? and id > ? order by id limit ?",
            (space, kind, self._marks.upto.get(marks.key(space, kind), 0), BATCH),
        ).fetchall()
        if other := {row[2] for row in rows} - {self._model}:
            raise DeviceFailed(mixed(other.pop(), self._model))
        raw = numpy.frombuffer(b"".join(row[1] for row in rows), dtype=numpy.float32)
        return [row[0] for row in rows], raw.reshape(len(rows), -1) if rows else raw

    def _let_go(self) -> None:
        """Delete the vectors of what was forgotten since."""
        rows = self._base.execute(
            "select id, changed from gone where changed > ? order by changed limit ?",
            (self._marks.stamp, BATCH),
        ).fetchall()
        if rows:
            for collection in self._client.list_collections():
                collection.delete(ids=[str(row[0]) for row in rows])
            self._marks.stamp = rows[-1][1]
            marks.write(self.folder, self._marks)

    def _try(self) -> None:
        """Ask each collection for something.

        Raises:
            Faulty: it does not answer, or lacks what it is marked to hold.
        """
        try:
            for key, upto in self._marks.upto.items():
                space, kind = marks.parts(key)
                collection = self._collection(space, kind)
                lacking = self._count(space, kind, upto) - collection.count()
                if lacking > 0:
                    raise Faulty(f"it lacks {lacking} of the records of {space}, kind {kind}")
                found = collection.get(limit=1, include=["embeddings"])["embeddings"]
                if found is not None and len(found):
                    collection.query(query_embeddings=[found[0]], n_results=1, include=[])
        except Faulty:
            raise
        # Whatever chromadb raises here, its folder is what is wrong.
        except Exception as broken:  # noqa: BLE001
            raise Faulty(f"it does not answer: {type(broken).__name__}: {broken}"[:300]) from None

    def _collection(self, space: str, kind: str) -> Any:
        name = f"group-{hashlib.sha256(marks.key(space, kind).encode()).hexdigest()[:32]}"
        return self._client.get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": _HNSW}
        )


def set_aside(folder: Path, why: str, kept: Path) -> None:
    """Move a folder that cannot be used away, where the last such one was, and begin a new one that says why."""
    if kept.exists():
        shutil.rmtree(kept)
    if folder.exists():
        os.replace(folder, kept)
    marks.tell(folder, why)


def _dimension(base: sqlite3.Connection) -> int:
    row = base.execute("select length(vector) from records limit 1").fetchone()
    return int(row[0]) // 4 if row else 0


def client_of(folder: Path) -> Any:
    """chromadb on a folder, silent to the outside.

    Raises:
        NotSupported: it is not installed.
    """
    os.environ["SQLITE_TMPDIR"] = str(folder)  # the jail has no other place for what does not fit in memory
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import chromadb
        from chromadb.config import Settings
    except ImportError:
        raise NotSupported(
            "large memories need chromadb: pip install 'aosh[memory]'; small ones are searched without"
        ) from None
    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
