"""Rules as a person meets them: files, options, `aosh policy`, and a run that is shown before it is made."""

import json
import shlex
from pathlib import Path

import pytest

from tests.e2e.program import Program, call

MINE = """[[rule]]
name = "build"
verdict = "allow"
call = "file.delete"
touches = "build/**"
reason = "what is built can be built again"

[[rule.example]]
call = ":file.delete build/x.o"
verdict = "allow"
rule = "build"

[[rule.example]]
call = ":file.delete build/x.o"
labels = "web:evil.org"
verdict = "ask"
rule = "asks-delete"
"""
TIGHT = '[[rule]]\nname = "src"\nverdict = "deny"\ncall = "file.write"\ntouches = "src/**"\n'


@pytest.fixture
def build(aosh: Program) -> Path:
    """A file in `build` that may be deleted, and the rule that says so."""
    folder = aosh.base / "home/config/policy.d"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(MINE)
    made = aosh.workspace / "build/x.o"
    made.parent.mkdir()
    made.write_text("1")
    return made


def test_a_rule_of_the_users_is_obeyed_checked_shown_and_explained(aosh: Program, build: Path) -> None:
    checked = aosh.run("policy", "check")
    assert (checked.code, checked.out.count("ok ")) == (0, 2), checked
    assert "2 examples, 0 of them otherwise than expected" in checked.out
    shown = json.loads(aosh.run("policy", "show", "--json").out)
    assert [each["rule"] for each in shown] == [
        "guards-records", "guards-policy", "guards-hooks", "guards-startup", "user:build",
    ]  # fmt: skip
    told = json.loads(aosh.run("policy", "explain", ":file.delete build/x.o", "--json").out)
    assert (told["decision"], told["rule"]) == ("allow", "user:build")
    plain = aosh.run("policy", "explain", ":file.delete build/x.o", "--label", "web:evil.org").out
    assert "decided: ask in mode accept-edits, by rule asks-delete" in plain
    ran = aosh(":file.delete build/x.o")
    assert ran.code == 0, ran.err
    assert not build.exists()


def test_an_example_that_comes_out_otherwise_is_named_and_ends_with_1(aosh: Program, tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text(TIGHT + '[[rule.example]]\ncall = ":file.write other/a content=x"\nverdict = "deny"\n')
    ran = aosh.run("policy", "check", str(file))
    assert ran.code == 1
    assert f"WRONG {file}:6  :file.write other/a content=x  -> allow by inside-workspace" in ran.out
    assert "expected deny" in ran.out
    facts = json.loads(aosh.run("policy", "check", str(file), "--json").out)
    assert [(each["is_right"], each["decision"]) for each in facts] == [(False, "allow")]


def test_a_mistake_keeps_everything_from_starting_with_52(aosh: Program, build: Path) -> None:
    file = aosh.base / "home/config/policy.d/mine.toml"
    file.write_text(MINE.replace("touches", "touchs", 1))
    for words in (("-p", ":file.read a"), ("policy", "show"), ("undo",)):
        ran = aosh.run(*words)
        assert ran.code == 52, ran
        assert f"{file}:5: unknown key 'touchs'; did you mean touches?" in ran.err
    ran = aosh(":file.list", "--output-format", "stream-json")
    assert [event["type"] for event in ran.events] == ["init", "result"]
    assert ran.events[-1]["exit_code"] == 52
    assert aosh(":file.list", "--allow", "file.wrte").code == 52


def test_a_projects_rules_wait_for_trust_and_may_not_loosen(aosh: Program) -> None:
    file = aosh.workspace / ".aosh/policy.toml"
    file.parent.mkdir()
    file.write_text(TIGHT)
    write = ":file.write src/a content=x"
    ran = aosh(write)
    assert (ran.code, "are not trusted and are ignored" in ran.err) == (0, True)
    assert "trusted: 1 rules" in aosh.run("policy", "trust").out
    assert aosh(write).code == 45
    assert aosh(write, "--bare").code == 0
    assert aosh(write, "--allow", "file.write").code == 45
    file.write_text(TIGHT.replace("deny", "allow"))
    ran = aosh.run("policy", "trust")
    assert ran.code == 52
    assert "policy.toml:3: verdict: a project may only tighten" in ran.err
    assert aosh(write).code == 45
    assert aosh.run("policy", "trust", "--revoke").code == 0
    assert aosh(write).code == 0


def test_options_allow_and_deny_for_one_run(aosh: Program) -> None:
    for name in ("a", "b", "c"):
        (aosh.workspace / name).write_text("x")
    assert aosh(":file.delete a").code == 45
    assert aosh(":file.delete a", "--allow", "file.delete(a)").code == 0
    assert aosh(":file.delete b c", "--allow", "file.delete(b)").code == 45
    assert aosh(":file.write d content=x", "--deny", "file.*(d)", "-y").code == 45
    assert not (aosh.workspace / "d").exists()


def test_a_dry_run_names_what_is_missing_and_that_is_enough(aosh: Program, tmp_path: Path) -> None:
    (aosh.workspace / "old").mkdir()
    for name in ("old/a", "old/b", "one (1).txt"):
        (aosh.workspace / name).write_text("x")
    calls = [
        call("file.delete", paths=["old/a", "old/b"]),
        call("file.delete", paths=["one (1).txt"]),
        call("file.write", path="new", content="x"),
    ]
    scripted = aosh.scripted({"calls": calls})
    ran = scripted("go", "--dry-run", "--output-format", "json")
    assert ran.code == 45
    steps = json.loads(ran.out)["preflight"]
    assert [(step["when"], step["decision"], step["rule"]) for step in steps] == [
        ("would", "ask", "asks-delete"), ("then", "ask", "asks-delete"), ("then", "allow", "inside-workspace"),
    ]  # fmt: skip
    options = [word for step in steps for grant in step["grants"] for word in shlex.split(grant)]
    assert options == ["--allow", "file.delete(old/**)", "--allow", "file.delete(one (1).txt)"]
    assert sorted(path.name for path in aosh.workspace.rglob("*")) == ["a", "b", "old", "one (1).txt"]
    assert aosh.scripted({"calls": calls})("go", "--dry-run", *options).code == 0
    assert (aosh.workspace / "old/a").exists()
    assert aosh.scripted({"calls": calls})("go", *options).code == 0
    assert sorted(path.name for path in aosh.workspace.rglob("*")) == ["new", "old"]


def test_a_dry_run_tells_an_outside_look_and_what_nothing_can_allow(aosh: Program, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "a").write_text("secret")
    ran = aosh(f":file.read {outside}/a", "--dry-run")
    assert ran.code == 45
    assert f"--add-dir {outside}" in ran.out
    assert "secret" not in ran.out
    denied = aosh(":file.write a content=x", "--dry-run", "--deny", "file.write", "-y")
    assert denied.code == 45
    assert "denied: --deny 'file.write' says so" in denied.out
    assert "to allow it" not in denied.out


def test_a_dry_run_does_nothing_though_everything_is_allowed(aosh: Program) -> None:
    (aosh.workspace / "a").write_text("x")
    ran = aosh(":file.delete a", "--dry-run", "--allow", "*", "--permission-mode", "auto-safe")
    assert ran.code == 0, ran
    assert (aosh.workspace / "a").exists()
