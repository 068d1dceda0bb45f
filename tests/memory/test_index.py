"""chromadb beside the truth: what it proposes, and that it may vanish, lie or crash without harm."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory import recall as recalling
from memory.embedding import HashedWords
from memory.index import Index, refusal_of, reindex
from memory.recall import Query, recall
from memory.record import New
from memory.store import Store

pytest.importorskip("chromadb")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A memory for which twenty records are many."""
    monkeypatch.setattr(recalling, "LARGE", 20)
    monkeypatch.setattr(recalling, "PROPOSED", 5)
    made = Store(tmp_path / "memory.db", HashedWords())
    made.add([New(text=f"the printer on floor {number} is called box{number}") for number in range(40)])
    yield made
    made.close()


def texts(store: Store, words: str) -> list[str]:
    return [hit.record.text for hit in recall(store, Query(text=words, limit=3))]


def test_with_the_index_the_best_hit_is_that_without(store: Store, tmp_path: Path) -> None:
    asked = [f"printer called box{number}" for number in range(0, 40, 7)]
    without = [texts(store, each)[0] for each in asked]
    store.index = reindex(tmp_path / "chroma", store)
    assert [texts(store, each)[0] for each in asked] == without


def test_what_is_not_indexed_yet_is_found(store: Store, tmp_path: Path) -> None:
    index = store.index = reindex(tmp_path / "chroma", store)
    store.add([New(text="the dentist moved to harbour street")])
    assert texts(store, "dentist street")[0].startswith("the dentist")
    assert index.catch_up() == 1
    assert index.catch_up() == 0
    assert texts(store, "dentist street")[0].startswith("the dentist")


def test_what_was_forgotten_never_comes_back_from_an_index_that_still_holds_it(
    store: Store, tmp_path: Path
) -> None:
    store.index = reindex(tmp_path / "chroma", store)
    (found,) = (hit.record.id for hit in recall(store, Query(text="box7", limit=1)))
    index, store.index = store.index, None
    store.forget(found)
    store.index = index
    assert found in index.nearest("user", store.embedder.embed(["box7"])[0], 50)
    assert "the printer on floor 7 is called box7" not in texts(store, "box7")


def test_forgetting_takes_the_vector_from_the_index_too(store: Store, tmp_path: Path) -> None:
    index = store.index = reindex(tmp_path / "chroma", store)
    (found,) = (hit.record.id for hit in recall(store, Query(text="box7", limit=1)))
    store.forget(found)
    assert found not in index.nearest("user", store.embedder.embed(["box7"])[0], 50)


def test_stopped_half_way_it_goes_on_from_there(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.index.BATCH", 10)

    class Stop(Exception):
        pass

    def once(done: int, of: int) -> None:
        assert (done, of) == (10, 40)
        raise Stop

    index = Index(tmp_path / "chroma", store)
    with pytest.raises(Stop):
        index.catch_up(once)
    index.close()
    assert Index(tmp_path / "chroma", store).catch_up() == 30


def test_a_folder_that_a_child_cannot_use_is_made_anew_and_that_is_said(store: Store, tmp_path: Path) -> None:
    reindex(tmp_path / "chroma", store).close()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
    (tmp_path / "chroma" / "clean").unlink()  # as after a kill
    assert "a trial ended with" in refusal_of(tmp_path / "chroma")
    index = Index(tmp_path / "chroma", store)
    assert "a trial ended with" in index.remade
    assert index.catch_up() == 40


def test_an_index_of_another_model_is_made_anew(store: Store, tmp_path: Path) -> None:
    reindex(tmp_path / "chroma", store).close()
    (tmp_path / "chroma" / "aosh.json").write_text('{"model": "another"}')
    assert "of the model 'another'" in Index(tmp_path / "chroma", store).remade


def test_killed_while_it_indexes_the_truth_is_whole_and_the_index_usable_again(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.append(sys.argv[1])\n"
        "from pathlib import Path\n"
        "import memory.index as i\n"
        "from memory.embedding import HashedWords\nfrom memory.record import New\nfrom memory.store import Store\n"
        "base = Path(sys.argv[2]); i.BATCH = 20\n"
        "store = Store(base / 'memory.db', HashedWords())\n"
        "store.add([New(text=f'note {n} of many') for n in range(400)])\n"
        "index = i.Index(base / 'chroma', store)\n"
        "index.catch_up(lambda done, of: print(done, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(ROOT), str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for _ in range(3):
            assert process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    store = Store(tmp_path / "memory.db", HashedWords())
    index = Index(tmp_path / "chroma", store)
    index.catch_up()
    assert index.upto("user") == 400
    shutil.rmtree(tmp_path / "chroma")
    assert len(list(store.all())) == 400
    store.close()
