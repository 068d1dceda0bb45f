"""Copying, moving, deleting, modes: where things land, what is refused, and all of it undone."""

import os
import stat
import time
from pathlib import Path

import pytest

from syscalls import file
from syscalls.errors import BadArgument, Exists, IsFolder, NotFolder, NotFound
from tests.apps.client import Desk, cases, driver, seen

FILES = "apps.files.app:files"


@pytest.fixture
def tree(desk: Desk) -> Desk:
    """Two files, and a folder with a file, a link and a closed folder."""
    (desk.at / "d/e").mkdir(parents=True)
    (desk.at / "a").write_text("a")
    (desk.at / "b").write_text("b")
    (desk.at / "d/e/deep").write_text("deep")
    (desk.at / "d/link").symlink_to("e/deep")
    (desk.at / "d/e/deep").chmod(0o640)
    (desk.at / "d/e").chmod(0o555)
    os.utime(desk.at / "d/e/deep", ns=(10**18, 10**18))
    os.utime(desk.at / "d/e", ns=(10**18, 10**18))
    return desk


def below(top: Path) -> dict[str, object]:
    """The tree without the top's own times."""
    return {path: state for path, state in seen(top).items() if path != "."}


def test_a_file_is_copied_with_mode_and_time(tree: Desk) -> None:
    tree(file.copy, paths=["d/e/deep"], to="copy")
    info = (tree.at / "copy").stat()
    assert (stat.S_IMODE(info.st_mode), info.st_mtime_ns) == (0o640, 10**18)
    assert (tree.at / "copy").read_text() == "deep"


def test_a_folder_is_copied_with_all_it_holds(tree: Desk) -> None:
    value = tree(file.copy, paths=["d"], to="new/copy")
    assert seen(tree.at / "new/copy")["e"] == seen(tree.at / "d")["e"]
    assert below(tree.at / "new/copy") == below(tree.at / "d")
    assert [(change.what, tree.shown(change.path)) for change in value.changes] == [
        ("created", "new"), ("copied", "d"),
    ]  # fmt: skip
    assert value.changes[1].note == "2 files"


def test_a_link_that_is_named_is_copied_as_the_file_it_leads_to(tree: Desk) -> None:
    tree(file.copy, paths=["d/link"], to="e/")
    assert not (tree.at / "e/link").is_symlink()
    assert (tree.at / "e/link").read_text() == "deep"


def test_things_land_in_a_folder_that_exists_or_is_meant(tree: Desk) -> None:
    tree(file.copy, paths=["a"], to="d")
    tree(file.copy, paths=["a", "b"], to="two")
    tree(file.copy, paths=["a"], to="slash/")
    tree(file.copy, paths=["a"], to="renamed")
    for name in ("d/a", "two/a", "two/b", "slash/a", "renamed"):
        assert (tree.at / name).is_file(), name
    with pytest.raises(NotFolder):
        tree(file.copy, paths=["a", "b"], to="renamed")


def test_what_is_there_is_kept_unless_asked(tree: Desk) -> None:
    for call, _ in cases((file.copy, {}), (file.move, {})):
        with pytest.raises(Exists, match="overwrite=true replaces it"):
            tree(call, paths=["a"], to="b")
    assert (tree.at / "b").read_text() == "b"
    tree(file.copy, paths=["a"], to="b", overwrite=True)
    assert (tree.at / "b").read_text() == "a"
    with pytest.raises(NotFolder):
        tree(file.copy, paths=["d"], to="b", overwrite=True)


def test_a_folder_copied_over_another_is_merged_and_taken_apart_again(tree: Desk) -> None:
    (tree.at / "into/d").mkdir(parents=True)
    (tree.at / "into/d/mine").write_text("mine")
    (tree.at / "into/d/link").write_text("a file here")
    before = seen(tree.at)
    tree(file.copy, paths=["d"], to="into", overwrite=True)
    assert (tree.at / "into/d/mine").read_text() == "mine"
    assert (tree.at / "into/d/link").is_symlink()
    tree.undo(tree.driver.undo)
    assert seen(tree.at) == before


def test_nothing_goes_into_itself(tree: Desk) -> None:
    for call, _ in cases((file.copy, {}), (file.move, {})):
        for to in ("d/e/x", "d", "d/"):
            with pytest.raises((BadArgument, Exists)):
                tree(call, paths=["d"], to=to)
    with pytest.raises(BadArgument, match="same as what is copied"):
        tree(file.copy, paths=["a"], to="a", overwrite=True)
    assert tree(file.move, paths=["a"], to="a").changes[0].what == "same"


def test_two_things_of_one_name_are_not_put_in_one_place(tree: Desk) -> None:
    (tree.at / "d/a").write_text("other")
    with pytest.raises(BadArgument, match="two things would become"):
        tree(file.copy, paths=["a", "d/a"], to="new/")
    assert not (tree.at / "new").exists()


def test_moving_renames_and_makes_folders_on_the_way(tree: Desk) -> None:
    inode = (tree.at / "a").stat().st_ino
    before = seen(tree.at)
    tree(file.move, paths=["a"], to="x/y/z")
    assert (tree.at / "x/y/z").stat().st_ino == inode
    tree.undo(tree.driver.undo)
    assert seen(tree.at) == before
    tree(file.move, paths=["a", "b"], to="d")
    assert sorted(os.listdir(tree.at)) == ["d"]
    tree.undo(tree.driver.undo)
    assert seen(tree.at) == before


def test_moving_over_something_keeps_it_for_undo(tree: Desk) -> None:
    (tree.at / "into/d").mkdir(parents=True)
    (tree.at / "into/d/old").write_text("old")
    before = seen(tree.at)
    tree(file.move, paths=["a"], to="b", overwrite=True)
    assert (tree.at / "b").read_text() == "a"
    first = tree.driver.undo
    tree(file.move, paths=["d"], to="into", overwrite=True)
    assert (tree.at / "into/d/link").is_symlink()
    tree.undo(tree.driver.undo)
    tree.undo(first)
    assert seen(tree.at) == before


def test_moving_onto_a_link_replaces_the_link(tree: Desk) -> None:
    tree(file.move, paths=["a"], to="d/link", overwrite=True)
    assert (tree.at / "d/link").read_text() == "a"
    assert (tree.at / "d/e/deep").read_text() == "deep"


def test_deleting_puts_into_the_trash_and_says_how_much(tree: Desk) -> None:
    before = seen(tree.at)
    value = tree(file.delete, paths=["d", "a", "d/e"])
    assert sorted(os.listdir(tree.at)) == ["b"]
    assert {tree.shown(change.path): change.note for change in value.changes} == {
        "d": "folder with 2 files, to the trash", "a": "to the trash",
    }  # fmt: skip
    assert len(list((tree.store / "trash").iterdir())) >= 2
    tree.undo(tree.driver.undo)
    assert seen(tree.at) == before


def test_a_deleted_link_comes_back_with_its_own_time(tree: Desk) -> None:
    time_ns = (tree.at / "d/link").lstat().st_mtime_ns
    tree(file.delete, paths=["d/link"])
    assert (tree.at / "d/e/deep").exists()
    tree.undo(tree.driver.undo)
    assert (tree.at / "d/link").lstat().st_mtime_ns == time_ns
    assert os.readlink(tree.at / "d/link") == "e/deep"


def test_a_glob_deletes_what_it_names_and_nothing_hidden(desk: Desk) -> None:
    for name in ("x.log", "y.log", ".z.log", "keep"):
        (desk.at / name).write_text("")
    desk(file.delete, paths=["*.log"])
    assert sorted(os.listdir(desk.at)) == [".z.log", "keep"]
    with pytest.raises(NotFound, match="nothing matches"):
        desk(file.delete, paths=["*.log"])


def test_modes_are_set_as_chmod_does(tree: Desk) -> None:
    for wanted, mode in (("755", 0o755), ("u-x,go=r", 0o644), ("+x", 0o755), ("a-w", 0o555), ("u+w", 0o755)):
        tree(file.mode, paths=["a"], mode=wanted)
        assert stat.S_IMODE((tree.at / "a").stat().st_mode) == mode, wanted
    assert tree(file.mode, paths=["a"], mode="755").changes[0].what == "same"


def test_modes_of_a_whole_tree_come_back(tree: Desk) -> None:
    before = seen(tree.at)
    tree(file.mode, paths=["d"], mode="go-rwx,u+rwX", recursive=True)
    assert stat.S_IMODE((tree.at / "d/e").stat().st_mode) == 0o700
    assert stat.S_IMODE((tree.at / "d/e/deep").stat().st_mode) == 0o600
    tree.undo(tree.driver.undo)
    assert seen(tree.at) == before


def test_pipes_are_left_out_of_a_tree_and_refused_alone(desk: Desk) -> None:
    (desk.at / "d").mkdir()
    os.mkfifo(desk.at / "d/pipe")
    assert "left out: 1 that" in desk(file.copy, paths=["d"], to="e").changes[0].note
    with pytest.raises(BadArgument, match="named pipe"):
        desk(file.copy, paths=["d/pipe"], to="x")
    desk(file.delete, paths=["d/pipe"])
    desk.undo(desk.driver.undo)
    assert stat.S_ISFIFO((desk.at / "d/pipe").stat().st_mode)


def test_a_file_does_not_replace_a_folder(tree: Desk) -> None:
    (tree.at / "x/a").mkdir(parents=True)
    with pytest.raises(IsFolder):
        tree(file.copy, paths=["a"], to="x", overwrite=True)


def test_a_trash_on_another_disk_keeps_all_the_same(tmp_path: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system here")
    store = other / f"aosh-test-{os.getpid()}"
    store.mkdir()
    try:
        with driver(FILES, tmp_path, store=store) as started:
            desk = Desk(started, tmp_path, store)
            (tmp_path / "d/e").mkdir(parents=True)
            (tmp_path / "d/e/a").write_bytes(os.urandom(3_000_000))
            (tmp_path / "d/l").symlink_to("e")
            (tmp_path / "d/e").chmod(0o500)
            os.utime(tmp_path / "d/e/a", ns=(5, 5))
            before = seen(tmp_path)
            desk(file.delete, paths=["d"])
            assert list(tmp_path.iterdir()) == []
            desk.undo(started.undo)
            assert seen(tmp_path) == before
            (tmp_path / "d/e").chmod(0o700)
    finally:
        for path in sorted(store.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        store.rmdir()


def test_holes_stay_holes(desk: Desk) -> None:
    with (desk.at / "sparse").open("wb") as stream:
        stream.write(b"start")
        stream.seek(200 * 1024 * 1024)
        stream.write(b"end")
    started = time.monotonic()
    desk(file.copy, paths=["sparse"], to="copy")
    assert (desk.at / "copy").stat().st_blocks * 512 < 1024 * 1024
    assert (desk.at / "copy").stat().st_size == (desk.at / "sparse").stat().st_size
    assert time.monotonic() - started < 5
