import os
from pathlib import Path

import pytest

from apps.shell.cli import parser, settings_of
from apps.shell.config import BadConfig, Config, load_config
from apps.shell.main import main
from kernel.verdicts import Mode


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AOSH_HOME", str(tmp_path / "aosh"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "aosh"


def test_without_files_the_defaults_hold(tmp_path: Path) -> None:
    assert load_config(tmp_path / "none", None) == (Config(), [])


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[session]\nmnid = 'needle'\n", 2, "[session] knows no 'mnid'; it knows mind, permission_mode"),
        ("[sesion]\n", 1, "config.toml knows no 'sesion'; it knows session, limits"),
        ("\n[session]\nmax_turns = 'many'\n", 3, "session.max_turns: expected `int | null`, got `str`"),
        ("[session]\nmax_turns = 0\n", 1, "expected a number of at least 1, got 0"),
        ("[session]\ntimeout_s = -1\n", 1, "expected seconds above 0, got -1"),
        ("[session]\npermission_mode = 'yolo'\n", 2, "'yolo'"),
    ],
)
def test_a_mistake_names_file_line_and_what_is_accepted(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(BadConfig) as caught:
        load_config(None, tmp_path)
    assert str(caught.value).startswith(f"{file}:{line}: ")
    assert says in str(caught.value)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[session\n", b"x" * ((1 << 20) + 1)])
def test_what_is_no_toml_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "config.toml").write_bytes(data)
    with pytest.raises(BadConfig, match=r"config\.toml"):
        load_config(None, tmp_path)


def test_a_file_that_others_can_write_is_ignored_aloud(tmp_path: Path) -> None:
    file = written(tmp_path, "[session]\nmind = 'none'\n")
    file.chmod(0o666)
    config, remarks = load_config(None, tmp_path)
    assert config == Config()
    assert f"chmod go-w {file}" in remarks[0]


def test_the_users_file_holds_over_the_machines_key_by_key(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("the machine's file must be root's")
    written(tmp_path / "etc", "[session]\nmind = 'none'\nmax_turns = 3\n")
    written(tmp_path / "own", "[session]\nmind = 'reader'\n")
    config, _ = load_config(tmp_path / "etc", tmp_path / "own")
    assert (config.session.mind, config.session.max_turns) == ("reader", 3)


def test_the_command_line_comes_before_the_environment_before_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(home / "config", "[session]\nmind = 'none'\npermission_mode = 'ask'\nmax_turns = 7\n")
    found = settings_of(parser().parse_args(["-p", "x"]))
    assert (found.mind, found.mode, found.max_turns) == ("none", Mode.ASK, 7)
    monkeypatch.setenv("AOSH_MIND", "reader")
    assert settings_of(parser().parse_args(["-p", "x"])).mind == "reader"
    assert settings_of(parser().parse_args(["-p", "-m", "auto", "--max-turns", "2", "x"])).max_turns == 2


def test_aosh_does_not_start_on_a_mistake(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(home / "config", "[session]\nnope = 1\n")
    assert main(["-p", ":file.list"]) == 52
    assert "config.toml:2: [session] knows no 'nope'" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["config"])
    assert ended.value.code == 52


def test_what_holds_is_shown_as_a_file_would_say_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(home / "config", "[session]\nmax_turns = 7\n")
    assert main(["config"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("[session]\n# mind = (not set)\n")
    assert "max_turns = 7\n" in shown
    assert main(["config", "check"]) == 0
    assert main(["config", "path"]) == 0
    assert f"{file}\n" in capsys.readouterr().out
    written(home / "again", shown)
    assert main(["config", "check", str(home / "again/config.toml")]) == 0
