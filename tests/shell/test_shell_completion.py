import asyncio
import os
import time
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import to_formatted_text
from prompt_toolkit.formatted_text.utils import fragment_list_to_text

from apps.shell.console.completion import ShellCompleter
from apps.shell.console.highlight import SugarLexer
from apps.shell.console.paths import names_like
from apps.shell.direct import parse
from apps.shell.render import escape
from syscalls import file, sys, tool, ui
from syscalls.table import Table

TABLE = Table([*file.CALLS, *sys.CALLS, *tool.CALLS, *ui.CALLS])


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "w"
    (root / "src").mkdir(parents=True)
    for name in ("README.md", "src/main.py", "my notes.txt", ".hidden", "a\u202eb", "new\nline"):
        (root / name).write_text("")
    (tmp_path / "outside.txt").write_text("")
    (root / "out").symlink_to(tmp_path)
    return root


def offered(workspace: Path, line: str) -> list[str]:
    """What the line becomes with each completion."""
    completer = ShellCompleter(TABLE, {"help": "all commands", "undo": ""}, workspace, workspace)

    async def collect() -> list[str]:
        found = completer.get_completions_async(Document(line), CompleteEvent())
        return [line[: len(line) + each.start_position] + each.text async for each in found]

    lines = asyncio.run(collect())
    at_once = completer.get_completions(Document(line), CompleteEvent())
    assert lines == [line[: len(line) + each.start_position] + each.text for each in at_once]
    return lines


def test_calls_are_offered_after_a_colon_and_hidden_ones_are_not(workspace: Path) -> None:
    assert offered(workspace, ":file.re") == [":file.read"]
    assert ":sys.status" in offered(workspace, ":")
    assert ":file.revert" not in offered(workspace, ":")


def test_fields_are_offered_once_and_flags_without_a_value(workspace: Path) -> None:
    assert offered(workspace, ":file.tail lin") == [":file.tail lines="]
    assert offered(workspace, ":file.tail x lines=3 lin") == []
    assert ":file.list hidden" in offered(workspace, ":file.list hid")
    assert offered(workspace, ":no.such lin") == []


def test_values_are_offered_by_type(workspace: Path) -> None:
    assert offered(workspace, ":file.list order=n") == [":file.list order=name", ":file.list order=newest"]
    assert offered(workspace, ":file.list hidden=") == [":file.list hidden=yes", ":file.list hidden=no"]
    assert offered(workspace, ":file.list path=s") == [":file.list path=src/"]
    assert offered(workspace, ":file.list nope=s") == []


def test_paths_are_offered_where_one_fits(workspace: Path) -> None:
    assert offered(workspace, ":file.read READ") == [":file.read README.md"]
    assert offered(workspace, ":file.read src/") == [":file.read src/main.py"]
    assert offered(workspace, "what is in @src/m") == ["what is in @src/main.py"]
    assert offered(workspace, "!wc REA") == ["!wc README.md"]
    assert offered(workspace, ":file.read .h") == [":file.read .hidden"]
    assert offered(workspace, "plain words REA") == []


def test_a_half_quoted_name_is_completed(workspace: Path) -> None:
    for begun in ("my", '"my no', "'my no", "my\\ no"):
        assert offered(workspace, f":file.read {begun}") == [':file.read "my notes.txt"']


def test_hostile_names_are_offered_inert_and_mean_themselves(workspace: Path) -> None:
    for line, name in ((":file.read a", "a\u202eb"), (":file.read ne", "new\nline")):
        (completed,) = (each for each in offered(workspace, line) if '"' in each)
        assert escape.line(completed) == completed
        assert parse(TABLE, completed).arguments == {"path": name}


def test_nothing_outside_the_workspace_is_offered(workspace: Path) -> None:
    for begun in ("../", "/etc/", "out/", "src/../../", "/", "~"):
        assert names_like(begun, workspace, workspace, 1) == []
    assert names_like(f"{workspace}/REA", workspace, workspace, 1)[0].path == f"{workspace}/README.md"


def test_a_name_that_is_no_text_is_not_offered(workspace: Path) -> None:
    os.close(os.open(os.fsencode(workspace) + b"/caf\xe9", os.O_CREAT))
    assert names_like("caf", workspace, workspace, 1) == []


def test_a_huge_folder_does_not_hold_up_typing(workspace: Path) -> None:
    for number in range(3_000):
        (workspace / f"f{number}").touch()
    started = time.perf_counter()
    assert len(offered(workspace, ":file.read f")) <= 210
    assert time.perf_counter() - started < 1


def test_no_time_left_means_no_names(workspace: Path) -> None:
    assert names_like("", workspace, workspace, -1) == []


def test_commands_are_offered_with_what_they_do(workspace: Path) -> None:
    assert offered(workspace, "/u") == ["/undo"]
    completer = ShellCompleter(TABLE, {"help": "all\x1bcommands"}, workspace, workspace)
    (only,) = completer.get_completions(Document("/h"), CompleteEvent())
    assert only.display_meta_text == "all\\x1bcommands"
    assert fragment_list_to_text(to_formatted_text(only.display)) == "/help"


@pytest.mark.parametrize(
    ("line", "styles"),
    [
        (':file.read path="a b"', {"class:call", "class:key", "class:quoted"}),
        (":file.raed x", {"class:unknown"}),
        ("/help me", {"class:command"}),
        ("/nope", {"class:unknown"}),
        ("!ls -l", {"class:program"}),
        ("read @a.txt now", {"class:mention"}),
        ("plain words", set()),
    ],
)
def test_what_is_typed_is_coloured_by_what_it_is(line: str, styles: set[str]) -> None:
    fragments = SugarLexer(set(TABLE), {"help"}).lex_document(Document(line))(0)
    assert fragment_list_to_text(fragments) == line
    assert {fragment[0] for fragment in fragments} - {""} == styles


def test_every_line_of_a_request_keeps_its_text() -> None:
    line_at = SugarLexer(set(TABLE), set()).lex_document(Document(":file.write a\ncontent='x'\nend"))
    assert [fragment_list_to_text(line_at(number)) for number in range(4)] == [
        ":file.write a",
        "content='x'",
        "end",
        "",
    ]
