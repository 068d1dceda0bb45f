"""What a line is taken for that is no request: a command of aosh's, or a shell's."""

import os
from pathlib import Path

import pytest

from apps.shell.offers import command_of, program_of
from tests.shell.sitting import sitting

SEARCH = os.environ["PATH"].split(os.pathsep)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("undo", "/undo"), ("Undo that!", "/undo"), ("undo the last change", "/undo"), ("redo it", "/redo"),
        ("undo 2", "/undo 2"), ("undo the last 3 changes", "/undo 3"), ("history", "/history"),
        ("show me the history", "/history"), ("help", "/help"), ("why?", "/why"), ("clear", "/clear"),
        ("undo the move of a.txt", ""), ("help me find a.txt", ""), ("why is it big", ""), ("status", ""),
    ],
)  # fmt: skip
def test_plain_words_are_commands_only_where_nothing_else_is_said(line: str, command: str) -> None:
    assert command_of(line) == command


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("find . -name '*.md' | wc -l", "!find . -name '*.md' | wc -l"), ("ls -la /", "!ls -la /"),
        ("sort", "!sort"), ("sort the lines of a.txt", ""), ("find my big files", ""), ("nosuchprogram -x", ""),
        ("cat a.txt\nrm b", ""), ("", ""), ("'a b' c", ""),
    ],
)  # fmt: skip
def test_a_command_line_is_known_by_its_program_and_by_not_being_prose(line: str, program: str) -> None:
    assert program_of(line, SEARCH) == program


async def test_undo_redo_and_history_work_as_plain_words(tmp_path: Path) -> None:
    async with sitting(tmp_path, ":file.write a.txt content=one", script=()) as person:
        target = person.workspace / "a.txt"
        await person.sees("undo with /undo")
        await person.asks("undo", "undo done")
        assert not target.exists()
        await person.asks("redo that", "redo done")
        assert target.read_text() == "one"
        await person.asks("history", "file.write")


async def test_a_shell_line_that_is_not_understood_is_offered_as_one(tmp_path: Path) -> None:
    async with sitting(tmp_path, script=({"calls": []},)) as person:
        await person.asks("ls -1 | wc -l", "!ls -1 | wc -l")
        await person.asks("1\r", "0.")
        assert "not something" in person.paper.text
