import json
import subprocess
import sys
from pathlib import Path

import pytest

from apps.shell.manual import errors_page, field_meanings, main, syscalls_page, type_words
from syscalls import file
from syscalls.built_in import BUILT_IN
from syscalls.errors import every_error
from syscalls.table import Table
from syscalls.undo import Change
from tests.shell.samples import Check


def section(page: str, heading: str) -> str:
    return page.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_the_page_of_a_call_says_everything_about_it(snapshot: Check) -> None:
    snapshot("manual-file.copy.md", section(syscalls_page(Table(BUILT_IN)), "file.copy"))


def test_every_call_field_and_result_is_on_the_page() -> None:
    page = syscalls_page(Table(BUILT_IN))
    for call in BUILT_IN:
        own = section(page, call.name)
        assert call.summary in own
        assert all(f"| `{name}` |" in own for name in call.args.__struct_fields__)
        assert f"### {call.value.__name__}\n" in page
        assert all(hint.tool in own for hint in call.hints)


def test_the_string_beneath_a_field_is_its_meaning() -> None:
    assert field_meanings(file.Edit)["count"] == "At most so many replacements a file; all when absent."
    assert field_meanings(Change)["what"].startswith('"same": asked for, but already so. "skipped": ')


def test_a_field_without_a_string_means_what_its_kind_means() -> None:
    assert field_meanings(file.Read)["path"] == "A file or folder that is looked at."


def test_types_are_said_in_words() -> None:
    properties = file.find.schema["properties"]
    assert type_words(properties["depth"]) == "integer, 1 to 64"
    assert type_words(properties["larger"]) == "size, 0 or more"
    assert type_words(properties["kind"]) == "one of `file`, `folder`, `link`, `other`"
    assert type_words(file.copy.schema["properties"]["paths"]) == "list of path"


def test_every_error_is_on_its_page() -> None:
    page = errors_page()
    for kind in every_error():
        assert f"| {kind.code} | `{kind.symbol}` | {kind.__name__} | {kind.act.name} |" in page


def test_checking_tells_stale_from_true(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"], tmp_path) == 1
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    assert json.loads((tmp_path / "events.schema.json").read_text())["title"] == "aosh event"
    capsys.readouterr()
    (tmp_path / "errors.md").write_text("old")
    assert main(["--check"], tmp_path) == 1
    assert capsys.readouterr().err.startswith("errors.md is out of date")


def test_what_a_script_needs_loads_neither_rich_nor_prompt_toolkit() -> None:
    modules = "apps.shell.direct, apps.shell.events, apps.shell.manual, apps.shell.console.emitters"
    code = f"import sys, {modules}; print(sorted({{'rich', 'prompt_toolkit'}} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
