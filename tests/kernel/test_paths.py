"""Path arguments become absolute and normal before anybody looks at them; the disk is never asked."""

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.paths import canonical, canonicalise, shown
from syscalls import file
from syscalls.caps import Right, is_beneath
from syscalls.errors import BadArgument, NameTooLong
from syscalls.table import Entry

PARTS = st.sampled_from(["a", "b c", "..", ".", "", "~", "ä", ".x", "..."])
PATHS = st.lists(PARTS, min_size=1, max_size=8).map("/".join).filter(bool)
FOLDERS = st.sampled_from(["/", "/desk", "/desk/deep/er"])


@given(PATHS, FOLDERS)
def test_a_canonical_path_is_absolute_and_normal(text: str, cwd: str) -> None:
    path = canonical(text, cwd, "/home/ana")
    assert path.startswith("/")
    assert not path.startswith("//")
    bare = path.rstrip("/") or "/"
    assert posixpath.normpath(bare) == bare
    assert not {".", "..", ""} & set(bare.split("/")[1:]) or bare == "/"


@given(PATHS, FOLDERS)
def test_making_a_path_canonical_twice_changes_nothing_more(text: str, cwd: str) -> None:
    path = canonical(text, cwd, "/home/ana")
    assert canonical(path, "/elsewhere", "/nowhere") == path


@given(PATHS, FOLDERS)
def test_a_trailing_slash_is_kept_and_none_is_added(text: str, cwd: str) -> None:
    path = canonical(text, cwd, "/home/ana")
    assert path.endswith("/") is (text.endswith("/") or path == "/")


@given(PATHS)
def test_dots_never_climb_out_unseen(text: str) -> None:
    path = canonical(text, "/desk", "/home/ana")
    climbs = posixpath.normpath(posixpath.join("/desk", text)) if not text.startswith("~") else path
    assert is_beneath(path, "/desk") is is_beneath(climbs, "/desk")


CANONICAL = {
    "a.txt": "/desk/a.txt",
    "./a.txt": "/desk/a.txt",
    "sub/": "/desk/sub/",
    "sub//deep/.": "/desk/sub/deep",
    "..": "/",
    "../../../etc": "/etc",
    "/": "/",
    "//etc": "/etc",
    "///etc": "/etc",
    "~": "/home/ana",
    "~/notes": "/home/ana/notes",
    "~/../bob": "/home/bob",
    "~bob/notes": "/desk/~bob/notes",
    "a~": "/desk/a~",
    "*.py": "/desk/*.py",
    " a ": "/desk/ a ",
}


@pytest.mark.parametrize("text", CANONICAL)
def test_a_path_means_what_a_shell_would_take_it_for(text: str) -> None:
    assert canonical(text, "/desk", "/home/ana") == CANONICAL[text]


def test_a_nul_byte_is_refused() -> None:
    with pytest.raises(BadArgument) as refused:
        canonical("a\0b", "/desk", "/home/ana")
    assert str(refused.value) == "path 'a\\x00b' holds a NUL byte; no file name can"


@pytest.mark.parametrize("text", ["a" * 256, "ä" * 128, "a/" * 2048])
def test_a_name_or_path_no_file_system_takes_is_refused(text: str) -> None:
    with pytest.raises(NameTooLong, match="at most 4096 and 255 are accepted"):
        canonical(text, "/desk", "/home/ana")


def test_the_longest_name_is_accepted() -> None:
    assert canonical("a" * 255, "/desk", "/home/ana") == f"/desk/{'a' * 255}"


def test_every_path_argument_says_which_right_it_needs() -> None:
    arguments, needed = canonicalise(
        Entry(file.copy), {"paths": ["a", "/etc/b"], "to": "sub/"}, "/desk", "/home/ana"
    )
    assert arguments == {"paths": ["/desk/a", "/etc/b"], "to": "/desk/sub/"}
    assert needed == [
        (Right.FS_READ, "/desk/a"),
        (Right.FS_READ, "/etc/b"),
        (Right.FS_WRITE, "/desk/sub"),
    ]


def test_a_folder_left_out_is_the_working_folder_and_needs_its_right_too() -> None:
    arguments, needed = canonicalise(Entry(file.find), {"name": "*.py"}, "/desk", "/home/ana")
    assert arguments == {"name": "*.py", "path": "/desk"}
    assert needed == [(Right.FS_READ, "/desk")]
    _, needed = canonicalise(Entry(file.usage), {}, "/desk", "/home/ana")
    assert needed == [(Right.FS_READ, "/desk")]


def test_arguments_that_are_no_paths_stay_as_they_are() -> None:
    given_ = {"path": "a", "content": "../b", "overwrite": False}
    arguments, _ = canonicalise(Entry(file.write), given_, "/desk", "/home/ana")
    assert arguments == {"path": "/desk/a", "content": "../b", "overwrite": False}
    assert given_["path"] == "a"


@pytest.mark.parametrize(
    ("path", "text"),
    [("/desk", "."), ("/desk/", "."), ("/desk/a", "a"), ("/deskspace/a", "/deskspace/a"), ("/etc", "/etc")],
)
def test_a_path_is_shown_as_a_person_would_write_it(path: str, text: str) -> None:
    assert shown(path, "/desk") == text
