"""Looking at folders: what is listed, found, searched, counted; bounded, in a fixed order."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from syscalls import file
from syscalls.declare import A, Syscall
from syscalls.errors import BadArgument, NotFolder, NotFound, NotText, TimedOut
from syscalls.file_values import Listing
from tests.apps.client import Desk, as_nobody, driver

FILES = "apps.files.app:files"


@pytest.fixture
def wood(desk: Desk) -> Desk:
    """A small tree of files."""
    contents: dict[str, str | bytes] = {
        "README.md": "# Title\n\nhello world\n",
        "src/main.py": "import os\nprint('Hello')\n",
        "src/deep/er/x.PY": "",
        "src/data.bin": b"\x00\x01hello",
        ".hidden/secret.py": "hello",
        ".env": "hello",
    }
    for name, content in contents.items():
        path = desk.at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (desk.at / "empty").mkdir()
    (desk.at / "loop").symlink_to(".")
    return desk


def names(desk: Desk, call: Syscall[A, Listing], **arguments: object) -> list[str]:
    return [desk.shown(entry.path) for entry in desk(call, **arguments).entries]


def test_a_listing_has_the_direct_content_by_name(wood: Desk) -> None:
    assert names(wood, file.list_, path=".") == ["README.md", "empty", "loop", "src"]
    assert names(wood, file.list_, path=".", hidden=True)[:2] == [".env", ".hidden"]
    assert names(wood, file.list_, path=".", kind="folder") == ["empty", "src"]
    assert names(wood, file.list_, path=".", name="*.MD") == ["README.md"]
    with pytest.raises(NotFolder):
        wood(file.list_, path="README.md")


def test_a_tree_goes_down_and_follows_no_link(wood: Desk) -> None:
    entries = wood(file.tree, path=".").entries
    assert [(wood.shown(entry.path), entry.depth) for entry in entries] == [
        ("README.md", 0), ("empty", 0), ("loop", 0), ("src", 0), ("src/data.bin", 1), ("src/deep", 1),
        ("src/deep/er", 2), ("src/deep/er/x.PY", 3), ("src/main.py", 1),
    ]  # fmt: skip
    assert names(wood, file.tree, path=".", depth=1) == ["README.md", "empty", "loop", "src"]


def test_what_is_too_much_is_cut_with_the_total(wood: Desk) -> None:
    value = wood(file.tree, path=".", limit=2)
    assert (len(value.entries), value.total, value.cut) == (2, 9, "first 2 of 9")
    assert wood(file.find, path=".", limit=1).cut == "first 1 of 4"


def test_names_are_found_whatever_their_case(wood: Desk) -> None:
    assert names(wood, file.find, path=".", name="*.py") == ["src/deep/er/x.PY", "src/main.py"]
    assert names(wood, file.find, path=".", name="*.py", hidden=True)[0] == ".hidden/secret.py"
    assert names(wood, file.find, path=".", name=".env") == [".env"]
    assert names(wood, file.find, path=".", name="*.py", depth=2) == ["src/main.py"]


def test_find_by_size_age_kind_and_emptiness(wood: Desk) -> None:
    os.utime(wood.at / "README.md", (time.time() - 10_000,) * 2)
    assert names(wood, file.find, path=".", larger=20) == ["README.md", "src/main.py"]
    assert names(wood, file.find, path=".", smaller=1) == ["src/deep/er/x.PY"]
    assert names(wood, file.find, path=".", older=5000) == ["README.md"]
    assert "README.md" not in names(wood, file.find, path=".", newer=5000)
    assert names(wood, file.find, path=".", empty=True) == ["src/deep/er/x.PY"]
    assert names(wood, file.find, path=".", kind="folder", empty=True) == ["empty"]
    assert names(wood, file.find, path=".", kind="link") == ["loop"]
    assert names(wood, file.find, path=".", order="size", limit=1) == ["src/main.py"]
    assert names(wood, file.find, path=".", order="oldest", limit=1) == ["README.md"]


def test_find_can_answer_with_the_number_alone(wood: Desk) -> None:
    listed, counted = wood(file.find, path="."), wood(file.find, path=".", counts=True)
    assert counted.text() == f"{listed.total} files\n"
    assert counted.paths() == listed.paths()


def test_find_by_owner_and_mode(wood: Desk) -> None:
    (wood.at / "src/main.py").chmod(0o755)
    assert names(wood, file.find, path=".", mode="755") == ["src/main.py"]
    assert names(wood, file.find, path=".", mode="u+x") == ["src/main.py"]
    assert len(names(wood, file.find, path=".", owner=str(os.getuid()))) == 4
    assert names(wood, file.find, path=".", owner="nobody-at-all") == []


def test_a_thousand_levels_are_no_problem(tmp_path: Path) -> None:
    ws, store = tmp_path / "ws", tmp_path / "store"
    ws.mkdir()
    store.mkdir()
    folder = os.open(ws, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("level", dir_fd=folder)
        inner = os.open("level", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(os.open("bottom.txt", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    try:
        with driver(FILES, ws, store=store) as started:
            desk = Desk(started, ws, store)
            found = desk(file.find, path=".", name="bottom.txt")
            assert found.total == 1 and found.entries[0].depth == 1000
            assert desk(file.usage, paths=["level"]).items[0].folders == 999
            desk(file.delete, paths=["level"])
            assert list(ws.iterdir()) == []
            desk.undo(started.undo)
            assert desk(file.find, path=".", name="bottom.txt").total == 1
    finally:
        # What tidies up after tests would recurse too deep.
        subprocess.run(["rm", "-rf", ws, store], check=True)


def test_search_finds_lines_by_text(wood: Desk) -> None:
    value = wood(file.search, pattern="hello", path=".")
    assert [(wood.shown(hit.path), hit.line, hit.text) for hit in value.hits] == [
        ("README.md", 3, "hello world"), ("src/main.py", 2, "print('Hello')"),
    ]  # fmt: skip
    assert (value.total, [each.count for each in value.files]) == (2, [1, 1])
    assert wood(file.search, pattern="hello", path=".", case=True).total == 1
    assert wood(file.search, pattern="hell", path=".", word=True).total == 0
    assert wood(file.search, pattern="hello", path=".", name="*.py").total == 1
    assert wood(file.search, pattern="hello", path=".", hidden=True).total == 4


def test_search_by_regular_expression_inverted_and_in_one_file(wood: Desk) -> None:
    assert wood(file.search, pattern=r"^h\w+ w", path=".", regex=True).total == 1
    assert wood(file.search, pattern="hello", path="README.md", invert=True).total == 2
    assert wood(file.search, pattern="(", path="src/main.py").total == 1
    with pytest.raises(NotText, match="binary"):
        wood(file.search, pattern="hello", path="src/data.bin")
    with pytest.raises(BadArgument, match="is no regular expression: unterminated"):
        wood(file.search, pattern="[", path=".", regex=True)
    with pytest.raises(NotFound):
        wood(file.search, pattern="x", path="nowhere")


def test_search_with_context_counts_and_a_limit(desk: Desk) -> None:
    (desk.at / "a").write_text("".join(f"{n}{' x' if n in (3, 4, 9) else ''}\n" for n in range(1, 12)))
    value = desk(file.search, pattern="x", path="a", context=1)
    assert [(hit.line, hit.is_match) for hit in value.hits] == [
        (2, False), (3, True), (4, True), (5, False), (8, False), (9, True), (10, False),
    ]  # fmt: skip
    value = desk(file.search, pattern="x", path="a", counts=True)
    assert (value.hits, value.files[0].count) == ((), 3)
    value = desk(file.search, pattern="x", path="a", limit=1)
    assert (len(value.hits), value.total, value.cut) == (1, 3, "first 1 of 3 lines")


def test_search_clips_long_lines_and_numbers_them_right(desk: Desk) -> None:
    (desk.at / "a").write_text("short\n" * 300_000 + "x" * 5000 + "needle" + "\nneedle\n")
    value = desk(file.search, pattern="needle", path="a")
    assert [hit.line for hit in value.hits] == [300_001, 300_002]
    assert len(value.hits[0].text) == 1003


def test_a_pattern_that_never_ends_is_stopped(desk: Desk) -> None:
    (desk.at / "a").write_text("a" * 40 + "b\n")
    with driver(FILES, desk.at, before="from apps.files import search\nsearch._BUDGET_S = 0.3") as quick:
        started = time.monotonic()
        with pytest.raises(TimedOut, match="plainer pattern"):
            quick(file.search, pattern="(a+)+$", path=str(desk.at), regex=True)
        assert time.monotonic() - started < 5
        assert quick(file.search, pattern="b", path=str(desk.at)).total == 1


def test_counting(wood: Desk) -> None:
    (wood.at / "words").write_text("one two\nthree   four\n\nfünf")
    value = wood(file.count, paths=["words"])
    assert (value.lines, value.words, value.size_bytes, value.characters) == (4, 5, 27, 26)
    value = wood(file.count, paths=["src"], name="*.py")
    assert {wood.shown(item.path): item.lines for item in value.items} == {
        "src/main.py": 2,
        "src/deep/er/x.PY": 0,
    }
    assert value.lines == 2


def test_counting_words_across_blocks(desk: Desk) -> None:
    (desk.at / "a").write_bytes(b"word " * 500_000 + b"x" * 3_000_000)
    assert desk(file.count, paths=["a"]).words == 500_001


def test_usage_adds_up_and_counts_hard_links_once(desk: Desk) -> None:
    (desk.at / "d/e").mkdir(parents=True)
    (desk.at / "d/big").write_bytes(b"x" * 10_000)
    os.link(desk.at / "d/big", desk.at / "d/e/again")
    (desk.at / "small").write_bytes(b"x" * 10)
    whole, *parts = desk(file.usage, paths=["."]).items
    assert (whole.size_bytes, whole.files, whole.folders) == (10_010, 3, 2)
    assert [desk.shown(part.path) for part in parts] == ["d", "small"]
    assert desk(file.usage, paths=["."], limit=1).cut == "largest 1 of 2 parts"


def test_stat_tells_all_of_the_name_itself(wood: Desk) -> None:
    (wood.at / "pic.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    pic, link = wood(file.stat, paths=["pic.txt", "loop"]).items
    assert (pic.kind, pic.size_bytes, pic.mime, pic.links) == ("file", 8, "image/png", 1)
    assert pic.inode == (wood.at / "pic.txt").stat().st_ino
    assert (link.kind, link.target) == ("link", ".")


def test_checksums(wood: Desk) -> None:
    value = wood(file.hash_, paths=["README.md"], algorithm="md5")
    assert value.items[0].digest == hashlib.md5((wood.at / "README.md").read_bytes()).hexdigest()
    assert len(wood(file.hash_, paths=["src"]).items) == 3


def test_differences(desk: Desk) -> None:
    (desk.at / "a").write_text("one\ntwo\nthree\n")
    (desk.at / "b").write_text("one\n2\nthree\nfour")
    value = desk(file.diff, left="a", right="b", context=0)
    assert (value.is_same, value.added, value.removed) == (False, 2, 1)
    assert "@@ -2 +2 @@\n-two\n+2\n" in value.unified
    assert value.unified.endswith("+four\n\\ No newline at end of file\n")
    assert desk(file.diff, left="a", right="a").is_same
    (desk.at / "c").write_bytes(b"\x00")
    assert desk(file.diff, left="a", right="c").unified == ""


def test_a_diff_is_what_patch_takes(desk: Desk) -> None:
    if shutil.which("patch") is None:
        pytest.skip("no patch program here")
    old = [f"line {n}\n" for n in range(200)]
    new = [*old[:10], "changed\n", *old[11:100], *old[120:], "end"]
    (desk.at / "a").write_text("".join(old))
    (desk.at / "b").write_text("".join(new))
    text = desk(file.diff, left="a", right="b").unified
    subprocess.run(["patch", "-s", desk.at / "a"], input=text.encode(), check=True)
    assert (desk.at / "a").read_text() == "".join(new)


def test_two_long_strangers_are_compared_in_time(desk: Desk) -> None:
    (desk.at / "a").write_text("".join(f"a{n}\n" for n in range(100_000)))
    (desk.at / "b").write_text("".join(f"b{n}\n" for n in range(100_000)))
    started = time.monotonic()
    value = desk(file.diff, left="a", right="b")
    assert (value.added, value.removed, bool(value.cut)) == (100_000, 100_000, True)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.md", ["README.md"]),
        ("src/*.py", ["src/main.py"]),
        ("src/**/*.[pP][yY]", ["src/deep/er/x.PY", "src/main.py"]),
        ("**/main.py", ["src/main.py"]),
        ("*/deep", ["src/deep"]),
        (".h*", [".hidden"]),
    ],
)
def test_globs(wood: Desk, pattern: str, found: list[str]) -> None:
    assert [wood.shown(item.path) for item in wood(file.stat, paths=[pattern]).items] == found


def test_a_glob_that_matches_nothing_is_enoent(wood: Desk) -> None:
    with pytest.raises(NotFound, match=r"nothing matches '.*\*\.rst'; there is 'README.md', 'empty'"):
        wood(file.stat, paths=["*.rst"])


def test_unreadable_folders_are_passed_over_and_told(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as name, as_nobody(Path(name)) as desk:
        (desk.at / "closed").mkdir(mode=0o700)
        (desk.at / "open").mkdir()
        (desk.at / "open/a").write_text("x")
        value = desk(file.find, path=".")
        assert ([entry.path for entry in value.entries], value.cut) == (
            ["open/a"],
            "1 folder could not be read",
        )
