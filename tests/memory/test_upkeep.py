"""What is done to the memory's files: another model, damage, a full disk, an older format."""

import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="needs the extra `memory`")

from memory.check import faults
from memory.embedding import HashedWords
from memory.recall import Query, recall
from memory.record import New
from memory.reembed import reembed
from memory.repair import repair
from memory.schema import VERSION
from memory.state import state_of
from memory.store import Store
from syscalls.errors import DeviceFailed, NoSpace

ROOT = Path(__file__).parents[2]


class Other(HashedWords):
    """Another model."""

    name = "other"
    dimension = 128


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """A memory of 300 records, closed."""
    store = Store(tmp_path / "memory.db", HashedWords())
    store.add([New(text=f"the printer on floor {number} is called box{number}") for number in range(300)])
    store.forget(300)
    store.close()
    return store.path


def test_another_model_makes_all_vectors_anew_and_goes_on_where_it_was_stopped(truth: Path) -> None:
    class Stop(Exception):
        pass

    def once(done: int, of: int) -> None:
        assert (done, of) == (64, 299)
        raise Stop

    with pytest.raises(Stop):
        reembed(truth, Other(), once)
    assert state_of(truth).models == {"hashed-words": 235, "other": 64}
    for model in (HashedWords(), Other()):
        with pytest.raises(DeviceFailed, match="aosh memory reindex"):
            Store(truth, model)
    assert reembed(truth, Other(), lambda done, of: None) == 235
    state = state_of(truth)
    assert (state.models, state.dimension) == ({"other": 299}, 128)
    store = Store(truth, Other())
    assert recall(store, Query(text="box7"))[0].record.text.endswith("box7")
    store.close()


def test_a_shell_that_is_open_meanwhile_is_told_and_compares_nothing_with_other_vectors(truth: Path) -> None:
    store = Store(truth, HashedWords())
    assert recall(store, Query(text="box7"))
    reembed(truth, Other(), lambda done, of: None)
    with pytest.raises(DeviceFailed, match="never compared"):
        recall(store, Query(text="box7"))
    store.close()


def test_what_can_be_read_of_a_damaged_memory_is_kept_and_the_damaged_file_too(truth: Path) -> None:
    raw = bytearray(truth.read_bytes())
    middle = len(raw) // 4096 // 2 * 4096
    raw[middle : middle + 8192] = b"\xff" * 8192
    truth.write_bytes(raw)
    assert faults(truth)
    done = repair(truth)
    assert Path(done.aside).read_bytes() == raw
    assert done.kept + done.lost >= 299
    assert 200 < done.kept < 300
    assert faults(truth) == []
    store = Store(truth, HashedWords())
    assert recall(store, Query(text="box7"))[0].record.text.endswith("box7")
    assert store.add([New(text="a new one")])[0].id == 301
    store.close()


def test_what_cannot_be_read_at_all_is_left_as_it_is(truth: Path) -> None:
    truth.write_bytes(b"no database" * 1000)
    with pytest.raises(DeviceFailed, match="nothing of the memory can be read"):
        repair(truth)
    assert truth.read_bytes() == b"no database" * 1000


def test_a_full_disk_refuses_what_is_new_and_loses_nothing(truth: Path) -> None:
    store = Store(truth, HashedWords())
    (pages,) = store.base.execute("pragma page_count").fetchone()
    store.base.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(NoSpace, match="what was remembered before is intact"):
        store.add([New(text=f"much more {number} " * 50) for number in range(100)])
    assert len(list(store.all())) == 299
    assert recall(store, Query(text="box7"))
    store.close()


def test_a_file_that_may_not_grow_is_told_as_a_full_disk(truth: Path) -> None:
    code = (
        "import sys; sys.path.append(sys.argv[1])\n"
        "from pathlib import Path\n"
        "from memory.embedding import HashedWords\nfrom memory.record import New\nfrom memory.store import Store\n"
        "from syscalls.errors import NoSpace\n"
        "store = Store(Path(sys.argv[2]), HashedWords())\n"
        "try:\n    store.add([New(text=f'much more {n} ' * 400) for n in range(30)])\n"
        "except NoSpace as full:\n    print('full'); sys.exit(len(list(store.all())) - 299)\n"
    )
    limit = 100_000  # bytes; the log of changes would need more

    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT), str(truth)], preexec_fn=lower, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("full\n", 0), done.stderr


def test_a_memory_of_an_older_aosh_is_brought_up_to_this_format(truth: Path) -> None:
    base = sqlite3.connect(truth)
    for trigger in ("stored", "altered", "removed"):
        base.execute(f"drop trigger {trigger}")
    for table in ("state", "gone", "said"):
        base.execute(f"drop table {table}")
    for index in ("by_change", "by_group", "by_model", "by_pin", "by_kind"):
        base.execute(f"drop index {index}")
    base.execute("alter table records drop column changed")
    base.execute("pragma user_version = 1")
    base.commit()
    base.close()
    store = Store(truth, HashedWords())
    assert store.base.execute("pragma user_version").fetchone() == (VERSION,)
    assert recall(store, Query(text="box7"))[0].record.text.endswith("box7")
    store.close()
