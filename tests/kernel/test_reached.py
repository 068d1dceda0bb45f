"""A guarded place is guarded under every name: what a link leads to is looked at before anything changes."""

import os
from pathlib import Path
from typing import Any

import pytest

from kernel.call import AlwaysYes, Approval, Choice, Err, Ok
from kernel.journal.records import DecisionRow
from kernel.policy import Mode
from kernel.rules.guards import guards
from kernel.rules.reading import read_rules
from kernel.rules.rule import Layer
from kernel.rules.source import Source
from syscalls.table import Table
from tests.kernel.world import CALLS, Disk, error_of


@pytest.fixture
def guarded(disk: Disk) -> Disk:
    """A workspace with a repository, and names in it that lead there."""
    (disk.work / ".git/hooks").mkdir(parents=True)
    (disk.work / ".git/config").write_text("[core]\n", "utf-8")
    (disk.work / ".envrc").write_text("x\n", "utf-8")
    (disk.work / "a.txt").write_text("core\n", "utf-8")
    (disk.work / "tools").symlink_to(".git/hooks")
    (disk.work / "repo").symlink_to(disk.work / ".git")
    (disk.work / "settings").symlink_to(".git/config")
    (disk.work / "env").symlink_to(".envrc")
    (disk.work / "plain").mkdir()
    (disk.work / "also").symlink_to("plain")
    return disk.but(rules=guards([disk.work / ".aosh"], [], disk.work, Path("/home/ana")))


THROUGH_A_LINK: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("file.write", {"path": "tools/pre-commit", "content": "x"}, "guards-hooks"),
    ("file.write", {"path": "repo/hooks/new/deep", "content": "x"}, "guards-hooks"),
    ("file.append", {"path": "settings", "content": "x"}, "guards-hooks"),
    ("file.edit", {"paths": ["settings"], "old": "core", "new": "b"}, "guards-hooks"),
    ("file.edit", {"paths": ["repo/con*"], "old": "core", "new": "b"}, "guards-hooks"),
    ("file.edit", {"paths": ["s*"], "old": "core", "new": "b"}, "guards-hooks"),
    ("file.copy", {"paths": ["a.txt"], "to": "tools"}, "guards-hooks"),
    ("file.move", {"paths": ["a.txt"], "to": "tools/post-merge"}, "guards-hooks"),
    ("file.move", {"paths": ["repo/config"], "to": "plain"}, "guards-hooks"),
    ("file.delete", {"paths": ["repo/config"]}, "guards-hooks"),
    ("file.mkdir", {"paths": ["tools/more"]}, "guards-hooks"),
    ("file.mode", {"paths": ["settings"], "mode": "777"}, "guards-hooks"),
    ("file.write", {"path": "env", "content": "x"}, "guards-startup"),
)


ELSEWHERE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("file.write", {"path": "also/b.txt", "content": "x"}),
    ("file.write", {"path": "new/deep/b.txt", "content": "x"}),
    ("file.copy", {"paths": ["a.txt"], "to": "also"}),
    ("file.edit", {"paths": ["a.*"], "old": "core", "new": "b"}),
    ("file.move", {"paths": ["a.txt"], "to": "plain/c.txt"}),
    ("file.delete", {"paths": ["also"]}),
    ("file.delete", {"paths": ["tools"]}),
)


async def test_a_change_through_a_link_asks_like_the_direct_one(guarded: Disk) -> None:
    before = guarded.texts()
    for name, arguments, rule in THROUGH_A_LINK:
        symbol, text = error_of(await guarded(name, **arguments))
        assert symbol == "EDENIED", text
        assert "nobody is here to give it" in text
        assert "it leads to" in text
        decisions = [row.record() for row in guarded.journal.rows(kinds=("decision",))]
        assert isinstance(decisions[-1], DecisionRow)
        assert decisions[-1].rule == rule
    assert guarded.texts() == before


async def test_what_leads_nowhere_special_does_not(guarded: Disk) -> None:
    for name, arguments in ELSEWHERE:
        reply = await guarded(name, **arguments)
        assert isinstance(reply, Ok), reply


async def test_a_link_that_was_allowed_once_is_allowed_for_where_it_led(guarded: Disk) -> None:
    asked: list[Approval] = []

    class Scoped:
        is_present = True

        async def approve(self, approval: Approval) -> Choice:
            asked.append(approval)
            return Choice.SCOPE

    allowing = guarded.but(rules=guarded.rules, approver=Scoped())
    assert isinstance(await allowing("file.write", path="tools/one", content="x"), Ok)
    os.remove(guarded.work / "tools")
    (guarded.work / "tools").symlink_to(".git")
    assert isinstance(await allowing("file.write", path="tools/config", content="x"), Ok)
    assert [f"{guarded.work}/.git/{name}" in each.decision.reason for each, name in zip(
        asked, ("hooks/one", "config"), strict=True
    )] == [True, True]  # fmt: skip


async def test_a_denied_folder_is_denied_under_every_name_even_to_a_blanket_yes(disk: Disk) -> None:
    (disk.work / "secrets").mkdir()
    (disk.work / "s").symlink_to("secrets")
    text = '[[rule]]\nname = "keep"\nverdict = "deny"\ncall = "file.*"\ntouches = "secrets/**"\n'
    source = Source(Layer.USER, "x.toml", str(disk.work), "/home/ana")
    strict = disk.but(rules=read_rules(text, source, Table(CALLS)), approver=AlwaysYes(), mode=Mode.ASK)
    symbol, said = error_of(await strict("file.write", path="s/key", content="x"))
    assert (symbol, "rule user:keep" in said) == ("EDENIED", True), said
    assert disk.texts() == {}


async def test_outside_the_workspace_a_yes_for_the_place_does_not_answer_for_what_it_leads_to(
    guarded: Disk, tmp_path: Path
) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside/there").symlink_to("hooks")
    (tmp_path / "beside/hooks").symlink_to(tmp_path / "beside/.git")
    (tmp_path / "beside/.git").mkdir()
    asked: list[Approval] = []

    class FirstOnly:
        is_present = True

        async def approve(self, approval: Approval) -> Choice:
            asked.append(approval)
            return Choice.ONCE if len(asked) == 1 else Choice.NO

    careful = guarded.but(rules=guarded.rules, approver=FirstOnly())
    reply = await careful("file.write", path=str(tmp_path / "beside/there/x"), content="x")
    assert isinstance(reply, Err)
    assert [each.decision.rule for each in asked] == ["outside-workspace", "outside-workspace"]
    assert not (tmp_path / "beside/.git/x").exists()


RULES = """
[[rule]]
name = "keep"
verdict = "deny"
call = "file.*"
touches = ["keys/**/*.pem", "public/**/*.sh"]

[[rule]]
name = "ask"
verdict = "ask"
call = "file.*"
touches = "**/*.sql"
"""


@pytest.mark.parametrize(
    ("name", "arguments", "rule"),
    [
        ("file.move", {"paths": ["keys/old"], "to": "elsewhere"}, "user:keep"),
        ("file.delete", {"paths": ["keys/old"]}, "user:keep"),
        ("file.move", {"paths": ["scripts"], "to": "public/sub"}, "user:keep"),
        ("file.move", {"paths": ["dump"], "to": "elsewhere"}, "user:ask"),
        ("file.move", {"paths": ["scripts"], "to": "elsewhere"}, ""),
        ("file.delete", {"paths": ["scripts"]}, ""),
        ("file.move", {"paths": ["link"], "to": "elsewhere"}, ""),
    ],
)
async def test_a_folder_is_moved_and_deleted_only_as_all_that_lies_in_it_may_be(
    disk: Disk, name: str, arguments: dict[str, Any], rule: str
) -> None:
    for path in ("keys/old/deep/a.pem", "scripts/deep/run.sh", "dump/all.sql", "public/x.html"):
        (disk.work / path).parent.mkdir(parents=True, exist_ok=True)
        (disk.work / path).write_text("x", "utf-8")
    (disk.work / "link").symlink_to("keys")
    before = disk.texts()
    source = Source(Layer.USER, "x.toml", str(disk.work), "/home/ana")
    rules = read_rules(RULES, source, Table(CALLS))
    ruled = disk.but(rules=rules) if rule == "user:ask" else disk.but(rules=rules, approver=AlwaysYes())
    reply = await ruled(name, **arguments)
    if not rule:
        assert isinstance(reply, Ok), reply
        return
    symbol, text = error_of(reply)
    assert (symbol, "is moved with it" in text) == ("EDENIED", True), text
    decisions = [row.record() for row in ruled.journal.rows(kinds=("decision",))]
    assert isinstance(decisions[-1], DecisionRow)
    assert decisions[-1].rule == rule
    assert disk.texts() == before


async def test_more_files_than_can_be_looked_through_count_as_spoken_of(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (disk.work / "many").mkdir()
    for each in range(4):
        (disk.work / f"many/{each}").write_text("x", "utf-8")
    monkeypatch.setattr("kernel.reached.MOST_INSIDE", 3)
    source = Source(Layer.USER, "x.toml", str(disk.work), "/home/ana")
    ruled = disk.but(rules=read_rules(RULES, source, Table(CALLS)))
    symbol, text = error_of(await ruled("file.move", paths=["many"], to="elsewhere"))
    assert (symbol, "more than 3 files" in text) == ("EDENIED", True), text
