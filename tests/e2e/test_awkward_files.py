"""Files that other tools trip over, through the gate and the real jailed driver."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from apps.shell.answers import answer_of
from apps.shell.boot import Kernel, boot, watch_nothing
from apps.shell.people import People, Talk
from apps.shell.settings import Folders, Settings
from kernel.call import NoApprover
from kernel.loop import Nobody


class Place(NamedTuple):
    """A running kernel and the folder it works in."""

    kernel: Kernel
    root: Path

    async def fails(self, line: str) -> str:
        """The symbol of the error a call by hand ends with."""
        result = await self.kernel.typed(line)
        assert result.error is not None, answer_of(result)
        assert "\n" not in str(result.error)
        return result.error.symbol

    async def answers(self, line: str) -> str:
        """The text a call by hand answers."""
        result = await self.kernel.typed(line)
        assert result.error is None, result.error
        return answer_of(result)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    root = tmp_path / "w"
    root.mkdir()
    (tmp_path / "secret").write_text("secret")
    settings = Settings(
        Folders(tmp_path / "s", tmp_path / "d", tmp_path / "r"),
        cwd=root,
        home=tmp_path,
        mind="none",
        is_bare=True,
    )
    people = People(NoApprover(), Nobody(), watch_nothing, Talk(lambda line: None))
    async with boot(settings, people) as kernel:
        yield Place(kernel, root)


@pytest.mark.parametrize(
    ("line", "symbol"),
    [
        (":file.read nowhere", "ENOENT"),
        (":file.read folder", "EISDIR"),
        (":file.read file/below", "ENOTDIR"),
        (":file.read dangling", "ENOENT"),
        (":file.read loop", "ELOOP"),
        (":file.read ../secret", "EDENIED"),
        (":file.read outside", "EPERM"),
        (":file.read outside-folder/secret", "EPERM"),
        (":file.read binary", "ENOTTEXT"),
        (":file.write outside content=x overwrite", "EPERM"),
        (":file.write ../new content=x", "EDENIED"),
        (":file.write /etc/passwd content=x overwrite", "EDENIED"),
        (":file.move file ../moved", "EDENIED"),
        (f":file.read {'n' * 300}", "ENAMETOOLONG"),
        (":file.frobnicate x", "ENOSYS"),
        (":file.read file colour=red", "EINVAL"),
        (":file.read file lines=many", "EINVAL"),
        (":file.read", "EINVAL"),
        (':file.read "unclosed', "EINVAL"),
    ],
)
async def test_what_cannot_be_is_one_typed_line(place: Place, line: str, symbol: str) -> None:
    root = place.root
    (root / "folder").mkdir()
    (root / "file").write_text("x")
    (root / "binary").write_bytes(bytes(range(256)))
    (root / "dangling").symlink_to("gone")
    (root / "loop").symlink_to("loop")
    (root / "outside").symlink_to("../secret")
    (root / "outside-folder").symlink_to("..")
    assert await place.fails(line) == symbol
    assert (root.parent / "secret").read_text() == "secret"
    assert sorted(path.name for path in root.parent.iterdir()) == ["d", "r", "s", "secret", "w"]


async def test_names_with_newlines_and_bytes_that_are_no_text_are_listed_and_kept(place: Place) -> None:
    (place.root / "two\nlines").write_text("")
    (place.root / os.fsdecode(b"caf\xe9")).write_text("")
    assert "two" in await place.answers(":file.list")
    await place.answers(r':file.copy "two\nlines" plain')
    assert len(os.listdir(place.root)) == 3


async def test_a_huge_file_is_refused_where_it_cannot_be_held_and_looked_at_where_it_can(
    place: Place,
) -> None:
    path = place.root / "huge"
    path.write_text("first line\n")
    os.truncate(path, 2**40)
    assert await place.fails(":file.read huge") in ("EFBIG", "ENOTTEXT")
    assert "1099511627776" in await place.answers(":file.stat huge")


async def test_nothing_is_lost_when_a_folder_vanishes_under_a_call(place: Place) -> None:
    (place.root / "a").write_text("x")
    assert await place.answers(":file.list")
    place.root.rename(place.root.with_name("moved"))
    result = await place.kernel.typed(":file.list")
    assert result.error is None or result.error.symbol in ("ENOENT", "EDRIVER", "EPERM", "EDENIED")
