"""chromadb beside the truth: what it proposes, and that it may vanish, lie or crash without harm. All in real jails."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from socket import socket

import msgspec
import psutil
import pytest

pytest.importorskip("chromadb")

from apps.shell.early import index_of
from apps.shell.settings import Folders
from kernel.drivers.beside import end_beside, start_beside
from memory import marks, view
from memory.embedding import HashedWords
from memory.proposals import Proposals
from memory.recall import Query, recall
from memory.record import New
from memory.store import Store
from tests.tiers import best

LARGE = 20
Start = Callable[[], Proposals]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A memory for which twenty records are many."""
    monkeypatch.setattr(view, "LARGE", LARGE)
    monkeypatch.setattr("memory.recall.PROPOSED", 5)
    made = Store(tmp_path / "memory.db", HashedWords())
    made.add([New(text=f"the printer on floor {number} is called box{number}") for number in range(40)])
    yield made
    made.close()


@pytest.fixture
def start(store: Store, tmp_path: Path) -> Iterator[Start]:
    """Starts the index's process, as a driver's launcher does."""
    with ExitStack() as stack:

        def started() -> Proposals:
            beside = index_of(Folders(tmp_path, tmp_path.parent, tmp_path), store.embedder.name)
            told = json.loads(beside.settings) | {
                "truth": str(store.path), "folder": str(folder(store).parent), "least": LARGE,
            }  # fmt: skip
            assert beside.jail is not None
            jail = msgspec.structs.replace(beside.jail, read=(*beside.jail.read[1:], str(tmp_path)))
            mine = msgspec.structs.replace(
                beside, settings=json.dumps(told), jail=jail, keeps=str(folder(store).parent)
            )
            with ExitStack() as ends:
                begun = start_beside(mine, best(), ends)
                found = Proposals(socket(fileno=os.dup(begun.end)))
            stack.callback(end_beside, [begun])
            stack.callback(begun.process.wait, 60)
            stack.callback(found.close)
            return found

        yield started


def folder(store: Store) -> Path:
    return store.path.parent / "indexes" / marks.FOLDER


def caught_up(index: Proposals, of: int = 40) -> None:
    """Wait until all is indexed."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        far = index.far(180)
        assert far is not None
        if (far.done, far.of) == (of, of):
            return
    raise AssertionError("it never caught up")


def texts(store: Store, words: str) -> list[str]:
    return [hit.record.text for hit in recall(store, Query(text=words, limit=3))]


def test_with_the_index_the_best_hit_is_that_without(store: Store, start: Start) -> None:
    asked = [f"printer called box{number}" for number in range(0, 40, 7)]
    without = [texts(store, each)[0] for each in asked]
    index = store.index = start()
    caught_up(index)
    assert [texts(store, each)[0] for each in asked] == without
    proposed = index.nearest("user", "fact", store.embedder.embed([asked[0]])[0], 5)
    assert proposed is not None and len(proposed.ids) == 5 and proposed.upto == 40


@pytest.mark.slow
def test_what_is_stored_later_is_found_at_once_and_indexed_soon(store: Store, start: Start) -> None:
    index = store.index = start()
    caught_up(index)
    store.add([New(text="the dentist moved to harbour street")])
    assert texts(store, "dentist street")[0].startswith("the dentist")
    caught_up(index, 41)
    assert texts(store, "dentist street")[0].startswith("the dentist")


class Stale:
    """An index that follows nothing."""

    def __init__(self, ids: list[int]) -> None:
        self._ids = ids

    def nearest(self, space: str, kind: str, vector: object, count: int) -> view.Proposed:
        return view.Proposed(self._ids, 40)

    def changed(self) -> None:
        pass


def test_what_was_forgotten_never_comes_back_from_an_index_that_still_holds_it(store: Store) -> None:
    (found,) = (hit.record.id for hit in recall(store, Query(text="box7", limit=1)))
    store.index = Stale([found, 999, 3])
    assert "the printer on floor 7 is called box7" in texts(store, "box7")
    store.forget(found)
    assert "the printer on floor 7 is called box7" not in texts(store, "box7")


def test_what_was_forgotten_leaves_the_index_too_and_never_comes_back(store: Store, start: Start) -> None:
    index = store.index = start()
    caught_up(index)
    (found,) = (hit.record.id for hit in recall(store, Query(text="box7", limit=1)))
    store.forget(found)
    assert "the printer on floor 7 is called box7" not in texts(store, "box7")
    caught_up(index, 39)
    proposed = index.nearest("user", "fact", store.embedder.embed(["box7"])[0], 50)
    assert proposed is not None and proposed.ids and found not in proposed.ids


@pytest.mark.slow
def test_other_kinds_and_small_groups_are_compared_beside_it(store: Store, start: Start) -> None:
    index = store.index = start()
    caught_up(index)
    store.add([New(text="printers please in duplex", kind="preference")])
    assert texts(store, "printers duplex")[0] == "printers please in duplex"
    only = recall(store, Query(text="printers", kinds=("preference",)))
    assert [hit.record.kind for hit in only] == ["preference"]
    assert index.nearest("user", "preference", store.embedder.embed(["duplex"])[0], 5) is None


@pytest.mark.slow
def test_a_folder_it_cannot_use_is_set_aside_and_made_anew_and_that_is_told(
    store: Store, start: Start
) -> None:
    index = start()
    caught_up(index)
    index.close()
    wait_for_end(store)
    (folder(store) / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
    caught_up(start())
    told = marks.told(folder(store))
    assert told is not None and told.why
    assert (folder(store).parent / marks.ASIDE / "chroma.sqlite3").read_bytes().startswith(b"garbage")


def test_a_child_that_crashes_is_followed_by_one_with_a_new_index(store: Store, start: Start) -> None:
    index = store.index = start()
    caught_up(index)
    (worker,) = [
        each for each in psutil.Process().children(recursive=True) if each.memory_info().rss > 60 << 20
    ]
    worker.send_signal(signal.SIGSEGV)
    worker.wait(10)
    assert texts(store, "box7")[0].endswith("box7")
    caught_up(index)
    told = marks.told(folder(store))
    assert told is not None and "signal 11" in told.why


@pytest.mark.slow
def test_an_index_that_lacks_records_it_is_marked_to_hold_is_made_anew(store: Store, start: Start) -> None:
    index = start()
    caught_up(index)
    store.add([New(text="one more")])
    index.close()
    wait_for_end(store)
    found = marks.read(folder(store))
    marks.write(folder(store), marks.Marks({marks.key("user", "fact"): 41}, found.stamp))
    caught_up(start(), 41)
    told = marks.told(folder(store))
    assert told is not None and "lacks 1" in told.why


@pytest.mark.slow
def test_an_index_of_another_model_is_made_anew(store: Store, start: Start) -> None:
    marks.begin(folder(store), marks.About("another", 3))
    caught_up(start())
    assert marks.about(folder(store)) == marks.About("hashed-words", 256)
    told = marks.told(folder(store))
    assert told is not None and "of the model 'another'" in told.why


@pytest.mark.slow
def test_two_shells_share_one_index_and_the_second_does_without(store: Store, start: Start) -> None:
    caught_up(start())
    second = store.index = start()
    assert second.far(10) is None
    assert not second.is_open
    assert texts(store, "box7")[0].endswith("box7")


@pytest.mark.slow
def test_killed_while_it_indexes_the_truth_is_whole_and_the_index_usable_again(
    store: Store, start: Start
) -> None:
    store.add([New(text=f"note {number} of many") for number in range(3000)])
    index = start()
    while (far := index.far(180)) is not None and far.done < 500:
        pass
    for each in psutil.Process().children(recursive=True):
        each.kill()
    again = start()
    caught_up(again, 3040)
    assert len(list(store.all())) == 3040


def wait_for_end(store: Store) -> None:
    """Until nobody holds the index."""
    import fcntl

    with (folder(store).parent / marks.LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
