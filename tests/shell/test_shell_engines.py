"""What the sessions of a host share of a model."""

from pathlib import Path

import pytest

from apps.shell.boot import sit, watch_nothing
from apps.shell.config import BadConfig, load_config
from apps.shell.engines import Loading
from apps.shell.host import open_host
from apps.shell.people import headless
from apps.shell.settings import Settings, folders
from kernel.happenings import Happening, Held
from kernel.minds.generative.mind import GenerativeMind
from syscalls.errors import MindFailed

NOBODY = headless(watch_nothing)


def settings(base: Path, mind: str, config: str = "") -> Settings:
    """A session's, whose config.toml says `config`."""
    work, file = base / "work", base / "config.toml"
    work.mkdir(exist_ok=True)
    file.write_text(config, encoding="utf-8")
    loaded, _ = load_config(None, None, file)
    places = folders({"AOSH_HOME": str(base / "home")}, base)
    return Settings(places, work, base, mind=mind, is_bare=True, config=loaded)


def model_folder(base: Path) -> Path:
    """What passes for a model until it is loaded."""
    found = base / "model"
    found.mkdir()
    for part in ("tokenizer.json", "model.safetensors"):
        (found / part).write_text("{}", encoding="utf-8")
    (found / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}', encoding="utf-8")
    return found


async def test_two_sessions_share_a_model_and_differ_in_name(tmp_path: Path) -> None:
    config = f"[minds.vllm]\nmodel = '{model_folder(tmp_path)}'\ncpu_cache_gib = 1\nmax_tokens = 77\n"
    chosen = settings(tmp_path, "vllm", config)
    async with (
        open_host(chosen) as host,
        sit(host, chosen, NOBODY) as one,
        sit(host, chosen, NOBODY) as other,
    ):
        first, second = one.mind, other.mind
        assert isinstance(first, GenerativeMind) and isinstance(second, GenerativeMind)
        assert first is not second, "each remembers its own request"
        assert (first.agent, second.agent) == (one.session.id, other.session.id)
        assert first.engine._engine is second.engine._engine  # type: ignore[attr-defined]
        assert first.interactive


async def test_a_model_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    chosen = settings(tmp_path, f"vllm:{tmp_path}/nowhere")
    with pytest.raises(MindFailed, match=r"no model folder .*nowhere'; expected a folder with config.json"):
        async with open_host(chosen) as host, sit(host, chosen, NOBODY):
            pytest.fail("it was opened")


def test_a_mistake_in_the_section_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[minds.vllm]\nmodel = '/m'\npolicy = 'lottery'\n", encoding="utf-8")
    with pytest.raises(BadConfig, match=r"config\.toml:3: minds\.vllm\.policy: invalid enum value 'lottery'"):
        load_config(None, None, file)


def test_loading_is_told_at_once_and_then_now_and_then() -> None:
    told: list[Happening] = []

    def watch(happening: Happening) -> None:
        told.append(happening)

    loading = Loading("vllm:m", watch)
    for second in range(1, 13):
        loading(second)
    assert told == [Held("vllm:m", f"loading the model: {second} s") for second in (1, 6, 11)]
