import asyncio
import os
import signal
from pathlib import Path

from apps.shell.wording import short, spoken, unmentioned
from kernel.drivers.jailed import JailedDriver
from kernel.journal.effects import EFFECT_KINDS, effects, open_effects
from kernel.journal.sqlite import SqliteJournal
from tests.shell.sitting import PROMPT, Sitting, sitting

WRITE: dict[str, object] = {
    "calls": [{"name": "file.write", "arguments": {"path": "a.txt", "content": "one\n"}}]
}
DELETE: dict[str, object] = {"calls": [{"name": "file.delete", "arguments": {"paths": ["a.txt"]}}]}


def huge(person: Sitting) -> Path:
    """A file that takes hours to hash and no room on the disk."""
    path = person.workspace / "huge"
    path.touch()
    return path


def drivers(person: Sitting) -> list[JailedDriver]:
    return person.kernel.drivers.running()


async def test_words_become_calls_and_their_values_are_shown(tmp_path: Path) -> None:
    listing: dict[str, object] = {"calls": [{"name": "file.list", "arguments": {}}]}
    async with sitting(tmp_path, script=(listing,)) as person:
        (person.workspace / "hello.txt").write_text("hi")
        await person.asks("what is here", "hello.txt")
    assert person.code == 0


async def test_a_change_can_be_undone_and_redone(tmp_path: Path) -> None:
    async with sitting(tmp_path, script=(WRITE,)) as person:
        target = person.workspace / "a.txt"
        await person.asks("write it", "undo with /undo")
        assert target.read_text() == "one\n"
        await person.asks("/undo", "undo done")
        assert not target.exists()
        await person.asks("/redo", "redo done")
        assert target.read_text() == "one\n"
        seen = await person.asks("/history", "file.write")
        assert "created a.txt" in seen
        await person.asks("/undo 7x", "no effect has the id '7x'")


async def test_the_first_request_may_come_from_the_command_line(tmp_path: Path) -> None:
    async with sitting(tmp_path, ":file.write a.txt content=one") as person:
        await person.sees("created a.txt")
        assert (person.workspace / "a.txt").read_text() == "one"


async def test_a_delete_asks_and_no_means_no(tmp_path: Path) -> None:
    async with sitting(tmp_path, script=(DELETE, DELETE)) as person:
        target = person.workspace / "a.txt"
        target.write_text("precious")
        await person.types("delete it\r", "Allow?")
        await person.types("n", "you said no")
        assert target.read_text() == "precious"
        await person.sees(PROMPT)
        await person.types("delete it\r", "Allow?")
        await person.types("y", "undo with /undo")
        assert not target.exists()


async def test_an_unsure_reading_asks_what_was_meant_and_offers_others(tmp_path: Path) -> None:
    unsure = WRITE | {"confidence": 0.4}
    async with sitting(tmp_path, script=(unsure, unsure)) as person:
        await person.types("write something\r", "Is that it?")
        assert 'file.write path="a.txt"' in person.paper.text
        await person.types("n", "I am not sure I understood")
        assert not (person.workspace / "a.txt").exists()
        await person.sees(PROMPT)
        await person.types("write something\r", "Is that it?")
        await person.types("y", "undo with /undo")
        assert (person.workspace / "a.txt").exists()


async def test_a_call_by_hand_needs_no_mind_and_says_what_is_wrong(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.asks(":file.write a.txt content=text", "created a.txt")
        await person.asks(":file.raed a.txt", "did you mean file.read")
        await person.asks(":file.read a.txt nosuch=1", "unknown field")
        await person.asks(":file.read gone.txt", "ENOENT")


async def test_unknown_commands_name_the_nearest(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.asks("/histroy", "did you mean /history")
        await person.asks("/help", "Ctrl-C")
        await person.asks("/tools file", "file.read")
        await person.asks("/mode nonsense", "expected one of plan")
        await person.asks("/mode plan", "mode plan")
        await person.asks(":file.write a.txt content=x", "EDENIED")
        await person.types("quit\r")
    assert person.code == 0


async def test_why_shows_how_a_request_was_understood_and_decided(tmp_path: Path) -> None:
    async with sitting(tmp_path, script=(WRITE,)) as person:
        await person.asks("/why", "nothing was asked yet")
        await person.asks("write it", "undo with /undo")
        seen = await person.asks("/why", "decided")
        assert "confidence 1.00" in seen
        assert "allow" in seen


async def test_nothing_understood_is_said_and_changes_nothing(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.asks("sing", "say it another way")


async def test_ctrl_c_stops_a_turn_kills_its_driver_and_keeps_what_was_typed(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        os.truncate(huge(person), 2**40)
        await person.types(":file.hash huge\r", "file.hash 0 s")
        busy = drivers(person)
        await person.types("ls -la")
        await person.types("\x03", "stopped")
        assert [driver.child.returncode for driver in busy] == [-9]
        await person.sees("ls -la")
        await person.types("\x15", "")
        await person.asks(":file.write a.txt content=x", "created a.txt")


async def test_sigint_from_outside_stops_a_turn_and_sigterm_ends_the_session(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        os.truncate(huge(person), 2**40)
        await person.types(":file.hash huge\r", "file.hash 0 s")
        os.kill(os.getpid(), signal.SIGINT)
        await person.sees("stopped")
        await person.sees(PROMPT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert person.code == 143


async def test_two_ctrl_c_at_an_empty_prompt_leave_with_130(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.types("\x03\x03")
        await asyncio.sleep(0.2)
    assert person.code == 130


async def test_a_turn_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    async with sitting(tmp_path, "--timeout", "0.5") as person:
        os.truncate(huge(person), 2**40)
        await person.asks(":file.hash huge", "ETIMEDOUT")


async def test_a_killed_driver_is_told_and_the_next_call_works(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        os.truncate(huge(person), 2**40)
        await person.types(":file.hash huge\r", "file.hash 0 s")
        for driver in drivers(person):
            os.kill(driver.child.pid, signal.SIGKILL)
        await person.sees("EDRIVER")
        await person.sees(PROMPT)
        await person.asks(":file.write a.txt content=x", "created a.txt")


async def test_an_effect_whose_driver_died_is_rolled_back_at_once(tmp_path: Path) -> None:
    """Killed between plan and commit: the person is being asked, so the driver waits."""
    async with sitting(tmp_path, script=(DELETE,)) as person:
        target = person.workspace / "a.txt"
        target.write_text("precious")
        await person.types("delete it\r", "Allow?")
        for driver in drivers(person):
            os.kill(driver.child.pid, signal.SIGKILL)
        await person.types("y", "EDRIVER")
        await person.sees("rolled back")
        await person.sees(PROMPT)
        assert target.read_text() == "precious"
    journal = SqliteJournal.open(tmp_path / "state/journal.db")
    found = effects(journal.rows(kinds=EFFECT_KINDS))
    journal.close()
    assert open_effects(found) == []
    assert [effect.status for effect in found if effect.name == "file.delete"] == ["failed"]


async def test_the_console_serves_questions(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.types(":ui.ask question=When?\r", "> ")
        await person.types("in May\r", "in May")
        await person.sees(PROMPT)
        await person.types(':ui.choose question=Which? choices=["red","green"]\r', "number>")
        await person.types("2\r", "green")


async def test_many_requests_do_not_use_up_one_budget(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        for number in range(25):
            await person.asks(f":file.write f{number} content=x", f"created f{number}")


def test_references_and_mentions_read_well(tmp_path: Path) -> None:
    (tmp_path / "my file").write_text("")
    assert spoken("file.write", {"content": {"$reply": 0}}) == "file.write content=<text of step 1>"
    assert unmentioned('read @"my file" for @me', tmp_path) == 'read "my file" for @me'
    assert short(tmp_path / "x", tmp_path) == "~/x"
    assert short(tmp_path, tmp_path) == "~"


async def test_an_approval_can_be_taken_back_edited_and_handed_in_again(tmp_path: Path) -> None:
    async with sitting(tmp_path, script=(DELETE,)) as person:
        (person.workspace / "a.txt").write_text("precious")
        await person.types("delete it\r", "Allow?")
        await person.types("e", "you took it back to edit it")
        await person.sees(':file.delete paths=["')
        await person.types("\r", "Allow?")
        await person.types("y", "undo with /undo")
        assert not (person.workspace / "a.txt").exists()


async def test_grants_are_listed_and_taken_back(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        for letter in "abc":
            (person.workspace / letter).write_text(letter)
        await person.asks("/grants", "nothing is allowed beyond the policy")
        await person.types(":file.delete a\r", "Allow?")
        await person.types("s", "undo with /undo")
        await person.asks(":file.delete b", "undo with /undo")
        assert "1 times" in await person.asks("/grants", "file.delete beneath")
        await person.asks("/grants revoke 1", "taken back")
        await person.types(":file.delete c\r", "Allow?")
        await person.types("n", "you said no")
        assert (person.workspace / "c").exists()


async def test_the_mind_is_changed_at_the_prompt(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.asks("/model none", "now thinks with none")
        assert person.kernel.mind.name == "none"
        await person.asks("/model", "understands requests")
        await person.asks("/model nonsense", "no mind is called 'nonsense'")
        assert person.kernel.mind.name == "none"
