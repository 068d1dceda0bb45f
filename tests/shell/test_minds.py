"""`aosh minds` and `auto`: what can run here, why not, and which one is picked."""

import json
import socket
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from apps.shell.available import auto, minds
from apps.shell.boot import watch_nothing
from apps.shell.commands import minds as command
from apps.shell.config import Config, MindsSection
from apps.shell.engines import Engines, Whose
from apps.shell.minds import mind_of
from apps.shell.settings import Folders, Settings
from kernel.jail.tier import choose
from kernel.minds.generative.mind import GenerativeMind
from kernel.minds.generative.openai_settings import OpenaiSettings
from kernel.minds.generative.transformers_settings import TransformersSettings, check, weights_bytes
from syscalls.errors import MindFailed

NOBODY = Whose("session", False, watch_nothing)


def settings(tmp_path: Path, mind: str = "auto", **minds_: object) -> Settings:
    places = Folders(tmp_path / "state", tmp_path / "data", tmp_path / "run")
    config = Config(minds=MindsSection(**minds_))  # type: ignore[arg-type]  # of any kind
    return Settings(places, cwd=tmp_path, mind=mind, config=config)


def test_auto_is_the_embedded_mind_where_nothing_is_configured(tmp_path: Path) -> None:
    assert auto(settings(tmp_path)) == ("needle", "no engine is configured")


def test_auto_is_a_configured_server_while_it_can_be_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        reachable = settings(tmp_path, openai=OpenaiSettings(base_url=url, model="m"))
        assert auto(reachable)[0] == "openai"
        mind = mind_of(reachable, choose(tmp_path), Engines(), NOBODY)
        assert isinstance(mind, GenerativeMind)
        assert mind.name == "openai:m"
    picked, why = auto(reachable)
    assert (picked, why) == ("needle", "no configured engine can run here")
    server_row = next(each for each in minds(reachable) if each.mind.startswith("openai"))
    assert not server_row.can_run
    assert "cannot be reached" in server_row.why
    assert server_row.todo


def test_the_server_of_the_command_line_comes_before_the_configured_one(tmp_path: Path) -> None:
    given = settings(tmp_path, "openai:m", openai=OpenaiSettings(base_url="http://a/v1"))
    with pytest.raises(MindFailed, match="base-url"):
        mind_of(replace(given, base_url="nonsense"), choose(tmp_path), Engines(), NOBODY)


@pytest.mark.parametrize("name", ["gpt", "", "openai2:x"])
def test_an_unknown_mind_is_told_which_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(MindFailed, match="transformers:PATH"):
        mind_of(settings(tmp_path, name), choose(tmp_path), Engines(), NOBODY)


def test_every_mind_is_listed_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AOSH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir(mode=0o700)
    (tmp_path / "config/config.toml").write_text(
        '[session]\nmind = "reader"\n[minds.openai]\nbase_url = "http://127.0.0.1:9/v1"\n', "utf-8"
    )
    assert command.minds(["--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["auto"]["mind"] == "needle"
    assert told["session"] == "reader"
    for row in told["minds"]:
        assert row["can_run"] or row["todo"], row
    assert command.minds([]) == 0
    shown = capsys.readouterr().out
    assert "sessions here start with reader" in shown
    assert "http://127.0.0.1:9/v1 cannot be reached" in shown


def test_without_its_packages_the_mind_on_torch_says_which_extra_brings_them(tmp_path: Path) -> None:
    if find_spec("torch") is not None and find_spec("xgrammar") is not None:
        pytest.skip("torch and xgrammar are installed")
    with pytest.raises(MindFailed, match=r"pip install 'aosh\[transformers\]'"):
        check(TransformersSettings(model=str(tmp_path)))


def folder(at: Path, **files: str) -> Path:
    at.mkdir()
    for name, text in files.items():
        (at / name.replace("__", ".")).write_text(text, "utf-8")
    return at


CONFIG = '{"architectures": ["LlamaForCausalLM"]}'


def test_a_model_that_is_missing_or_in_part_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(MindFailed, match="there is no folder"):
        weights_bytes(tmp_path / "none")
    with pytest.raises(MindFailed, match="there is no file"):
        weights_bytes(tmp_path / "none.gguf")
    empty = folder(tmp_path / "empty")
    with pytest.raises(MindFailed, match=r"lacks config\.json, tokenizer\.json, \*\.safetensors"):
        weights_bytes(empty)
    parts = folder(tmp_path / "parts", config__json=CONFIG, tokenizer__json="{}")
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    (parts / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    (parts / "one.safetensors").write_bytes(b"1" * 10)
    with pytest.raises(MindFailed, match=r"lacks two\.safetensors"):
        weights_bytes(parts)
    (parts / "two.safetensors").write_bytes(b"2" * 32)
    assert weights_bytes(parts) == 42


def test_a_configuration_of_no_model_is_refused(tmp_path: Path) -> None:
    whole = {"tokenizer__json": "{}", "model__safetensors": "x"}
    with pytest.raises(MindFailed, match="names no architecture"):
        weights_bytes(folder(tmp_path / "a", config__json="{}", **whole))
    with pytest.raises(MindFailed, match="cannot be read"):
        weights_bytes(folder(tmp_path / "b", config__json="{", **whole))
    with pytest.raises(MindFailed, match="no JSON object"):
        weights_bytes(folder(tmp_path / "c", config__json="[]", **whole))
