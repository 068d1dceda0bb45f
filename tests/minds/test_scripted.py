"""The scripted mind plays a file; what is wrong with the file is said before anything is played."""

from pathlib import Path

import pytest

from kernel.minds.port import Draft, Drafted, From, Prompt
from kernel.minds.scripted import Line, ScriptedMind
from syscalls.errors import MindFailed

READ = {"name": "file.read", "arguments": {"path": "a.txt"}}


def prompt(request: str) -> Prompt:
    return Prompt(request, (), "/work")


def script(folder: Path, text: str) -> Path:
    path = folder / "script.jsonl"
    path.write_text(text, "utf-8")
    return path


async def test_lines_are_played_in_order_and_then_there_is_nothing_more() -> None:
    mind = ScriptedMind([Line(text="one"), Line(text="two", done=False)])
    assert await mind.think(prompt("x")) == Draft(text="one")
    assert await mind.think(prompt("y")) == Draft(text="two", is_done=False)
    assert await mind.think(prompt("z")) == Draft()
    await mind.close()


async def test_a_line_with_a_request_waits_for_it() -> None:
    mind = ScriptedMind([Line(text="later", request="b"), Line(text="now")])
    assert (await mind.think(prompt("a"))).text == "now"
    assert (await mind.think(prompt("a"))) == Draft()
    assert (await mind.think(prompt("b"))).text == "later"


async def test_calls_come_with_their_arguments_and_the_lines_confidence() -> None:
    mind = ScriptedMind([Line(calls=(READ,), confidence=0.4)])
    (call,) = (await mind.think(prompt("x"))).calls
    assert call == Drafted("file.read", {"path": "a.txt"}, 0.4)


async def test_a_reply_is_referred_to_by_number_and_part() -> None:
    calls = (
        {"name": "a", "arguments": {"path": {"$reply": 0, "part": "path"}, "content": {"$reply": -1}}},
        {"name": "b", "arguments": {"plain": {"reply": 0}}},
    )
    draft = await ScriptedMind([Line(calls=calls)]).think(prompt("x"))
    assert draft.calls[0].arguments == {"path": From(0, "path"), "content": From(-1, "text")}
    assert draft.calls[1].arguments == {"plain": {"reply": 0}}


async def test_a_file_holds_one_turn_a_line_and_blank_lines_count_for_nothing(tmp_path: Path) -> None:
    text = '\n{"calls": [{"name": "file.list"}], "done": false}\r\n\n  \n{"text": "fin\u2028ished"}\n'
    mind = ScriptedMind.load(script(tmp_path, text))
    assert await mind.think(prompt("x")) == Draft((Drafted("file.list", {}, 1.0),), is_done=False)
    assert await mind.think(prompt("x")) == Draft(text="fin\u2028ished")


MALFORMED = {
    "no JSON": "{oops",
    "no object": "[1]",
    "an unknown field": '{"txet": "hello"}',
    "a wrong type": '{"text": 5}',
    "calls that are no list": '{"calls": {"name": "file.read"}}',
    "arguments that are no object": '{"calls": [{"name": "file.read", "arguments": [1]}]}',
    "a reply that is no number": '{"calls": [{"name": "a", "arguments": {"x": {"$reply": "first"}}}]}',
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_line_is_named(tmp_path: Path, case: str) -> None:
    path = script(tmp_path, f'{{"text": "fine"}}\n{MALFORMED[case]}\n')
    with pytest.raises(MindFailed) as refused:
        ScriptedMind.load(path)
    assert str(refused.value).startswith(f"script '{path}' line 2: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MindFailed) as refused:
        ScriptedMind.load(tmp_path / "nowhere.jsonl")
    assert str(refused.value) == f"script '{tmp_path}/nowhere.jsonl': No such file or directory"


def test_a_file_that_is_no_text_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "script.jsonl"
    path.write_bytes(b'{"text": "fine"}\n{"text": "\xff"}\n')
    with pytest.raises(MindFailed, match="line 2: "):
        ScriptedMind.load(path)
