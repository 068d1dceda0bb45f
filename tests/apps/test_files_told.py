"""What is told of an effect that is taken back: the few lines that matter."""

from apps.files.told import told
from syscalls.undo import Change

FOLDER = "folder"


def test_caches_are_summed_up_by_name() -> None:
    changes = [
        Change("mode", ".pytest_cache", "700"),
        Change("mode", "src/__pycache__", "700"),
        Change("removed", "src/__pycache__/a.pyc"),
        Change("removed", "src/__pycache__", note=FOLDER),
        Change("removed", "tests/__pycache__/b.pyc"),
        Change("removed", ".pytest_cache/v/nodeids"),
        Change("modified", ".pytest_cache/v/lastfailed", note="put back"),
        Change("removed", ".pytest_cache/v", note=FOLDER),
        Change("removed", "report.txt"),
    ]
    assert told(changes) == [
        Change("cached", "__pycache__", note="2 files removed"),
        Change("cached", ".pytest_cache", note="2 files restored"),
        Change("removed", "report.txt"),
    ]  # fmt: skip


def test_what_lies_in_a_folder_that_goes_is_told_with_it() -> None:
    changes = [
        Change("removed", "out/deep/a", note="to the trash"),
        Change("removed", "out/deep", note=FOLDER),
        Change("removed", "out/b"),
        Change("mode", "out", "700"),
        Change("removed", "out", note=FOLDER),
        Change("removed", "outer/c"),
    ]
    assert told(changes) == [
        Change("removed", "out", note="folder with 2 files"),
        Change("removed", "outer/c"),
    ]  # fmt: skip


def test_what_is_no_part_of_it_is_told_as_it_is() -> None:
    changes = [
        Change("mode", "run.sh", "755"),
        Change("moved", "out/a", "a"),
        Change("created", "out", note=FOLDER),
        Change("modified", "out/b", note="put back"),
    ]
    assert told(changes) == changes
