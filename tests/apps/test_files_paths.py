"""Where a path may lead: never out of the granted folders, by no link, name or race."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from syscalls import file
from syscalls.errors import (
    BadArgument,
    IsFolder,
    LinkLoop,
    NotFolder,
    NotFound,
    NotPermitted,
    SysError,
)
from tests.apps.client import Desk, cases, driver

FILES = "apps.files.app:files"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder nobody was granted."""
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path


def test_a_path_outside_the_roots_is_eperm(desk: Desk, outside: Path) -> None:
    for call, _ in cases((file.read, {}), (file.list_, {})):
        with pytest.raises(NotPermitted, match="outside the granted folders"):
            desk.driver(call, path=str(outside / "secret.txt"))
    with pytest.raises(NotPermitted):
        desk(file.read, path="../../../../../../etc/passwd")


def test_dots_that_slipped_past_the_gate_do_not_climb(desk: Desk, outside: Path) -> None:
    climb = "/".join([".."] * 12)
    for path in (f"{desk.at}/{climb}{outside}/secret.txt", f"{desk.at}/x/../../{climb}/etc/passwd"):
        with pytest.raises(SysError):
            desk.driver(file.read, path=path)


def test_a_root_is_not_another_folder_that_begins_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws-secret").mkdir()
    (tmp_path / "ws-secret/a").write_text("secret")
    with driver(FILES, tmp_path / "ws") as started, pytest.raises(NotPermitted):
        started(file.read, path=str(tmp_path / "ws-secret/a"))


@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_that_leads_outside_is_eperm(desk: Desk, outside: Path, absolute: bool) -> None:
    target = str(outside) if absolute else os.path.relpath(outside, desk.at)
    (desk.at / "out").symlink_to(target)
    (desk.at / "file").symlink_to(f"{target}/secret.txt")
    for path in ("file", "out/secret.txt"):
        with pytest.raises(NotPermitted, match="leads outside the granted folders"):
            desk(file.read, path=path)
        with pytest.raises(NotPermitted):
            desk(file.write, path=path, content="x")
        with pytest.raises(NotPermitted):
            desk(file.append, path=path, content="x")
    with pytest.raises(NotPermitted):
        desk(file.write, path="out/new.txt", content="x")
    with pytest.raises(NotPermitted):
        desk(file.list_, path="out")
    assert (outside / "secret.txt").read_text() == "secret"
    assert not (outside / "new.txt").exists()


def test_links_that_stay_inside_work_relative_and_absolute(desk: Desk) -> None:
    (desk.at / "d").mkdir()
    (desk.at / "d/a").write_text("hello")
    (desk.at / "rel").symlink_to("d/../d/a")
    (desk.at / "abs").symlink_to(desk.at / "d/a")
    (desk.at / "dir").symlink_to("d")
    for path in ("rel", "abs", "dir/a"):
        assert desk(file.read, path=path).content == "hello"


def test_loops_and_dangling_links_are_said_to_be_so(desk: Desk) -> None:
    (desk.at / "loop").symlink_to("loop")
    (desk.at / "one").symlink_to("two")
    (desk.at / "two").symlink_to("one")
    (desk.at / "dangling").symlink_to("nowhere")
    for path in ("loop", "one", "one/x"):
        with pytest.raises(LinkLoop, match="round in a circle"):
            desk(file.read, path=path)
    with pytest.raises(NotFound, match="dangling link"):
        desk(file.read, path="dangling")
    with pytest.raises(NotFound, match="dangling link"):
        desk(file.write, path="dangling", content="x")


def test_a_missing_name_behind_a_good_link_is_not_called_dangling(desk: Desk) -> None:
    (desk.at / "d").mkdir()
    (desk.at / "dir").symlink_to("d")
    with pytest.raises(NotFound, match="no file or folder 'x'"):
        desk(file.read, path="dir/x")


def test_missing_names_come_with_the_nearest_ones(desk: Desk) -> None:
    (desk.at / "report.txt").write_text("")
    with pytest.raises(NotFound) as caught:
        desk(file.read, path="raport.txt")
    assert str(caught.value) == f"no file or folder 'raport.txt' in {desk.at.name}; near: 'report.txt'"
    with pytest.raises(NotFound, match="no file or folder 'no' in"):
        desk(file.read, path="no/such/thing")


def test_the_wrong_kind_is_named(desk: Desk) -> None:
    (desk.at / "d").mkdir()
    (desk.at / "a").write_text("")
    with pytest.raises(IsFolder, match="is a folder; a file is needed"):
        desk(file.read, path="d")
    with pytest.raises(NotFolder, match="is a file, not a folder"):
        desk(file.list_, path="a")
    with pytest.raises(NotFolder, match="is a file, not a folder"):
        desk(file.read, path="a/b")


def test_pipes_sockets_and_devices_never_block(desk: Desk) -> None:
    os.mkfifo(desk.at / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(desk.at / "sock"))
    listener.close()
    for call, arguments in cases(
        (file.read, {}), (file.tail, {}), (file.append, {"content": "x"}), (file.write, {"content": "x"}),
    ):  # fmt: skip
        with pytest.raises(BadArgument, match="is a named pipe, not a regular file"):
            desk(call, path="pipe", **arguments)
    with pytest.raises(BadArgument, match="is a socket"):
        desk(file.read, path="sock")
    assert {entry.kind for entry in desk(file.list_, path=".").entries} == {"other"}
    assert desk(file.search, pattern="x", path=".").total == 0


def test_names_that_are_no_utf8_are_shown_and_taken_back(desk: Desk) -> None:
    raw = os.path.join(os.fsencode(desk.at), b"caf\xe9.txt")
    Path(os.fsdecode(raw)).write_bytes(b"au lait")
    shown = desk(file.list_, path=".").entries[0].path
    assert desk.shown(shown) == r"caf\xe9.txt"
    assert desk(file.read, path=r"caf\xe9.txt").content == "au lait"
    desk(file.move, paths=[r"caf\xe9.txt"], to="cafe.txt")
    desk.undo(desk.driver.undo)
    assert os.listdir(os.fsencode(desk.at)) == [b"caf\xe9.txt"]
    desk(file.delete, paths=["*.txt"])
    desk.undo(desk.driver.undo)
    assert Path(os.fsdecode(raw)).read_bytes() == b"au lait"


def test_a_name_that_looks_like_a_shown_byte_wins_as_it_is(desk: Desk) -> None:
    (desk.at / r"a\xe9").write_text("literal", encoding="utf-8")
    (desk.at / "a\udce9").write_text("byte", encoding="utf-8")
    assert desk(file.read, path=r"a\xe9").content == "literal"
    names = {desk.shown(entry.path) for entry in desk(file.list_, path=".").entries}
    assert names == {r"a\x5cxe9", r"a\xe9"}
    desk(file.delete, paths=[r"a\xe9"])
    desk.undo(desk.driver.undo)
    assert (desk.at / r"a\xe9").read_text() == "literal"


def test_names_with_newlines_and_globs_stay_as_they_are(desk: Desk) -> None:
    for name in ("new\nline", "star*", "[x]", " blank ", "-rf", "'quote\""):
        desk(file.write, path=name, content=name)
        assert desk(file.read, path=name).content == name
        desk(file.delete, paths=[name])
        assert not (desk.at / name).exists()


def test_a_literal_name_wins_over_the_pattern_it_could_be(desk: Desk) -> None:
    for name in ("a*", "ab", "ac"):
        (desk.at / name).write_text(name)
    assert [desk.shown(item.path) for item in desk(file.stat, paths=["a*"]).items] == ["a*"]
    assert len(desk(file.stat, paths=["a?"]).items) == 3


def test_a_nul_in_a_path_is_einval(desk: Desk) -> None:
    with pytest.raises(BadArgument, match="NUL"):
        desk.driver(file.read, path=f"{desk.at}/a\0b")


def test_a_folder_granted_for_reading_cannot_be_changed(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws/a").write_text("x")
    (tmp_path / "store").mkdir()
    with driver(FILES, tmp_path / "ws", store=tmp_path / "store", read_only=True) as started:
        for call, arguments in cases(
            (file.write, {"path": "a", "content": "y"}), (file.delete, {"paths": ["a"]}),
            (file.mkdir, {"paths": ["d"]}), (file.mode, {"paths": ["a"], "mode": "600"}),
            (file.copy, {"paths": ["a"], "to": "b"}), (file.move, {"paths": ["a"], "to": "b"}),
        ):  # fmt: skip
            desk = Desk(started, tmp_path / "ws", tmp_path / "store")
            with pytest.raises(NotPermitted, match="may be looked at but not changed"):
                desk(call, **arguments)
        assert started(file.read, path=str(tmp_path / "ws/a")).content == "x"


def test_the_undo_store_is_nobodys_to_change(tmp_path: Path) -> None:
    store = tmp_path / "deep/store"
    store.mkdir(parents=True)
    with driver(FILES, tmp_path, store=store) as started:
        with pytest.raises(NotPermitted, match="undo store"):
            started(file.write, path=str(store / "blobs/x"), content="")
        with pytest.raises(NotPermitted, match="holds aosh's own undo store"):
            started(file.delete, paths=[str(tmp_path / "deep")])
        with pytest.raises(NotPermitted, match="is a granted folder itself"):
            started(file.delete, paths=[str(tmp_path)])


def test_without_a_store_nothing_can_be_changed(tmp_path: Path) -> None:
    with driver(FILES, tmp_path) as started, pytest.raises(NotPermitted, match="no undo store"):
        started(file.write, path=str(tmp_path / "a"), content="x")


SWAP = """
import ctypes, os, sys
ws, outside = sys.argv[1:]
os.chdir(ws)
os.symlink(outside, "link")
swap, here, exchange = ctypes.CDLL(None).renameat2, -100, 2
while swap(here, b"d", here, b"link", exchange) == 0:
    pass
"""


@contextmanager
def swapping(ws: Path, outside: Path) -> Iterator[None]:
    """While the block runs, `d` is a folder and a link to outside by turns."""
    process = subprocess.Popen([sys.executable, "-c", SWAP, ws, outside])
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("without_openat2", [False, True])
def test_a_folder_swapped_for_a_link_never_lets_a_secret_out(tmp_path: Path, without_openat2: bool) -> None:
    ws, outside, store = (tmp_path / name for name in ("ws", "outside", "store"))
    for folder in (ws / "d", outside, store):
        folder.mkdir(parents=True)
    (ws / "d/a").write_text("mine")
    (outside / "a").write_text("secret")
    hobble = "from apps.files import places\nplaces._has_openat2 = lambda: False" if without_openat2 else ""
    with driver(FILES, ws, store=store, before=hobble) as started, swapping(ws, outside):
        end = time.monotonic() + 2
        for number in count():
            if time.monotonic() > end:
                break
            append = (file.append, {"content": "x"})
            for call, arguments in cases((file.read, {}), *([append] if number % 10 == 0 else [])):
                try:
                    value = started(call, path=str(ws / "d/a"), **arguments)
                except SysError:
                    continue
                assert "secret" not in value.text(), number
    assert (outside / "a").read_text() == "secret"


def test_without_openat2_paths_resolve_the_same(tmp_path: Path) -> None:
    (tmp_path / "d/e").mkdir(parents=True)
    (tmp_path / "d/e/a").write_text("deep")
    (tmp_path / "l").symlink_to("d/e")
    (tmp_path / "out").symlink_to("/etc/passwd")
    with driver(
        FILES, tmp_path, before="from apps.files import places\nplaces._has_openat2 = lambda: False"
    ) as started:
        assert started(file.read, path=str(tmp_path / "l/a")).content == "deep"
        assert len(started(file.find, path=str(tmp_path)).entries) == 1
        with pytest.raises(NotPermitted):
            started(file.read, path=str(tmp_path / "out"))


def test_the_driver_knows_nothing_but_the_abi() -> None:
    known = "[name for name in sys.modules if name.split('.')[0] in ('kernel', 'memory')]"
    code = f"import sys, apps.files.app; print({known})"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
