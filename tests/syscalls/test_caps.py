"""Capabilities only narrow: what is minted is never wider, and no trick of writing leads out of a scope."""

import pytest

from syscalls.caps import ANY, Cap, Right, holds, is_beneath
from syscalls.errors import NotPermitted

WORK = Cap(Right.FS_READ, "/desk")


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/", "/desk/a", "/desk/a/b", "/desk/.hidden", "/desk/a..b", "/desk//a"]
)
def test_a_folder_covers_itself_and_all_below(path: str) -> None:
    assert WORK.covers(Right.FS_READ, path)


@pytest.mark.parametrize(
    "path",
    [
        "/deskspace",
        "/desk2/a",
        "/wor",
        "/",
        "//desk/a",
        "work/a",
        "",
        ".",
        "/desk/..",
        "/desk/../etc/passwd",
        "/desk/a/../../etc",
        "/desk/a/..",
        "/../desk",
        "/WORK/a",
        "/desk\0/a",
    ],
)
def test_nothing_else_passes_for_being_below_it(path: str) -> None:
    assert not WORK.covers(Right.FS_READ, path)
    assert not is_beneath(path, "/desk")


def test_the_root_folder_covers_every_absolute_path_without_dots() -> None:
    root = Cap(Right.FS_READ, "/")
    assert root.covers(Right.FS_READ, "/etc/passwd")
    assert not root.covers(Right.FS_READ, "/etc/..")
    assert not root.covers(Right.FS_READ, "etc")


@pytest.mark.parametrize("right", [right for right in Right if right is not Right.FS_READ])
def test_one_right_is_not_another(right: Right) -> None:
    assert not WORK.covers(right, "/desk/a")


def test_a_name_is_covered_by_itself_and_by_any() -> None:
    assert Cap(Right.APP, "weather").covers(Right.APP, "weather")
    assert not Cap(Right.APP, "weather").covers(Right.APP, "weather2")
    assert not Cap(Right.APP, "weather").covers(Right.APP, ANY)
    assert Cap(Right.APP, ANY).covers(Right.APP, "weather")


def test_any_is_no_folder() -> None:
    assert not Cap(Right.FS_READ, ANY).covers(Right.FS_READ, "/desk/a")


def test_a_smaller_capability_can_be_minted() -> None:
    assert WORK.mint("/desk/a") == Cap(Right.FS_READ, "/desk/a")
    assert Cap(Right.APP, ANY).mint("weather") == Cap(Right.APP, "weather")


@pytest.mark.parametrize("scope", ["/", "/deskspace", "/desk/..", "/desk/../etc", "work", "", ANY])
def test_a_wider_one_cannot(scope: str) -> None:
    with pytest.raises(NotPermitted) as refused:
        WORK.mint(scope)
    assert str(refused.value) == f"cannot mint fs.read on {scope!r} from one on '/desk'"


def test_a_name_cannot_be_widened_to_any() -> None:
    with pytest.raises(NotPermitted):
        Cap(Right.APP, "weather").mint(ANY)


def test_holding_one_that_covers_is_the_whole_check() -> None:
    caps = frozenset({WORK, Cap(Right.FS_WRITE, "/desk/out")})
    assert holds(caps, Right.FS_READ, "/desk/a")
    assert holds(caps, Right.FS_WRITE, "/desk/out/a")
    assert not holds(caps, Right.FS_WRITE, "/desk/a")
    assert not holds(frozenset(), Right.FS_READ, "/desk/a")
