"""Requests to run programs: the words of the program come from the request, or there is no reading."""

from typing import Any

import pytest

from kernel.reader.names import Names
from kernel.reader.reader import Reader

RUN: list[tuple[str, list[str], dict[str, Any]]] = [
    ("run the tests with pytest", ["pytest"], {}),
    ("run all my tests using pytest -q -k 'a or b'", ["pytest", "-q", "-k", "a or b"], {}),
    ("run make build", ["make", "build"], {}),
    ("please run make build for me", ["make", "build"], {}),
    ("execute python src/main.py", ["python", "src/main.py"], {}),
    ("run ls -la", ["ls", "-la"], {}),
    ("could you run git status?", ["git", "status"], {}),
    ("run the command `npm test`", ["npm", "test"], {}),
    ("execute 'git log --oneline for the docs'", ["git", "log", "--oneline", "for", "the", "docs"], {}),
    ("run ./run.sh now", ["./run.sh"], {}),
    ("run run.sh", ["./run.sh"], {}),
    ("run src/main.py with python3", ["python3", "src/main.py"], {}),
    ("run pytest in the src folder", ["pytest"], {"cwd": "src"}),
    ("run mytool --check", ["mytool", "--check"], {}),
    ("start python3 src/main.py", ["python3", "src/main.py"], {}),
    ("run cargo test.", ["cargo", "test"], {}),
]


@pytest.mark.parametrize(("request_", "argv", "more"), RUN)
def test_a_program_named_is_run_with_its_words_as_they_stand(
    reader: Reader, names: Names, request_: str, argv: list[str], more: dict[str, Any]
) -> None:
    (reading,) = reader.read(request_, names)
    assert reading.wording is not None
    assert reading.wording.call.name == "tool.exec"
    assert reading.binding.arguments == {"argv": argv} | more
    assert reading.is_exact


@pytest.mark.parametrize(
    "request_",
    [
        "run the tests",
        "run my program",
        "run a search for TODO",
        "run make on the docs",
        "run ls | wc -l",
        "run echo $HOME",
        "run cat todo.txt > x",
        "start a new file called x.txt",
        "execute it",
    ],
)
def test_where_no_program_is_plainly_named_none_is_run(reader: Reader, names: Names, request_: str) -> None:
    for reading in reader.read(request_, names):
        is_run = reading.wording is not None and reading.wording.call.name == "tool.exec"
        assert not (is_run and reading.sureness >= 0.7), reading


def test_a_word_that_may_be_a_program_is_asked_about(reader: Reader, names: Names) -> None:
    (reading,) = reader.read("run mytool", names)
    assert reading.binding.arguments == {"argv": ["mytool"]}
    assert 0.4 < reading.sureness < 0.7


@pytest.mark.parametrize(
    ("request_", "call"),
    [("ls -la", "file.list"), ("cat todo.txt", "file.read"), ("show me README.md", "file.read")],
)
def test_what_file_calls_do_stays_with_them(reader: Reader, names: Names, request_: str, call: str) -> None:
    (reading,) = reader.read(request_, names)
    assert reading.wording is not None
    assert reading.wording.call.name == call
