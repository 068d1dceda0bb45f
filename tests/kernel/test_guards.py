"""What runs by itself is never changed unasked: git hooks, start-up files, what editors and ssh go by."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from kernel.paths import canonicalise
from kernel.policy import Decision, Mode, Policy, Verdict
from kernel.rules.layers import Places, load_rules
from syscalls import file
from syscalls.file_kernel import revert
from syscalls.labels import USER
from syscalls.table import AnyCall, Table
from tests.kernel.world import CALLS, agent

TABLE = Table(CALLS)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for name in ("w", "home"):
        (tmp_path / name).mkdir()
    return Places(workspace=tmp_path / "w", home=tmp_path / "home", trust=tmp_path / "trust")


GUARDED = (
    (file.write, {"path": ".git/hooks/pre-commit", "content": "x"}),
    (file.append, {"path": ".git/config", "content": "x"}),
    (file.copy, {"paths": ["a"], "to": ".git/hooks"}),
    (file.move, {"paths": ["a"], "to": "sub/.git/hooks/post-merge"}),
    (file.move, {"paths": [".git"], "to": "elsewhere"}),
    (file.write, {"path": ".git", "content": "gitdir: elsewhere"}),
    (file.edit, {"paths": [".vscode/tasks.json"], "old": "a", "new": "b"}),
    (file.write, {"path": ".envrc", "content": "x"}),
    (file.copy, {"paths": ["sub/.envrc"], "to": "."}),
    (file.edit, {"paths": [".bash*"], "old": "a", "new": "b"}),
    (file.write, {"path": "venv/lib/x.pth", "content": "import x"}),
)
UNGUARDED = (
    (file.write, {"path": ".gitignore", "content": "x"}),
    (file.write, {"path": "git/hooks/readme", "content": "x"}),
    (file.write, {"path": "Makefile", "content": "x"}),
    (file.write, {"path": ".github/x.yml", "content": "x"}),
    (file.copy, {"paths": [".git/config"], "to": "backup"}),
    (file.edit, {"paths": ["*"], "old": "a", "new": "b"}),
    (file.edit, {"paths": ["**/*.py"], "old": "a", "new": "b"}),
)


def decided(places: Places, call: AnyCall, arguments: dict[str, Any], cwd: str) -> Decision:
    """What policy says where all is allowed that a rule can allow."""
    policy = Policy(Mode.AUTO_SAFE, load_rules(places, TABLE, ["*"]).rules)
    canonical, needed = canonicalise(TABLE[call.name], arguments, cwd, str(places.home))
    return policy.decide(agent(cwd=cwd), call, canonical, needed, USER)


@pytest.mark.parametrize(("call", "arguments"), GUARDED)
def test_changing_what_runs_by_itself_asks_whatever_is_allowed(
    places: Places, call: AnyCall, arguments: dict[str, Any]
) -> None:
    decision = decided(places, call, arguments, str(places.workspace))
    assert decision.verdict is Verdict.ASK
    assert decision.rule in ("guards-hooks", "guards-startup")


@pytest.mark.parametrize(("call", "arguments"), UNGUARDED)
def test_what_only_looks_like_it_does_not_ask(
    places: Places, call: AnyCall, arguments: dict[str, Any]
) -> None:
    assert decided(places, call, arguments, str(places.workspace)).verdict is Verdict.ALLOW


def test_taking_an_allowed_change_back_asks_no_second_time(places: Places) -> None:
    cwd = str(places.workspace)
    assert decided(places, revert, {"paths": [".git/hooks/x", ".envrc"], "steps": []}, cwd).verdict is (
        Verdict.ALLOW
    )
    rules = {"paths": [".aosh/policy.toml"], "steps": []}
    assert decided(places, revert, rules, cwd).rule == "guards-policy"


@pytest.mark.parametrize("inside", [".config/fish/config.fish", ".local/bin/ls", "bin/ls"])
def test_in_the_home_folder_what_its_programs_are_told_by_asks(places: Places, inside: str) -> None:
    home = str(places.home)
    at_home = msgspec.structs.replace(places, workspace=places.home)
    written_there = {"path": inside, "content": "x"}
    assert decided(at_home, file.write, written_there, home).rule == "guards-hooks"
    elsewhere = decided(places, file.write, written_there, str(places.workspace))
    assert elsewhere.verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        (file.write, {"path": ".local/state/aosh/journal.db", "content": "x"}),
        (file.delete, {"paths": [".local/state"]}),
        (file.move, {"paths": [".local"], "to": "elsewhere"}),
        (file.copy, {"paths": ["a"], "to": ".local/state/aosh/trust"}),
    ],
)
def test_the_records_by_which_undo_works_are_changed_by_no_call(
    places: Places, call: AnyCall, arguments: dict[str, Any]
) -> None:
    state = places.home / ".local/state/aosh"
    at_home = msgspec.structs.replace(places, workspace=places.home, own=(state,))
    decision = decided(at_home, call, arguments, str(places.home))
    assert (decision.verdict, decision.rule) == (Verdict.DENY, "guards-records")
    beside = decided(at_home, file.write, {"path": ".local/state/x", "content": "x"}, str(places.home))
    assert beside.rule != "guards-records"


def test_a_workspace_may_have_any_letter_in_its_path(places: Places) -> None:
    odd = places.workspace / "a{b[c*"
    odd.mkdir()
    there = msgspec.structs.replace(places, workspace=odd)
    assert decided(there, file.write, {"path": ".aosh/policy.toml", "content": "x"}, str(odd)).rule == (
        "guards-policy"
    )
