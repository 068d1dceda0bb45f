"""Words that point at the latest answer: one file is named, several are asked back, what is unclear is left alone."""

import asyncio
from pathlib import Path

import pytest

from apps.shell.boot import boot
from apps.shell.people import People, Talk
from apps.shell.settings import Settings, folders
from kernel.call import AlwaysYes, Ok
from kernel.loop import End, Nobody
from kernel.minds.port import From
from kernel.reader.names import Names
from kernel.reader.pointing import choices, settled
from kernel.reader.reader import Reader
from syscalls.built_in import BUILT_IN

RECENT = ("new.log", "old.log", "deep/my notes.txt")
KNOWN = {*RECENT, "deep"}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("how many lines are in the second one?", "how many lines are in old.log?"),
        ("show the first result", "show new.log"),
        ("show the last one", "show 'deep/my notes.txt'"),
        ("delete the 2nd of them", "delete old.log"),
        ("show the fifth one", "show the fifth one"),
        ("show the last file", "show the last file"),
        ("delete that one", "delete that one"),
    ],
)
def test_ordinals_name_a_file_of_the_latest_answer(said: str, read: str) -> None:
    assert settled(said, RECENT, KNOWN) == read


def test_a_singular_word_names_the_only_file_unless_another_was_said_before_it() -> None:
    assert settled("show that file", ["a.txt"], {"a.txt"}) == "show a.txt"
    assert (
        settled("create b.txt and show that file", ["a.txt"], {"a.txt"}) == "create b.txt and show that file"
    )
    assert settled("show that file", ["a.txt"], set()) == "show that file"
    assert settled("show that file", ["a'; rm.txt"], {"a'; rm.txt"}) == "show that file"


def test_one_of_several_is_offered_by_name() -> None:
    arguments = [{"paths": From(-1, "paths")}]
    assert choices("delete that one", arguments, RECENT) == (
        "delete new.log", "delete old.log", "delete 'deep/my notes.txt'",
    )  # fmt: skip
    assert choices("delete them", arguments, RECENT) == ()
    assert choices("delete it", arguments, RECENT[:1]) == ()
    assert choices("save it to x.txt", [{"content": From(-1, "text")}], RECENT) == ()


@pytest.mark.parametrize(
    "said",
    [
        "pin that", "unpin memory 3", "no, the staging server is at 10.0.0.6", "change memory 3 to x y", "forget that",
        "always show sizes in MB", "what did we do yesterday?", "forget everything about Anna", "always remember that we use tabs",
    ],
)  # fmt: skip
def test_each_wording_about_the_memory_is_read_whole(said: str) -> None:
    (reading,) = Reader(BUILT_IN).read(said, Names(()))
    assert reading.wording is not None
    assert reading.wording.call.area == "mem"
    assert reading.is_exact


async def test_across_requests_it_is_the_file_and_that_is_the_memory_spoken_of(tmp_path: Path) -> None:
    work = tmp_path / "w"
    work.mkdir()
    for name in ("a.txt", "new.log", "old.log"):
        (work / name).write_text(f"{name}\n")
    settings = Settings(
        folders({"AOSH_HOME": str(tmp_path / "home")}, tmp_path), work, tmp_path, mind="reader", is_bare=True
    )
    people = People(AlwaysYes(), Nobody(), lambda happening: None, Talk(lambda line: None))
    async with asyncio.timeout(60), boot(settings, people) as kernel:
        await kernel.request("show a.txt")
        await kernel.request("copy it to c.txt")
        await kernel.request("rename that file to d.txt")
        assert (work / "d.txt").read_text() == "a.txt\n"
        await kernel.request("list the log files")
        asked = await kernel.request("delete that one")
        assert asked.end is End.NOT_UNDERSTOOD
        assert asked.nearest == ("delete new.log", "delete old.log")
        await kernel.request("delete the last one")
        assert (work / "new.log").exists() and not (work / "old.log").exists()
        await kernel.request("remember that the staging server is at 10.0.0.5")
        pinned = (await kernel.request("pin that")).replies[0]
        corrected = (await kernel.request("no, the staging server is at 10.0.0.6")).replies[0]
        assert isinstance(pinned, Ok) and isinstance(corrected, Ok)
        found = (await kernel.request("what is the address of the staging server?")).replies[0]
        assert isinstance(found, Ok) and found.value.text() == "the staging server is at 10.0.0.6\n"
        await kernel.request("forget that")
        left = (await kernel.request("what do you know about me?")).replies[0]
        assert isinstance(left, Ok) and "10.0.0.6" not in left.value.text()
