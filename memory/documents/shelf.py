"""What was read of files: each content once under its digest, and which paths hold it now.

A path's facts (device, inode, size, times) tell whether it can still hold what was read; a file that was moved or
copied is known by its digest and is not read into passages again.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from memory.documents.passages import Passage
from memory.documents.schema import connect, told
from memory.schema import transaction
from memory.words import words_of
from syscalls.errors import DeviceFailed

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

_UNHELD = "select id from contents except select content from files"
READER = 1
"""Grows when files are read or cut otherwise than before: all are then read again."""


class Facts(NamedTuple):
    """What the file system says of a file, as far as a change of its bytes shows there."""

    device: int
    inode: int
    size: int
    modified: int
    """Nanoseconds; likewise `changed`, which nobody can set back."""
    changed: int


def facts_of(info: os.stat_result) -> Facts:
    """The facts of an open or named file."""
    return Facts(info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)


class Waiting(NamedTuple):
    """A file that is to be read."""

    id: int
    path: str
    facts: Facts


class Read(NamedTuple):
    """What came of reading a file."""

    waiting: Waiting
    digest: bytes
    passages: Sequence[Passage] = ()
    """Empty where the digest is known already."""
    why: str = ""
    """Why nothing was found in it, for people."""
    is_cut: bool = False
    """Whether only its beginning was read."""


class Counts(NamedTuple):
    """How far the files below a folder are read."""

    files: int
    """That are read, or wait for it."""
    waiting: int
    passages: int
    bare: int
    """Passages whose vectors are still to be made."""
    refused: int
    """Files that are not read."""


class Shelf:
    """One user's passages. Several processes may hold it open; writing is one transaction at a time."""

    def __init__(self, path: Path) -> None:
        """Open it, making it when missing or damaged.

        Raises:
            NoSpace, NotPermitted, Busy: it can neither be opened nor made.
        """
        self.path = path
        self.base, self.remade = connect(path)
        """`remade`: why it was made anew; empty where it was not."""
        self.pool: tuple[object, object] | None = None
        """What `memory.documents.recall` read last, and of which state of the file."""
        try:
            self._renew()
        except DeviceFailed:
            self.base.close()
            self.base, self.remade = connect(path)

    def close(self) -> None:
        """Close the file."""
        self.base.close()

    def ask(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """The rows of a query.

        Raises:
            DeviceFailed: the file is damaged, and is made anew when it is opened next.
        """
        with told(self.path):
            return self.base.execute(sql, values).fetchall()

    def compare(self, root: str, seen: Mapping[str, tuple[Facts, str]], *, whole: bool = True) -> int:
        """Take in what a walk below `root` found; how many files are to be read because of it.

        Args:
            root: absolute.
            seen: by path, the facts of every regular file, and why it is not read (empty where it is).
            whole: whether all below was looked at, so that what was not seen is gone.
        """
        known = {path: (identity, facts, why) for identity, path, facts, why in self._rows(root)}
        gone = [known[path][0] for path in known if path not in seen] if whole else []
        moved = self._by_facts(gone)
        fresh = 0
        with self.changing():
            self._drop(gone)
            for path, (facts, why) in seen.items():
                old = known.get(path)
                if old is not None and old[1] == facts and (old[2] or not why):
                    continue
                fresh += not why
                if (
                    old is not None and not why
                ):  # it is found by what it said, as far as that still holds, until it is read
                    self.base.execute("update files set waits = 1, why = '' where id = ?", (old[0],))
                else:
                    self._put(path, facts, None if why else moved.get(facts), why)
        return fresh

    def waiting(self, root: str, limit: int, passed: Iterable[int] = ()) -> list[Waiting]:
        """Files below a folder that are to be read, newest first.

        Args:
            passed: ids that are not asked for again.
        """
        low, high = _range(root)
        skip = ",".join(map(str, passed))
        rows = self.ask(
            "select id, path, device, inode, size, modified, changed from files where waits"
            f" and path >= ? and path < ? and id not in ({skip}) order by modified desc limit ?",
            (low, high, limit),
        )
        return [Waiting(row[0], os.fsdecode(row[1]), Facts(*row[2:])) for row in rows]

    def knows(self, digest: bytes) -> bool:
        """Whether a content was read already, by this reader."""
        return bool(self.ask("select id from contents where digest = ? and reader = ?", (digest, READER)))

    def add(self, reads: Sequence[Read]) -> None:
        """Keep what was read; all or nothing.

        Raises:
            NoSpace, Busy: nothing was kept.
        """
        with self.changing():
            for read in reads:
                content = self._content(read)
                self.base.execute(
                    "update files set waits = 0, content = ?, device = ?, inode = ?, size = ?, modified = ?, changed = ?"
                    " where id = ?",
                    (content, *read.waiting.facts, read.waiting.id),
                )

    def refuse(self, waiting: Waiting, why: str) -> None:
        """Note that a file, as its facts say it is now, is not read."""
        with self.changing():
            self.base.execute(
                "update files set waits = 0, content = null, why = ?, device = ?, inode = ?, size = ?, modified = ?,"
                " changed = ? where id = ?",
                (why, *waiting.facts, waiting.id),
            )

    def again(self, path: str) -> None:
        """What was read of a path does not hold any more: it is to be read again, and is not found until then."""
        with self.changing():
            self.base.execute(
                "update files set waits = 1, content = null, why = '' where path = ?", (os.fsencode(path),)
            )

    def touch(self, path: str, facts: Facts) -> None:
        """A file's facts are other ones and its bytes the same."""
        with self.changing():
            self.base.execute(
                "update files set device = ?, inode = ?, size = ?, modified = ?, changed = ? where path = ?",
                (*facts, os.fsencode(path)),
            )

    def bare(self, root: str, limit: int) -> list[tuple[int, str]]:
        """(id, text) of passages below a folder that have no vector, of the newest files first."""
        low, high = _range(root)
        return self.ask(
            "select p.id, p.text from files f join passages p on p.content = f.content where p.vector is null"
            " and f.path >= ? and f.path < ? group by p.id order by max(f.modified) desc, p.id limit ?",
            (low, high, limit),
        )

    def embed(self, ids: Sequence[int], vectors: "NDArray[numpy.float32]", model: str) -> None:
        """Keep the vectors of passages."""
        rows = [
            (row.astype("float16").tobytes(), model, identity)
            for identity, row in zip(ids, vectors, strict=True)
        ]
        with self.changing():
            self.base.executemany("update passages set vector = ?, model = ? where id = ?", rows)

    def only(self, model: str) -> None:
        """Let go of the vectors of every other model: they are never compared."""
        other = self.ask("select 1 from passages where model not in ('', ?) limit 1", (model,))
        if other:
            with self.changing():
                self.base.execute("update passages set vector = null, model = '' where model <> ?", (model,))

    def counts(self, root: str) -> Counts:
        """How far the files below a folder are read."""
        low, high = _range(root)
        ((files, waiting, refused),) = self.ask(
            "select count(*) filter (where why = ''), count(*) filter (where waits),"
            " count(*) filter (where why <> '') from files where path >= ? and path < ?",
            (low, high),
        )
        ((passages, embedded),) = self.ask(
            "select count(*), count(vector) from passages where content in"
            " (select content from files where path >= ? and path < ?)",
            (low, high),
        )
        return Counts(files, waiting, passages, passages - embedded, refused)

    def trouble(self, root: str, limit: int) -> list[tuple[str, str]]:
        """(path, why) of files of which nothing, or not all, can be found; those that were tried come first."""
        low, high = _range(root)
        rows = self.ask(
            "select f.path, coalesce(nullif(c.why, ''), f.why) as reason, f.why = '' as tried from files f"
            " left join contents c on c.id = f.content where reason <> '' and f.path >= ? and f.path < ?"
            " order by tried desc, f.path limit ?",
            (low, high, limit),
        )
        return [(os.fsdecode(row[0]), row[1]) for row in rows]

    def forget(self, root: str) -> int:
        """Drop all that was read below a folder; how many files that were."""
        low, high = _range(root)
        ids = [row[0] for row in self.ask("select id from files where path >= ? and path < ?", (low, high))]
        with self.changing():
            self._drop(ids)
            self._drop_contents(_UNHELD)
        with told(self.path):
            self.base.execute("pragma wal_checkpoint(truncate)").fetchone()
        return len(ids)

    def tidy(self) -> None:
        """Drop contents that no path holds, unless a file waits that may turn out to hold one."""
        if self.ask("select 1 from files where waits limit 1"):
            return
        with self.changing():
            self._drop_contents(_UNHELD)

    def _renew(self) -> None:
        """Let all that an older reader read be read again."""
        old = "select id from contents where reader <> ?"
        if self.ask(f"{old} limit 1", (READER,)):
            with self.changing():
                self.base.execute(
                    f"update files set waits = 1, content = null where content in ({old})", (READER,)
                )

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One transaction: kept when the block ends well, else nothing of it."""
        with told(self.path), transaction(self.base):
            yield

    def _rows(self, root: str) -> Iterator[tuple[int, str, Facts, str]]:
        low, high = _range(root)
        rows = self.ask(
            "select id, path, device, inode, size, modified, changed, why from files where path >= ? and path < ?",
            (low, high),
        )
        return ((row[0], os.fsdecode(row[1]), Facts(*row[2:7]), row[7]) for row in rows)

    def _by_facts(self, ids: Sequence[int]) -> dict[Facts, int]:
        """What the files of these ids held, by facts that say that a file elsewhere is the same one."""
        found = {}
        for start in range(0, len(ids), 500):
            part = ",".join(map(str, ids[start : start + 500]))
            rows = self.ask(
                f"select device, inode, size, modified, changed, content from files where id in ({part})"
                " and content is not null and changed <> 0"
            )
            found.update({Facts(*row[:5]): int(row[5]) for row in rows})
        return found

    def _put(self, path: str, facts: Facts, content: int | None, why: str) -> None:
        raw = os.fsencode(path)
        (identity,) = self.base.execute(
            "insert into files (path, device, inode, size, modified, changed, content, why, waits)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " on conflict (path) do update set device = excluded.device, inode = excluded.inode, size = excluded.size,"
            " modified = excluded.modified, changed = excluded.changed, content = excluded.content, why = excluded.why,"
            " waits = excluded.waits returning id",
            (raw, *facts, content, why, content is None and not why),
        ).fetchone()
        self.base.execute("delete from named where rowid = ?", (identity,))
        self.base.execute("insert into named (rowid, words) values (?, ?)", (identity, name_words(path)))

    def _drop(self, ids: Sequence[int]) -> None:
        for start in range(0, len(ids), 500):
            part = ",".join(map(str, ids[start : start + 500]))
            self.base.execute(f"delete from named where rowid in ({part})")
            self.base.execute(f"delete from files where id in ({part})")

    def _content(self, read: Read) -> int:
        row = self.base.execute("select id, reader from contents where digest = ?", (read.digest,)).fetchone()
        if row and row[1] == READER:
            return int(row[0])
        if row:
            self._drop_contents(f"select {int(row[0])}")
        cursor = self.base.execute(
            "insert into contents (digest, reader, why, is_cut) values (?, ?, ?, ?)",
            (read.digest, READER, read.why, read.is_cut),
        )
        content = int(cursor.lastrowid or 0)
        for each in read.passages:
            passage = self.base.execute(
                "insert into passages (content, line, page, text) values (?, ?, ?, ?)",
                (content, each.line, each.page, each.text),
            ).lastrowid
            self.base.execute(
                "insert into said (rowid, words) values (?, ?)", (passage, " ".join(words_of(each.text)))
            )
        return content

    def _drop_contents(self, which: str) -> None:
        self.base.execute(
            f"delete from said where rowid in (select id from passages where content in ({which}))"
        )
        self.base.execute(f"delete from passages where content in ({which})")
        self.base.execute(f"delete from contents where id in ({which})")


def name_words(path: str) -> str:
    """The search words of a file's name and the two folders it lies in."""
    parts = os.fsencode(path).decode("utf-8", "replace").split("/")[-3:]
    return " ".join(words_of(" ".join(parts).replace("_", " ").replace("-", " ").replace(".", " ")))


def _range(root: str) -> tuple[bytes, bytes]:
    """Bounds of every path below a folder."""
    raw = os.fsencode(root.rstrip("/"))
    return raw + b"/", raw + b"0"
