"""Whose rule files hold, which are ignored aloud, and what trusting a project's means."""

import os
from pathlib import Path

import pytest

from kernel.policy import Mode, Policy, Verdict
from kernel.rules.layers import Places, load_rules, project_of, texts_of
from kernel.rules.source import BadRules
from kernel.rules.trust import TrustStore
from syscalls import file, tool
from syscalls.caps import Cap, Right
from syscalls.labels import USER
from syscalls.table import Table
from tests.kernel.world import CALLS, agent

TABLE = Table(CALLS)
DENY = '[[rule]]\nname = "no"\nverdict = "deny"\ncall = "file.write"\n'


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for name in ("w", "home", "state", "user", "system"):
        (tmp_path / name).mkdir(mode=0o755)
    return Places(
        workspace=tmp_path / "w", home=tmp_path / "home", trust=tmp_path / "state/trust",
        system=tmp_path / "system", user=tmp_path / "user",
    )  # fmt: skip


def written(folder: Path, text: str = DENY, name: str = "a.toml", mode: int = 0o644) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


def ids(places: Places) -> list[str]:
    return [rule.id for rule in load_rules(places, TABLE).rules if rule.origin.layer.value != "built-in"]


def with_project(places: Places) -> Places:
    return Places(
        workspace=places.workspace, home=places.home, trust=places.trust, system=places.system,
        user=places.user, project=project_of(places.workspace, places.home), is_bare=places.is_bare,
    )  # fmt: skip


@pytest.mark.skipif(os.getuid() != 0, reason="only root can own the machine's rules")
def test_rules_are_read_from_machine_user_and_command_line_in_that_order(places: Places) -> None:
    assert places.user and places.system
    written(places.user, name="b.toml")
    written(places.user, name="a.toml")
    written(places.system)
    written(places.user, "not toml at all", "ignored.txt")
    loaded = load_rules(places, TABLE, ["file.delete(build/**)"], ["file.move"])
    assert [(rule.id, Path(rule.origin.file).name) for rule in loaded.rules[3:]] == [
        ("system:no", "a.toml"), ("user:no", "a.toml"), ("user:no", "b.toml"),
        ("command-line:file.delete(build/**)", "--allow"), ("command-line:file.move", "--deny"),
    ]  # fmt: skip
    assert loaded.remarks == ()


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_file_that_others_may_write_is_ignored_aloud(places: Places, mode: int) -> None:
    assert places.user
    path = written(places.user, mode=mode)
    assert ids(places) == []
    (remark,) = load_rules(places, TABLE).remarks
    assert str(path) in remark
    assert "say: chmod go-w" in remark


def test_a_folder_that_others_may_write_is_ignored_aloud(places: Places) -> None:
    assert places.user
    written(places.user)
    places.user.chmod(0o777)
    assert ids(places) == []
    assert "lets others write to it" in load_rules(places, TABLE).remarks[0]


@pytest.mark.skipif(os.getuid() != 0, reason="giving a file away takes root")
def test_a_file_of_somebody_else_is_ignored_aloud(places: Places) -> None:
    assert places.user and places.system
    for folder in (places.user, places.system):
        os.chown(written(folder), 12345, 12345)
    assert ids(places) == []
    remarks = load_rules(places, TABLE).remarks
    assert len(remarks) == 2
    assert all("it belongs to uid 12345, and must belong to" in remark for remark in remarks)


@pytest.mark.skipif(os.getuid() == 0, reason="root owns what root writes")
def test_the_machines_rules_must_be_roots(places: Places) -> None:
    assert places.system
    written(places.system)
    assert ids(places) == []
    assert "must belong to root" in load_rules(places, TABLE).remarks[0]


def test_a_mistake_stops_everything(places: Places) -> None:
    assert places.user
    written(places.user, DENY.replace("deny", "dney"))
    with pytest.raises(BadRules, match=r"user/a\.toml:3: verdict: .* did you mean deny\?"):
        load_rules(places, TABLE)
    written(places.user, "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"))
    (places.user / "a.toml").write_bytes(b"\xff")
    with pytest.raises(BadRules, match="expected UTF-8 text"):
        load_rules(places, TABLE)


def test_a_projects_rules_do_nothing_until_they_are_trusted_and_that_is_said(places: Places) -> None:
    written(places.workspace / ".aosh", name="policy.toml")
    here = with_project(places)
    assert ids(here) == []
    assert "are not trusted and are ignored" in load_rules(here, TABLE).remarks[0]
    TrustStore(places.trust).trust(places.workspace, texts_of(places.workspace))
    assert ids(here) == ["project:no"]
    assert load_rules(here, TABLE).remarks == ()


def test_a_trusted_rule_holds_though_its_file_is_changed_or_removed_and_that_is_said(places: Places) -> None:
    path = written(places.workspace / ".aosh", name="policy.toml")
    store = TrustStore(places.trust)
    store.trust(places.workspace, texts_of(places.workspace))
    for act in (lambda: path.write_text("# nothing any more\n"), path.unlink):
        act()
        here = with_project(places)
        assert ids(here) == ["project:no"]
        assert "have changed or gone since they were trusted" in load_rules(here, TABLE).remarks[0]
    assert store.revoke(places.workspace)
    assert not store.revoke(places.workspace)
    assert ids(with_project(places)) == []


def test_a_new_project_below_does_not_hide_a_trusted_one_above(places: Places) -> None:
    written(places.workspace / ".aosh", name="policy.toml")
    TrustStore(places.trust).trust(places.workspace, texts_of(places.workspace))
    below = places.workspace / "below"
    below.mkdir()
    written(below / ".aosh", "# nothing\n", name="policy.toml")
    here = with_project(Places(workspace=below, home=places.home, trust=places.trust))
    assert here.project == below
    assert ids(here) == ["project:no"]


def test_bare_leaves_the_project_out(places: Places) -> None:
    written(places.workspace / ".aosh", name="policy.toml")
    TrustStore(places.trust).trust(places.workspace, texts_of(places.workspace))
    bare = Places(workspace=places.workspace, home=places.home, trust=places.trust, is_bare=True)
    assert ids(bare) == []


def test_a_damaged_trust_record_trusts_nothing(places: Places) -> None:
    written(places.workspace / ".aosh", name="policy.toml")
    store = TrustStore(places.trust)
    store.trust(places.workspace, texts_of(places.workspace))
    (record,) = places.trust.iterdir()
    assert record.stat().st_mode & 0o077 == 0
    record.write_text("{")
    assert ids(with_project(places)) == []


def test_the_home_folder_is_no_project_of_what_lies_in_it(tmp_path: Path) -> None:
    written(tmp_path / ".aosh", name="config.toml")
    (tmp_path / "w").mkdir()
    assert project_of(tmp_path / "w", tmp_path) is None
    assert project_of(tmp_path, tmp_path) == tmp_path
    assert project_of(tmp_path / "w", tmp_path / "elsewhere") == tmp_path


@pytest.mark.parametrize("inside", [".aosh/policy.toml", ".aosh", ".aosh/new/x", ".ao*"])
@pytest.mark.parametrize("mode", [Mode.ACCEPT_EDITS, Mode.AUTO_SAFE])
def test_changing_the_rules_asks_whatever_is_allowed(places: Places, inside: str, mode: Mode) -> None:
    loaded = load_rules(places, TABLE, ["*"])
    path = f"{places.workspace}/{inside}"
    cwd = str(places.workspace)
    for call, arguments in ((file.write, {"path": path}), (file.delete, {"paths": [path]})):
        decision = Policy(mode, loaded.rules).decide(
            agent(cwd=cwd), call, arguments, [(Right.FS_WRITE, path)], USER
        )
        assert (decision.verdict, decision.rule) == (Verdict.ASK, "guards-policy")
    harmless = {"path": f"{cwd}/a"}
    plain = Policy(mode, loaded.rules).decide(
        agent(cwd=cwd), file.write, harmless, [(Right.FS_WRITE, f"{cwd}/a")], USER
    )
    assert plain.verdict is Verdict.ALLOW


def test_running_a_program_in_the_workspace_is_not_changing_the_rules(places: Places) -> None:
    cwd = str(places.workspace)
    arguments = {"argv": ["ls"], "cwd": cwd}
    policy = Policy(Mode.ACCEPT_EDITS, load_rules(places, TABLE).rules)
    caps = [*agent(cwd=cwd).caps, Cap(Right.EXEC, "*")]
    needed = [(Right.FS_READ, cwd)]
    decided = [
        policy.decide(agent(caps, cwd=cwd), tool.exec_, arguments, needed, USER, origin=origin).rule
        for origin in ("user", "mind")
    ]
    assert decided == ["typed-by-you", "asks-exec"]
