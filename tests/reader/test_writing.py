"""Requests for a text: which file is read, what the model is asked, where the text goes; and what is left alone."""

from typing import Any

import pytest

from kernel.minds.needle.mind import NeedleMind
from kernel.minds.port import From, Prompt
from kernel.reader.names import Names
from kernel.reader.reader import Reader
from syscalls import file, model, sys, tool
from syscalls.errors import NotSupported

MENU = tuple(c for c in (*file.CALLS, *sys.CALLS, *tool.CALLS, *model.CALLS) if not c.is_hidden)


@pytest.fixture(scope="module")
def writer() -> Reader:
    return Reader(MENU)


def calls(
    reader: Reader, names: Names, request: str, *, has_recent: bool = False
) -> list[tuple[str, dict[str, Any]]]:
    found = reader.read(request, names, has_recent=has_recent)
    return [(each.wording.call.name, each.binding.arguments) for each in found if each.wording]


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ("summarise README.md in three lines", "README.md"),
        ("please summarize docs/guide.md", "docs/guide.md"),
        ("translate todo.txt into German", "todo.txt"),
        ("what does names.txt say about cats", "names.txt"),
        ("give me a short summary of README.md", "README.md"),
    ],
)
def test_a_file_is_read_and_written_about(writer: Reader, names: Names, request_: str, path: str) -> None:
    read, written = calls(writer, names, request_)
    assert read[0] == "file.read" and read[1]["path"] == path
    assert written == ("model.generate", {"prompt": request_, "input": From(0, "text")})


@pytest.mark.parametrize(
    "request_",
    ["summarise README.md into out.md", "summarise README.md and save it to out.md", "write a summary of README.md to out.md"],
)  # fmt: skip
def test_the_text_is_saved_where_it_was_said(writer: Reader, names: Names, request_: str) -> None:
    *_, written, saved = calls(writer, names, request_)
    assert written[0] == "model.generate" and "out.md" not in written[1]["prompt"]
    assert saved == ("file.write", {"path": "out.md", "content": From(1, "text")})


def test_it_is_the_file_that_was_spoken_of_last(writer: Reader, names: Names) -> None:
    read, written = calls(writer, names, "summarise it", has_recent=True)
    assert read[1]["path"] == From(-1, "path")
    assert written[1]["input"] == From(0, "text")


@pytest.mark.parametrize(
    "request_",
    ["summarise README.md and todo.txt", "summarise docs", "summarise it", "what does grep do", "show README.md",
     "move summary.txt to docs", "what does the law say about cats"],
)  # fmt: skip
def test_where_anything_is_unclear_no_model_is_asked(writer: Reader, names: Names, request_: str) -> None:
    assert all(name != "model.generate" for name, _ in calls(writer, names, request_))


async def test_the_small_mind_says_what_is_missing_and_proposes_nothing() -> None:
    prompt = Prompt(
        "summarise README.md in three lines and delete todo.txt", MENU, "/w",
        names=(("README.md", False), ("todo.txt", False)),
    )  # fmt: skip
    with pytest.raises(NotSupported, match="needs a language model: aosh -m vllm:PATH"):
        await NeedleMind(None).think(prompt)
