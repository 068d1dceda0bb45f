"""Changing files: whole or not at all, by the file's own rights, and never over another's work."""

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from syscalls import file, wire
from syscalls.errors import (
    AccessDenied,
    BadArgument,
    Exists,
    IsFolder,
    NoSpace,
    NotFolder,
    NotFound,
    NotText,
    Stale,
)
from tests.apps.client import Desk, as_nobody, cases, driver, seen

FILES = "apps.files.app:files"
LONG = "x" * 500_000


@pytest.fixture
def nobody() -> Iterator[Desk]:
    """A desk without root's powers."""
    if os.getuid() != 0:
        pytest.skip("only root can give up being root")
    with tempfile.TemporaryDirectory() as name, as_nobody(Path(name)) as desk:
        yield desk


def test_a_new_file_and_the_folders_on_the_way_are_made(desk: Desk) -> None:
    value = desk(file.write, path="a/b/c.txt", content="hello")
    assert (desk.at / "a/b/c.txt").read_text() == "hello"
    assert [(change.what, desk.shown(change.path)) for change in value.changes] == [
        ("created", "a"), ("created", "a/b"), ("created", "a/b/c.txt"),
    ]  # fmt: skip
    assert stat.S_IMODE((desk.at / "a/b/c.txt").stat().st_mode) == 0o644
    with pytest.raises(NotFound):
        desk(file.write, path="x/y", content="", parents=False)


def test_planning_changes_nothing_visible_and_shows_the_difference(desk: Desk) -> None:
    (desk.at / "a").write_text("one\ntwo\n")
    before = seen(desk.at)
    identity = desk.prepare(file.write, path="a", content="one\n2\n")
    assert seen(desk.at) == before
    assert "-two\n+2\n" in desk.driver.plan.diff
    assert [step.do for step in desk.driver.plan.undo] == ["times", "remove", "restore"]
    desk.driver.abort(identity)
    assert seen(desk.at) == before


def test_replacing_keeps_mode_and_attributes(desk: Desk) -> None:
    (desk.at / "a").write_text("old")
    (desk.at / "a").chmod(0o750)
    os.setxattr(desk.at / "a", "user.colour", b"blue")
    desk(file.write, path="a", content="new")
    assert seen(desk.at)["a"].mode == 0o100750
    assert seen(desk.at)["a"].xattrs == {"user.colour": b"blue"}
    assert (desk.at / "a").read_text() == "new"


def test_an_existing_file_is_kept_when_asked(desk: Desk) -> None:
    (desk.at / "a").write_text("old")
    with pytest.raises(Exists):
        desk(file.write, path="a", content="new", overwrite=False)
    with pytest.raises(IsFolder):
        desk(file.write, path=".", content="new")
    with pytest.raises(IsFolder, match="names a folder"):
        desk(file.write, path="new/", content="x")
    with pytest.raises(NotFolder):
        desk(file.write, path="a/b", content="x")


def test_the_same_content_again_is_no_change(desk: Desk) -> None:
    (desk.at / "a").write_text("old")
    before = seen(desk.at)
    assert desk(file.write, path="a", content="old").changes[0].what == "same"
    assert seen(desk.at) == before and desk.driver.undo == ()


def test_a_link_is_written_through(desk: Desk) -> None:
    (desk.at / "real").write_text("old")
    (desk.at / "link").symlink_to("real")
    desk(file.write, path="link", content="new")
    desk(file.append, path="link", content="more")
    desk(file.edit, paths=["link"], old="new", new="newer")
    assert (desk.at / "link").is_symlink()
    assert (desk.at / "real").read_text() == "newer\nmore\n"


def test_other_hard_links_keep_the_old_content_and_that_is_said(desk: Desk) -> None:
    (desk.at / "a").write_text("old")
    os.link(desk.at / "a", desk.at / "b")
    value = desk(file.write, path="a", content="new")
    assert value.changes[0].note == "the other hard link keeps the old content"
    assert (desk.at / "b").read_text() == "old"


def test_appending_starts_a_new_line_and_ends_it(desk: Desk) -> None:
    (desk.at / "a").write_text("one")
    assert desk(file.append, path="a", content="two").changes[0].note == "1 line added"
    desk(file.append, path="a", content="three\nfour\n")
    assert (desk.at / "a").read_text() == "one\ntwo\nthree\nfour\n"
    desk(file.append, path="new", content="one")
    assert (desk.at / "new").read_text() == "one\n"


def test_appending_speaks_the_files_own_language(desk: Desk) -> None:
    (desk.at / "win").write_bytes(b"one\r\ntwo\r\n")
    desk(file.append, path="win", content="three\nfour")
    assert (desk.at / "win").read_bytes() == b"one\r\ntwo\r\nthree\r\nfour\r\n"
    (desk.at / "wide").write_bytes("one".encode("utf-16"))
    desk(file.append, path="wide", content="zwö")
    assert (desk.at / "wide").read_bytes().decode("utf-16") == "one\nzwö\n"
    (desk.at / "bin").write_bytes(b"\x00\x01")
    with pytest.raises(NotText):
        desk(file.append, path="bin", content="x")


def test_appending_keeps_the_file_other_programs_have_open(desk: Desk) -> None:
    (desk.at / "log").write_text("")
    with (desk.at / "log").open("a") as log:
        desk(file.append, path="log", content="ours")
        log.write("theirs\n")
    assert (desk.at / "log").read_text() == "ours\ntheirs\n"


def test_two_writers_lose_no_line(tmp_path: Path) -> None:
    ws, store = tmp_path / "ws", tmp_path / "store"
    ws.mkdir()
    store.mkdir()
    (ws / "log").write_text("")
    with driver(FILES, ws, store=store) as one, driver(FILES, ws, store=store) as two:
        for number in range(15):
            plans = [
                (each, each.prepare(file.append, path=str(ws / "log"), content=f"{name} {number} {LONG}"))
                for each, name in ((one, "one"), (two, "two"))
            ]
            for each, identity in plans:
                each.send(wire.Commit(identity))
            for each, _ in plans:
                assert isinstance(each.answer(), wire.Ok)
    lines = (ws / "log").read_text().splitlines()
    assert sorted(lines) == sorted(f"{name} {n} {LONG}" for name in ("one", "two") for n in range(15))


def test_a_file_changed_between_plan_and_commit_is_stale(desk: Desk) -> None:
    (desk.at / "a").write_text("old")
    identity = desk.prepare(file.write, path="a", content="mine")
    (desk.at / "a").write_text("theirs")
    with pytest.raises(Stale, match="changed since it was looked at"):
        desk.driver.commit(file.write, identity)
    assert (desk.at / "a").read_text() == "theirs"
    identity = desk.prepare(file.write, path="new", content="mine")
    (desk.at / "new").write_text("theirs")
    with pytest.raises(Stale, match=r"made by somebody else|changed since"):
        desk.driver.commit(file.write, identity)
    assert (desk.at / "new").read_text() == "theirs"
    assert sorted(path.name for path in desk.at.iterdir()) == ["a", "new"]


def test_several_files_are_changed_all_or_none(desk: Desk) -> None:
    for name in "abc":
        (desk.at / name).write_text("old")
    before = seen(desk.at)
    identity = desk.prepare(file.edit, paths=["a", "b", "c"], old="old", new="new")
    os.utime(desk.at / "c", ns=(1, 1))
    with pytest.raises(Stale, match=r"'.*c' changed"):
        desk.driver.commit(file.edit, identity)
    os.utime(desk.at / "c", ns=(before["c"].mtime_ns,) * 2)
    assert seen(desk.at) == before


def test_editing_replaces_exactly(desk: Desk) -> None:
    (desk.at / "a.txt").write_text("cat and cat\n")
    (desk.at / "b.txt").write_text("dog\n")
    value = desk(file.edit, paths=["*.txt"], old="cat", new="cow")
    assert [change.note for change in value.changes] == ["2 replacements"]
    assert (desk.at / "a.txt").read_text() == "cow and cow\n"
    desk(file.edit, paths=["a.txt"], old="cow", new="hen", count=1)
    assert (desk.at / "a.txt").read_text() == "hen and cow\n"
    desk(file.edit, paths=["a.txt"], old=r"(\w+) and (\w+)$", new=r"\2 and \1", regex=True)
    assert (desk.at / "a.txt").read_text() == "cow and hen\n"


def test_a_text_that_occurs_nowhere_is_einval_with_what_comes_close(desk: Desk) -> None:
    (desk.at / "a").write_text("Hello  World\n")
    with pytest.raises(BadArgument) as caught:
        desk(file.edit, paths=["a"], old="hello world", new="x")
    assert "occurs nowhere" in str(caught.value) and "line 1" in str(caught.value)
    with pytest.raises(BadArgument, match="no regular expression"):
        desk(file.edit, paths=["a"], old="(", new="x", regex=True)
    with pytest.raises(BadArgument, match="replacement"):
        desk(file.edit, paths=["a"], old="H", new=r"\7", regex=True)


def test_editing_keeps_encoding_line_ends_and_stray_bytes(desk: Desk) -> None:
    (desk.at / "win").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    desk(file.edit, paths=["win"], old="one\ntwo", new="1\n2")
    assert (desk.at / "win").read_bytes() == b"\xef\xbb\xbf1\r\n2\r\n"
    (desk.at / "latin").write_bytes(b"gr\xfcn one\n")
    desk(file.edit, paths=["latin"], old="one", new="two")
    assert (desk.at / "latin").read_bytes() == b"gr\xfcn two\n"
    (desk.at / "wide").write_bytes("one ö".encode("utf-16"))
    desk(file.edit, paths=["wide"], old="one", new="two")
    assert (desk.at / "wide").read_bytes().decode("utf-16") == "two ö"
    (desk.at / "x.png").write_bytes(b"\x89PNG\r\n\x1a\none")
    with pytest.raises(NotText):
        desk(file.edit, paths=["x.png"], old="one", new="two")


def test_folders_are_made_and_existing_ones_are_the_same(desk: Desk) -> None:
    (desk.at / "old").mkdir()
    value = desk(file.mkdir, paths=["old", "new/er", "new/est"])
    assert [(change.what, desk.shown(change.path)) for change in value.changes] == [
        ("same", "old"), ("created", "new"), ("created", "new/er"), ("created", "new/est"),
    ]  # fmt: skip
    (desk.at / "file").write_text("")
    with pytest.raises(Exists, match="is no folder"):
        desk(file.mkdir, paths=["file"])


def test_read_only_files_are_not_replaced_behind_their_backs(desk: Desk) -> None:
    (desk.at / "a").write_text("old")
    (desk.at / "a").chmod(0o444)
    for call, arguments in cases(
        (file.write, {"path": "a", "content": "x"}),
        (file.append, {"path": "a", "content": "x"}),
        (file.edit, {"paths": ["a"], "old": "old", "new": "x"}),
    ):
        with pytest.raises(AccessDenied, match=r"is read-only; file.mode u.w first"):
            desk(call, **arguments)
    desk(file.mode, paths=["a"], mode="u+w")
    desk(file.write, path="a", content="new")


def test_an_ordinary_user_is_told_what_he_may_not(nobody: Desk) -> None:
    (nobody.at / "theirs").write_text("x")
    (nobody.at / "secret").write_text("x")
    (nobody.at / "secret").chmod(0o600)
    (nobody.at / "closed").mkdir(mode=0o755)
    with pytest.raises(AccessDenied, match="may not be written by you"):
        nobody(file.write, path="theirs", content="y")
    with pytest.raises(AccessDenied, match="'secret': its permissions"):
        nobody(file.read, path="secret")
    with pytest.raises(AccessDenied):
        nobody(file.write, path="closed/new", content="x")
    with pytest.raises(AccessDenied):
        nobody(file.mode, paths=["theirs"], mode="777")
    before = seen(nobody.at)
    with pytest.raises(AccessDenied):
        nobody(file.move, paths=["theirs"], to="closed/x")
    assert seen(nobody.at) == before


def test_a_mode_that_would_lock_the_owner_out_is_refused(nobody: Desk) -> None:
    nobody(file.write, path="a", content="x")
    with pytest.raises(BadArgument, match=r"keep u\+r"):
        nobody(file.mode, paths=["a"], mode="000")
    nobody(file.mode, paths=["a"], mode="400")
    nobody.undo(nobody.driver.undo)
    assert stat.S_IMODE((nobody.at / "a").stat().st_mode) == 0o644


def test_ordinary_users_can_undo_what_they_did_to_closed_folders(nobody: Desk) -> None:
    nobody(file.write, path="d/a", content="x")
    nobody(file.mode, paths=["d"], mode="555", recursive=True)
    before = seen(nobody.at)
    nobody(file.copy, paths=["d"], to="copy")
    nobody.undo(nobody.driver.undo)
    assert seen(nobody.at) == before


def test_a_file_size_limit_leaves_the_old_content(tmp_path: Path) -> None:
    ws, store = tmp_path / "ws", tmp_path / "store"
    ws.mkdir()
    store.mkdir()
    (ws / "a").write_text("old\n")
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))"
    with driver(FILES, ws, store=store, before=limit) as started:
        desk = Desk(started, ws, store)
        before = seen(ws)
        for call, _ in cases((file.write, {}), (file.append, {})):
            with pytest.raises(NoSpace, match="limit on file sizes"):
                desk(call, path="a", content="x" * 20_000)
            assert seen(ws) == before


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    small, store = tmp_path / "small", tmp_path / "store"
    small.mkdir()
    store.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", small], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        (small / "a").write_text("old\n")
        (small / "d").mkdir()
        (small / "d/b").write_bytes(b"x" * 100_000)
        with driver(FILES, small, store=store) as started:
            desk = Desk(started, small, store)
            before = seen(small)
            for call, arguments in cases(
                (file.write, {"path": "a", "content": "x" * 300_000}),
                (file.append, {"path": "a", "content": "x" * 300_000}),
                (file.write, {"path": "new/er", "content": "x" * 300_000}),
                (file.copy, {"paths": ["d", "d/b"], "to": "new"}),
            ):
                with pytest.raises(NoSpace, match="disk is full; what was there before is intact"):
                    desk(call, **arguments)
                assert seen(small) == before
    finally:
        subprocess.run(["umount", small], check=True)
